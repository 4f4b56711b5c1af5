package objects

import (
	"context"
	"path"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/objects/form"
)

// Fetch reads objects back into files HOST.ID.log.gz. Of an object with several versions it reads the first one: that
// is the one that was put where none was. It needs a key that may list versions and see locks.
func Fetch(ctx context.Context, s transport.Server, o transport.Options, f transport.Fetch) ([]transport.Oddity, error) {
	if o.Store.S3.LockDays == 0 {
		o.Store.S3.LockDays = 1
	}
	if _, err := newTransport(s, o); err != nil {
		return nil, err
	}
	b, err := openBucket(ctx, s, o, nil)
	if err != nil {
		return nil, err
	}
	defer b.close()
	r := &reading{bucket: b, fetch: f}
	for _, dir := range dirsOf(s.Path, f.Hosts) {
		if err := r.list(ctx, dir); err != nil {
			r.leave()
			return r.odd.told(), err
		}
	}
	return r.odd.told(), nil
}

// dirsOf is what keys begin with, of all hosts or of some.
func dirsOf(prefix string, hosts []string) (all []string) {
	for _, h := range hosts {
		all = append(all, path.Join(prefix, form.SafeHost(h))+"/")
	}
	switch {
	case len(hosts) > 0:
		slices.Sort(all)
		return slices.Compact(all)
	case prefix == "":
		return []string{""}
	}
	return []string{prefix + "/"}
}

// name is what a store has of a key.
type name struct {
	key      string
	versions int
	first    types.ObjectVersion // the oldest
	newest   time.Time
	deleted  *time.Time // when the last delete marker came; nil: there is none
}

// reading goes through the names below a prefix in their order.
type reading struct {
	bucket *bucket
	fetch  transport.Fetch
	odd    oddities
	name   *name
	of     *seriesReading // nil: none yet
}

// list visits the names below a prefix, with all their versions.
func (r *reading) list(ctx context.Context, prefix string) error {
	in := &s3.ListObjectVersionsInput{Bucket: &r.bucket.name, Prefix: &prefix, EncodingType: types.EncodingTypeUrl}
	for {
		answer, err := r.page(ctx, in)
		if err != nil {
			return err
		}
		decode := decoderOf(answer.EncodingType)
		if err := r.visit(ctx, answer.Versions, answer.DeleteMarkers, decode); err != nil {
			return err
		}
		if !aws.ToBool(answer.IsTruncated) || answer.NextKeyMarker == nil {
			break
		}
		in.KeyMarker, in.VersionIdMarker = aws.String(decode(answer.NextKeyMarker)), answer.NextVersionIdMarker
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	return r.endSeries()
}

func (r *reading) page(ctx context.Context, in *s3.ListObjectVersionsInput) (*s3.ListObjectVersionsOutput, error) {
	ctx, stop := r.bucket.within(ctx)
	defer stop()
	answer, err := r.bucket.client.ListObjectVersions(ctx, in)
	if err != nil {
		return nil, r.bucket.explain(ctx, "s3:ListBucketVersions", err)
	}
	return answer, nil
}

// visit takes versions and delete markers of a page, each in the order of their keys, and those of a key the newest first.
func (r *reading) visit(ctx context.Context, versions []types.ObjectVersion, markers []types.DeleteMarkerEntry, decode decoder) error {
	for len(versions) > 0 || len(markers) > 0 {
		isMarker := len(versions) == 0 || len(markers) > 0 && decode(markers[0].Key) < decode(versions[0].Key)
		var key string
		if isMarker {
			key = decode(markers[0].Key)
		} else {
			key = decode(versions[0].Key)
		}
		if r.name != nil && r.name.key != key {
			if err := r.settle(ctx); err != nil {
				return err
			}
		}
		if r.name == nil {
			r.name = &name{key: key}
		}
		if isMarker {
			r.name.addMarker(markers[0])
			markers = markers[1:]
		} else {
			r.name.addVersion(versions[0])
			versions = versions[1:]
		}
	}
	return nil
}

func (n *name) addVersion(v types.ObjectVersion) {
	at := aws.ToTime(v.LastModified)
	if n.versions++; n.versions == 1 || !at.After(aws.ToTime(n.first.LastModified)) {
		n.first = v
	}
	if at.After(n.newest) {
		n.newest = at
	}
}

func (n *name) addMarker(m types.DeleteMarkerEntry) {
	if at := aws.ToTime(m.LastModified); n.deleted == nil || at.After(*n.deleted) {
		n.deleted = &at
	}
}

// settle looks at a name of which everything is known.
func (r *reading) settle(ctx context.Context) error {
	n := r.name
	r.name = nil
	if n == nil {
		return nil
	}
	of, number, ok := form.ParseKey(r.bucket.prefix, n.key)
	if !ok {
		r.odd.tell(n.key, "is no name of an object of ours")
		return nil
	}
	if r.of == nil || r.of.series != of {
		if err := r.endSeries(); err != nil {
			return err
		}
		r.of = newSeriesReading(r, of)
	}
	return r.of.take(ctx, n, number)
}

// endSeries ends the file of the series that was read.
func (r *reading) endSeries() error {
	if r.of == nil {
		return nil
	}
	err := r.of.end()
	r.of = nil
	return err
}

// leave closes a file that is not whole.
func (r *reading) leave() {
	if r.of != nil && r.of.file != nil {
		r.of.file.Close()
	}
}

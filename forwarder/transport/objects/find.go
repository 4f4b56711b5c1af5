package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"httpd-syslog/forwarder/transport/objects/form"
)

// page is how many keys a store lists at once.
const page = 1000

// findLast is the number of the last object of a series; 0: it has none. known is one that it had. Keys are looked
// at from there on in steps that double, and then halve, so that a long series costs few requests. An object behind another
// one is found wherever numbers are missing between the two.
func (b *bucket) findLast(ctx context.Context, of form.Series, known int64) (int64, error) {
	last, whole, err := b.behind(ctx, of, max(0, known-1))
	switch {
	case err != nil:
		return 0, err
	case last == 0 && known > 1: // the store is behind what we know
		return b.findLast(ctx, of, 0)
	case whole:
		return last, nil
	}
	for step := int64(page); ; step *= 2 {
		next, whole, err := b.behind(ctx, of, min(last+step, form.MaxNumber))
		if err != nil || whole && next != 0 {
			return next, err
		}
		if next == 0 {
			return b.between(ctx, of, last, last+step)
		}
		last = next
	}
}

// between is findLast where there is an object at low, and none behind high.
func (b *bucket) between(ctx context.Context, of form.Series, low, high int64) (int64, error) {
	for {
		middle := low + (high-low)/2
		next, whole, err := b.behind(ctx, of, middle)
		switch {
		case err != nil || whole && next != 0:
			return next, err
		case next != 0:
			low, high = next, max(high, next)
		case middle == low:
			return low, nil
		default:
			high = middle
		}
	}
}

// behind is the highest of the first numbers above one; 0: there is none. whole: there are no others behind it.
func (b *bucket) behind(ctx context.Context, of form.Series, above int64) (highest int64, whole bool, err error) {
	ctx, stop := b.within(ctx)
	defer stop()
	answer, err := b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket:     &b.name,
		Prefix:     aws.String(of.Dir(b.prefix)),
		StartAfter: aws.String(of.Key(b.prefix, above)),

		EncodingType: types.EncodingTypeUrl,
	})
	if err != nil {
		return 0, false, b.explain(ctx, "s3:ListBucket", err)
	}
	decode := decoderOf(answer.EncodingType)
	for _, o := range answer.Contents {
		if s, number, ok := form.ParseKey(b.prefix, decode(o.Key)); ok && s == of {
			highest = max(highest, number)
		}
	}
	whole = !aws.ToBool(answer.IsTruncated)
	if highest == 0 && !whole {
		return 0, false, fmt.Errorf("%s has so many keys that are not ours behind %s that the series' end is not found: remove them", b.at(of.Dir(b.prefix)), quote(of.Key(b.prefix, above)))
	}
	return highest, whole, nil
}

// decoder is a key in a list of a store. Keys may have characters that XML cannot, so that stores are asked to escape
// them; not all do.
type decoder func(*string) string

func decoderOf(e types.EncodingType) decoder {
	if e != types.EncodingTypeUrl {
		return aws.ToString
	}
	return func(s *string) string {
		if key, err := url.QueryUnescape(aws.ToString(s)); err == nil {
			return key
		}
		return aws.ToString(s)
	}
}

// at is a key as messages name it.
func (b *bucket) at(key string) string { return "s3://" + b.name + "/" + printable(key) }

// readMark reads the mark of an object, and gives the object a lock where it has none. What is not one of ours has a mark of
// no length, and stays as it is: a relay takes that for somebody else's.
func (b *bucket) readMark(ctx context.Context, key string) ([]byte, error) {
	head, locked, err := b.readHead(ctx, key)
	if err == errGone {
		return nil, fmt.Errorf("the last object of the series, %s, has gone while it was looked for: somebody deletes there", b.at(key))
	}
	if err != nil {
		return nil, err
	}
	mark, err := form.ParseHeader(head)
	if err != nil {
		return []byte{}, nil
	}
	if locked {
		return mark, nil
	}
	return mark, b.lockAgain(ctx, key)
}

// errGone: there is no object of that name, or a delete marker stands before it.
var errGone = errors.New("it is not there")

func (b *bucket) readHead(ctx context.Context, key string) (head []byte, locked bool, err error) {
	ctx, stop := b.within(ctx)
	defer stop()
	answer, err := b.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &b.name,
		Key:    &key,
		Range:  aws.String(fmt.Sprintf("bytes=0-%d", form.MaxHeader-1)),
	})
	if statusOf(err) == http.StatusNotFound && codeOf(err) != "NoSuchBucket" {
		return nil, false, errGone
	}
	if statusOf(err) == http.StatusRequestedRangeNotSatisfiable { // it is empty
		return nil, true, nil
	}
	if err != nil {
		return nil, false, b.explain(ctx, "s3:GetObject", err)
	}
	defer answer.Body.Close()
	head = make([]byte, form.MaxHeader)
	n, err := io.ReadFull(answer.Body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) || int64(n) < aws.ToInt64(answer.ContentLength) && n < form.MaxHeader {
		return nil, false, b.explain(ctx, "s3:GetObject", errors.Join(err, io.ErrUnexpectedEOF))
	}
	return head[:n], answer.ObjectLockMode != "" && answer.ObjectLockRetainUntilDate != nil, nil
}

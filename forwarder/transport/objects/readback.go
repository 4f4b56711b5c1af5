package objects

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/klauspost/compress/gzip"

	"httpd-syslog/forwarder/transport/objects/form"
)

const (
	mostBytes = 8 * form.FullPacked // of an object that is read
	mostLines = 4 * form.FullLines  // of what it is unpacked to
	lockSlack = 6 * time.Hour       // by how much less than asked for a lock may last: clocks, and slow networks
	blockSize = 64 << 10            // of what is looked at before an object is left out
)

// read reads the first version of an object: its lines go to the file of the series, and what is wrong with it is told.
func (s *seriesReading) read(ctx context.Context, n *name) error {
	if err := s.checkLock(ctx, n); err != nil {
		return err
	}
	if size := aws.ToInt64(n.first.Size); size > mostBytes {
		s.odd.tell(n.key, "has %d bytes, and no object of ours has so many: it was not read", size)
		return nil
	}
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	in := &s3.GetObjectInput{Bucket: &s.bucket.name, Key: &n.key, VersionId: n.first.VersionId}
	// The SDK is not told of it, since it would compare the sum by itself, and call a difference an error of reading.
	answer, err := s.bucket.client.GetObject(ctx, in, s3.WithAPIOptions(smithyhttp.AddHeaderValue("x-amz-checksum-mode", "ENABLED")))
	if err != nil {
		return s.bucket.explain(ctx, "s3:GetObjectVersion", err)
	}
	defer answer.Body.Close()
	body := &summed{r: io.LimitReader(answer.Body, mostBytes), sum: sha256.New(), patience: s.bucket.wire.answer}
	body.stuck = time.AfterFunc(body.patience, func() { giveUp(errStuck) })
	defer body.stuck.Stop()
	left, err := s.unpack(n, body)
	if err != nil || left {
		return err
	}
	_, _ = io.Copy(io.Discard, body) // of what is behind the messages the sum is wanted
	switch {
	case context.Cause(ctx) == errStuck:
		return &Error{fmt.Sprintf("the store has begun to send %s, and sends no more: it is overloaded, or the network is down", printable(n.key)), body.err}
	case body.err != nil:
		return s.bucket.explain(ctx, "s3:GetObjectVersion", body.err)
	}
	switch sum := base64.StdEncoding.EncodeToString(body.sum.Sum(nil)); {
	case answer.ChecksumSHA256 == nil:
		s.odd.tell(n.key, "has no SHA-256 that came with it, as all of ours have")
	case *answer.ChecksumSHA256 != sum:
		s.odd.tell(n.key, "is not what came: its SHA-256 is %s, and %s came with it", sum, quote(*answer.ChecksumSHA256))
	}
	return nil
}

// summed reads, and knows the sum of what was read, and why reading failed.
type summed struct {
	r   io.Reader
	sum hash.Hash
	err error // nil: the end was reached, or was not yet

	patience time.Duration // how long one read may take until stuck
	stuck    *time.Timer
}

var errStuck = errors.New("nothing comes")

func (s *summed) Read(b []byte) (int, error) {
	s.stuck.Reset(s.patience)
	n, err := s.r.Read(b)
	s.stuck.Stop()
	_, _ = s.sum.Write(b[:n]) // never fails
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// unpack writes the messages of an object. left: they are from another time, and were left out.
func (s *seriesReading) unpack(n *name, body *summed) (left bool, err error) {
	in := bufio.NewReaderSize(body, form.MaxHeader)
	head, _ := in.Peek(form.MaxHeader) // less where there is less
	mark, err := form.ParseHeader(head)
	if err != nil {
		s.odd.tell(n.key, "is not as ours are: %v", err)
	}
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		return false, nil // it is told already, or reading has failed
	}
	defer unpacked.Close()
	unpacked.Multistream(false)
	out := bufio.NewReaderSize(io.LimitReader(unpacked, mostLines), blockSize)
	block, _ := out.Peek(blockSize)
	if s.isLater(n, block) {
		s.mark = nil
		return true, nil
	}
	if mark != nil {
		s.followMark(n.key, mark)
	}
	return false, s.copy(n, out, in, body)
}

// copy writes what an object is unpacked to. A line that has no end gets one.
func (s *seriesReading) copy(n *name, from io.Reader, in *bufio.Reader, body *summed) error {
	to := &sink{w: s}
	size, err := io.Copy(to, from)
	switch {
	case to.err != nil:
		return to.err
	case body.err != nil:
		return nil // as read finds out
	case err != nil:
		s.odd.tell(n.key, "is damaged behind %d bytes of messages: %s", size, printable(err.Error()))
	case size == mostLines:
		s.odd.tell(n.key, "has more than %d bytes of messages, and no object of ours has so many: the rest was not read", mostLines)
	default:
		if _, err := in.Peek(1); err == nil {
			s.odd.tell(n.key, "has something behind its gzip member, which was not read")
		}
	}
	if s.broken {
		s.odd.tell(n.key, "ends within a message")
	}
	return s.endLine()
}

// sink tells errors of writing from those of reading.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.err = errors.Join(s.err, err)
	return n, err
}

// checkLock tells of a lock that is not as was asked for.
func (s *seriesReading) checkLock(ctx context.Context, n *name) error {
	lock, err := s.lockOf(ctx, n)
	if err != nil {
		return err
	}
	if lock == nil {
		s.odd.tell(n.key, "has no lock: it could be changed and deleted")
		return nil
	}
	own := s.bucket.options.Store.S3
	if lock.Mode != types.ObjectLockRetentionModeCompliance && !own.Governance {
		s.odd.tell(n.key, "has a lock of the mode %s, which can be undone", quote(string(lock.Mode)))
	}
	came := aws.ToTime(n.first.LastModified)
	if lock.RetainUntilDate.Add(lockSlack).Before(came.AddDate(0, 0, own.LockDays)) {
		s.odd.tell(n.key, "is of %s, and its lock ends at %s: that is less than %d days", stamp(came), stamp(*lock.RetainUntilDate), own.LockDays)
	}
	return nil
}

func (s *seriesReading) lockOf(ctx context.Context, n *name) (*types.ObjectLockRetention, error) {
	ctx, stop := s.bucket.within(ctx)
	defer stop()
	lock, err := s.bucket.retention(ctx, n.key, n.first.VersionId)
	if err != nil {
		return nil, s.bucket.explain(ctx, "s3:GetObjectRetention", err)
	}
	return lock, nil
}

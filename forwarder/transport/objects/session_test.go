package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/klauspost/compress/gzip"

	"httpd-syslog/forwarder/testbed/s3bed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/objects/form"
)

func noWait() error { return nil }

// to is a transport to a store at an endpoint.
func to(t *testing.T, endpoint string) *Transport {
	t.Helper()
	tr, err := newTransport(s3bed.Server("logs/web"), s3bed.Options(endpoint))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func dial(t *testing.T, tr *Transport) transport.Store {
	t.Helper()
	s, err := tr.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return s.(transport.Store)
}

// line is a message of RFC 5424.
func line(n int) string {
	return fmt.Sprintf("<141>1 2026-11-27T10:00:00.000000Z web1 httpd 1-2 access [meta sequenceId=\"%d\"] line %d\n", n, n)
}

func send(t *testing.T, s transport.Store, lines ...string) {
	t.Helper()
	b := strings.Join(lines, "")
	if err := s.Send([]byte(b), []int{len(b)}, noWait); err != nil {
		t.Fatal(err)
	}
}

func appendAll(t *testing.T, s transport.Store, mark string, lines ...string) {
	t.Helper()
	send(t, s, lines...)
	if err := s.Append([]byte(mark), noWait); err != nil {
		t.Fatal(err)
	}
}

// content is what an object has, which must be one member of gzip.
func content(t *testing.T, store *s3bed.Store, key string) (text, mark string, answer *s3.GetObjectOutput) {
	t.Helper()
	answer, err := store.Client().GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(s3bed.Bucket), Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	m, err := form.ParseHeader(b)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	r := bytes.NewReader(b)
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	z.Multistream(false)
	plain, err := io.ReadAll(z)
	if err != nil || r.Len() > 0 {
		t.Fatalf("%s: %v, %d bytes behind", key, err, r.Len())
	}
	return string(plain), string(m), answer
}

// keys are all of a store's bucket.
func keys(t *testing.T, store *s3bed.Store) (all []string) {
	t.Helper()
	answer, err := store.Client().ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(s3bed.Bucket)})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range answer.Contents {
		all = append(all, *o.Key)
	}
	return all
}

const seriesDir = "logs/web/web1.example.com/0123456789abcdef0123456789abcdef/"

// TestAppend: objects have what was sent, a mark, a checksum and a lock; the next session goes on behind them.
func TestAppend(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	tr := to(t, store.Endpoint())
	s := dial(t, tr)
	if s.Last() != nil {
		t.Errorf("a series without an object has the mark %q", s.Last())
	}
	if err := s.Append([]byte("nothing"), noWait); err != nil || s.Accepted() != 0 {
		t.Errorf("without a message: %v, %d accepted", err, s.Accepted())
	}
	appendAll(t, s, "mark 1", line(1), line(2))
	send(t, s, line(3))
	if got := s.Accepted(); got != uint64(len(line(1)+line(2))) {
		t.Errorf("%d bytes are accepted", got)
	}
	appendAll(t, s, "mark 2")
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	text, mark, answer := content(t, store, seriesDir+"000000000001.log.gz")
	if text != line(1)+line(2) || mark != "mark 1" {
		t.Errorf("%q, %q", text, mark)
	}
	lock, err := store.Client().GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: aws.String(s3bed.Bucket), Key: aws.String(seriesDir + "000000000001.log.gz")})
	if err != nil {
		t.Fatal(err)
	}
	if days := time.Until(*lock.Retention.RetainUntilDate).Hours() / 24; lock.Retention.Mode != types.ObjectLockRetentionModeCompliance || days > 1 || days < 0.5 {
		t.Errorf("the lock is %+v", lock.Retention)
	}
	if aws.ToString(answer.ContentType) != contentType || answer.ChecksumSHA256 == nil {
		t.Errorf("%+v", answer)
	}
	for _, known := range []*Transport{tr, to(t, store.Endpoint())} {
		s := dial(t, known)
		if string(s.Last()) != "mark 2" {
			t.Errorf("the mark is %q", s.Last())
		}
		send(t, s, line(4))
		if err := s.Close(t.Context()); err == nil {
			t.Error("messages were lost without an error")
		}
	}
	if got := keys(t, store); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

// TestOvertaken: of two sessions of a series the second to append finds out.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	first, second := dial(t, to(t, store.Endpoint())), dial(t, to(t, store.Endpoint()))
	appendAll(t, first, "first", line(1))
	send(t, second, line(2))
	if err := second.Append([]byte("second"), noWait); !errors.Is(err, transport.ErrOvertaken) {
		t.Errorf("%v", err)
	}
	<-second.Broken()
	if !errors.Is(second.Err(), transport.ErrOvertaken) || second.Accepted() != 0 {
		t.Errorf("%v, %d accepted", second.Err(), second.Accepted())
	}
	if text, mark, _ := content(t, store, seriesDir+"000000000001.log.gz"); text != line(1) || mark != "first" {
		t.Errorf("%q, %q", text, mark)
	}
}

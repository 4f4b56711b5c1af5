package objects

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/s3bed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/objects/form"
)

// writer appends numbered lines as a relay does: after an error it goes on behind the mark of the last object.
type writer struct {
	t         *testing.T
	transport *Transport
	next      int          // the first line that is not known to be there
	appended  atomic.Int32 // objects of which the store has said so
}

// run appends n lines in objects of a few.
func (w *writer) run(n int) {
	for w.next < n {
		session, err := w.transport.Dial(w.t.Context())
		if err != nil {
			continue // the store is being killed
		}
		s := session.(transport.Store)
		if mark := string(s.Last()); mark != "" {
			if _, err := fmt.Sscanf(mark, "%d", &w.next); err != nil {
				w.t.Errorf("the mark is %q", mark)
				return
			}
		}
		for err == nil && w.next < n {
			err = w.object(s)
		}
		transport.Abandon(s)
	}
}

func (w *writer) object(s transport.Store) error {
	const lines = 3
	var b []byte
	var ends []int
	for i := range lines {
		b = append(b, line(w.next+i)...)
		ends = append(ends, len(b))
	}
	if err := s.Send(b, ends, noWait); err != nil {
		return err
	}
	if err := s.Append(fmt.Append(nil, w.next+lines), noWait); err != nil {
		return err
	}
	w.next += lines
	w.appended.Add(1)
	return nil
}

// TestKilled: kill -9 of the store 20 times while objects come in. They are whole, numbered without a gap, and locked; no
// line is missing, and none is there twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	const kills = 20
	store := s3bed.New(t)
	w := &writer{t: t, transport: to(t, store.Endpoint())}
	w.transport.options.ConnectTimeout = testbed.Patience
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 30; !testbed.IsClosed(stop); n += 30 {
			w.run(n)
		}
	}()
	for i := range kills {
		before := w.appended.Load()
		testbed.Eventually(t, "objects come in", func() bool { return w.appended.Load() >= before+int32(i%3)+1 })
		store.Kill()
		store.Start(t)
	}
	close(stop)
	<-done
	transport.Abandon(dial(t, w.transport)) // what was left without a lock has got one
	var text strings.Builder
	objects := entriesOfDir(t, store, "logs/web")
	for _, e := range objects {
		text.WriteString(e.text)
		if locked(t, store, e.key) == nil {
			t.Errorf("%s has no lock", e.key)
		}
	}
	var want strings.Builder
	for n := range w.next {
		want.WriteString(line(n))
	}
	if text.String() != want.String() {
		t.Errorf("the store has\n%s\nnot each of %d lines once", text.String(), w.next)
	}
	t.Logf("%d lines in %d objects, %d of them answered for, through %d kills", w.next, len(objects), w.appended.Load(), kills)
}

type found struct{ key, text, mark string }

// entriesOfDir are the objects of the one series below a prefix, which must be numbered from 1 without a gap.
func entriesOfDir(t *testing.T, store *s3bed.Store, prefix string) (all []found) {
	t.Helper()
	for i, key := range keys(t, store) {
		if _, number, ok := form.ParseKey(prefix, key); !ok || number != int64(i+1) {
			t.Errorf("%s is not number %d", key, i+1)
		}
		text, mark, _ := content(t, store, key)
		all = append(all, found{key, text, mark})
	}
	return all
}

func locked(t *testing.T, store *s3bed.Store, key string) *time.Time {
	t.Helper()
	answer, err := store.Client().GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{Bucket: aws.String(s3bed.Bucket), Key: &key})
	if codeOf(err) == "NoSuchObjectLockConfiguration" {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer.Retention.RetainUntilDate
}

// TestLostAnswer: the store has an object, and its answer does not come back. The next session goes on behind it.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	var lose atomic.Bool
	p := s3bed.NewProxy(t, store, nil, func(r *http.Response) error {
		if r.Request.Method == http.MethodPut && lose.Load() {
			return io.ErrUnexpectedEOF
		}
		return nil
	})
	tr := to(t, p.URL)
	s := dial(t, tr)
	appendAll(t, s, "first", line(1))
	lose.Store(true)
	send(t, s, line(2))
	says(t, s.Append([]byte("second"), noWait), "the store has ended the connection, and has not answered")
	lose.Store(false)
	again := dial(t, tr)
	if string(again.Last()) != "second" {
		t.Errorf("the mark is %q", again.Last())
	}
	appendAll(t, again, "third", line(3))
	if all := entriesOfDir(t, store, "logs/web"); len(all) != 3 || all[1].text != line(2) || all[2].text != line(3) {
		t.Errorf("%q", all)
	}
}

// TestLockedAgain: an object that a store that died has left without its lock gets one.
func TestLockedAgain(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	whole := objectOf(t, "mark", line(1))
	key := seriesDir + "000000000001.log.gz"
	if _, err := store.Client().PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(s3bed.Bucket), Key: &key, Body: whole.Reader()}); err != nil {
		t.Fatal(err)
	}
	if locked(t, store, key) != nil {
		t.Fatal("it has a lock")
	}
	if s := dial(t, to(t, store.Endpoint())); string(s.Last()) != "mark" {
		t.Errorf("the mark is %q", s.Last())
	}
	if locked(t, store, key) == nil {
		t.Error("it has no lock")
	}
}

// TestSlowNetwork: while a store takes an object slowly, waiting is called, and may end it.
func TestSlowNetwork(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	read := make(chan struct{})
	p := s3bed.NewProxy(t, store, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			<-read
		}
		return false
	}, nil)
	s := dial(t, to(t, p.URL))
	send(t, s, line(1))
	calls := 0
	err := s.Append([]byte("mark"), func() error {
		if calls++; calls == 2 {
			close(read)
		}
		return nil
	})
	if err != nil || calls < 2 {
		t.Errorf("%v, after %d calls", err, calls)
	}
	if all := entriesOfDir(t, store, "logs/web"); len(all) != 1 || all[0].text != line(1) {
		t.Errorf("%q", all)
	}
}

// TestStuck: a store that takes a request and does not answer is given up after a while.
func TestStuck(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	stuck := make(chan struct{})
	p := s3bed.NewProxy(t, store, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			_, _ = io.Copy(io.Discard, r.Body)
			<-stuck
		}
		return false
	}, nil)
	t.Cleanup(func() { close(stuck) })
	s, hurried := dial(t, to(t, p.URL)), dial(t, to(t, p.URL))
	hurried.(*session).bucket.wire.transport.ResponseHeaderTimeout = time.Millisecond
	send(t, hurried, line(1))
	says(t, hurried.Append([]byte("mark"), noWait), "the store has the request and does not answer")
	enough := errors.New("enough")
	send(t, s, line(1))
	if err := s.Append([]byte("mark"), func() error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
}

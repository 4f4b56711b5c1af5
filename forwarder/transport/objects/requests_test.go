package objects

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"httpd-syslog/forwarder/testbed/s3bed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/objects/form"
)

// scripted is a store that answers as a test says, and remembers what it was asked.
type scripted struct {
	mu    sync.Mutex
	asked []request
}

type request struct {
	what   string // method, key, and the names of what is asked for
	header http.Header
	body   string
}

// answered is what a scripted store answers: a status of 0 is 200.
type answered struct {
	status       int
	code, body   string
	length, lock string
}

// newScripted is a bucket at a store that answers by what it is asked: "PUT key", "GET key?retention".
func newScripted(t *testing.T, governance bool, answers map[string]answered) (*bucket, *scripted) {
	t.Helper()
	s := &scripted{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		what := r.Method + strings.TrimPrefix(r.URL.Path, "/"+s3bed.Bucket+"/")
		if r.URL.Query().Has("retention") {
			what += "?retention"
		}
		s.mu.Lock()
		s.asked = append(s.asked, request{what, r.Header, string(body)})
		s.mu.Unlock()
		a := answers[what]
		if a.length != "" {
			w.Header().Set("Content-Length", a.length)
		}
		if a.lock != "" {
			w.Header().Set("X-Amz-Object-Lock-Mode", "COMPLIANCE")
			w.Header().Set("X-Amz-Object-Lock-Retain-Until-Date", a.lock)
		}
		if a.status != 0 {
			w.WriteHeader(a.status)
		}
		if a.code != "" {
			a.body = "<Error><Code>" + a.code + "</Code></Error>"
		}
		fmt.Fprint(w, a.body)
	}))
	t.Cleanup(server.Close)
	o := s3bed.Options(server.URL)
	o.Store.S3.LockDays, o.Store.S3.Governance = 400, governance
	b, err := openBucket(t.Context(), s3bed.Server(""), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return b, s
}

// TestHowAnObjectIsPut: only where none is, with its lock from the first moment on, and so that the store sees what something
// on the way has changed.
func TestHowAnObjectIsPut(t *testing.T) {
	t.Parallel()
	for governance, mode := range map[bool]string{false: "COMPLIANCE", true: "GOVERNANCE"} {
		b, s := newScripted(t, governance, nil)
		o := objectOf(t, "mark", line(1))
		begun := time.Now().UTC().Truncate(time.Second)
		if err := b.put(t.Context(), "k", o); err != nil {
			t.Fatal(err)
		}
		got := s.asked[0]
		for name, want := range map[string]string{
			"If-None-Match": "*", "X-Amz-Object-Lock-Mode": mode, "Content-Type": "application/gzip", "X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(o.Sum[:]),
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
			}
		}
		until, err := time.Parse(time.RFC3339, got.header.Get("X-Amz-Object-Lock-Retain-Until-Date"))
		if err != nil || until.Before(begun.AddDate(0, 0, 400)) || until.After(time.Now().AddDate(0, 0, 400)) {
			t.Errorf("it is kept until %v: %v", until, err)
		}
		if whole, _ := io.ReadAll(o.Reader()); got.what != "PUTk" || got.body != string(whole) || len(s.asked) != 1 {
			t.Errorf("%s %q, %d requests", got.what, got.body, len(s.asked))
		}
	}
}

// TestNumberIsTaken: where an object is behind which a session did not know itself is overtaken; where it cannot be seen, the
// way to find out why is told.
func TestNumberIsTaken(t *testing.T) {
	t.Parallel()
	taken := answered{status: http.StatusPreconditionFailed, code: "PreconditionFailed"}
	b, _ := newScripted(t, false, map[string]answered{"PUTk": taken, "GETk": {body: "x"}})
	if err := b.put(t.Context(), "k", objectOf(t, "mark", line(1))); err != transport.ErrOvertaken {
		t.Errorf("%v", err)
	}
	b, _ = newScripted(t, false, map[string]answered{"PUTk": taken, "GETk": {status: http.StatusNotFound, code: "NoSuchKey"}})
	err := b.put(t.Context(), "k", objectOf(t, "mark", line(1)))
	says(t, err, "somebody has deleted ", "aws s3api list-object-versions --bucket evidence", " --prefix k", "aws s3api delete-object --bucket evidence", "--key k --version-id ID")
	b, _ = newScripted(t, false, map[string]answered{"PUTk": {status: http.StatusForbidden, code: "AccessDenied"}})
	says(t, b.put(t.Context(), "k", objectOf(t, "mark", line(1))), "s3:PutObject and s3:PutObjectRetention")
}

// TestLockIsGivenAgain: an object without a lock gets the one that it should have; one that has one, or whose lock cannot be
// seen, is left alone.
func TestLockIsGivenAgain(t *testing.T) {
	t.Parallel()
	const retention = "<Retention><Mode>COMPLIANCE</Mode>%s</Retention>"
	for name, tt := range map[string]struct {
		governance bool
		seen, put  answered
		mode       string // of the lock that it gets; empty: none
		want       string // of the error; empty: there is none
	}{
		"it has none":           {false, answered{status: http.StatusNotFound, code: "NoSuchObjectLockConfiguration"}, answered{}, "COMPLIANCE", ""},
		"of governance":         {true, answered{status: http.StatusNotFound, code: "NoSuchObjectLockConfiguration"}, answered{}, "GOVERNANCE", ""},
		"without an end":        {false, answered{body: fmt.Sprintf(retention, "")}, answered{}, "COMPLIANCE", ""},
		"it has one":            {false, answered{body: fmt.Sprintf(retention, "<RetainUntilDate>2030-01-02T03:04:05Z</RetainUntilDate>")}, answered{}, "", ""},
		"it may not be seen":    {false, answered{status: http.StatusForbidden, code: "AccessDenied"}, answered{}, "", ""},
		"it cannot be seen":     {false, answered{status: http.StatusInternalServerError, code: "InternalError"}, answered{}, "", "InternalError"},
		"it may not be given":   {false, answered{status: http.StatusNotFound, code: "NoSuchObjectLockConfiguration"}, answered{status: http.StatusForbidden, code: "AccessDenied"}, "COMPLIANCE", "s3:PutObjectRetention"},
		"an error of the store": {false, answered{status: http.StatusNotFound, code: "NoSuchKey"}, answered{}, "", "NoSuchKey"},
	} {
		b, s := newScripted(t, tt.governance, map[string]answered{"GETk?retention": tt.seen, "PUTk?retention": tt.put})
		err := b.lockAgain(t.Context(), "k")
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(s.asked); n != 1 && tt.mode == "" || tt.mode != "" && n != 2 {
			t.Errorf("%s: %d requests", name, n)
			continue
		}
		if tt.mode == "" {
			continue
		}
		put := s.asked[1]
		_, after, _ := strings.Cut(put.body, "<RetainUntilDate>")
		text, _, _ := strings.Cut(after, "<")
		until, err := time.Parse(time.RFC3339, text)
		if put.what != "PUTk?retention" || !strings.Contains(put.body, "<Mode>"+tt.mode+"</Mode>") || err != nil || until.Before(time.Now().AddDate(0, 0, 399)) {
			t.Errorf("%s: %s %s", name, put.what, put.body)
		}
	}
}

// TestHeadOfAnObject: what is there of its begin, and whether it has a lock; half an answer is none.
func TestHeadOfAnObject(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", form.MaxHeader)
	for name, tt := range map[string]struct {
		answer answered
		head   string
		locked bool
		want   string // of the error; empty: there is none
	}{
		"short":               {answered{body: "hello"}, "hello", false, ""},
		"with a lock":         {answered{body: "hello", lock: "2030-01-02T03:04:05Z"}, "hello", true, ""},
		"long":                {answered{body: long + "more"}, long, false, ""},
		"empty":               {answered{status: http.StatusRequestedRangeNotSatisfiable, code: "InvalidRange"}, "", true, ""},
		"none":                {answered{status: http.StatusNotFound, code: "NoSuchKey"}, "", false, errGone.Error()},
		"no bucket":           {answered{status: http.StatusNotFound, code: "NoSuchBucket"}, "", false, `there is no bucket "evidence"`},
		"less than announced": {answered{body: "hello", length: "100"}, "", false, "s"},
		"another error":       {answered{status: http.StatusForbidden, code: "AccessDenied"}, "", false, "s3:GetObject"},
	} {
		b, s := newScripted(t, false, map[string]answered{"GETk": tt.answer})
		head, locked, err := b.readHead(t.Context(), "k")
		if string(head) != tt.head || locked != tt.locked || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %q, locked %v, %v", name, head, locked, err)
		}
		if got, want := s.asked[0].header.Get("Range"), fmt.Sprintf("bytes=0-%d", form.MaxHeader-1); got != want {
			t.Errorf("%s: %s is asked for, not %s", name, got, want)
		}
	}
}

func anObject(first types.ObjectVersion, versions int, deleted *time.Time) name {
	return name{key: "k", versions: versions, first: first, deleted: deleted}
}

// TestPlaceInASeries: what is told of an object by its number, its versions and its mark, and nothing of what is in order.
func TestPlaceInASeries(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	came := func(days int) types.ObjectVersion {
		return types.ObjectVersion{LastModified: aws.Time(now.AddDate(0, 0, -days))}
	}
	deleted := func(days int) *time.Time { return aws.Time(now.AddDate(0, 0, -days)) }
	for name, tt := range map[string]struct {
		before, number int64
		object         name
		want           []string
	}{
		"the next":                        {3, 4, anObject(came(1), 1, nil), nil},
		"the first":                       {0, 1, anObject(came(1), 1, nil), nil},
		"two are missing":                 {3, 6, anObject(came(1), 1, nil), []string{"is missing, with all up to number 5: the next that is there is number 6"}},
		"the first are missing":           {0, 6, anObject(came(1), 1, nil), []string{"is missing, with all up to number 5"}},
		"the first have gone in order":    {0, 6, anObject(came(500), 1, nil), nil},
		"written over":                    {3, 4, anObject(came(1), 2, nil), []string{"has 2 versions"}},
		"deleted":                         {3, 4, anObject(came(1), 1, deleted(0)), []string{"somebody has deleted it"}},
		"deleted when its lock had ended": {3, 4, anObject(came(500), 1, deleted(50)), nil},
		"nothing but a mark":              {3, 4, anObject(types.ObjectVersion{}, 0, deleted(0)), []string{"that it is deleted, and no version any more"}},
	} {
		b, _ := newScripted(t, false, nil)
		r := &reading{bucket: b}
		r.fetch.From = now.AddDate(1, 0, 0) // nothing is read
		s := newSeriesReading(r, form.Series{Host: "web1", ID: strings.Repeat("0", 32)})
		s.number, s.mark = tt.before, []byte("mark")
		if err := s.take(t.Context(), &tt.object, tt.number); err != nil || s.number != tt.number {
			t.Errorf("%s: number %d, %v", name, s.number, err)
		}
		var told []string
		for _, o := range r.odd.all {
			told = append(told, o.What)
		}
		if len(told) != len(tt.want) || len(told) > 0 && !strings.Contains(told[0], tt.want[0]) {
			t.Errorf("%s: %q", name, told)
		}
		if (s.mark == nil) != (tt.object.versions > 0) {
			t.Errorf("%s: the mark before is %q", name, s.mark)
		}
	}
}

// TestEarliest: of whole lines, those with a time.
func TestEarliest(t *testing.T) {
	t.Parallel()
	const first, later = "<13>1 2026-11-27T03:28:28Z web1 a - - - x\n", "<13>1 2026-11-27T03:28:29.5Z web1 a - - - x\n"
	at := time.Date(2026, 11, 27, 3, 28, 28, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"": {}, "hello\n": {}, "<13>1 - web1 a - - - x\n": {}, first: at, later + first: at, first + later: at, "hello\n" + later: at.Add(1500 * time.Millisecond),
		later + strings.TrimSuffix(first, "\n"): at.Add(1500 * time.Millisecond), strings.TrimSuffix(first, "\n"): {},
	} {
		if got := earliest([]byte(text)); !got.Equal(want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// fullDisk is somebody who takes nothing.
type fullDisk struct{}

var errNoSpace = errors.New("no space")

func (fullDisk) Write([]byte) (int, error) { return 0, errNoSpace }

// TestSink: an error of writing is none of reading.
func TestSink(t *testing.T) {
	t.Parallel()
	s := &sink{w: fullDisk{}}
	if _, err := io.Copy(s, bytes.NewReader([]byte("x"))); !errors.Is(err, errNoSpace) || !errors.Is(s.err, errNoSpace) {
		t.Errorf("%v, %v", err, s.err)
	}
	s = &sink{w: io.Discard}
	if n, err := s.Write([]byte("xyz")); n != 3 || err != nil || s.err != nil {
		t.Errorf("%d, %v, %v", n, err, s.err)
	}
}

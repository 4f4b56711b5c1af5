package objects

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"httpd-syslog/forwarder/testbed/s3bed"
	"httpd-syslog/forwarder/transport/objects/form"
)

// shortPage is how much this store lists at once: stores may list less than they are allowed to.
const shortPage = 50

// longSeries answers lists of keys as a store with a long series does, but for numbers that are missing.
type longSeries struct {
	last, from, to int64 // numbers from from to to are missing
	foreign        int   // keys behind all numbers that are none of ours
	requests       atomic.Int32
}

func (l *longSeries) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.requests.Add(1)
	q := r.URL.Query()
	dir := q.Get("prefix")
	var after int64
	_, _ = fmt.Sscanf(strings.TrimPrefix(q.Get("start-after"), dir), "%d", &after)
	var b strings.Builder
	n := 0
	for i := after + 1; i <= l.last && n < shortPage; i++ {
		if i < l.from || i > l.to {
			fmt.Fprintf(&b, "<Contents><Key>%s</Key></Contents>", url.QueryEscape(fmt.Sprintf("%s%012d.log.gz", dir, i)))
			n++
		} else {
			i = l.to
		}
	}
	for i := 0; i < l.foreign && n < shortPage; i++ {
		fmt.Fprintf(&b, "<Contents><Key>%s</Key></Contents>", url.QueryEscape(fmt.Sprintf("%szz\x01 +%d", dir, i)))
		n++
	}
	fmt.Fprintf(w, "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>%v</IsTruncated>%s</ListBucketResult>", n == shortPage, b.String())
}

// TestFindLast: the end of a series is found with few requests, however long it is, whatever was known of it, where numbers
// are missing, and where there are keys of somebody else's.
func TestFindLast(t *testing.T) {
	t.Parallel()
	const most = 40 // requests
	for _, last := range []int64{0, 1, 2, 1000, 1001, 105_120, 1_000_000} {
		for _, known := range []int64{0, 1, last - 1, last, last + 5, last / 2, last + 5000} {
			for _, l := range []*longSeries{{last: last}, {last: last, from: last / 3, to: last - 2}, {last: last, foreign: 3}} {
				server := httptest.NewServer(l)
				b, err := openBucket(t.Context(), s3bed.Server("a b"), s3bed.Options(server.URL), nil)
				if err != nil {
					t.Fatal(err)
				}
				got, err := b.findLast(t.Context(), form.Series{Host: "web1", ID: strings.Repeat("0", 32)}, max(0, known))
				if err != nil || got != last {
					t.Errorf("the last of %d, where %d is known: %d, %v", last, known, got, err)
				}
				if n := l.requests.Load(); n > most || known == last && l.foreign == 0 && n > 1 {
					t.Errorf("the last of %d, where %d is known: %d requests", last, known, n)
				}
				b.close()
				server.Close()
			}
		}
	}
	server := httptest.NewServer(&longSeries{last: 3000, foreign: 2 * shortPage})
	defer server.Close()
	b, err := openBucket(t.Context(), s3bed.Server(""), s3bed.Options(server.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	_, err = b.findLast(t.Context(), form.Series{Host: "web1", ID: strings.Repeat("0", 32)}, 0)
	says(t, err, "so many keys that are not ours")
}

// TestForeignLast: an object that is not ours has a mark that no relay makes, and is left as it is; behind the last number
// there is none.
func TestForeignLast(t *testing.T) {
	t.Parallel()
	store := archived(t)
	for i, b := range [][]byte{[]byte("hello"), {}} {
		put(t, store, key(4+i), b, func(in *s3.PutObjectInput) { in.ObjectLockMode, in.ObjectLockRetainUntilDate = "", nil })
		if s := dial(t, to(t, store.Endpoint())); s.Last() == nil || len(s.Last()) > 0 || locked(t, store, key(4+i)) != nil {
			t.Errorf("%q: the mark is %q", b, s.Last())
		}
	}
	put(t, store, key(form.MaxNumber), packed(t, "end", line(1)), nil)
	s := dial(t, to(t, store.Endpoint()))
	send(t, s, line(2))
	says(t, s.Append([]byte("mark"), noWait), "has no successor")
}

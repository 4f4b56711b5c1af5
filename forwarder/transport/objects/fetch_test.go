package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"httpd-syslog/forwarder/testbed/s3bed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/objects/form"
	"httpd-syslog/forwarder/verify/archive"
)

// fetched is what Fetch brings: the text of each file, by its name, and oddities as lines.
func fetched(t *testing.T, store *s3bed.Store, change func(*transport.Options, *transport.Fetch)) (files map[string]string, odd string) {
	t.Helper()
	o, f := s3bed.Options(store.Endpoint()), transport.Fetch{Dir: t.TempDir()}
	o.Store.Series, o.Store.S3.LockDays = transport.Series{}, lockDays
	if change != nil {
		change(&o, &f)
	}
	all, err := Fetch(t.Context(), s3bed.Server("logs/web"), o, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		for _, c := range x.Where + x.What {
			if c < ' ' || c > '~' {
				t.Errorf("%q: %q has what does something to a terminal", x.Where, x.What)
			}
		}
		odd += x.Where + " " + x.What + "\n"
	}
	return textsIn(t, f.Dir), odd
}

// textsIn reads files as verify does, to which none of them may have a flaw.
func textsIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := archive.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, path := range paths {
		var text bytes.Buffer
		c, err := archive.Read(context.Background(), path, func(b archive.Block) error { text.Write(b.Data); return nil })
		if err != nil || len(c.Flaws) > 0 || c.Partial > 0 {
			t.Errorf("%s: %v, %+v", path, err, c)
		}
		files[filepath.Base(path)] = text.String()
	}
	return files
}

const (
	lockDays   = 2
	seriesFile = "web1.example.com.0123456789abcdef0123456789abcdef.log.gz"
)

func key(number int) string { return fmt.Sprintf("%s%012d.log.gz", seriesDir, number) }

// archived has three objects, of a line each.
func archived(t *testing.T) *s3bed.Store {
	t.Helper()
	store := s3bed.New(t)
	tr := to(t, store.Endpoint())
	tr.options.Store.S3.LockDays = lockDays
	s := dial(t, tr)
	for i := 1; i <= 3; i++ {
		appendAll(t, s, fmt.Sprint("mark ", i), line(i))
	}
	return store
}

// packed is an object of lines.
func packed(t *testing.T, mark string, lines ...string) []byte {
	t.Helper()
	b, err := io.ReadAll(objectOf(t, mark, lines...).Reader())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func objectOf(t *testing.T, mark string, lines ...string) *form.Object {
	t.Helper()
	var e form.Entry
	if err := e.Add([]byte(strings.Join(lines, ""))); err != nil {
		t.Fatal(err)
	}
	o, err := e.Finish([]byte(mark))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// put puts an object as somebody does who has the store's own key.
func put(t *testing.T, store *s3bed.Store, key string, b []byte, change func(*s3.PutObjectInput)) {
	t.Helper()
	in := &s3.PutObjectInput{
		Bucket: aws.String(s3bed.Bucket), Key: &key, Body: bytes.NewReader(b), ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		ObjectLockMode: types.ObjectLockModeCompliance, ObjectLockRetainUntilDate: aws.Time(time.Now().AddDate(0, 0, lockDays)),
	}
	if change != nil {
		change(in)
	}
	if _, err := store.Client().PutObject(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

// TestFetch: what nobody has touched is read back, and nothing is odd.
func TestFetch(t *testing.T) {
	t.Parallel()
	store := archived(t)
	other := to(t, store.Endpoint())
	other.options.Store.Series = transport.Series{Host: "web2/../etc", ID: strings.Repeat("f", 32)}
	other.options.Store.S3.LockDays = lockDays
	appendAll(t, dial(t, other), "mark", line(7))
	all := line(1) + line(2) + line(3)
	otherFile := "web2_.._etc." + strings.Repeat("f", 32) + ".log.gz"
	for name, c := range map[string]struct {
		change func(*transport.Options, *transport.Fetch)
		want   map[string]string
	}{
		"all":         {nil, map[string]string{seriesFile: all, otherFile: line(7)}},
		"one host":    {func(_ *transport.Options, f *transport.Fetch) { f.Hosts = []string{"web1.example.com", "web9"} }, map[string]string{seriesFile: all}},
		"later":       {func(_ *transport.Options, f *transport.Fetch) { f.From = time.Now().Add(48 * time.Hour) }, map[string]string{}},
		"to now":      {func(_ *transport.Options, f *transport.Fetch) { f.To = time.Now() }, map[string]string{seriesFile: all, otherFile: line(7)}},
		"long before": {func(_ *transport.Options, f *transport.Fetch) { f.To = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) }, map[string]string{}},
		"that day":    {func(_ *transport.Options, f *transport.Fetch) { f.To = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC) }, map[string]string{seriesFile: all, otherFile: line(7)}},
	} {
		files, odd := fetched(t, store, c.change)
		if fmt.Sprint(files) != fmt.Sprint(c.want) || odd != "" {
			t.Errorf("%s: %q\n%s", name, files, odd)
		}
	}
}

// tampering is what somebody does to three objects, what Fetch says of it, and what it reads all the same.
var tampering = map[string]struct {
	do   func(t *testing.T, store *s3bed.Store)
	want []string // oddities
	text string   // empty: all three lines
}{
	"second version": {func(t *testing.T, store *s3bed.Store) { put(t, store, key(2), packed(t, "mark 2", line(9)), nil) },
		[]string{key(2) + " has 2 versions", "somebody has written over it; the first one, of "}, ""},
	"deleted": {func(t *testing.T, store *s3bed.Store) { remove(t, store, key(3)) },
		[]string{key(3) + " has a mark of ", "that it is deleted: somebody has deleted it"}, ""},
	"deleted and written again": {func(t *testing.T, store *s3bed.Store) {
		remove(t, store, key(3))
		put(t, store, key(3), packed(t, "mark 3", line(9)), nil)
	}, []string{key(3) + " has 2 versions", "somebody has deleted it"}, ""},
	"missing": {func(t *testing.T, store *s3bed.Store) { put(t, store, key(7), packed(t, "mark 7", line(7)), nil) },
		[]string{key(4) + " is missing, with all up to number 6: the next that is there is number 7"}, line(1) + line(2) + line(3) + line(7)},
	"the first missing": {func(t *testing.T, store *s3bed.Store) { lose(t, store, key(1)) },
		[]string{key(1) + " is missing, with all up to number 1"}, line(2) + line(3)},
	"no lock": {func(t *testing.T, store *s3bed.Store) {
		put(t, store, key(4), packed(t, "mark 4", line(4)), func(in *s3.PutObjectInput) { in.ObjectLockMode, in.ObjectLockRetainUntilDate = "", nil })
	}, []string{key(4) + " has no lock"}, line(1) + line(2) + line(3) + line(4)},
	"short lock": {func(t *testing.T, store *s3bed.Store) {
		put(t, store, key(4), packed(t, "mark 4", line(4)), func(in *s3.PutObjectInput) { in.ObjectLockRetainUntilDate = aws.Time(time.Now().Add(24 * time.Hour)) })
	}, []string{key(4) + " is of ", "that is less than 2 days"}, line(1) + line(2) + line(3) + line(4)},
	"governance": {func(t *testing.T, store *s3bed.Store) {
		put(t, store, key(4), packed(t, "mark 4", line(4)), func(in *s3.PutObjectInput) { in.ObjectLockMode = types.ObjectLockModeGovernance })
	}, []string{key(4) + ` has a lock of the mode "GOVERNANCE"`}, line(1) + line(2) + line(3) + line(4)},
	"same mark": {func(t *testing.T, store *s3bed.Store) { put(t, store, key(4), packed(t, "mark 3", line(3)), nil) },
		[]string{key(4) + " has the same mark as the object before it"}, line(1) + line(2) + line(3) + line(3)},
	"another mark on the disk": {func(t *testing.T, store *s3bed.Store) { onDisk(t, store, key(2), form.MarkAt, '!') },
		[]string{key(2) + " is not what came: its SHA-256 is "}, ""},
	"other bytes on the disk": {func(t *testing.T, store *s3bed.Store) { onDisk(t, store, key(2), -6, '!') },
		[]string{key(2) + " is damaged behind", key(2) + " is not what came"}, ""},
	"no gzip": {func(t *testing.T, store *s3bed.Store) { put(t, store, key(4), []byte("\x1b[2Jhello\n"), nil) },
		[]string{key(4) + " is not as ours are: it is no gzip with a mark of ours"}, ""},
	"empty": {func(t *testing.T, store *s3bed.Store) { put(t, store, key(4), nil, nil) },
		[]string{key(4) + " is not as ours are"}, ""},
	"a second member": {func(t *testing.T, store *s3bed.Store) {
		put(t, store, key(4), append(packed(t, "mark 4", line(4)), packed(t, "mark 5", line(5))...), nil)
	}, []string{key(4) + " has something behind its gzip member"}, line(1) + line(2) + line(3) + line(4)},
	"half a line": {func(t *testing.T, store *s3bed.Store) { put(t, store, key(4), packed(t, "mark 4", "half"), nil) },
		[]string{key(4) + " ends within a message"}, line(1) + line(2) + line(3) + "half\n"},
	"cut": {func(t *testing.T, store *s3bed.Store) {
		b := packed(t, "mark 4", line(4))
		put(t, store, key(4), b[:len(b)-form.TrailerLen], nil)
	}, []string{key(4) + " is damaged behind"}, line(1) + line(2) + line(3) + line(4)},
	"another sum": {func(t *testing.T, store *s3bed.Store) {
		put(t, store, key(4), packed(t, "mark 4", line(4)), func(in *s3.PutObjectInput) { in.ChecksumAlgorithm = types.ChecksumAlgorithmCrc32 })
	}, []string{key(4) + " has no SHA-256 that came with it"}, line(1) + line(2) + line(3) + line(4)},
	"other names": {func(t *testing.T, store *s3bed.Store) {
		for _, name := range []string{"logs/web/notes.txt", seriesDir + "000000000004.log.gz.old", seriesDir + "4.log.gz", "logs/web/x\u202e/y", seriesDir + "000000000000.log.gz"} {
			put(t, store, name, []byte("x"), nil)
		}
	}, []string{"logs/web/notes.txt is no name of an object of ours", ".log.gz.old is no name", "/4.log.gz is no name", `logs/web/x\u202e/y is no name`, "000000000000.log.gz is no name"}, ""},
}

// remove has the store hide an object behind a delete marker, as a lock does not forbid.
func remove(t *testing.T, store *s3bed.Store, key string) {
	t.Helper()
	if _, err := store.Client().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(s3bed.Bucket), Key: &key}); err != nil {
		t.Fatal(err)
	}
}

// lose removes an object behind the store's back.
func lose(t *testing.T, store *s3bed.Store, key string) {
	t.Helper()
	if err := os.Remove(store.Path(key)); err != nil {
		t.Fatal(err)
	}
}

// onDisk changes a byte behind the store's back, counted from the end where it is below 0.
func onDisk(t *testing.T, store *s3bed.Store, key string, at int64, c byte) {
	t.Helper()
	f, err := os.OpenFile(store.Path(key), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && at < 0 {
		at += info.Size()
	}
	if _, err := f.WriteAt([]byte{c}, at); err != nil {
		t.Fatal(err)
	}
}

// TestTampering: what nobody should have been able to do is found, and no line that was there is lost by it.
func TestTampering(t *testing.T) {
	t.Parallel()
	for name, c := range tampering {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := archived(t)
			c.do(t, store)
			files, odd := fetched(t, store, nil)
			for _, want := range c.want {
				if !strings.Contains(odd, want) {
					t.Errorf("no oddity %q in\n%s", want, odd)
				}
			}
			if n := strings.Count(odd, "\n"); n > len(c.want) {
				t.Errorf("%d oddities:\n%s", n, odd)
			}
			if c.text == "" {
				c.text = line(1) + line(2) + line(3)
			}
			if files[seriesFile] != c.text || len(files) != 1 {
				t.Errorf("%q", files)
			}
		})
	}
}

// TestLockHolds: a version that is locked can be neither deleted nor unlocked, even with the store's own key.
func TestLockHolds(t *testing.T) {
	t.Parallel()
	store := archived(t)
	_, _, answer := content(t, store, key(1))
	for name, bypass := range map[string]*bool{"as it is": nil, "bypassing governance": aws.Bool(true)} {
		_, err := store.Client().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(s3bed.Bucket), Key: aws.String(key(1)), VersionId: answer.VersionId, BypassGovernanceRetention: bypass})
		if statusOf(err) != 403 {
			t.Errorf("%s: %v", name, err)
		}
		_, err = store.Client().PutObjectRetention(t.Context(), &s3.PutObjectRetentionInput{
			Bucket: aws.String(s3bed.Bucket), Key: aws.String(key(1)), BypassGovernanceRetention: bypass,
			Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeCompliance, RetainUntilDate: aws.Time(time.Now().Add(time.Minute))},
		})
		if statusOf(err) != 403 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if files, odd := fetched(t, store, nil); odd != "" || files[seriesFile] != line(1)+line(2)+line(3) {
		t.Errorf("%q, %s", files, odd)
	}
}

// TestDeletedLast: where the last object was deleted the series does not go on as if nothing had happened.
func TestDeletedLast(t *testing.T) {
	t.Parallel()
	store := archived(t)
	remove(t, store, key(3))
	s := dial(t, to(t, store.Endpoint()))
	if string(s.Last()) != "mark 2" {
		t.Errorf("the mark is %q", s.Last())
	}
	send(t, s, line(3))
	says(t, s.Append([]byte("mark 3"), noWait), "somebody has deleted s3://evidence/"+key(3), "aws s3api list-object-versions --bucket evidence")
}

// TestFetchKeepsFiles: what is in the directory already is not written over.
func TestFetchKeepsFiles(t *testing.T) {
	t.Parallel()
	store := archived(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, seriesFile), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := s3bed.Options(store.Endpoint())
	if _, err := Fetch(t.Context(), s3bed.Server("logs/web"), o, transport.Fetch{Dir: dir}); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, seriesFile)); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestFlood: as many names as somebody likes, over several pages of the store's list, are told of in bounds, and hide nothing.
func TestFlood(t *testing.T) {
	t.Parallel()
	const names, writers = maxOddities + 100, 8
	store := archived(t)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := w; n < names; n += writers {
				put(t, store, fmt.Sprintf("logs/web/%d", n), []byte("x"), nil)
			}
		})
	}
	all.Wait()
	put(t, store, key(2), packed(t, "mark 2", line(9)), nil)
	files, odd := fetched(t, store, nil)
	if files[seriesFile] != line(1)+line(2)+line(3) {
		t.Errorf("%q", files)
	}
	if n := strings.Count(odd, "\n"); n != maxOddities+1 || !strings.Contains(odd, "the bucket has 101 more of such") {
		t.Errorf("%d oddities", n)
	}
}

// TestFetchStuck: a store that ceases to send in the midst of an object is given up.
func TestFetchStuck(t *testing.T) {
	t.Parallel()
	store := archived(t)
	stuck := make(chan struct{})
	p := s3bed.NewProxy(t, store, nil, func(r *http.Response) error {
		if strings.HasSuffix(r.Request.URL.Path, key(1)) && !r.Request.URL.Query().Has("retention") {
			r.Body = &halting{Reader: io.LimitReader(r.Body, 20), until: stuck, Closer: r.Body}
		}
		return nil
	})
	t.Cleanup(func() { close(stuck) })
	b, err := openBucket(t.Context(), s3bed.Server("logs/web"), s3bed.Options(p.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	b.wire.answer = 50 * time.Millisecond // of what is read of an object; answers have the time that they had
	r := &reading{bucket: b, fetch: transport.Fetch{Dir: t.TempDir()}}
	err = r.list(t.Context(), "logs/web/")
	r.leave()
	says(t, err, "the store has begun to send "+key(1)+", and sends no more")
}

// halting does not end where its reader does.
type halting struct {
	io.Reader
	io.Closer
	until <-chan struct{}
}

func (h *halting) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if err != nil {
		<-h.until
	}
	return n, err
}

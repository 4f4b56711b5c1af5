package retention

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/testbed"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// bench is a log directory with a keeper whose clock the test turns.
type bench struct {
	t        *testing.T
	m        *machine
	dir      string
	k        *Keeper
	policy   Policy
	held     map[uint64]bool
	events   []string
	texts    []string // of all events, whole
	troubles map[string]string
	deaf     bool // events cannot be written
}

func newBench(t *testing.T, p Policy) *bench {
	b := &bench{t: t, m: newMachine(t, "America/Los_Angeles"), dir: filepath.Join(t.TempDir(), "log"), policy: p, held: map[uint64]bool{}, troubles: map[string]string{}}
	must(t, os.Mkdir(b.dir, 0o750))
	b.restart()
	return b
}

// restart is a new process.
func (b *bench) restart() {
	b.k = New(Options{
		Dir: b.dir, Record: filepath.Join(b.dir, "..", "rotated"), Policy: b.policy,
		Held:    func() map[uint64]bool { return b.held },
		Settled: func() error { return nil },
		Live:    func(log string) bool { return log == filepath.Join(b.dir, "access_log") },
		Zone:    func() *time.Location { return b.m.zone },
		clocks:  func() reading { return b.m.reading() },
		Tell: func(e event.Event) (string, bool) {
			if !b.deaf {
				b.events = append(b.events, e.Kind.Severity.String()+" "+testbed.Sentence(e.String()))
				b.texts = append(b.texts, e.String())
			}
			return "0a.1", !b.deaf
		},
		Trouble: func(kind *event.Kind, subject string, err error) {
			what := kind.Trouble(subject)
			was, is := b.troubles[what], fmt.Sprint(err)
			if err == nil {
				is = ""
			}
			switch {
			case was != is && err == nil:
				b.texts = append(b.texts, kind.End().With("after", "1s").String())
			case was != is:
				b.texts = append(b.texts, kind.With("cause", err).String())
			}
			if was != is {
				b.events = append(b.events, kind.Severity.String()+" "+what+": "+is)
			}
			b.troubles[what] = is
		},
	})
}

// rotated makes a rotated file as the local log does, and returns its path.
func (b *bench) rotated(log, content string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, log)
	must(b.t, b.k.Rotating(path))
	return b.put(log, content)
}

// put makes a file with the name of one that is rotated now.
func (b *bench) put(log, content string) string {
	b.t.Helper()
	name := filepath.Join(b.dir, log+"-"+b.m.name().Format("2006-01-02T15-04-05.000"))
	must(b.t, os.MkdirAll(filepath.Dir(name), 0o750))
	must(b.t, os.WriteFile(name, []byte(content), 0o640))
	must(b.t, os.Chtimes(name, b.m.true.Add(b.m.off), b.m.true.Add(b.m.off)))
	return name
}

func (b *bench) pass() time.Duration { return b.k.pass(context.Background()) }

// files are the names in the directory and those below, in order.
func (b *bench) files() (names []string) {
	must(b.t, filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, b.dir+"/"))
		}
		return err
	}))
	return names
}

func (b *bench) want(what string, paths ...string) {
	b.t.Helper()
	var want []string
	for _, p := range paths {
		want = append(want, strings.TrimPrefix(p, b.dir+"/"))
	}
	slices.Sort(want)
	if got := b.files(); !slices.Equal(got, want) {
		b.t.Fatalf("%s:\n got %q\nwant %q\n%s", what, got, want, strings.Join(b.events, "\n"))
	}
}

// said are all events, a line each.
func (b *bench) said() string { return strings.Join(b.texts, "\n") }

// told returns the events with a text, and forgets all.
func (b *bench) told(text string) (found []string) {
	for _, e := range b.events {
		if strings.Contains(e, text) {
			found = append(found, e)
		}
	}
	b.events = nil
	return found
}

func (b *bench) wantTold(n int, text string) {
	b.t.Helper()
	all := strings.Join(b.events, "\n")
	if got := b.told(text); len(got) != n {
		b.t.Fatalf("%d events with %q, want %d, among\n%s", len(got), text, n, all)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func unzipped(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	data, err := io.ReadAll(z)
	must(t, err)
	return string(data)
}

func TestRotatedFilesAreCompressed(t *testing.T) {
	b := newBench(t, Policy{Compress: true})
	text := strings.Repeat("a line\n", 100_000)
	plain := b.rotated("access_log", text)
	must(t, os.Chmod(plain, 0o604))
	before, err := os.Stat(plain)
	must(t, err)
	b.pass()
	b.want("compressed", plain+".gz")
	if unzipped(t, plain+".gz") != text {
		t.Error("another content")
	}
	after, err := os.Stat(plain + ".gz")
	must(t, err)
	if after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("%v %v, was %v %v", after.Mode(), after.ModTime(), before.Mode(), before.ModTime())
	}
	if st := b.k.Status(); st.Files != 1 || st.Bytes != after.Size() || st.Failed != 0 || !st.Oldest.Equal(b.m.true) {
		t.Errorf("%+v", st)
	}
	if len(b.events) > 0 {
		t.Errorf("%q", b.events)
	}
}

func TestKeepAge(t *testing.T) {
	b := newBench(t, Policy{KeepAge: 2 * day})
	first := b.rotated("access_log", "a\n")
	b.m.pass(time.Hour)
	second := b.rotated("error_log", "b\n")
	b.m.pass(2*day - time.Hour - time.Second)
	if wait := b.pass(); wait > time.Second {
		t.Errorf("looks again in %v", wait)
	}
	b.want("a second before", first, second)
	b.m.pass(time.Second)
	b.pass()
	b.want("in time", second)
	if got := b.told("is removed"); len(got) != 1 || !strings.Contains(got[0], first+" is removed: rotated at 2026-01-01T00:00:00-08:00, 2 bytes, older than keep_age (2d)") {
		t.Errorf("%q", got)
	}
	b.m.pass(time.Hour)
	b.pass()
	b.want("the other, too")
}

func TestKeepCountsEachLogsFiles(t *testing.T) {
	b := newBench(t, Policy{Keep: 2, Compress: true})
	var all []string
	for i := range 5 {
		b.m.pass(time.Hour)
		all = append(all, b.rotated("access_log", fmt.Sprint(i)))
		b.rotated("www.example.com/access_log", fmt.Sprint(i))
		b.pass()
	}
	var want []string
	for _, p := range all[3:] {
		want = append(want, p+".gz", filepath.Join(b.dir, "www.example.com", filepath.Base(p)+".gz"))
	}
	b.want("two of each", want...)
	b.wantTold(6, "as many as keep (2)")
}

func TestKeepSize(t *testing.T) {
	b := newBench(t, Policy{KeepSize: 25_000})
	var all []string
	for range 3 {
		b.m.pass(time.Hour)
		all = append(all, b.rotated("access_log", strings.Repeat("x", 9_000)), b.rotated("www/access_log", strings.Repeat("x", 1_000)))
	}
	b.pass()
	b.want("the oldest are gone", all[1:]...)
	b.wantTold(1, "more than keep_size (25kB)")
	must(t, os.Remove(all[5]))
	b.m.pass(2 * retryEvery)
	b.rotated("error_log", strings.Repeat("x", 9_000))
	b.pass()
	if n := len(b.told("keep_size")); n != 2 {
		t.Errorf("%d removed: %q", n, b.files())
	}
}

// TestPolicyChanges: a reload takes effect at once.
func TestPolicyChanges(t *testing.T) {
	b := newBench(t, Policy{})
	var all []string
	for range 5 {
		b.m.pass(time.Hour)
		all = append(all, b.rotated("access_log", "0123456789"))
	}
	change := func(p Policy, want ...string) {
		t.Helper()
		b.k.SetPolicy(p)
		b.pass()
		b.want(p.Words(), want...)
	}
	change(Policy{Keep: 4}, all[1:]...)
	change(Policy{KeepAge: 3 * time.Hour}, all[2:]...)
	change(Policy{KeepSize: 20}, all[3:]...)
	change(Policy{Compress: true}, all[3]+".gz", all[4]+".gz")
}

// TestOnlyRotatedFilesAreRemoved: other files are nobody's business.
func TestOnlyRotatedFilesAreRemoved(t *testing.T) {
	b := newBench(t, Policy{KeepAge: day, Keep: 1, KeepSize: 1, Compress: true})
	must(t, b.k.Rotating(filepath.Join(b.dir, "access_log")))
	b.m.true = b.m.true.Add(-100 * day)
	ours, gone := b.put("access_log", "x"), b.put("gone_log", "x") // of a stream that no record knows, in a directory that is ours alone
	elsewhere := b.put("www/access_log", "x")                      // of a directory that no record knows
	b.m.true = b.m.true.Add(100 * day)
	others := []string{elsewhere}
	for _, name := range []string{"access_log", "access_log.1", "access_log-20250101", "access_log-2025-01-01.gz", "notes.gz", "access_log-2025-01-01T00-00-00.000.gz.old", "x.partial"} {
		path := filepath.Join(b.dir, name)
		must(t, os.WriteFile(path, []byte("x"), 0o600))
		others = append(others, path)
	}
	stamp := "-2025-01-01T00-00-00.000"
	must(t, os.Mkdir(filepath.Join(b.dir, "dir"+stamp), 0o700))
	must(t, os.Symlink(filepath.Join(b.dir, "access_log"), filepath.Join(b.dir, "link"+stamp)))
	others = append(others, filepath.Join(b.dir, "link"+stamp))
	if os.Geteuid() == 0 {
		path := filepath.Join(b.dir, "another_users"+stamp)
		must(t, os.WriteFile(path, nil, 0o600))
		must(t, os.Chown(path, 65534, -1))
		others = append(others, path)
	}
	b.pass()
	b.want("others' files", others...)
	for _, path := range []string{ours, gone} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestGoneLogs: the files of streams and virtual hosts that are gone come to their end, in a later process too.
func TestGoneLogs(t *testing.T) {
	b := newBench(t, Policy{KeepAge: 2 * day, Compress: true})
	path := b.rotated("gone.example.com/access_log", "x")
	b.pass()
	b.want("there", path+".gz")
	b.m.pass(day)
	b.restart()
	b.pass()
	b.m.pass(day)
	b.pass()
	b.want("gone")
	b.pass()
	if len(b.k.known) != 0 {
		t.Errorf("%v are known", b.k.known)
	}
}

// TestHeldFilesStay: what recovery may have to cut is neither compressed nor removed.
func TestHeldFilesStay(t *testing.T) {
	b := newBench(t, Policy{KeepAge: day, Compress: true})
	path := b.rotated("access_log", "x")
	var st unix.Stat_t
	must(t, unix.Lstat(path, &st))
	b.held[st.Ino] = true
	b.pass()
	b.m.pass(2 * day)
	b.pass()
	b.want("held", path)
	clear(b.held)
	b.k.Rotated()
	b.pass()
	b.want("not held")
}

func TestLeftovers(t *testing.T) {
	const text = "some lines\nof a log\n"
	zipped := func(s string) []byte {
		var b strings.Builder
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(s))
		must(t, z.Close())
		return []byte(b.String())
	}
	for name, c := range map[string]struct {
		gz       []byte
		compress bool
		want     []string // suffixes of what is left
	}{
		"an empty one":             {[]byte{}, true, []string{".gz"}},
		"half a one":               {zipped(text)[:20], true, []string{".gz"}},
		"garbage":                  {[]byte("garbage garbage"), true, []string{".gz"}},
		"a wrong checksum":         {append(zipped(text)[:len(zipped(text))-8], 1, 2, 3, 4, 5, 6, 7, 8), true, []string{".gz"}},
		"a whole one":              {zipped(text), true, []string{".gz"}},
		"a longer one":             {zipped(text + "and more"), true, []string{"", ".gz"}},
		"a shorter one":            {zipped(text[:5]), true, []string{"", ".gz"}},
		"half a one, and no more":  {zipped(text)[:20], false, []string{""}},
		"a whole one, and no more": {zipped(text), false, []string{".gz"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Policy{Compress: c.compress})
			path := b.rotated("access_log", text)
			must(t, os.WriteFile(path+".gz", c.gz, 0o600))
			must(t, os.WriteFile(path+".gz.partial", []byte("x"), 0o600))
			b.pass()
			var want []string
			for _, suffix := range c.want {
				want = append(want, path+suffix)
			}
			b.want("left", want...)
			if len(c.want) == 1 && c.want[0] == ".gz" && unzipped(t, path+".gz") != text {
				t.Error("another content")
			}
			if strings.HasSuffix(name, "and no more") && c.want[0] == "" {
				testbed.WantTold(t, b.said(), "rotated.partial")
			}
			if differs := len(c.want) == 2; differs != (b.k.Status().Failed == 1) {
				t.Errorf("%+v", b.k.Status())
			}
		})
	}
}

// TestFailuresAreToldOnce: and again when they are over.
func TestFailuresAreToldOnce(t *testing.T) {
	b := newBench(t, Policy{Compress: true})
	one, two := b.rotated("access_log", "x"), b.rotated("error_log", "x")
	for _, path := range []string{one, two} {
		must(t, os.Mkdir(path+".gz", 0o700))
	}
	for range 3 {
		if wait := b.pass(); wait > retryEvery {
			t.Errorf("tries again in %v", wait)
		}
		b.m.pass(2 * retryEvery)
	}
	if got := b.told(""); len(got) != 1 || !strings.HasPrefix(got[0], "err rotated files cannot be compressed: rename "+one) {
		t.Fatalf("%q", got)
	}
	b.want("as they were", one, two)
	if st := b.k.Status(); st.Failed != 2 || !strings.HasPrefix(st.Error, "rotated files cannot be compressed: rename "+one) {
		t.Errorf("%+v", st)
	}
	for i, path := range []string{one, two} {
		must(t, os.Remove(path+".gz"))
		b.m.pass(2 * retryEvery)
		b.pass()
		if n := b.k.Status().Failed; n != 1-i {
			t.Errorf("%d", n)
		}
	}
	if got := b.told(""); len(got) != 2 || !strings.Contains(got[0], two) || got[1] != "err rotated files cannot be compressed: " {
		t.Fatalf("%q", got)
	}
	b.want("compressed", one+".gz", two+".gz")
	testbed.WantTold(t, b.said(), "rotated.uncompressed", "rotated.compressed")
}

// TestFileThatCannotBeRemoved is an immutable one.
func TestFileThatCannotBeRemoved(t *testing.T) {
	b := newBench(t, Policy{KeepAge: day})
	path := b.rotated("access_log", "x")
	setImmutable(t, path, true)
	defer setImmutable(t, path, false)
	b.m.pass(2 * day)
	for range 3 {
		b.pass()
		b.m.pass(2 * retryEvery)
	}
	if got := b.told(""); len(got) != 2 || !strings.Contains(got[0], "is removed") || !strings.Contains(got[1], "cannot be removed: remove "+path+": operation not permitted") {
		t.Fatalf("%q", got)
	}
	b.want("there", path)
	setImmutable(t, path, false)
	b.pass()
	b.want("removed")
	if got := b.told(""); len(got) != 1 || got[0] != "err rotated files cannot be removed: " {
		t.Fatalf("%q", got)
	}
	testbed.WantTold(t, b.said(), "rotated.kept", "rotated.not_kept", "rotated.removed")
}

func setImmutable(t *testing.T, path string, is bool) {
	t.Helper()
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !is {
		return
	}
	must(t, err)
	defer f.Close()
	const immutable = 0x10 // FS_IMMUTABLE_FL
	flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err == nil {
		flags &^= immutable
		if is {
			flags |= immutable
		}
		err = unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags)
	}
	if err != nil && is {
		testbed.Lacking(t, "needs the right to make files immutable, and a file system that can: %v", err)
	}
	must(t, err)
}

// TestRemovalsAreTold: though no event can be written just then.
func TestRemovalsAreTold(t *testing.T) {
	b := newBench(t, Policy{KeepAge: day})
	b.rotated("access_log", "x")
	b.deaf = true
	b.m.pass(2 * day)
	b.pass()
	b.want("removed")
	b.deaf = false
	b.pass()
	b.wantTold(1, "is removed")
}

func TestFullDiskIsToldWithWhatWouldBeFreed(t *testing.T) {
	b := newBench(t, Policy{KeepAge: 365 * day})
	b.k.Full()
	b.pass()
	b.wantTold(1, "there are no rotated files that a shorter retention would free")
	for range 100 {
		b.m.pass(day)
		b.rotated("access_log", strings.Repeat("x", 1000))
	}
	for range 3 {
		b.k.Full()
		b.pass()
		b.m.pass(time.Minute)
	}
	got := b.told("the disk of " + b.dir + " is full; 100.0 kB of it are 100 rotated files, the oldest of 2026-01-02")
	if len(got) != 1 || !strings.Contains(got[0], `keep_age = "49d" would free 50.0 kB, keep_age = "24d" would free 75.0 kB, keep_age = "12d" would free 87.0 kB, keep_size = "50kB" would free 50.0 kB, compress = true would make them smaller. In force`) || !strings.Contains(got[0], "In force: keep_age 365d, keep 0, keep_size 0") {
		t.Fatalf("%q", got)
	}
	b.m.pass(time.Hour)
	b.pass()
	testbed.WantTold(t, b.said(), "disk.full", "disk.ok")
	b.k.Full()
	b.pass()
	b.wantTold(1, "is full")
}

// TestRunEnds in the middle of a file, too, and leaves nothing of it.
func TestRunEnds(t *testing.T) {
	b := newBench(t, Policy{Compress: true})
	path := b.rotated("access_log", strings.Repeat("0123456789abcdef", 64<<10))
	ctx, cancel := context.WithCancel(context.Background())
	b.k.o.Settled = func() error { // the first is about to be compressed
		cancel()
		if !b.k.Busy() {
			t.Error("not busy")
		}
		return nil
	}
	b.k.Run(ctx)
	b.want("as before", path)
	if len(b.events) > 0 || b.k.Status().Failed > 0 {
		t.Errorf("%q %+v", b.events, b.k.Status())
	}
}

// TestBusy: there is something to do from a rotation on, until it was looked at.
func TestBusy(t *testing.T) {
	b := newBench(t, Policy{})
	if b.pass(); b.k.Busy() {
		t.Error("busy without anything to do")
	}
	b.k.Rotated()
	if !b.k.Busy() {
		t.Error("a rotated file is nothing to do")
	}
	<-b.k.poke // as Run takes it
	if b.pass(); b.k.Busy() {
		t.Error("busy still")
	}
}

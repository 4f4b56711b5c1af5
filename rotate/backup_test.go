package rotate

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// everything returns the content of the backups, oldest first, and of the file itself. A backup whose
// compression was killed half-way counts once.
func everything(t testing.TB, path string) string {
	t.Helper()
	names := backups(t, path)
	var b strings.Builder
	for _, name := range names {
		if plain, ok := strings.CutSuffix(name, compressSuffix); ok && slices.Contains(names, plain) {
			continue
		}
		b.WriteString(content(t, name))
	}
	b.WriteString(content(t, path))
	return b.String()
}

func content(t testing.TB, name string) string {
	t.Helper()
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, compressSuffix) {
		r, err = gzip.NewReader(f)
		must(t, err)
	}
	b, err := io.ReadAll(r)
	must(t, err)
	return string(b)
}

func TestManyRotationsLoseNothing(t *testing.T) {
	const n = 200
	l := newLog(t, Options{MaxSize: 50})
	var want strings.Builder
	for i := range n {
		line := fmt.Sprintf("%04d %s\n", i, strings.Repeat("x", 40))
		if l.Due(len(line)) {
			must(t, l.Rotate())
		}
		put(t, l, line)
		want.WriteString(line)
	}
	must(t, l.Rotate())
	if got := len(backups(t, l.opts.Path)); got != n {
		t.Fatalf("%d backups, want %d", got, n)
	}
	if got := everything(t, l.opts.Path); got != want.String() {
		t.Fatalf("%d bytes, want %d", len(got), want.Len())
	}
}

func TestRotateLeavesAnEmptyFileAlone(t *testing.T) {
	l := newLog(t, Options{})
	must(t, l.Reopen())
	p := l.Position()
	must(t, l.Rotate())
	if l.Position() != p || len(backups(t, l.opts.Path)) > 0 {
		t.Fatal("rotated")
	}
}

func TestBackupNameIsLumberjacks(t *testing.T) {
	for _, base := range []string{"access_log", "access.log", "www.example.com", ".hidden"} {
		path := filepath.Join(t.TempDir(), base)
		l := newLog(t, Options{Path: path})
		put(t, l, "a\n")
		from := time.Now()
		must(t, l.Rotate())
		names := map[string]bool{}
		for at := from; !at.After(time.Now()); at = at.Add(time.Millisecond / 2) {
			names[backupName(path, at)] = true
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		must(t, err)
		for _, e := range entries {
			if e.Name() != base && !names[filepath.Join(filepath.Dir(path), e.Name())] {
				t.Errorf("lumberjack chose %s", e.Name())
			}
		}
		if len(entries) != 2 {
			t.Errorf("%s: %d files", base, len(entries))
		}
	}
}

// occupy makes backups of what is left of the next d, as a clock stepped back finds them, and
// returns their number.
func occupy(t *testing.T, path, suffix string, d time.Duration) int {
	t.Helper()
	n := 0
	for at := time.Now().Add(d); at.After(time.Now()); at = at.Add(-time.Millisecond) { // the clock comes to meet it
		must(t, os.WriteFile(backupName(path, at)+suffix, []byte("precious"), 0o600))
		n++
	}
	return n
}

func TestRotateOverwritesNoBackup(t *testing.T) {
	for _, suffix := range []string{"", compressSuffix} {
		l := newLog(t, Options{})
		put(t, l, "a\n")
		n := occupy(t, l.opts.Path, suffix, 200*time.Millisecond)
		must(t, l.Rotate()) // waits
		precious := 0
		for _, name := range backups(t, l.opts.Path) {
			if b, _ := os.ReadFile(name); string(b) == "precious" {
				precious++
			}
		}
		if precious != n || len(backups(t, l.opts.Path)) != n+1 {
			t.Fatalf("%d of %d backups left, %d in all", precious, n, len(backups(t, l.opts.Path)))
		}
	}
}

func TestRotateGivesUpWhenNoNameIsFree(t *testing.T) {
	l := newLog(t, Options{MaxSize: 1})
	put(t, l, "a\n")
	p := l.Position()
	occupy(t, l.opts.Path, "", 4*time.Second)
	begin := time.Now()
	err := l.Rotate()
	if err == nil || !strings.Contains(err.Error(), "clock") {
		t.Fatalf("error %v", err)
	}
	if d := time.Since(begin); d > 2*nameWait {
		t.Fatalf("took %v", d)
	}
	if l.Due(100) {
		t.Fatal("due again at once")
	}
	if l.Position() != p {
		t.Fatal("position has changed")
	}
	must(t, l.Write([]byte("b\n")))
	wantFile(t, l.opts.Path, "a\nb\n")
	l.failed = l.failed.Add(-retryPause)
	if !l.Due(100) {
		t.Fatal("never due again")
	}
}

// TestRotateFailsHalfWay: lumberjack has renamed and cannot create.
func TestRotateFailsHalfWay(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	var free func()
	l.step = func(name string) {
		if name == "rotate: begin" {
			free = fillDescriptors(t)
		}
	}
	err := l.Rotate()
	free()
	if err == nil {
		t.Fatal("no error")
	}
	if _, err := os.Lstat(l.opts.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("the path exists:", err)
	}
	must(t, l.Sync())
	wantErr(t, l.Write([]byte("b\n")), ErrMoved)
	put(t, l, "b\n")
	wantMode(t, l.opts.Path, 0o640)
	wantFile(t, l.opts.Path, "b\n")
	wantFile(t, backups(t, l.opts.Path)[0], "a\n")
}

// TestRotateNotRenamed: lumberjack finds no free name, of all that it could choose in ten seconds.
// The directory is in memory, so that the names are there at once.
func TestRotateNotRenamed(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "rotate")
	if err != nil {
		dir = t.TempDir()
	}
	defer os.RemoveAll(dir)
	l := newLog(t, Options{Path: filepath.Join(dir, "access_log")})
	put(t, l, "a\n")
	l.step = func(name string) {
		if name != "rotate: begin" {
			return
		}
		now := time.Now()
		for ms := range 10_000 {
			os.Mkdir(backupName(l.opts.Path, now.Add(time.Duration(ms)*time.Millisecond)), 0o700)
		}
	}
	wantErr(t, l.Rotate(), errNotRenamed)
	must(t, l.Write([]byte("b\n")))
	wantFile(t, l.opts.Path, "a\nb\n")
}

// TestRenamedByHandDuringRotate: lumberjack then finds no file and makes one of its own.
func TestRenamedByHandDuringRotate(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	l.step = func(name string) {
		if name == "rotate: begin" {
			must(t, os.Rename(l.opts.Path, l.opts.Path+".1"))
		}
	}
	must(t, l.Rotate())
	put(t, l, "b\n")
	wantFile(t, l.opts.Path+".1", "a\n")
	wantFile(t, l.opts.Path, "b\n")
	wantMode(t, l.opts.Path, 0o640)
	wantAppend(t, l.opts.Path, 2)
}

// TestBackupIsNamedInTheZoneOfNow: lumberjack knows only the zone that the process began with.
func TestBackupIsNamedInTheZoneOfNow(t *testing.T) {
	zone := time.FixedZone("elsewhere", 5*3600+1800)
	l := newLog(t, Options{Now: func() time.Time { return time.Now().In(zone) }})
	for range 20 { // within a millisecond, perhaps
		put(t, l, "a\n")
		before := time.Now().Truncate(time.Millisecond)
		must(t, l.Rotate())
		b, ok := ParseBackup(l.Backup())
		if !ok || b.Log != l.opts.Path || b.Compressed {
			t.Fatalf("%q: %+v, %v", l.Backup(), b, ok)
		}
		if at := b.Clock.Add(-5*time.Hour - 30*time.Minute); at.Before(before) || at.After(time.Now().Add(time.Second)) {
			t.Fatalf("%s: rotated at %v", l.Backup(), at)
		}
	}
	if got := everything(t, l.opts.Path); got != strings.Repeat("a\n", 20) {
		t.Fatalf("%q", got)
	}
}

func TestParseBackup(t *testing.T) {
	at := time.Date(2026, 11, 1, 1, 30, 0, 7e6, time.UTC)
	for _, log := range []string{"/l/access_log", "/l/access.log", "/l/www.example.com", "/l/.hidden", "/l/a-b.000", "/l/v.example.com/access_log"} {
		name := backupName(log, at)
		for _, compressed := range []bool{false, true} {
			if compressed {
				name += compressSuffix
			}
			if b, ok := ParseBackup(name); !ok || b != (Backup{log, at, compressed}) {
				t.Errorf("%s: %+v, %v", name, b, ok)
			}
		}
	}
	for _, name := range []string{
		"/l/access_log", "/l/access_log.1", "/l/access_log-20261101", "/l/access_log-2026-11-01", "/l/access_log-2026-11-01T01-30-00",
		"/l/access_log-2026-11-01T01-30-00.007.gz.partial", "/l/access_log-2026-11-01T01-30-00.007.bak.old", "/l/access_log-2026-13-01T01-30-00.007",
		"/l/access_log-2026-11-01T01-30-00,007", "/l/-2026-11-01T01-30-00.007", "/l/access_log_2026-11-01T01-30-00.007", "/l/2026-11-01T01-30-00.007",
		"/l/access_log-2026-11-01T01:30:00.007", "/l/access_log-2026-11-01T01-30-00.0071", "/l/",
	} {
		if b, ok := ParseBackup(name); ok {
			t.Errorf("%s: %+v", name, b)
		}
	}
}

// TestLoggersAreUsedAgain: there are as many of lumberjack's goroutines as files are open at a time, and not one for
// each file that ever was.
func TestLoggersAreUsedAgain(t *testing.T) {
	use := func() {
		l := newLog(t, Options{})
		put(t, l, "a\n")
		must(t, l.Rotate())
		put(t, l, "b\n")
		must(t, l.Close())
		wantFile(t, l.opts.Path, "b\n")
	}
	use()
	before := runtime.NumGoroutine()
	for range 50 {
		use()
	}
	within(t, 10*time.Second, "as many goroutines as before", func() bool { return runtime.NumGoroutine() <= before })
}

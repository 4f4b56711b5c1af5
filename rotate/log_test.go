package rotate

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// newLog returns a Log below a directory of the test's own, that directory not yet made.
func newLog(t testing.TB, o Options) *Log {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "logs", "access_log")
	}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// put writes as a caller does who has nothing to commit.
func put(t testing.TB, l *Log, s string) {
	t.Helper()
	err := l.Write([]byte(s))
	if errors.Is(err, ErrMoved) {
		must(t, l.Reopen())
		err = l.Write([]byte(s))
	}
	must(t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

func wantFile(t testing.TB, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	must(t, err)
	if string(got) != want {
		t.Fatalf("%s holds %.200q, want %.200q", path, got, want)
	}
}

// backups returns the rotated files of path, oldest first.
func backups(t testing.TB, path string) []string {
	t.Helper()
	names, err := filepath.Glob(path + "-*")
	must(t, err)
	return names
}

func TestOpenRejectsOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"no path": {},
		"size":    {Path: "x", MaxSize: -1},
		"period":  {Path: "x", Period: 9},
		"mode":    {Path: "x", Mode: fs.ModeDir | 0o755},
	} {
		if _, err := Open(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNoFileBeforeTheFirstLine(t *testing.T) {
	l := newLog(t, Options{Period: Hourly})
	if l.Due(10) || !l.Position().IsZero() {
		t.Fatal("due, or a position, without a file")
	}
	must(t, l.Sync())
	must(t, l.Rotate())
	wantErr(t, l.Write([]byte("x\n")), ErrNoFile)
	wantErr(t, l.Write([]byte("x\n")), ErrMoved)
	if _, err := os.Stat(filepath.Dir(l.opts.Path)); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("directory exists before the first line:", err)
	}
	put(t, l, "x\n")
	wantFile(t, l.opts.Path, "x\n")
	st, err := os.Stat(filepath.Dir(l.opts.Path))
	must(t, err)
	if st.Mode().Perm() != 0o750 {
		t.Fatalf("directory has mode %v", st.Mode())
	}
}

func TestBytesUnchanged(t *testing.T) {
	l := newLog(t, Options{})
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	want := strings.Repeat(string(all), 1000) + "%s %d\n"
	put(t, l, want[:100])
	put(t, l, "")
	put(t, l, want[100:])
	wantFile(t, l.opts.Path, want)
	if p := l.Position(); p.Size != int64(len(want)) || p.Ino == 0 {
		t.Fatalf("position %+v", p)
	}
}

func TestAppendsToExistingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access_log")
	must(t, os.WriteFile(path, []byte("old\n"), 0o604))
	l := newLog(t, Options{Path: path})
	put(t, l, "new\n")
	wantFile(t, path, "old\nnew\n")
	wantMode(t, path, 0o604) // its owner's choice
}

func TestCloseTwiceAndReopen(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	must(t, l.Close())
	must(t, l.Close())
	wantErr(t, l.Write([]byte("b\n")), ErrNoFile)
	put(t, l, "b\n")
	wantFile(t, l.opts.Path, "a\nb\n")
}

func wantMode(t testing.TB, path string, want fs.FileMode) {
	t.Helper()
	st, err := os.Stat(path)
	must(t, err)
	if st.Mode().Perm() != want {
		t.Fatalf("%s has mode %v, want %v", path, st.Mode(), want)
	}
}

func TestModeWhateverTheUmask(t *testing.T) {
	// Not 0777: without root, lumberjack then cannot open what it has created.
	for _, umask := range []int{0, 0o022, 0o077, 0o177} {
		for _, mode := range []fs.FileMode{0, 0o600, 0o640, 0o666} {
			path := filepath.Join(t.TempDir(), "access_log")
			old := syscall.Umask(umask)
			l := newLog(t, Options{Path: path, Mode: mode})
			put(t, l, "a\n")
			err := l.Rotate()
			syscall.Umask(old)
			must(t, err)
			if mode == 0 {
				mode = 0o640
			}
			wantMode(t, path, mode)
			wantMode(t, backups(t, path)[0], mode)
		}
	}
}

func TestRefusesWhatIsNoRegularFile(t *testing.T) {
	for name, plant := range map[string]func(path string) error{
		"symlink":          func(p string) error { os.WriteFile(p+".target", nil, 0o600); return os.Symlink(p+".target", p) },
		"dangling symlink": func(p string) error { return os.Symlink("nowhere", p) },
		"fifo":             func(p string) error { return unix.Mkfifo(p, 0o600) },
		"directory":        func(p string) error { return os.Mkdir(p, 0o700) },
		"device":           func(p string) error { return unix.Mknod(p, unix.S_IFCHR|0o600, 0x103) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "access_log")
			if err := plant(path); errors.Is(err, fs.ErrPermission) {
				t.Skip(err)
			} else {
				must(t, err)
			}
			l := newLog(t, Options{Path: path, Period: Hourly})
			err := l.Reopen()
			if err == nil || !strings.Contains(err.Error(), "regular") && !errors.Is(err, unix.EISDIR) {
				t.Fatalf("Reopen: %v", err)
			}
			if _, err := l.Recover(Position{Ino: 1, Size: 1}, nil); err == nil {
				t.Fatal("Recover took it")
			}
			if l.Due(1) || l.Rotate() == nil {
				t.Fatal("due, or rotated")
			}
		})
	}
}

func TestSymlinkPutInPlaceOfTheFile(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	must(t, os.Rename(l.opts.Path, l.opts.Path+".1"))
	must(t, os.Symlink(l.opts.Path+".1", l.opts.Path))
	wantErr(t, l.Write([]byte("b\n")), ErrMoved)
	if err := l.Reopen(); err == nil {
		t.Fatal("symlink followed")
	}
	wantErr(t, l.Write([]byte("b\n")), ErrMoved) // as before
	must(t, os.Remove(l.opts.Path))
	put(t, l, "b\n")
	wantFile(t, l.opts.Path, "b\n")
	wantFile(t, l.opts.Path+".1", "a\n")
}

func TestRenamed(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	old := l.Position()
	must(t, os.Rename(l.opts.Path, l.opts.Path+".1"))
	must(t, l.Sync())
	if l.Position() != old {
		t.Fatal("position has changed by a rename")
	}
	wantErr(t, l.Write([]byte("b\n")), ErrMoved)
	wantErr(t, l.Rotate(), ErrMoved)
	must(t, l.Reopen())
	if p := l.Position(); p.Size != 0 || p.sameFile(old) {
		t.Fatalf("position after Reopen %+v", p)
	}
	put(t, l, "b\n")
	wantFile(t, l.opts.Path+".1", "a\n")
	wantFile(t, l.opts.Path, "b\n")
	wantMode(t, l.opts.Path, 0o640)
}

func TestRemoved(t *testing.T) {
	for name, remove := range map[string]func(path string) error{
		"unlinked":  os.Remove,
		"replaced":  func(p string) error { os.WriteFile(p+".new", nil, 0o600); return os.Rename(p+".new", p) },
		"directory": func(p string) error { return os.RemoveAll(filepath.Dir(p)) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t, Options{})
			put(t, l, "a\n")
			must(t, remove(l.opts.Path))
			wantErr(t, l.Sync(), ErrRemoved)
			wantErr(t, l.Write([]byte("b\n")), ErrRemoved)
			wantErr(t, l.Rotate(), ErrRemoved)
			must(t, l.Reopen())
			must(t, l.Write([]byte("b\n")))
			must(t, l.Sync())
			wantFile(t, l.opts.Path, "b\n")
		})
	}
}

func TestDirectoryRenamed(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	dir := filepath.Dir(l.opts.Path)
	must(t, os.Rename(dir, dir+".old"))
	must(t, l.Sync())
	wantErr(t, l.Write([]byte("b\n")), ErrMoved)
	put(t, l, "b\n")
	wantFile(t, l.opts.Path, "b\n")
	wantFile(t, filepath.Join(dir+".old", "access_log"), "a\n")
}

func TestTruncatedGoesOnWithoutHole(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "1234567890\n")
	must(t, os.Truncate(l.opts.Path, 0))
	err := l.Write([]byte("b\n"))
	wantErr(t, err, ErrTruncated)
	wantErr(t, err, ErrMoved)
	must(t, l.Reopen())
	must(t, l.Write([]byte("b\n")))
	wantFile(t, l.opts.Path, "b\n")
	must(t, os.Truncate(l.opts.Path, 0))
	must(t, l.Sync()) // a commit follows Sync: no more is needed
	if l.Position().Size != 0 {
		t.Fatalf("position %+v", l.Position())
	}
	must(t, l.Write([]byte("c\n")))
	wantFile(t, l.opts.Path, "c\n")
}

func TestPositionFollowsForeignLines(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	f, err := os.OpenFile(l.opts.Path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	f.WriteString("by hand\n")
	put(t, l, "b\n")
	if l.Position().Size != 12 {
		t.Fatalf("position %+v", l.Position())
	}
	f.WriteString("by hand\n")
	f.Close()
	must(t, l.Sync())
	if l.Position().Size != 20 {
		t.Fatalf("position %+v", l.Position())
	}
}

// TestFullDisk needs root for a small tmpfs; TestFileSizeLimit shows the same without.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("cannot mount a tmpfs:", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	l := newLog(t, Options{Path: filepath.Join(dir, "access_log")})
	t.Cleanup(func() { l.Close() })
	wantPartialUndone(t, l, unix.ENOSPC, func() { must(t, os.Remove(filepath.Join(dir, "ballast"))) })
}

func TestFileSizeLimit(t *testing.T) {
	if os.Getenv("ROTATE_FSIZE") == "" {
		reexec(t, "ROTATE_FSIZE=1")
		return
	}
	var old unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &old))
	dir := t.TempDir()
	l := newLog(t, Options{Path: filepath.Join(dir, "access_log")})
	must(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 40000, Max: old.Max}))
	wantPartialUndone(t, l, unix.EFBIG, func() { must(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &old)) })
}

// wantPartialUndone writes into a directory with room for 40,000 bytes but not for 90,000.
func wantPartialUndone(t *testing.T, l *Log, want error, makeRoom func()) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(filepath.Dir(l.opts.Path), "ballast"), make([]byte, 8192), 0o600))
	good := strings.Repeat("0123456\n", 3750)
	put(t, l, good)
	more := []byte(strings.Repeat("abcdefg\n", 7500))
	for range 3 {
		wantErr(t, l.Write(more), want)
		wantFile(t, l.opts.Path, good)
		if l.Position().Size != int64(len(good)) {
			t.Fatalf("position %+v", l.Position())
		}
	}
	must(t, l.Write([]byte("fits\n")))
	makeRoom()
	last := string(more[:28000])
	must(t, l.Write([]byte(last)))
	must(t, l.Sync())
	wantFile(t, l.opts.Path, good+"fits\n"+last)
}

func TestTornWriteIsCutBeforeAnythingElse(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	must(t, os.WriteFile(l.opts.Path, []byte("a\nhalf"), 0)) // same inode
	l.torn = true                                            // as after a cut that failed
	must(t, l.Write([]byte("b\n")))
	wantFile(t, l.opts.Path, "a\nb\n")
}

// fillDescriptors takes every descriptor of the process; the returned function gives them back.
func fillDescriptors(t *testing.T) (free func()) {
	t.Helper()
	var old unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &old))
	must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 100, Max: old.Max}))
	var fds []int
	for {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			break
		}
		fds = append(fds, fd)
	}
	return func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
		must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &old))
	}
}

func TestNoDescriptorsLeft(t *testing.T) {
	l := newLog(t, Options{})
	must(t, l.Reopen())
	free := fillDescriptors(t)
	err := l.Write([]byte("a\n"))
	free()
	wantErr(t, err, unix.EMFILE)
	if b := backups(t, l.opts.Path); len(b) > 0 {
		t.Fatal("the file was renamed away:", b)
	}
	must(t, l.Write([]byte("a\n")))
	wantFile(t, l.opts.Path, "a\n")
}

// TestRenamedBeforeLumberjackOpens: what lumberjack then makes for itself is not written to.
func TestRenamedBeforeLumberjackOpens(t *testing.T) {
	l := newLog(t, Options{})
	must(t, l.Reopen())
	old := l.Position()
	l.step = func(name string) {
		if name == "attach: begin" {
			must(t, os.Rename(l.opts.Path, l.opts.Path+".1"))
			l.step = nil
		}
	}
	wantErr(t, l.Write([]byte("a\n")), ErrMoved)
	if l.Position() != old {
		t.Fatalf("position %+v", l.Position())
	}
	wantMode(t, l.opts.Path, 0o600)
	put(t, l, "a\n")
	wantMode(t, l.opts.Path, 0o640)
	wantFile(t, l.opts.Path, "a\n")
	wantFile(t, l.opts.Path+".1", "")
	wantAppend(t, l.opts.Path, 2)
}

// wantAppend looks at the process's n descriptors of path: all are to have O_APPEND.
func wantAppend(t *testing.T, path string, n int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	found := 0
	for _, fd := range fds {
		if target, _ := os.Readlink("/proc/self/fd/" + fd.Name()); target != path {
			continue
		}
		found++
		info, err := os.ReadFile("/proc/self/fdinfo/" + fd.Name())
		must(t, err)
		var pos, flags int
		fmt.Sscanf(string(info), "pos:\t%d\nflags:\t%o", &pos, &flags)
		if flags&unix.O_APPEND == 0 || flags&unix.O_CLOEXEC == 0 {
			t.Fatalf("descriptor %s has flags %o", fd.Name(), flags)
		}
	}
	if found != n {
		t.Fatalf("%d descriptors of %s, want %d", found, path, n)
	}
}

func TestAlwaysOpenedToAppend(t *testing.T) {
	l := newLog(t, Options{})
	for range 3 {
		put(t, l, "a\n")
		wantAppend(t, l.opts.Path, 2)
		must(t, l.Rotate())
		put(t, l, "a\n")
		wantAppend(t, l.opts.Path, 2)
		must(t, l.Reopen())
	}
}

func TestGoroutinesDoNotGrow(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	before := runtime.NumGoroutine() // with lumberjack's one
	for range 100 {
		put(t, l, "a\n")
		must(t, l.Rotate())
		must(t, l.Reopen())
	}
	// The runtime has some of its own that come and go.
	within(t, 10*time.Second, "as many goroutines as before", func() bool {
		return runtime.NumGoroutine() <= before
	})
}

func TestMovedWhileSyncingTheOldFile(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	must(t, os.Rename(l.opts.Path, l.opts.Path+".1"))
	must(t, os.WriteFile(l.opts.Path, []byte("another's\n"), 0o600))
	wantErr(t, l.Write([]byte("b\n")), ErrMoved)
	put(t, l, "b\n")
	wantFile(t, l.opts.Path, "another's\nb\n")
}

func benchBlock() []byte {
	return bytes.Repeat([]byte("192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 9\n"), 1000)[:64<<10]
}

// rewindEvery keeps the benchmarks' file in the page cache.
const rewindEvery = 1024

func BenchmarkWrite(b *testing.B) {
	l := newLog(b, Options{Path: filepath.Join(b.TempDir(), "access_log"), Period: Daily, MaxSize: 1 << 40})
	put(b, l, "a\n")
	p := benchBlock()
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%rewindEvery == 0 {
			must(b, l.file.Truncate(0))
			l.pos.Size = 0
		}
		if l.Due(len(p)) {
			b.Fatal("due")
		}
		must(b, l.Write(p))
	}
}

func BenchmarkOSFileWrite(b *testing.B) {
	f, err := os.OpenFile(filepath.Join(b.TempDir(), "access_log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	must(b, err)
	defer f.Close()
	p := benchBlock()
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%rewindEvery == 0 {
			must(b, f.Truncate(0))
		}
		if _, err := f.Write(p); err != nil {
			b.Fatal(err)
		}
	}
}

// within polls until ok, for what lumberjack does in the background.
func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(d); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", d, what)
		}
	}
}

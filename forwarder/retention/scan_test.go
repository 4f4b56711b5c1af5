package retention

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

// scannerOf reads a log directory in which no file is live or held, of logs that this program has rotated.
func scannerOf(root string) *scanner {
	return &scanner{
		root: root, known: func(string) bool { return true }, live: func(string) bool { return false }, held: func() map[uint64]bool { return nil }, zone: time.UTC,
	}
}

// TestScan: rotated files are found by log and age, of two of one name the original counts, and nothing else is found.
func TestScan(t *testing.T) {
	dir := t.TempDir()
	const first, second, third = "-2026-11-20T10-00-00.000", "-2026-11-21T10-00-00.000", "-2026-11-22T10-00-00.000"
	for _, name := range []string{
		"b_log" + first, "a_log" + second, "a_log" + first + ".gz", "a_log" + first, "a_log" + third + ".gz", "a_log" + third + ".gz.partial", "a_log" + second + ".partial",
		"live_log" + first, "other_log" + first, "held_log" + first, "a_log", "a_log.gz", "core",
	} {
		testbed.WriteFile(t, filepath.Join(dir, name), "some text")
	}
	for _, name := range []string{"d_log" + first, "l_log" + first} {
		var err error
		if name[0] == 'd' {
			err = os.Mkdir(filepath.Join(dir, name), 0o700)
		} else {
			err = os.Symlink("a_log", filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var st unix.Stat_t
	if err := unix.Lstat(filepath.Join(dir, "held_log"+first), &st); err != nil {
		t.Fatal(err)
	}
	s := scannerOf(filepath.Dir(dir))
	s.known = func(log string) bool { return filepath.Base(log) != "other_log" }
	s.live = func(path string) bool { return filepath.Base(path) == "live_log"+first }
	s.held = func() map[uint64]bool { return map[uint64]bool{st.Ino: true} }
	c, err := s.read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range c.files {
		name := filepath.Base(f.path())
		if f.both {
			name += " both"
		}
		got = append(got, name)
		if f.size != 9 || f.log != filepath.Join(dir, name[:5]) {
			t.Errorf("%+v", f)
		}
	}
	want := []string{"a_log" + first + " both", "a_log" + second, "a_log" + third + ".gz", "b_log" + first}
	if !slices.Equal(got, want) || !c.holds {
		t.Errorf("%q, want %q; holds: %v", got, want, c.holds)
	}
	if !slices.Equal(c.partials, []string{filepath.Join(dir, "a_log"+third+".gz.partial")}) {
		t.Errorf("partial are %q", c.partials)
	}
	var sizes []int
	for _, log := range logs(c.files) {
		sizes = append(sizes, len(log))
	}
	if !slices.Equal(sizes, []int{3, 1}) {
		t.Errorf("logs have %v files", sizes)
	}
}

// TestScanOwn: in the log directory itself files that this user has made are looked after, whoever has rotated them.
func TestScanOwn(t *testing.T) {
	dir := t.TempDir()
	testbed.WriteFile(t, filepath.Join(dir, "a_log-2026-11-20T10-00-00.000"), "x")
	for root, want := range map[string]int{dir: 1, filepath.Dir(dir): 0} {
		s := scannerOf(root)
		s.known = func(string) bool { return false }
		if c, err := s.read(dir); err != nil || len(c.files) != want {
			t.Errorf("log directory %s: %+v, %v", root, c.files, err)
		}
	}
}

// TestScanLinks: the log directory may be a link, one below it may not, and what is gone or no directory has nothing.
func TestScanLinks(t *testing.T) {
	dir := t.TempDir()
	const name = "a_log-2026-11-20T10-00-00.000"
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	testbed.WriteFile(t, filepath.Join(real, name), "x")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if c, err := scannerOf(link).read(link); err != nil || len(c.files) != 1 {
		t.Errorf("the log directory is a link: %+v, %v", c, err)
	}
	if c, err := scannerOf(dir).read(link); err == nil || len(c.files) != 0 {
		t.Errorf("a link below it: %+v, %v", c, err)
	}
	if c, err := scannerOf(dir).read(filepath.Join(dir, "none")); err != nil || len(c.files) != 0 {
		t.Errorf("one that is gone: %+v, %v", c, err)
	}
	if _, err := scannerOf(dir).read(filepath.Join(real, name)); err == nil {
		t.Error("a file is a directory")
	}
}

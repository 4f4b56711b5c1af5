package collector

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/pattern"
	"httpd-syslog/forwarder/collector/place"
)

// obstacle is something that stands in the way of one file, or of its directory.
type obstacle struct {
	put, remove func(t *testing.T, dir, file string)
	readable    bool // what is in the file can be read meanwhile
}

// put returns a function that moves what has a name away, and makes something else there; back undoes it.
func put(parent bool, something func(path string) error) func(t *testing.T, dir, file string) {
	return func(t *testing.T, dir, file string) {
		path := file
		if parent {
			path = dir
		}
		must(t, os.MkdirAll(filepath.Dir(path), 0o750))
		if _, err := os.Lstat(path); err == nil {
			must(t, os.Rename(path, path+".aside"))
		}
		must(t, something(path))
	}
}

func back(parent bool) func(t *testing.T, dir, file string) {
	return func(t *testing.T, dir, file string) {
		path := file
		if parent {
			path = dir
		}
		must(t, os.RemoveAll(path))
		if _, err := os.Lstat(path + ".aside"); err == nil {
			must(t, os.Rename(path+".aside", path))
		}
	}
}

func flags(set uint32) func(t *testing.T, dir, file string) {
	return func(t *testing.T, _, file string) {
		f, err := os.Open(file)
		must(t, err)
		defer f.Close()
		if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, int(set)); err != nil {
			t.Skipf("no such flags here: %v", err)
		}
	}
}

const immutable, appendOnly = 0x10, 0x20

var obstacles = map[string]obstacle{
	"a directory in its place":        {put(false, func(p string) error { return os.Mkdir(p, 0o750) }), back(false), false},
	"a file where a directory is":     {put(true, func(p string) error { return os.WriteFile(p, nil, 0o640) }), back(true), false},
	"a link in its place":             {put(false, func(p string) error { return os.Symlink("/etc/passwd", p) }), back(false), false},
	"a link where a directory is":     {put(true, func(p string) error { return os.Symlink("/tmp", p) }), back(true), false},
	"a named pipe in its place":       {put(false, func(p string) error { return unix.Mkfifo(p, 0o640) }), back(false), false},
	"a socket in its place":           {put(false, func(p string) error { return unix.Mknod(p, unix.S_IFSOCK|0o640, 0) }), back(false), false},
	"it is immutable":                 {flags(immutable), flags(0), true},
	"it can only be appended to":      {flags(appendOnly), flags(0), true},
	"its mode forbids it":             {chmod(false, 0), chmod(false, 0o640), false},
	"its mode allows to read":         {chmod(false, 0o440), chmod(false, 0o640), true},
	"its directory's mode forbids it": {chmod(true, 0), chmod(true, 0o750), false},
}

func chmod(parent bool, mode os.FileMode) func(t *testing.T, dir, file string) {
	return func(t *testing.T, dir, file string) {
		if parent {
			file = dir
		}
		must(t, os.Chmod(file, mode))
	}
}

// TestOneFileHoldsUpNoOther: whatever stands in the way of one file, its lines go elsewhere, those of others to their
// files; a kill, repeats, and the way back cost no line and double none.
func TestOneFileHoldsUpNoOther(t *testing.T) {
	for name, o := range obstacles {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			if strings.Contains(name, "mode") {
				asNobody(t, filepath.Dir(s.o.Dir))
			}
			dir := filepath.Join(s.o.Dir, "web1/web1")
			file := filepath.Join(dir, "access-"+place.DayOf(s.received).String()+".log")
			c := s.begin()
			s.put("web1", message(1, 1, "one"))
			s.put("web2", message(2, 1, "one"))
			s.step(c)
			must(t, c.commit())
			s.put("web1", message(1, 2, "two")) // behind the record
			s.step(c)
			s.kill(c)
			o.put(t, dir, file)
			t.Cleanup(func() { o.remove(t, dir, file) })

			c = s.begin()
			s.put("web1", message(1, 3, "three"), `<13>1 - web1 - - access [x@1 y="z"] without a number`)
			s.put("web2", message(2, 2, "two"))
			s.step(c)
			s.expect("web2/*/*", "one", "two")
			s.kill(c)
			c = s.begin()
			s.put("web1", message(1, 3, "three"), message(1, 4, "four"))
			s.step(c)
			must(t, c.commit())
			if name, why := c.set.OneAway(); o.readable {
				s.put("web1", message(1, 1, "one"))
			} else if name != "web1/web1/"+filepath.Base(file) || why == nil {
				t.Errorf("away: %q, %v", name, why)
			}
			s.step(c)
			s.kill(c)

			o.remove(t, dir, file)
			c = s.begin()
			s.put("web1", message(1, 2, "two"), message(1, 4, "four"), message(1, 1, "one"), message(1, 5, "five"))
			s.step(c)
			c.state.at = time.Time{}
			must(t, c.commitDue(true))
			s.put("web1", message(1, 5, "five"), message(1, 3, "three"))
			s.step(c)
			s.end(c)
			got := append(s.texts("web1/*/*.log"), s.texts("_elsewhere/web1/*/*")...)
			slices.Sort(got)
			if want := []string{"five", "four", "one", "three", "two", "without a number"}; !slices.Equal(got, want) {
				t.Errorf("%q", got)
			}
			if c.set.Away() > 0 || len(c.Events.Open()) > 0 {
				t.Errorf("%d are away; %+v", c.set.Away(), c.Events.Open())
			}
		})
	}
}

// TestElsewhereIsTold: as one incident, once a file, whatever dies; and its end.
func TestElsewhereIsTold(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	must(t, os.WriteFile(filepath.Join(s.o.Dir, "web1"), nil, 0o640)) // where a directory should be
	n := uint64(0)
	for host := range 2 * mostElsewhere {
		n++
		s.put("web1", strings.Replace(message(1, n, "a"), " web1 ", fmt.Sprintf(" host%d ", host), 1))
	}
	s.put("web2", message(2, 1, "a"))
	s.step(c)
	if c.set.Away() != 2*mostElsewhere {
		t.Errorf("%d are away", c.set.Away())
	}
	s.kill(c)
	c = s.begin()
	s.step(c)
	c.state.at = time.Time{}
	must(t, c.commitDue(true))
	s.kill(c)
	c = s.begin()
	if h := c.Progress.CollectHealth(); h.Elsewhere != 2*mostElsewhere || !strings.Contains(h.ElsewhereCause, "no directory") {
		t.Errorf("%+v", h)
	}
	if len(c.Events.Open()) != 1 {
		t.Errorf("%+v", c.Events.Open())
	}
	must(t, os.Remove(filepath.Join(s.o.Dir, "web1")))
	for c.set.Away() > 0 { // some at a time
		c.state.at = time.Time{}
		must(t, c.commitDue(true))
	}
	s.end(c)
	codes := slices.Repeat([]string{"collect.elsewhere"}, mostElsewhere)
	s.told = slices.DeleteFunc(s.told, func(text string) bool { return strings.Contains(text, "{event=collect.cut_back ") })
	s.expectTold(append(codes, "collect.in_place")...)
	if first := s.told[0]; !strings.Contains(first, "file=web1/host0/access-") || !strings.Contains(first, "instead=_elsewhere/web1/host0/access-") {
		t.Errorf("%s", first)
	}
	incident := regexp.MustCompile(`incident=\S+`).FindString(s.told[0])
	for _, text := range s.told {
		if !strings.Contains(text, incident) {
			t.Errorf("%s is not in %s", text, incident)
		}
	}
}

// TestBroughtBackLater: a file that could not be brought back to the record at the start is when it can be, which is told; one
// that is gone by then is begun anew.
func TestBroughtBackLater(t *testing.T) {
	for name, gone := range map[string]bool{"it is there": false, "it is gone": true} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			file := filepath.Join(s.o.Dir, "web1/web1", "access-"+place.DayOf(s.received).String()+".log")
			c := s.begin()
			s.put("web1", message(1, 1, "a"))
			s.step(c)
			must(t, c.commit())
			s.put("web1", message(1, 2, "b")) // behind the record
			s.step(c)
			s.kill(c)
			must(t, os.Rename(file, file+".aside"))
			must(t, os.Mkdir(file, 0o750))
			c = s.begin()
			s.step(c)
			must(t, os.Remove(file))
			want := []string{"collect.elsewhere", "collect.short file=web1/web1/access-DAY.log bytes=" + fmt.Sprint(len(message(1, 1, "a\n"))), "collect.in_place"}
			if !gone {
				must(t, os.Rename(file+".aside", file))
				want[1] = "collect.cut_back files=1 bytes=" + fmt.Sprint(len(message(1, 2, "b\n")))
			}
			c.state.at = time.Time{}
			must(t, c.commitDue(true))
			s.put("web1", message(1, 3, "c"))
			s.step(c)
			s.end(c)
			s.end(s.begin()) // finds all as it was recorded
			s.expect("_elsewhere/web1/*/*", "b")
			s.expectTold(want...)
		})
	}
}

// TestNameTooLong: a file whose name the file system does not take.
func TestNameTooLong(t *testing.T) {
	s := newSite(t)
	var err error
	s.o.File, err = pattern.Parse(strings.Repeat("a", 250) + "{sender}/" + strings.Repeat("b", 250) + "-{date}.log")
	must(t, err)
	c := s.begin()
	s.put("web1", message(1, 1, "a"), message(1, 1, "a"))
	s.step(c)
	must(t, c.commit())
	s.kill(c)
	c = s.begin()
	s.put("web1", message(1, 1, "a"), message(1, 2, "b"))
	s.step(c)
	s.end(c)
	s.expect("_elsewhere/*/*", "a", "b")
	paths, _ := filepath.Glob(filepath.Join(s.o.Dir, "_elsewhere/*/*"))
	if day, ok := place.DayIn(strings.TrimPrefix(paths[0], s.o.Dir+"/"), &s.o.File); !ok || day != place.DayOf(s.received) {
		t.Errorf("the day of %q is %v", paths[0], day)
	}
}

// TestNobodyNamesItselfElsewhere: no sender's files are in the collector's own directories.
func TestNobodyNamesItselfElsewhere(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	for i, name := range []string{place.ElsewhereDir, place.ElsewhereDir + "/web1", "../_elsewhere"} {
		s.put(name, strings.Replace(message(uint64(i)+1, 1, "a"), " web1 ", " "+name+" ", 1))
	}
	s.step(c)
	s.end(c)
	if _, err := os.Lstat(filepath.Join(s.o.Dir, place.ElsewhereDir)); err == nil {
		t.Error("a sender has made it")
	}
	s.expect("_*-*/*/*", "a", "a", "a")
}

// asNobody has the test's goroutine be another user to the file system, to whom all below a directory belongs,
// where it is root, who may do all.
func asNobody(t *testing.T, dir string) {
	t.Helper()
	const nobody = 65534
	if os.Geteuid() != 0 {
		return
	}
	must(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error { return errors.Join(err, os.Chown(path, nobody, 0)) }))
	for up := filepath.Dir(dir); up != os.TempDir() && len(up) > 1; up = filepath.Dir(up) {
		must(t, os.Chmod(up, 0o755))
	}
	runtime.LockOSThread()
	_, err := unix.SetfsuidRetUid(nobody)
	must(t, err)
	t.Cleanup(func() {
		_, _ = unix.SetfsuidRetUid(0)
		runtime.UnlockOSThread()
	})
}

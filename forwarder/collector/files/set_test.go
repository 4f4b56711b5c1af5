package files

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/verify/ledger"
)

// newSet returns a set on a directory with files of a content.
func newSet(t *testing.T, contents map[string]string) *Set {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		put(t, filepath.Join(dir, name), text)
	}
	s := NewSet(Options{Dir: dir, Mode: 0o640, Notes: dir + ".notes", Gone: func(name string) {}, Away: func(name, to string, why error) {}})
	t.Cleanup(s.Close)
	return s
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func (s *Set) add1(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		s.Add(s.Get([]byte(name), 1), []byte(name+"\n"))
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
}

// TestFewAreOpen: no more files are open than may be, and those that are were written to last.
func TestFewAreOpen(t *testing.T) {
	s := newSet(t, nil)
	s.most = 4
	for _, step := range []struct{ write, open string }{
		{"a b", "a b"}, {"c d", "a b c d"}, {"e", "c d e"}, {"b", "b c d e"}, {"f", "b e f"}, {"a b c d e f g h", "e f g h"},
	} {
		s.add1(t, strings.Fields(step.write)...)
		var open []string
		for name, f := range s.byName {
			if f.f != nil {
				open = append(open, name)
			}
		}
		slices.Sort(open)
		if got := strings.Join(open, " "); got != step.open || s.opened != len(open) || s.Waiting() != 0 {
			t.Errorf("behind %s: open are %s, %d as counted; want %s", step.write, got, s.opened, step.open)
		}
	}
	for _, name := range []string{"a", "e"} {
		if b, err := os.ReadFile(filepath.Join(s.o.Dir, name)); string(b) != strings.Repeat(name+"\n", 2) {
			t.Errorf("%s has %q, %v", name, b, err)
		}
	}
	if s.Close(); s.opened != 0 {
		t.Errorf("%d are open in the end", s.opened)
	}
}

// TestRunsAreGivenBack: what the index of a file has of the bound of all goes back when the file does.
func TestRunsAreGivenBack(t *testing.T) {
	for name, end := range map[string]func(s *Set, f *File, path string){
		"replaced": func(s *Set, f *File, path string) {
			put(t, path+".new", "x")
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
			s.close(f)
			s.add1(t, "a")
		},
		"removed": func(s *Set, f *File, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			s.Recorded(1)
		},
		"over":      func(s *Set, f *File, path string) { s.Recorded(1); s.AppendSizes(nil, 2, true) },
		"elsewhere": func(s *Set, f *File, path string) { s.move(f, s.Get([]byte("b"), 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSet(t, nil)
			f := s.Get([]byte("a"), 1)
			for n := range uint64(10) {
				s.AddNumbered(f, ledger.Row{Writer: 1}, 10-n, []byte("x\n")) // a run for each
			}
			if err := s.Flush(); err != nil || s.runs.Left >= mostRuns {
				t.Fatalf("%v, %d left", err, s.runs.Left)
			}
			if end(s, f, filepath.Join(s.o.Dir, "a")); s.runs.Left != mostRuns {
				t.Errorf("%d of %d are left", s.runs.Left, mostRuns)
			}
		})
	}
}

// TestRecover: what was brought back is counted, by files and bytes, and nothing else is changed.
func TestRecover(t *testing.T) {
	contents := map[string]string{"longer": "abcdef", "same": "abc", "shorter": "ab", "other": "abc"}
	short := map[string]int64{"shorter": 3, "gone": 4, "other": 0}
	for name, tt := range map[string]struct {
		former, keep bool
		want         Recovered
		longer       string
		known        []string
	}{
		"in place":           {false, false, Recovered{Files: 1, Bytes: 3, Short: short}, "abc", []string{"longer", "other", "same", "shorter"}},
		"an older record":    {false, true, Recovered{Kept: 1, Short: short}, "abcdef", []string{"longer", "other", "same", "shorter"}},
		"a former directory": {true, false, Recovered{Files: 1, Bytes: 3, Left: 3, Short: map[string]int64{}}, "abc", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSet(t, contents)
			record := &cursor.Collected{Dir: s.o.Dir, Files: map[string]cursor.CollectedFile{
				"longer": {Size: 3, Sealed: 2}, "same": {Size: 3}, "shorter": {Size: 5, Sealed: 4}, "gone": {Size: 4}, "other": {Size: 3, Inode: 1},
			}}
			if tt.former {
				s.o.Dir = t.TempDir()
			}
			r, err := s.Recover(record, tt.keep, func(string) (place.Day, bool) { return 7, true })
			if why := fmt.Sprint(r.Why); err != nil || tt.former != strings.Contains(why, " is gone, shorter or another file") || tt.former != strings.HasPrefix(why, record.Dir) {
				t.Errorf("%v, %v", err, r.Why)
			}
			if r.Why = nil; !reflect.DeepEqual(r, tt.want) {
				t.Errorf("%+v, want %+v", r, tt.want)
			}
			for name, text := range contents {
				if b, _ := os.ReadFile(filepath.Join(record.Dir, name)); name == "longer" && string(b) != tt.longer || name != "longer" && string(b) != text {
					t.Errorf("%s has %q", name, b)
				}
			}
			var known []string
			for name, f := range s.byName {
				known = append(known, name)
				if f.Day != 7 || !f.noted || !f.kept || f.sealed != min(record.Files[name].Sealed, f.size) || f.size != int64(len(contents[name])) && name != "longer" {
					t.Errorf("%+v", f)
				}
			}
			if slices.Sort(known); !slices.Equal(known, tt.known) {
				t.Errorf("known are %q", known)
			}
		})
	}
}

// TestPackedSince: a file that was packed since the record is there with what it held.
func TestPackedSince(t *testing.T) {
	for held, tt := range map[string]struct {
		more bool
		want Recovered
	}{
		"abc":    {false, Recovered{Short: map[string]int64{}}},
		"abcdef": {true, Recovered{Kept: 1, Short: map[string]int64{}}},
		"a":      {false, Recovered{Short: map[string]int64{"log": 2}}},
		"":       {false, Recovered{Short: map[string]int64{"log": 3}}},
	} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(held))
		_ = z.Close()
		if held == "" {
			b.Truncate(b.Len() - 1) // damaged
		}
		s := newSet(t, map[string]string{"log.gz": b.String(), "plain": "abcdef", "plain.gz": b.String()})
		record := &cursor.Collected{Dir: s.o.Dir, Files: map[string]cursor.CollectedFile{"log": {Size: 3}}}
		if more := s.FindPacked(record); more != tt.more {
			t.Errorf("%q: more is %v", held, more)
		}
		r, err := s.Recover(record, true, func(string) (place.Day, bool) { return 7, true })
		if err != nil || !reflect.DeepEqual(r, tt.want) {
			t.Errorf("%q: %+v, %v, want %+v", held, r, err, tt.want)
		}
		record.Files = map[string]cursor.CollectedFile{"plain": {Size: 3}, "none": {Size: 3}}
		if s.FindPacked(record) {
			t.Errorf("%q: a file that is there, or nowhere, was packed", held)
		}
	}
}

// TestFileWaitsForItsSeal: one whose day is over is let go when it is sealed, or when another day is over.
func TestFileWaitsForItsSeal(t *testing.T) {
	for name, tt := range map[string]struct {
		seals, sealed bool
		known         [3]int // on its day, on the next day, and on the one after that
	}{
		"sealed":   {true, true, [3]int{1, 0, 0}},
		"unsealed": {true, false, [3]int{1, 1, 0}},
		"no seals": {false, false, [3]int{1, 0, 0}},
	} {
		s := newSet(t, nil)
		s.o.Seals = tt.seals
		s.add1(t, "a")
		for i, want := range tt.known {
			s.AppendSizes(nil, place.Day(1+i), false)
			s.Recorded(uint64(i + 1))
			if s.Names() != want {
				t.Errorf("%s: %d files are known %d days later", name, s.Names(), i)
			}
			if tt.sealed {
				s.Sealed("a", 100)
			}
		}
	}
}

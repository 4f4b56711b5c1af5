package rotate

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// committed writes "committed\n", takes the position, writes "lost\n" and closes without commit.
func committed(t *testing.T, path string) Position {
	t.Helper()
	l := newLog(t, Options{Path: path})
	put(t, l, "committed\n")
	must(t, l.Sync())
	p := l.Position()
	put(t, l, "lost\n")
	must(t, l.Close())
	return p
}

func TestRecover(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, path string, p *Position)
		cut    string // the name of the file cut; "": none
		kept   bool   // open afterwards, and so needing no commit before the first Write
	}{
		"longer":     {func(t *testing.T, path string, p *Position) {}, "access_log", true},
		"exact":      {func(t *testing.T, path string, p *Position) { os.Truncate(path, p.Size) }, "", true},
		"shorter":    {func(t *testing.T, path string, p *Position) { os.Truncate(path, 3) }, "", false},
		"none":       {func(t *testing.T, path string, p *Position) { *p = Position{} }, "", false},
		"removed":    {func(t *testing.T, path string, p *Position) { os.Remove(path) }, "", false},
		"no dir":     {func(t *testing.T, path string, p *Position) { os.RemoveAll(filepath.Dir(path)) }, "", false},
		"renamed":    {func(t *testing.T, path string, p *Position) { os.Rename(path, path+".1") }, "access_log.1", false},
		"other name": {func(t *testing.T, path string, p *Position) { rename(path, "kept-for-audit") }, "kept-for-audit", false},
		"other, same": {func(t *testing.T, path string, p *Position) {
			rename(path, "x")
			os.Truncate(sibling(path, "x"), p.Size)
		}, "", false},
		"renamed, new": {func(t *testing.T, path string, p *Position) {
			os.Rename(path, path+".1")
			os.WriteFile(path, []byte("another's, and longer\n"), 0o600)
		}, "access_log.1", false},
		"inode reused": {func(t *testing.T, path string, p *Position) { p.needBirth(t); p.Birth++ }, "", false},
		"reused under another name": {func(t *testing.T, path string, p *Position) {
			p.needBirth(t)
			p.Birth++
			rename(path, "error_log")
		}, "", false},
		"reused, no birth times": {func(t *testing.T, path string, p *Position) { p.Birth = 0; rename(path, "error_log") }, "", false},
		"renamed, no birth times": {func(t *testing.T, path string, p *Position) {
			p.Birth = 0
			rename(path, "access_log-20261122")
		}, "access_log-20261122", false},
		"other device number": {func(t *testing.T, path string, p *Position) { p.needBirth(t); p.Dev += 7 }, "access_log", true},
		"other device":        {func(t *testing.T, path string, p *Position) { p.Birth = 0; p.Dev += 7 }, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "access_log")
			p := committed(t, path)
			c.change(t, path, &p)
			before := sizes(t, path)
			l := newLog(t, Options{Path: path})
			r, err := l.Recover(p, nil)
			must(t, err)
			if c.cut == "" {
				if r.Cut != 0 || !equal(before, sizes(t, path)) {
					t.Fatalf("cut: %+v", r)
				}
			} else {
				if r.Path != sibling(path, c.cut) || r.Cut != 5 || r.Short != 0 || r.Other {
					t.Fatalf("%+v", r)
				}
				if !r.Position.sameFile(p) || r.Position.Size != p.Size {
					t.Fatalf("%+v, and committed was %+v", r.Position, p)
				}
				wantFile(t, sibling(path, c.cut), "committed\n")
			}
			if open := !l.Position().IsZero(); open != c.kept {
				t.Fatalf("open: %v", open)
			}
			if c.kept {
				must(t, l.Write([]byte("again\n")))
				wantFile(t, path, "committed\nagain\n")
			} else {
				wantErr(t, l.Write([]byte("again\n")), ErrNoFile)
			}
		})
	}
}

func (p *Position) needBirth(t *testing.T) {
	if p.Birth == 0 {
		t.Skip("no birth times on this file system")
	}
}

func sibling(path, name string) string { return filepath.Join(filepath.Dir(path), name) }

func rename(path, name string) { os.Rename(path, sibling(path, name)) }

func sizes(t *testing.T, path string) map[string]int64 {
	t.Helper()
	m := map[string]int64{}
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		info, err := e.Info()
		must(t, err)
		m[e.Name()] = info.Size()
	}
	return m
}

func equal(a, b map[string]int64) bool {
	if len(a) != len(b) {
		return false
	}
	for k := range a {
		if a[k] != b[k] {
			return false
		}
	}
	return true
}

func TestRecoverOnlyBeforeTheFileIsOpen(t *testing.T) {
	l := newLog(t, Options{})
	put(t, l, "a\n")
	if _, err := l.Recover(l.Position(), nil); err == nil {
		t.Fatal("no error")
	}
}

func TestPositionJSON(t *testing.T) {
	p := Position{Dev: 1<<64 - 1, Ino: 2, Size: 3, Birth: 4}
	b, err := json.Marshal(p)
	must(t, err)
	if want := `{"dev":18446744073709551615,"ino":2,"size":3,"birth":4}`; string(b) != want {
		t.Fatalf("%s, want %s", b, want)
	}
	var q Position
	must(t, json.Unmarshal(b, &q))
	if p != q {
		t.Fatalf("%+v, want %+v", q, p)
	}
}

// TestRecoverKeeps: the caller is shown what a file has behind the record, decides how much of it stays, and the next
// line begins on its own; a file that no record names is shown as a whole.
func TestRecoverKeeps(t *testing.T) {
	const tail = "lost\ntorn"
	failed := errors.New("the caller cannot say")
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	for name, c := range map[string]struct {
		change func(t *testing.T, path string, p *Position)
		keeps  int64
		err    error  // of the caller
		shown  string // empty: nothing
		other  bool   // the file is not the one that the record names
		want   string // in the file
		cut    int64
	}{
		"nothing":           {nil, 0, nil, tail, false, "committed\n", 9},
		"less than nothing": {nil, -1, nil, tail, false, "committed\n", 9},
		"a line":            {nil, 5, nil, tail, false, "committed\nlost\n", 4},
		"a torn line":       {nil, 7, nil, tail, false, "committed\nlost\nto\n", 2},
		"all":               {nil, 100, nil, tail, false, "committed\nlost\ntorn\n", 0},
		"an error":          {nil, 5, failed, tail, false, "committed\nlost\ntorn", 0},
		"no tail":           {func(t *testing.T, path string, p *Position) { must(t, os.Truncate(path, p.Size)) }, 5, nil, "", false, "committed\n", 0},
		"no record":         {func(t *testing.T, path string, p *Position) { *p = Position{} }, 3, nil, "committed\nlost\ntorn", true, "com\n", 0},
		"another file": {func(t *testing.T, path string, p *Position) {
			must(t, os.Rename(path, sibling(path, "x")))
			must(t, os.Truncate(sibling(path, "x"), p.Size))
			must(t, os.WriteFile(path, []byte("another"), 0o600))
		}, 7, nil, "another", true, "another\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "access_log")
			p := committed(t, path)
			must(t, os.WriteFile(path, []byte("committed\n"+tail), 0o600))
			if c.change != nil {
				c.change(t, path, &p)
			}
			must(t, os.Chtimes(path, old, old))
			l := newLog(t, Options{Path: path})
			shown := ""
			r, err := l.Recover(p, func(tail Tail) (int64, error) {
				b := make([]byte, tail.Size)
				_, err := tail.ReadAt(b, 0)
				must(t, err)
				if shown = string(b); tail.Path != path || tail.Unnamed != c.other || !tail.Written.Equal(old) {
					t.Errorf("shown: %+v", tail)
				}
				return c.keeps, c.err
			})
			if err != c.err && !errors.Is(err, c.err) || (err != nil) != (c.err != nil) {
				t.Fatal(err)
			}
			if shown != c.shown {
				t.Errorf("shown: %q, want %q", shown, c.shown)
			}
			wantFile(t, path, c.want)
			if st, err := os.Stat(path); err != nil || !st.ModTime().Equal(old) {
				t.Errorf("it was written last at %v, want %v: %v", st.ModTime(), old, err)
			}
			if err != nil || p.IsZero() {
				return
			}
			if r.Cut != c.cut || r.Other != c.other || r.Position.Size != int64(len(c.want)) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestResume: a file that was closed is opened again as it was, where it still is that.
func TestResume(t *testing.T) {
	for name, c := range map[string]struct {
		change func(path string, p *Position) error
		want   bool
	}{
		"as it was": {func(string, *Position) error { return nil }, true},
		"none":      {func(_ string, p *Position) error { *p = Position{}; return nil }, false},
		"removed":   {func(path string, _ *Position) error { return os.Remove(path) }, false},
		"longer":    {func(path string, p *Position) error { return os.Truncate(path, p.Size+1) }, false},
		"shorter":   {func(path string, p *Position) error { return os.Truncate(path, p.Size-1) }, false},
		"another": {func(path string, _ *Position) error {
			return errors.Join(os.Rename(path, path+".1"), os.WriteFile(path, []byte("committed\n"), 0o600))
		}, false},
	} {
		path := filepath.Join(t.TempDir(), "access_log")
		p := committed(t, path)
		must(t, os.Truncate(path, p.Size))
		must(t, c.change(path, &p))
		l := newLog(t, Options{Path: path})
		is, err := l.Resume(p)
		if is != c.want || err != nil || l.Position().IsZero() == c.want {
			t.Errorf("%s: %v, %v, and it is at %+v", name, is, err, l.Position())
		}
		if !is {
			continue
		}
		must(t, l.Write([]byte("again\n")))
		if is, err := l.Resume(Position{}); !is || err != nil {
			t.Errorf("%s: one that is open: %v, %v", name, is, err)
		}
		wantFile(t, path, "committed\nagain\n")
	}
}

package rotate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
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

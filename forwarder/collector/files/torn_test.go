package files

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestTornWrite: where the beginning of a write that failed cannot be taken away at once, the next write does it
// first. What follows stands where it is said to stand.
func TestTornWrite(t *testing.T) {
	r, w, err := os.Pipe() // of which nothing can be taken away
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = r.Read(make([]byte, 1))
		r.Close()
	}()
	const whole, torn = "whole\n", "tor"
	f := &File{f: w, size: int64(len(whole)), text: bytes.Repeat([]byte{'x'}, 1<<20)}
	for range 2 {
		if err := f.write(); err == nil || !f.torn {
			t.Fatalf("%v, torn: %v", err, f.torn)
		}
	}
	w.Close()

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "log"), []byte(whole+torn), 0o600); err != nil {
		t.Fatal(err)
	}
	s := NewSet(Options{Dir: dir, Gone: func(name string) { t.Errorf("%s is gone", name) }})
	defer s.Close()
	f.Name, f.f, f.text = "log", nil, []byte("next\n")
	if err := s.open(f); err != nil {
		t.Fatal(err)
	}
	s.byName[f.Name] = f
	if err := f.write(); err != nil || f.torn || f.size != int64(len(whole+"next\n")) {
		t.Errorf("%v, torn: %v, %d bytes", err, f.torn, f.size)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "log")); string(b) != whole+"next\n" {
		t.Errorf("%q", b)
	}
}

package changes

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
)

// all are the payloads that count.
func all(path string, at cursor.Changes) (texts []string, err error) {
	err = Read(path, at, func(p Part) error {
		texts = append(texts, string(p.Kind)+string(p.Payload))
		return nil
	})
	return texts, err
}

// TestWhateverIsRecorded: a record, the last one or the one before, finds what was known when it was made,
// whether the writes after it came to a record, were cut short, or began the other file.
func TestWhateverIsRecorded(t *testing.T) {
	for seed := range int64(30) {
		r := rand.New(rand.NewSource(seed))
		path := filepath.Join(t.TempDir(), "changes")
		var at cursor.Changes
		l := New(path, at, seed%2 == 0)
		var want []string // of at
		begun := 0
		for i := range 200 {
			whole := l.WantsWhole() || r.Intn(40) == 0
			next := slices.Clone(want)
			if whole {
				next = nil
				begun++
			}
			parts := []Part{{'n', bytes.Repeat([]byte{byte('a' + i%26)}, r.Intn(20_000))}, {'f', nil}}
			got, err := l.Write(whole, parts...)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range parts {
				next = append(next, string(p.Kind)+string(p.Payload))
			}
			if r.Intn(4) > 0 {
				l.Named()
				l.Durable()
				at, want = got, next
			}
			if r.Intn(20) == 0 { // the process dies
				l.Close()
				l = New(path, at, false)
			}
			if have, err := all(path, at); err != nil || !slices.Equal(have, want) {
				t.Fatalf("seed %d, step %d: %d chunks, want %d: %v", seed, i, len(have), len(want), err)
			}
		}
		l.Close()
		names, _ := filepath.Glob(path + "*")
		if len(names) != 2 || begun < 5 {
			t.Errorf("%q, begun %d times", names, begun)
		}
	}
}

// TestDamage: whatever of what counts is not as it was written is found out.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "changes")
	l := New(path, cursor.Changes{File: 6, Size: 9}, true)
	defer l.Close()
	at, err := l.Write(true, Part{'n', []byte("all")}, Part{'f', []byte("files")})
	if err != nil {
		t.Fatal(err)
	}
	name := fileName(path, at.File)
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(name, b, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	for i := range int(at.Size) {
		bad := slices.Clone(good)
		bad[i] ^= 0x11
		put(bad)
		if _, err := all(path, at); !errors.Is(err, ErrDamaged) && !errors.Is(err, record.ErrVersion) {
			t.Errorf("byte %d altered: %v", i, err)
		}
		put(good[:i])
		if _, err := all(path, at); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	put(bytes.Replace(good, []byte(" 1\n"), []byte(" 2\n"), 1))
	if _, err := all(path, at); !errors.Is(err, record.ErrVersion) {
		t.Errorf("a newer program's: %v", err)
	}
	put(append(slices.Clone(good[:at.Size]), "what an attempt has left"...))
	if have, err := all(path, at); err != nil || !slices.Equal(have, []string{"nall", "ffiles"}) {
		t.Errorf("with more behind it: %q, %v", have, err)
	}
	for _, other := range []cursor.Changes{{File: at.File + 2, Size: at.Size}, {File: at.File, Size: at.Size + 1}, {File: at.File, Size: at.Size - 1}, {File: at.File + 1, Size: 30}} {
		if _, err := all(path, other); !errors.Is(err, ErrDamaged) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	if have, err := all(path, cursor.Changes{}); have != nil || err != nil {
		t.Errorf("without a record: %q, %v", have, err)
	}
}

// TestRemoved: a file that somebody has removed is begun anew with all that is known.
func TestRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "changes")
	l := New(path, cursor.Changes{}, false)
	defer l.Close()
	at, err := l.Write(true, Part{'n', []byte("all")})
	if err != nil {
		t.Fatal(err)
	}
	l.Named()
	if l.WantsWhole() {
		t.Error("it is begun anew at once")
	}
	if err := os.Remove(fileName(path, at.File)); err != nil {
		t.Fatal(err)
	}
	if !l.WantsWhole() {
		t.Error("it is not begun anew")
	}
}

// TestFewBlocks: the files do not grow without a bound, and what is written for a record does not depend on
// how much is known.
func TestFewBlocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "changes")
	l := New(path, cursor.Changes{}, false)
	defer l.Close()
	known, changed := bytes.Repeat([]byte("k"), 1<<20), bytes.Repeat([]byte("c"), 10_000)
	written, most := 0, int64(0)
	for range 1000 {
		part := Part{'n', changed}
		whole := l.WantsWhole()
		if whole {
			part.Payload = known
		}
		at, err := l.Write(whole, part)
		if err != nil {
			t.Fatal(err)
		}
		l.Named()
		l.Durable()
		written += len(part.Payload)
		most = max(most, at.Size)
	}
	if written > 3*1000*len(changed) || most > 3<<20 {
		t.Errorf("%d bytes written for %d changed, and up to %d in a file", written, 1000*len(changed), most)
	}
	fmt.Printf("%d bytes written for %d changed; at most %d in a file\n", written, 1000*len(changed), most)
}

package localtime

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fixed is a zone file (RFC 9636) of so many hours east of UTC.
func fixed(hours int) []byte {
	s := uint32(int32(hours * 3600))
	return append([]byte("TZif"+strings.Repeat("\x00", 16)+strings.Repeat("\x00\x00\x00\x00", 4)+"\x00\x00\x00\x01\x00\x00\x00\x04"),
		byte(s>>24), byte(s>>16), byte(s>>8), byte(s), 0, 0, 'X', 'X', 'X', 0)
}

func TestZoneIsFollowed(t *testing.T) {
	t.Cleanup(func() { current.Store(nil) })
	current.Store(nil)
	if Zone() != time.Local {
		t.Fatal("not the process's")
	}
	path := filepath.Join(t.TempDir(), "localtime")
	put := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(path+".new", b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, wantChange bool, hours int) {
		t.Helper()
		if name, changed := Refresh(); changed != wantChange || changed && name == "" {
			t.Errorf("%s: %q, %v", what, name, changed)
		}
		if _, offset := Now().Zone(); offset != hours*3600 {
			t.Errorf("%s: %d seconds east of UTC", what, offset)
		}
	}
	put(fixed(3))
	t.Setenv("TZ", path)
	want("the first look", false, 3)
	want("the same", false, 3)
	put(fixed(-5))
	want("another file", true, -5)
	put([]byte("no zone"))
	want("a file that is damaged", false, -5)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	want("none", true, 0)
	put(fixed(9))
	want("one again", true, 9)
	t.Setenv("TZ", ":"+path)
	want("the other way to write it", false, 9)
	t.Setenv("TZ", "UTC")
	want("a zone by name", true, 0)
	t.Setenv("TZ", "")
	want("an empty name", false, 0)
	t.Setenv("TZ", "No/Such")
	want("a name that there is not", true, 0)
}

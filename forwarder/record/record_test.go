package record

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/testbed/smalldisk"
)

type testRecord struct {
	Name string
	At   map[string]place
}

type place struct{ Offset, Lines int }

var aRecord = testRecord{Name: "a\nb", At: map[string]place{"file": {Offset: 3, Lines: 4}}}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRecord(t *testing.T) {
	for _, sync := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "cursor")
		var back testRecord
		if err := Read(path, &back); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no record: %v", err)
		}
		check(t, Write(path, testRecord{Name: "before"}, sync))
		check(t, Write(path, aRecord, sync))
		check(t, Read(path, &back))
		if back.Name != aRecord.Name || len(back.At) != 1 || back.At["file"] != aRecord.At["file"] {
			t.Errorf("%+v", back)
		}
		if n := leaktest.OpenIn(filepath.Dir(path)); n != 0 {
			t.Errorf("%d files open", n)
		}
	}
}

func TestVector(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	check(t, Write(path, "123456789", false))
	b, err := os.ReadFile(path)
	check(t, err)
	if want := "\"123456789\"\n1 e2cc02df\n"; string(bytes.TrimRight(b, " ")) != want || len(b) != block {
		t.Errorf("%q, want %q", bytes.TrimRight(b, " "), want)
	}
}

// TestFullDisk: the place of the record before the last one is enough.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	smalldisk.Mount(t, disk, "1m")
	path := filepath.Join(disk, "cursor")
	check(t, Write(path, testRecord{Name: "first"}, true))
	check(t, Write(path, testRecord{Name: "second"}, true))
	if os.WriteFile(filepath.Join(disk, "filler"), make([]byte, 2<<20), 0o640) == nil {
		t.Fatal("the disk is not full")
	}
	for i := range 10 {
		check(t, Write(path, testRecord{Name: fmt.Sprint(i)}, true))
		var back testRecord
		check(t, Read(path, &back))
		if back.Name != fmt.Sprint(i) {
			t.Errorf("%+v", back)
		}
	}
}

// A process that dies between writing the new record and renaming it leaves
// the old one, and what it left does not harm the next.
func TestKilledBeforeRename(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	check(t, Write(path, testRecord{Name: "old"}, false))
	check(t, os.WriteFile(path+".new", make([]byte, 10000), 0o640))
	var back testRecord
	check(t, Read(path, &back))
	if back.Name != "old" {
		t.Errorf("%+v", back)
	}
	check(t, Write(path, testRecord{Name: "new"}, true))
	check(t, Read(path, &back))
	if back.Name != "new" {
		t.Errorf("%+v", back)
	}
}

func TestNotWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cursor")
	check(t, Write(path, testRecord{Name: "old"}, false))
	if err := Write(path, make(chan int), true); err == nil {
		t.Error("a channel is written")
	}
	check(t, os.Mkdir(path+".new", 0o750))
	if err := Write(path, testRecord{Name: "new"}, true); err == nil {
		t.Error("written to a directory")
	}
	var back testRecord
	check(t, Read(path, &back))
	if back.Name != "old" {
		t.Errorf("%+v", back)
	}
	if err := Write(filepath.Join(dir, "missing", "cursor"), "x", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	check(t, Write(path, aRecord, false))
	good, err := os.ReadFile(path)
	check(t, err)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	check(t, err)
	defer file.Close()
	refused := func(what string, b []byte) {
		// In place: a file that is emptied and written anew is brought to the disk each time.
		_, err := file.WriteAt(b, 0)
		check(t, err)
		check(t, file.Truncate(int64(len(b))))
		var back testRecord
		if err := Read(path, &back); err == nil || errors.Is(err, fs.ErrNotExist) || back.Name != "" {
			t.Errorf("%s: %v, %+v", what, err, back)
		}
	}
	whole := len(bytes.TrimRight(good, " ")) // the rest is padding
	for bit := range len(good) * 8 {
		b := append([]byte(nil), good...)
		b[bit/8] ^= 1 << (bit % 8)
		refused("a flipped bit", b)
	}
	for size := range whole {
		refused("cut off", good[:size])
	}
	refused("longer", append(good[:len(good):len(good)], "\n"...))
	refused("zeros", make([]byte, len(good)))
}

// TestNotUnderstood: a whole record of another version, or of something else, is an error that names the file.
func TestNotUnderstood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	check(t, Write(path, aRecord, false))
	var other []int
	if err := Read(path, &other); err == nil || !strings.HasPrefix(err.Error(), path+": ") || errors.Is(err, ErrVersion) {
		t.Errorf("%v, and it is read as %v", err, other)
	}
	body := `{"Name":"new"}` + "\n2"
	sum := crc32.Checksum([]byte(body), crc32.MakeTable(crc32.Castagnoli))
	check(t, os.WriteFile(path, fmt.Appendf(nil, "%s %08x\n", body, sum), 0o640))
	var back testRecord
	if err := Read(path, &back); !errors.Is(err, ErrVersion) || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), ": 2, and this program knows 1;") || back.Name != "" {
		t.Errorf("%v, and it is read as %+v", err, back)
	}
}

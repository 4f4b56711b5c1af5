package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

type testRecord struct {
	Name string
	At   Positions
}

var aRecord = testRecord{Name: "a\nb", At: Positions{{writerID(1), 2}: {Offset: 3, Lines: 4}}}

func TestRecord(t *testing.T) {
	for _, sync := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "cursor")
		var back testRecord
		if err := ReadRecord(path, &back); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no record: %v", err)
		}
		check(t, WriteRecord(path, testRecord{Name: "before"}, sync))
		check(t, WriteRecord(path, aRecord, sync))
		check(t, ReadRecord(path, &back))
		if back.Name != aRecord.Name || len(back.At) != 1 || back.At[FileID{writerID(1), 2}] != (Position{3, 4}) {
			t.Errorf("%+v", back)
		}
		if n := openFiles(t, filepath.Dir(path)); n != 0 {
			t.Errorf("%d files open", n)
		}
	}
}

func TestRecordVector(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	check(t, WriteRecord(path, "123456789", false))
	b, err := os.ReadFile(path)
	check(t, err)
	if want := "\"123456789\"\n1 e2cc02df\n"; string(bytes.TrimRight(b, " ")) != want || len(b) != recordBlock {
		t.Errorf("%q, want %q", bytes.TrimRight(b, " "), want)
	}
}

// TestRecordOnFullDisk: the place of the record before the last one is enough.
func TestRecordOnFullDisk(t *testing.T) {
	disk := smallDisk(t)
	path := filepath.Join(disk, "cursor")
	check(t, WriteRecord(path, testRecord{Name: "first"}, true))
	check(t, WriteRecord(path, testRecord{Name: "second"}, true))
	if os.WriteFile(filepath.Join(disk, "filler"), make([]byte, 2<<20), 0o640) == nil {
		t.Fatal("the disk is not full")
	}
	for i := range 10 {
		check(t, WriteRecord(path, testRecord{Name: fmt.Sprint(i)}, true))
		var back testRecord
		check(t, ReadRecord(path, &back))
		if back.Name != fmt.Sprint(i) {
			t.Errorf("%+v", back)
		}
	}
}

// A process that dies between writing the new record and renaming it leaves
// the old one, and what it left does not harm the next.
func TestRecordKilledBeforeRename(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	check(t, WriteRecord(path, testRecord{Name: "old"}, false))
	check(t, os.WriteFile(path+".new", make([]byte, 10000), 0o640))
	var back testRecord
	check(t, ReadRecord(path, &back))
	if back.Name != "old" {
		t.Errorf("%+v", back)
	}
	check(t, WriteRecord(path, testRecord{Name: "new"}, true))
	check(t, ReadRecord(path, &back))
	if back.Name != "new" {
		t.Errorf("%+v", back)
	}
}

func TestRecordNotWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cursor")
	check(t, WriteRecord(path, testRecord{Name: "old"}, false))
	if err := WriteRecord(path, make(chan int), true); err == nil {
		t.Error("a channel is written")
	}
	check(t, os.Mkdir(path+".new", 0o750))
	if err := WriteRecord(path, testRecord{Name: "new"}, true); err == nil {
		t.Error("written to a directory")
	}
	var back testRecord
	check(t, ReadRecord(path, &back))
	if back.Name != "old" {
		t.Errorf("%+v", back)
	}
	if err := WriteRecord(filepath.Join(dir, "missing", "cursor"), "x", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestDamagedRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	check(t, WriteRecord(path, aRecord, false))
	good, err := os.ReadFile(path)
	check(t, err)
	refused := func(what string, b []byte) {
		check(t, os.WriteFile(path, b, 0o640))
		var back testRecord
		if err := ReadRecord(path, &back); err == nil || errors.Is(err, fs.ErrNotExist) || back.Name != "" {
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

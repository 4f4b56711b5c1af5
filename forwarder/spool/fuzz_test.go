package spool

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzReader reads any bytes, behind a header or as they are, in a complete file
// or one that is held. What comes out is sealed again and must be in the file.
func FuzzReader(f *testing.F) {
	id := FileID{writerID(1), 1}
	whole := bytes.Join(someFrames(), nil)
	f.Add(whole, true, true, int64(0))
	f.Add(whole[:len(whole)-3], true, true, int64(60))
	f.Add(append(header(id), whole...), false, true, int64(-1))
	f.Add([]byte(strings.Repeat(frameMagic, 50)), true, false, int64(1<<40))
	f.Add(append(bytes.Repeat([]byte("\xf5"), 99), whole...), true, false, int64(0))
	f.Add([]byte{}, false, true, int64(0))
	dir := f.TempDir()
	path := filepath.Join(dir, id.String())
	f.Fuzz(func(t *testing.T, b []byte, headed, complete bool, from int64) {
		if headed {
			b = append(header(id), b...)
		}
		check(t, os.WriteFile(path, b, 0o640))
		c := NewCatalog(dir)
		if !complete {
			defer held(t, path)()
		}
		check(t, c.Refresh())
		r := NewReader(c, Positions{id: {Offset: from}}, nil)
		defer r.Close()
		var all []got
		for range len(b) + 3 {
			frame, err := r.Next()
			if frame == nil && err == nil {
				break
			}
			if frame != nil && frame.First > 0 {
				stands(t, b, frame)
			}
			all = append(all, gotOf(frame, err))
		}
		if frame, err := r.Next(); frame != nil || err != nil {
			t.Fatal("the reader does not come to an end")
		}
		if headed && complete && from <= int64(len(header(id))) {
			covers(t, all, int64(len(header(id))), int64(len(b)))
		}
	})
}

// stands checks that a frame is in the file where it says, with its checksum.
func stands(t *testing.T, file []byte, f *Frame) {
	t.Helper()
	at := file[f.Start.Offset:f.End]
	b := append(append(make([]byte, FrameHeader), f.Origin...), f.Payload...)
	b = append(b, at[len(at)-f.Padding:]...)
	f.Seal(b)
	if !bytes.Equal(b[8:], at[8:]) {
		t.Errorf("%q is given out as %q", at, b)
	}
	var back Frame
	if n, err := back.parse(at); n != len(at) || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// FuzzOrigin reads any bytes; what is read is written and read again as it was.
func FuzzOrigin(f *testing.F) {
	f.Add(hardOrigin.Append(nil))
	f.Add((&Origin{}).Append(nil))
	f.Add((&Origin{Time: testTime.In(time.FixedZone("", -5*3600-1800)), Data: bytes.Repeat([]byte("x"), MaxOriginData)}).Append(nil))
	f.Add(make([]byte, minOrigin))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, ok := ParseOrigin(b)
		if !ok || len(o.Data) > MaxOriginData {
			return
		}
		again, ok := ParseOrigin(o.Append(nil))
		if !ok || !again.Time.Equal(o.Time) || !bytes.Equal(again.Host, o.Host) || !bytes.Equal(again.Tag, o.Tag) ||
			!bytes.Equal(again.ProcID, o.ProcID) || !bytes.Equal(again.Data, o.Data) {
			t.Errorf("%x is read as %+v, and then as %+v", b, o, again)
		}
		_, zone := o.Time.Zone()
		if _, back := again.Time.Zone(); back != zone {
			t.Errorf("%x: zone %d, and then %d", b, zone, back)
		}
	})
}

func FuzzParseFileID(f *testing.F) {
	f.Add("019ac2f4a1b9f3a1-4711.000001")
	f.Add("ffffffffffffffff-4294967295.4294967295")
	f.Add("-.")
	f.Fuzz(func(t *testing.T, name string) {
		id, err := ParseFileID(name)
		if err != nil {
			if id != (FileID{}) {
				t.Errorf("%q: %v with %v", name, id, err)
			}
			return
		}
		if id.String() != name || name != filepath.Base(name) {
			t.Errorf("%q is taken for %v", name, id)
		}
	})
}

func FuzzReadRecord(f *testing.F) {
	path := filepath.Join(f.TempDir(), "record")
	check(f, WriteRecord(path, aRecord, false))
	b, err := os.ReadFile(path)
	check(f, err)
	f.Add(b, false)
	f.Add([]byte("null"), true)
	f.Add([]byte("{\"a\":[1,null]}"), true)
	f.Add([]byte("\n00000000\n"), false)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		if mend {
			b = fmt.Appendf(b[:len(b):len(b)], "\n%d", recordVersion)
			b = fmt.Appendf(b, " %08x\n", crc32.Checksum(b, castagnoli()))
		}
		check(t, os.WriteFile(path, b, 0o640))
		var v any
		if ReadRecord(path, &v) != nil {
			return
		}
		check(t, WriteRecord(path, v, false)) // what is read can be written
		var again any
		check(t, ReadRecord(path, &again))
	})
}

func FuzzHeader(f *testing.F) {
	f.Add(header(FileID{writerID(1), 1}), false)
	f.Add(Header{}.withNames("", ""), true)
	f.Add(Header{}.withNames(strings.Repeat("h", maxName), strings.Repeat("s", maxName)), true)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		if n := len(b); mend && n >= minHeader && n <= maxHeader {
			binary.LittleEndian.PutUint32(b[8:], uint32(n))
			binary.LittleEndian.PutUint32(b[n-4:], crc32.Checksum(b[:n-4], castagnoli()))
		}
		h, n, err := parseHeader(b)
		if err != nil {
			return
		}
		if again := h.append(nil); !bytes.Equal(again, b[:n]) {
			t.Errorf("%x is read as %+v, which is %x", b[:n], h, again)
		}
	})
}

package frame_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// FuzzOrigin reads any bytes; what is read is written and read again as it was.
func FuzzOrigin(f *testing.F) {
	f.Add(spooltest.HardOrigin.Append(nil))
	f.Add((&frame.Origin{}).Append(nil))
	f.Add((&frame.Origin{Time: spooltest.Time.In(time.FixedZone("", -5*3600-1800)), Data: bytes.Repeat([]byte("x"), frame.MaxOriginData)}).Append(nil))
	f.Add(make([]byte, 17))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, ok := frame.ParseOrigin(b)
		if !ok || len(o.Data) > frame.MaxOriginData {
			return
		}
		again, ok := frame.ParseOrigin(o.Append(nil))
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
		id, err := frame.ParseFileID(name)
		if err != nil {
			if id != (frame.FileID{}) {
				t.Errorf("%q: %v with %v", name, id, err)
			}
			return
		}
		if id.String() != name || name != filepath.Base(name) {
			t.Errorf("%q is taken for %v", name, id)
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add(spooltest.FileHeader(spooltest.FileID(1, 1)), false)
	f.Add((&frame.FileHeader{}).Append(nil), true)
	f.Add((&frame.FileHeader{Host: strings.Repeat("h", frame.MaxName), Stream: strings.Repeat("s", frame.MaxName)}).Append(nil), true)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		if n := len(b); mend && n >= frame.MinFileHeader && n <= frame.MaxFileHeader {
			binary.LittleEndian.PutUint32(b[8:], uint32(n))
			binary.LittleEndian.PutUint32(b[n-4:], crc32.Checksum(b[:n-4], crc32.MakeTable(crc32.Castagnoli)))
		}
		h, n, err := frame.ParseFileHeader(b)
		if err != nil {
			return
		}
		if again := h.Append(nil); !bytes.Equal(again, b[:n]) {
			t.Errorf("%x is read as %+v, which is %x", b[:n], h, again)
		}
	})
}

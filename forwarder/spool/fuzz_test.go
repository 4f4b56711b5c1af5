package spool

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// FuzzReader reads any bytes, behind a header or as they are, in a complete file
// or one that is held. What comes out is sealed again and must be in the file.
func FuzzReader(f *testing.F) {
	id := spooltest.FileID(1, 1)
	whole := bytes.Join(spooltest.SomeFrames(), nil)
	f.Add(whole, true, true, int64(0))
	f.Add(whole[:len(whole)-3], true, true, int64(60))
	f.Add(append(spooltest.FileHeader(id), whole...), false, true, int64(-1))
	f.Add([]byte(strings.Repeat("\xf5HSF", 50)), true, false, int64(1<<40))
	f.Add(append(bytes.Repeat([]byte("\xf5"), 99), whole...), true, false, int64(0))
	f.Add([]byte{}, false, true, int64(0))
	dir := f.TempDir()
	path := filepath.Join(dir, id.String())
	f.Fuzz(func(t *testing.T, b []byte, headed, complete bool, from int64) {
		if headed {
			b = append(spooltest.FileHeader(id), b...)
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
			one, err := r.Next()
			if one == nil && err == nil {
				break
			}
			if one != nil && one.First > 0 {
				stands(t, b, one)
			}
			all = append(all, gotOf(one, err))
		}
		if one, err := r.Next(); one != nil || err != nil {
			t.Fatal("the reader does not come to an end")
		}
		if headed && complete && from <= int64(len(spooltest.FileHeader(id))) {
			covers(t, all, int64(len(spooltest.FileHeader(id))), int64(len(b)))
		}
	})
}

// stands checks that a frame is in the file where it says, with its checksum.
func stands(t *testing.T, file []byte, f *Frame) {
	t.Helper()
	at := file[f.Start.Offset:f.End]
	b := append(append(make([]byte, frame.HeaderSize), f.Origin...), f.Payload...)
	b = append(b, at[len(at)-f.Padding:]...)
	f.Seal(b)
	if !bytes.Equal(b[8:], at[8:]) {
		t.Errorf("%q is given out as %q", at, b)
	}
	var back frame.Frame
	if n, err := back.Parse(at); n != len(at) || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

package frame_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// The vectors were made apart from this package, by the tables in doc.go.

func TestHeaderVector(t *testing.T) {
	const want = "4853504f4f4c" + "0100" + "36000000" + "a1f3b9a1f4c29a01" + "67120000" + "02000000" +
		"15cd853dfe9c9717" + "0400" + "77656231" + "0600" + "616363657373" + "6978cf6f"
	h := frame.FileHeader{
		File:  fileID(0x019ac2f4a1b9f3a1, 4711, 2),
		Start: time.Unix(1700000000, 123456789), Host: "web1", Stream: "access",
	}
	b := h.Append(nil)
	if hex.EncodeToString(b) != want {
		t.Errorf("header\n%x, want\n%s", b, want)
	}
	back, n, err := frame.ParseFileHeader(b)
	if err != nil || n != len(b) || back.File != h.File || back.Host != "web1" || back.Stream != "access" || !back.Start.Equal(h.Start) {
		t.Errorf("parsed: %+v, %d, %v", back, n, err)
	}
}

func TestFrameVector(t *testing.T) {
	const payload = "GET /\nGET /a\n"
	const want = "f54853465f4fcf230d00000002000000070000000000000015972079fe9c97170300000000ff0000474554202f0a474554202f610a"
	f := frame.Frame{Severity: frame.StreamSeverity, Time: spooltest.Time, First: 7, Lines: 2, Dropped: 3}
	buf := append(bytes.Repeat([]byte{0xee}, frame.HeaderSize), payload...)
	f.Seal(buf)
	if hex.EncodeToString(buf) != want {
		t.Errorf("frame\n%x, want\n%s", buf, want)
	}
	var back frame.Frame
	n, err := back.Parse(append(buf, "rest"...))
	if err != nil || n != len(buf) || back.First != 7 || back.Lines != 2 || back.Dropped != 3 ||
		back.Severity != frame.StreamSeverity || back.Kind != frame.Lines || !back.Time.Equal(spooltest.Time) || string(back.Payload) != payload {
		t.Errorf("parsed: %+v, %d, %v", back, n, err)
	}
}

func TestOriginVector(t *testing.T) {
	const want = "f54853466803f74b2400000001000000070000000000000015972079fe9c97170000000000031f00" + "00f153650000000015cd5b073c000402037765623873753737375b7840315d" +
		"612062630a"
	o := frame.Origin{
		Time: time.Unix(1700000000, 123456789).In(time.FixedZone("", 3600)),
		Host: []byte("web8"), Tag: []byte("su"), ProcID: []byte("777"), Data: []byte("[x@1]"),
	}
	buf := spooltest.SealedWith(o, 7, "a bc\n")
	if hex.EncodeToString(buf) != want {
		t.Errorf("frame\n%x, want\n%s", buf, want)
	}
	var f frame.Frame
	if _, err := f.Parse(buf); err != nil || string(f.Payload) != "a bc\n" {
		t.Errorf("parsed: %+v, %v", f, err)
	}
	back, ok := frame.ParseOrigin(f.Origin)
	if !ok || !reflect.DeepEqual(back, o) {
		t.Errorf("parsed: %+v, want %+v", back, o)
	}
}

// MSGID stands behind PROCID: records without one are as they were before there were any.
func TestOriginMsgID(t *testing.T) {
	for _, tt := range []struct{ procID, msgID, wantProcID, wantMsgID string }{
		{"777", "ID47", "777", "ID47"}, {"", "ID47", "", "ID47"}, {"777", "", "777", ""}, {"7\x007", "I\x00D", "7_7", "I_D"},
		{strings.Repeat("7", 300), strings.Repeat("I", 40), strings.Repeat("7", 222), strings.Repeat("I", 32)},
		{strings.Repeat("7", 300), "", strings.Repeat("7", 255), ""},
	} {
		o := frame.Origin{Tag: []byte("su"), ProcID: []byte(tt.procID), MsgID: []byte(tt.msgID), Data: []byte("[x]")}
		back, ok := frame.ParseOrigin(o.Append(nil))
		if !ok || string(back.ProcID) != tt.wantProcID || string(back.MsgID) != tt.wantMsgID || string(back.Tag) != "su" || string(back.Data) != "[x]" {
			t.Errorf("%+v: %+v, %v", o, back, ok)
		}
	}
}

func TestOriginBounds(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 70000)
	o := frame.Origin{Host: long, Tag: long, ProcID: long, MsgID: long, Data: long[:frame.MaxOriginData]}
	b := o.Append(nil)
	back, ok := frame.ParseOrigin(b)
	if !ok || len(b) != frame.MaxOrigin || len(back.Host) != 255 || len(back.Data) != frame.MaxOriginData || !back.Time.IsZero() {
		t.Errorf("%d bytes, %v", len(b), ok)
	}
	o.Data = long
	if back, ok := frame.ParseOrigin(o.Append(nil)); !ok || len(back.Data) != 0 || len(back.Tag) != 255 {
		t.Errorf("%d bytes of data", len(back.Data))
	}
}

// A frame whose origin is longer than itself was never written, whatever its
// checksum says.
func TestOriginLongerThanTheFrame(t *testing.T) {
	buf := append(make([]byte, frame.HeaderSize), "a\n"...)
	f := frame.Frame{Lines: 1, First: 1, Origin: make([]byte, 3)}
	f.Seal(buf)
	if n, err := f.Parse(buf); n != len(buf) || !isLonger(err) {
		t.Errorf("%d, %v", n, err)
	}
	if frame.MayBeTorn(buf) {
		t.Error("taken for a torn one")
	}
}

// What is behind the payload belongs to the frame and to nothing else.
func TestPadding(t *testing.T) {
	buf := spooltest.SealedPadded(7, "a\nb\n", "and c")
	var f frame.Frame
	if n, err := f.Parse(buf); n != len(buf) || err != nil || string(f.Payload) != "a\nb\n" || len(f.Origin) != 0 || f.Kind != frame.Lines || f.Padding != 5 {
		t.Errorf("%d, %v: %+v", n, err, f)
	}
	if n, lines := frame.PayloadLen(buf), frame.LinesIn(buf); n != 4 || lines != 2 {
		t.Errorf("%d bytes, %d lines by the header", n, lines)
	}
	for n := range buf {
		if !frame.MayBeTorn(buf[:n]) {
			t.Errorf("%d bytes of it are not taken for a torn one", n)
		}
	}
	long := spooltest.SealedPadded(7, "a\nb\n", "and c")
	long[8] += 100 // a damaged length
	if frame.MayBeTorn(append(long, "more\nlines\n"...)) {
		t.Error("a frame with more lines than it says is taken for a torn one")
	}
}

// A padding longer than the frame was never written either.
func TestPaddingLongerThanTheFrame(t *testing.T) {
	buf := append(make([]byte, frame.HeaderSize), "a\n"...)
	f := frame.Frame{Lines: 1, First: 1, Padding: 3}
	f.Seal(buf)
	if n, err := f.Parse(buf); n != len(buf) || !isLonger(err) {
		t.Errorf("%d, %v", n, err)
	}
	if frame.MayBeTorn(buf) || frame.MayBeTorn(buf[:frame.HeaderSize]) {
		t.Error("taken for a torn one")
	}
	if !frame.MayBeTorn(buf[:frame.HeaderSize-1]) {
		t.Error("a part of a header is not taken for one")
	}
}

func TestOriginDoesNotAllocate(t *testing.T) {
	o := frame.Origin{Time: time.Now(), Host: []byte("web8"), Tag: []byte("su"), ProcID: []byte("777")}
	buf := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		buf = o.Append(buf[:0])
		if _, ok := frame.ParseOrigin(buf); !ok {
			t.Fatal("not parsed")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSealLeavesThePayload(t *testing.T) {
	f := frame.Frame{Kind: frame.Event, Severity: 4, Time: spooltest.Time, First: 1, Lines: 1}
	buf := append(make([]byte, frame.HeaderSize), "x\n"...)
	f.Seal(buf)
	if buf[36] != 1 || buf[37] != 4 || string(buf[frame.HeaderSize:]) != "x\n" {
		t.Errorf("%x", buf)
	}
}

func TestFileNames(t *testing.T) {
	for _, id := range []frame.FileID{
		fileID(0x019ac2f4a1b9f3a1, 4711, 1),
		fileID(0, 0, 0),
		fileID(1<<64-1, 1<<32-1, 1<<32-1),
		fileID(1, 1, 1234567),
	} {
		back, err := frame.ParseFileID(id.String())
		if err != nil || back != id {
			t.Errorf("%v: %v, %v", id, back, err)
		}
	}
	if s := (fileID(0x019ac2f4a1b9f3a1, 4711, 1)).String(); s != "019ac2f4a1b9f3a1-4711.000001" {
		t.Error(s)
	}
	for _, name := range []string{
		"", ".", "..", "-", "-.", "019ac2f4a1b9f3a1-4711", "019AC2F4A1B9F3A1-4711.000001",
		"019ac2f4a1b9f3a1-04711.000001", "019ac2f4a1b9f3a1-4711.1", "019ac2f4a1b9f3a1-4711.000001.77",
		"019ac2f4a1b9f3a1-+4711.000001", "19ac2f4a1b9f3a1-4711.000001", "019ac2f4a1b9f3a1-4294967296.000001",
		"019ac2f4a1b9f3a1-4711.4294967296", "/019ac2f4a1b9f3a1-4711.000001", "019ac2f4a1b9f3a1-4711.000001\n",
	} {
		if id, err := frame.ParseFileID(name); err == nil {
			t.Errorf("%q is taken for %v", name, id)
		}
	}
}

func TestCountLines(t *testing.T) {
	whole := bytes.Join(spooltest.SomeFrames(), nil)
	if n := frame.CountLines(whole); n != 5 {
		t.Errorf("%d lines", n)
	}
	if n := frame.CountLines(whole[:len(whole)-1]); n != 4 {
		t.Errorf("%d lines in whole frames", n)
	}
	if n := frame.CountLines(nil); n != 0 {
		t.Errorf("%d lines in nothing", n)
	}
}

// The search for the next frame finds it wherever the end of the searched piece
// falls within it.
func TestFrameAcrossTheEndOfTheBuffer(t *testing.T) {
	one := spooltest.Sealed(1, "a\nb\n")
	for within := range len(one) + 2 {
		at := int64(2*(frame.HeaderSize+frame.MaxPayload) - within)
		f, err := os.Create(filepath.Join(t.TempDir(), "sparse"))
		check(t, err)
		_, err = f.WriteAt(one, at)
		check(t, err)
		if n, err := frame.Find(f, 0, at+100, false); n != at || err != nil {
			t.Errorf("found at %d, want %d: %v", n, at, err)
		}
		check(t, f.Close())
	}
}

func TestFileIDCompare(t *testing.T) {
	if a, b := (fileID(1, 2, 9)), (fileID(1<<20, 1, 1)); a.String() >= b.String() || a.Compare(b) >= 0 {
		t.Errorf("%v is not before %v", a, b)
	}
	if a, b := (fileID(1, 2, 9)), (fileID(1, 2, 10)); a.Compare(b) >= 0 || b.Compare(a) <= 0 || a.Compare(a) != 0 {
		t.Error("files of a writer are not ordered by number")
	}
	if a, b := (fileID(1, 2, 9)), (fileID(1, 3, 1)); a.Compare(b) >= 0 || b.Compare(a) <= 0 {
		t.Error("writers of one identity are not ordered by process id")
	}
}

// TestAppendEvent: an event is a frame of one line, in the room that there is.
func TestAppendEvent(t *testing.T) {
	f := frame.Frame{Severity: 4, Time: spooltest.Time, First: 7, Dropped: 3}
	buf := append(make([]byte, 0, 200), "before"...)
	out := frame.AppendEvent(buf, f, "it has happened")
	if len(out) != len("before")+frame.EventSize("it has happened") || &out[0] != &buf[0] {
		t.Errorf("%q", out)
	}
	var back frame.Frame
	n, err := back.Parse(out[len("before"):])
	if err != nil || n != frame.EventSize("it has happened") || back.Kind != frame.Event || back.Lines != 1 || string(back.Payload) != "it has happened\n" ||
		back.Severity != 4 || back.First != 7 || back.Dropped != 3 || !back.Time.Equal(spooltest.Time) {
		t.Errorf("%d, %v: %+v", n, err, back)
	}
	if n := testing.AllocsPerRun(100, func() { frame.AppendEvent(buf, f, "it has happened") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestProcID(t *testing.T) {
	if s := (frame.WriterID{ID: 0x1f, PID: 12}).ProcID(); s != "12-000000000000001f" {
		t.Error(s)
	}
}

// fileID is that of a file by its parts.
func fileID(writer uint64, pid, number uint32) frame.FileID {
	return frame.FileID{Writer: frame.WriterID{ID: writer, PID: pid}, Number: number}
}

// isLonger reports whether an error says that a part of a frame is longer than the whole.
func isLonger(err error) bool {
	return err != nil && strings.Contains(err.Error(), "longer than the frame")
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package spool

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The vectors were made apart from this package, by the table in doc.go.

func TestHeaderVector(t *testing.T) {
	const want = "4853504f4f4c" + "0100" + "36000000" + "a1f3b9a1f4c29a01" + "67120000" + "02000000" +
		"15cd853dfe9c9717" + "0400" + "77656231" + "0600" + "616363657373" + "6978cf6f"
	h := Header{
		File:  FileID{WriterID{0x019ac2f4a1b9f3a1, 4711}, 2},
		Start: time.Unix(1700000000, 123456789), Host: "web1", Stream: "access",
	}
	b := h.append(nil)
	if hex.EncodeToString(b) != want {
		t.Errorf("header\n%x, want\n%s", b, want)
	}
	back, n, err := parseHeader(b)
	if err != nil || n != len(b) || back.File != h.File || back.Host != "web1" || back.Stream != "access" || !back.Start.Equal(h.Start) {
		t.Errorf("parsed: %+v, %d, %v", back, n, err)
	}
}

func TestFrameVector(t *testing.T) {
	const payload = "GET /\nGET /a\n"
	const want = "f54853465f4fcf230d00000002000000070000000000000015972079fe9c97170300000000ff0000474554202f0a474554202f610a"
	f := Frame{Severity: StreamSeverity, Time: testTime, First: 7, Lines: 2, Dropped: 3}
	buf := append(bytes.Repeat([]byte{0xee}, FrameHeader), payload...)
	f.Seal(buf)
	if hex.EncodeToString(buf) != want {
		t.Errorf("frame\n%x, want\n%s", buf, want)
	}
	var back Frame
	n, err := back.parse(append(buf, "rest"...))
	if err != nil || n != len(buf) || back.First != 7 || back.Lines != 2 || back.Dropped != 3 ||
		back.Severity != StreamSeverity || back.Kind != Lines || !back.Time.Equal(testTime) || string(back.Payload) != payload {
		t.Errorf("parsed: %+v, %d, %v", back, n, err)
	}
}

func TestOriginVector(t *testing.T) {
	const want = "f54853466803f74b2400000001000000070000000000000015972079fe9c97170000000000031f00" + "00f153650000000015cd5b073c000402037765623873753737375b7840315d" +
		"612062630a"
	o := Origin{
		Time: time.Unix(1700000000, 123456789).In(time.FixedZone("", 3600)),
		Host: []byte("web8"), Tag: []byte("su"), ProcID: []byte("777"), Data: []byte("[x@1]"),
	}
	buf := sealedWith(o, 7, "a bc\n")
	if hex.EncodeToString(buf) != want {
		t.Errorf("frame\n%x, want\n%s", buf, want)
	}
	var f Frame
	if _, err := f.parse(buf); err != nil || string(f.Payload) != "a bc\n" {
		t.Errorf("parsed: %+v, %v", f, err)
	}
	back, ok := ParseOrigin(f.Origin)
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
		o := Origin{Tag: []byte("su"), ProcID: []byte(tt.procID), MsgID: []byte(tt.msgID), Data: []byte("[x]")}
		back, ok := ParseOrigin(o.Append(nil))
		if !ok || string(back.ProcID) != tt.wantProcID || string(back.MsgID) != tt.wantMsgID || string(back.Tag) != "su" || string(back.Data) != "[x]" {
			t.Errorf("%+v: %+v, %v", o, back, ok)
		}
	}
}

func TestOriginBounds(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 70000)
	o := Origin{Host: long, Tag: long, ProcID: long, MsgID: long, Data: long[:MaxOriginData]}
	b := o.Append(nil)
	back, ok := ParseOrigin(b)
	if !ok || len(b) != MaxOrigin || len(back.Host) != 255 || len(back.Data) != MaxOriginData || !back.Time.IsZero() {
		t.Errorf("%d bytes, %v", len(b), ok)
	}
	o.Data = long
	if back, ok := ParseOrigin(o.Append(nil)); !ok || len(back.Data) != 0 || len(back.Tag) != 255 {
		t.Errorf("%d bytes of data", len(back.Data))
	}
}

// A frame whose origin is longer than itself was never written, whatever its
// checksum says.
func TestOriginLongerThanTheFrame(t *testing.T) {
	buf := append(make([]byte, FrameHeader), "a\n"...)
	f := Frame{Lines: 1, First: 1, Origin: make([]byte, 3)}
	f.Seal(buf)
	if n, err := f.parse(buf); n != len(buf) || err != errBesides {
		t.Errorf("%d, %v", n, err)
	}
	if tornPayload(buf) {
		t.Error("taken for a torn one")
	}
}

// What is behind the payload belongs to the frame and to nothing else.
func TestPadding(t *testing.T) {
	buf := sealedPadded(7, "a\nb\n", "and c")
	var f Frame
	if n, err := f.parse(buf); n != len(buf) || err != nil || string(f.Payload) != "a\nb\n" || len(f.Origin) != 0 || f.Kind != Lines || f.Padding != 5 {
		t.Errorf("%d, %v: %+v", n, err, f)
	}
	if n, lines := framePayload(buf), frameLines(buf); n != 4 || lines != 2 {
		t.Errorf("%d bytes, %d lines by the header", n, lines)
	}
	for n := range buf {
		if !tornPayload(buf[:n]) {
			t.Errorf("%d bytes of it are not taken for a torn one", n)
		}
	}
	long := sealedPadded(7, "a\nb\n", "and c")
	long[8] += 100 // a damaged length
	if tornPayload(append(long, "more\nlines\n"...)) {
		t.Error("a frame with more lines than it says is taken for a torn one")
	}
}

// A padding longer than the frame was never written either.
func TestPaddingLongerThanTheFrame(t *testing.T) {
	buf := append(make([]byte, FrameHeader), "a\n"...)
	f := Frame{Lines: 1, First: 1, Padding: 3}
	f.Seal(buf)
	if n, err := f.parse(buf); n != len(buf) || err != errBesides {
		t.Errorf("%d, %v", n, err)
	}
	if tornPayload(buf) {
		t.Error("taken for a torn one")
	}
}

func TestOriginDoesNotAllocate(t *testing.T) {
	o := Origin{Time: time.Now(), Host: []byte("web8"), Tag: []byte("su"), ProcID: []byte("777")}
	buf := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		buf = o.Append(buf[:0])
		if _, ok := ParseOrigin(buf); !ok {
			t.Fatal("not parsed")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSealLeavesThePayload(t *testing.T) {
	f := Frame{Kind: Event, Severity: 4, Time: testTime, First: 1, Lines: 1}
	buf := append(make([]byte, FrameHeader), "x\n"...)
	f.Seal(buf)
	if buf[36] != 1 || buf[37] != 4 || string(buf[FrameHeader:]) != "x\n" {
		t.Errorf("%x", buf)
	}
}

func TestWriterHeaderOnDisk(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(WriterOptions{Dir: dir, Host: strings.Repeat("h", 2000), Stream: strings.Repeat("s", 2000)})
	defer w.Close()
	_, err := w.Write(sealed(1, "a\n"))
	check(t, err)
	r := NewReader(refreshed(t, dir), nil, nil)
	defer r.Close()
	f, err := r.Next()
	check(t, err)
	if f == nil || f.Head.File != (FileID{w.ID(), 1}) || len(f.Head.Host) != maxName || len(f.Head.Stream) != maxName {
		t.Errorf("%+v", f)
	}
}

func TestFileNames(t *testing.T) {
	for _, id := range []FileID{
		{WriterID{0x019ac2f4a1b9f3a1, 4711}, 1},
		{WriterID{0, 0}, 0},
		{WriterID{1<<64 - 1, 1<<32 - 1}, 1<<32 - 1},
		{WriterID{1, 1}, 1234567},
	} {
		back, err := ParseFileID(id.String())
		if err != nil || back != id {
			t.Errorf("%v: %v, %v", id, back, err)
		}
	}
	if s := (FileID{WriterID{0x019ac2f4a1b9f3a1, 4711}, 1}).String(); s != "019ac2f4a1b9f3a1-4711.000001" {
		t.Error(s)
	}
	for _, name := range []string{
		"", ".", "..", "-", "-.", "019ac2f4a1b9f3a1-4711", "019AC2F4A1B9F3A1-4711.000001",
		"019ac2f4a1b9f3a1-04711.000001", "019ac2f4a1b9f3a1-4711.1", "019ac2f4a1b9f3a1-4711.000001.77",
		"019ac2f4a1b9f3a1-+4711.000001", "19ac2f4a1b9f3a1-4711.000001", "019ac2f4a1b9f3a1-4294967296.000001",
		"019ac2f4a1b9f3a1-4711.4294967296", "/019ac2f4a1b9f3a1-4711.000001", "019ac2f4a1b9f3a1-4711.000001\n",
	} {
		if id, err := ParseFileID(name); err == nil {
			t.Errorf("%q is taken for %v", name, id)
		}
	}
}

func TestFileNamesSortByAge(t *testing.T) {
	older, younger := NewWriterID(testTime), NewWriterID(testTime.Add(time.Millisecond))
	if a, b := (FileID{older, 9}), (FileID{younger, 1}); a.String() >= b.String() || a.compare(b) >= 0 {
		t.Errorf("%v is not before %v", a, b)
	}
	if a, b := (FileID{older, 9}), (FileID{older, 10}); a.compare(b) >= 0 || b.compare(a) <= 0 || a.compare(a) != 0 {
		t.Error("files of a writer are not ordered by number")
	}
	if a, b := (FileID{WriterID{1, 2}, 9}), (FileID{WriterID{1, 3}, 1}); a.compare(b) >= 0 || b.compare(a) <= 0 {
		t.Error("writers of one identity are not ordered by process id")
	}
}

func TestPositionsAsJSON(t *testing.T) {
	p := Positions{{WriterID{1, 2}, 3}: {Offset: 44, Lines: 5}, {WriterID{1, 2}, 4}: {Offset: 7}}
	b, err := json.Marshal(p)
	check(t, err)
	const want = `{"0000000000000001-2.000003":{"offset":44,"lines":5},"0000000000000001-2.000004":{"offset":7}}`
	if string(b) != want {
		t.Errorf("%s, want %s", b, want)
	}
	var back Positions
	check(t, json.Unmarshal(b, &back))
	clone := back.Clone()
	delete(back, FileID{WriterID{1, 2}, 4})
	if len(clone) != 2 || clone[FileID{WriterID{1, 2}, 3}] != (Position{44, 5}) {
		t.Errorf("%v", clone)
	}
	if err := json.Unmarshal([]byte(`{"../x":{}}`), &back); err == nil {
		t.Error("a name that is none is taken")
	}
	if s := (WriterID{0x1f, 12}).ProcID(); s != "12-000000000000001f" {
		t.Error(s)
	}
}

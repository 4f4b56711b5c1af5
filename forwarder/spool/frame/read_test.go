package frame_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"reflect"
	"strings"
	"testing"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// TestHeaderErrors: a header that is not one, or not one that this program understands, is an error that says so,
// whatever its checksum says; one that is not all there yet is none of these.
func TestHeaderErrors(t *testing.T) {
	whole := spooltest.FileHeader(spooltest.FileID(1, 1)) // of web1 and access
	for n := range whole {
		if _, _, err := frame.ParseFileHeader(whole[:n]); err != frame.ErrShortHeader {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	host := bytes.Index(whole, []byte("web1")) - 2
	for want, change := range map[string]func(b []byte){
		"not a spool file":               func(b []byte) { b[0]++ },
		frame.ErrVersion.Error() + ": 3": func(b []byte) { b[6] = 3 },
		frame.ErrVersion.Error() + ": 0": func(b []byte) { b[6] = 0 },
		"header of 43 bytes":             func(b []byte) { binary.LittleEndian.PutUint32(b[8:], frame.MinFileHeader-1) },
		"header of 2093 bytes":           func(b []byte) { binary.LittleEndian.PutUint32(b[8:], frame.MaxFileHeader+1) },
		"host name longer":               func(b []byte) { b[host] = 60 },
		"stream name of another":         func(b []byte) { b[host]++ },
	} {
		b := bytes.Clone(whole)
		change(b)
		binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.Checksum(b[:len(b)-4], crc32.MakeTable(crc32.Castagnoli)))
		if _, n, err := frame.ParseFileHeader(b); n != 0 || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(want, "version") != errors.Is(err, frame.ErrVersion) {
			t.Errorf("%d bytes of header, and %v, want %q", n, err, want)
		}
	}
	for at := 12; at < len(whole); at++ {
		b := bytes.Clone(whole)
		b[at] ^= 4
		if _, n, err := frame.ParseFileHeader(b); n != 0 || err == nil || !strings.Contains(err.Error(), "wrong checksum") {
			t.Errorf("byte %d is another: %v", at, err)
		}
	}
}

// TestFrameErrors: a frame of which a bit is another is not one, and of a part of one it is known how long it is.
func TestFrameErrors(t *testing.T) {
	whole := spooltest.Sealed(1, "a\nbb\n")
	var f frame.Frame
	for at := range whole {
		b := bytes.Clone(whole)
		b[at] ^= 1
		if _, err := f.Parse(b); err == nil {
			t.Errorf("byte %d is another, and the frame is read as %+v", at, f)
		}
		want := len(whole)
		if at < frame.HeaderSize {
			want = 0
		}
		if n, err := f.Parse(whole[:at]); n != want || err != frame.ErrPart {
			t.Errorf("%d bytes of it: %d, %v", at, n, err)
		}
	}
	for length, ok := range map[uint32]bool{frame.MaxPayload: true, frame.MaxPayload + 1: false} {
		b := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(b[8:], length)
		if n, err := frame.Len(b); (err == nil) != ok || ok && n != frame.HeaderSize+int(length) {
			t.Errorf("a payload of %d bytes: %d, %v", length, n, err)
		}
	}
}

// TestWhole: frames are whole as far as they are all there, and none is taken for another.
func TestWhole(t *testing.T) {
	first, second := spooltest.Sealed(1, "a\n"), spooltest.Sealed(2, "bb\n")
	both := append(bytes.Clone(first), second...)
	for n := range len(both) + 1 {
		want := 0
		if n >= len(first) {
			want = len(first)
		}
		if n == len(both) {
			want = n
		}
		if got := frame.Whole(both[:n]); got != want {
			t.Errorf("%d of %d bytes are whole", got, n)
		}
	}
	if got := frame.Whole(append(bytes.Clone(first), "no frame, but as long as a header of one"...)); got != len(first) {
		t.Errorf("%d bytes are whole", got)
	}
}

// TestHeaderFields: what a frame's header says, without a look at the rest.
func TestHeaderFields(t *testing.T) {
	lines := spooltest.Sealed(7, "a\nbb\n")[:frame.HeaderSize]
	event := frame.AppendEvent(nil, frame.Frame{Time: spooltest.Time, First: 9}, "told")[:frame.HeaderSize]
	if first, last, isEvent := frame.Numbers(lines); first != 7 || last != 8 || isEvent || frame.LinesIn(lines) != 2 {
		t.Errorf("lines %d to %d, event: %v", first, last, isEvent)
	}
	if first, last, isEvent := frame.Numbers(event); first != 9 || last != 9 || !isEvent || frame.LinesIn(event) != 0 {
		t.Errorf("event %d to %d, event: %v", first, last, isEvent)
	}
	if first, last, _ := frame.Numbers(spooltest.SealedLines(4, 0, "")); first != 4 || last != 3 {
		t.Errorf("no lines from %d to %d", first, last)
	}
	if at := frame.Received(lines); at != spooltest.Time.UnixNano() {
		t.Errorf("received at %d", at)
	}
}

// TestRuns: the headers of damaged frames say which numbers they had, as far as each can be believed and leads to
// the next.
func TestRuns(t *testing.T) {
	dropped := frame.Frame{Kind: frame.Lines, Time: spooltest.Time, First: 9, Lines: 1, Dropped: 3}
	three := append(make([]byte, frame.HeaderSize), "c\n"...)
	dropped.Seal(three)
	parts := [][]byte{
		spooltest.Sealed(1, "a\nbb\n"),
		frame.AppendEvent(nil, frame.Frame{Time: spooltest.Time, First: 3}, "told"),
		spooltest.SealedLines(4, 0, ""),         // without lines
		spooltest.SealedLines(5, 1000, "few\n"), // with more lines than bytes
		three,
	}
	want := []frame.Run{{First: 1, Last: 2}, {First: 3, Last: 3, IsEvent: true}, {First: 9, Last: 9, Dropped: 3}}
	all := bytes.Join(parts, nil)
	all[frame.HeaderSize]++ // which no checksum likes
	const from = 5
	for name, tt := range map[string]struct {
		behind []byte
		to     int
		want   []frame.Run
	}{
		"to the end":         {nil, len(all), want},
		"to a header's half": {nil, len(all) - 5, want[:2]},
		"to what is none":    {bytes.Repeat([]byte("x"), frame.HeaderSize), len(all) + frame.HeaderSize, want},
		"to what cannot be":  {append(bytes.Clone(spooltest.SealedWith(frame.Origin{}, 11, "x\n"))[:38], 0xff, 0xff), len(all) + frame.HeaderSize, want},
		"beyond the file":    {nil, len(all) + 1000, want},
	} {
		file := append(append(bytes.Repeat([]byte("-"), from), all...), tt.behind...)
		if got := frame.Runs(bytes.NewReader(file), from, int64(from+tt.to)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// TestOriginErrors: what no Origin was written as is not read as one.
func TestOriginErrors(t *testing.T) {
	o := frame.Origin{Time: spooltest.Time, Host: []byte("h"), Tag: []byte("t"), ProcID: []byte("p")}
	good := o.Append(nil)
	if len(good) > o.Room() {
		t.Errorf("%d bytes in a room of %d", len(good), o.Room())
	}
	for name, change := range map[string]func([]byte) []byte{
		"short":             func(b []byte) []byte { return b[:16] },
		"names cut":         func(b []byte) []byte { return b[:len(b)-1] },
		"long":              func(b []byte) []byte { return append(b, make([]byte, frame.MaxOrigin)...) },
		"a whole second":    func(b []byte) []byte { binary.LittleEndian.PutUint32(b[8:], 1e9); return b },
		"a day to the east": func(b []byte) []byte { binary.LittleEndian.PutUint16(b[12:], 24*60); return b },
		"a day to the west": func(b []byte) []byte { binary.LittleEndian.PutUint16(b[12:], 1<<16-24*60); return b },
	} {
		if o, ok := frame.ParseOrigin(change(bytes.Clone(good))); ok {
			t.Errorf("%s: read as %+v", name, o)
		}
	}
	if _, ok := frame.ParseOrigin(good); !ok {
		t.Error("the good one is not read")
	}
}

// TestMessagesAreReadBack: messages and senders are read as they were written, and nothing else is read as one.
func TestMessagesAreReadBack(t *testing.T) {
	var b []byte
	all := []frame.Message{{Bytes: []byte("a\n")}, {Bytes: []byte{}, Lost: 7}, {Bytes: []byte("x"), Lost: -1}}
	for _, m := range all {
		before := len(b)
		if b = frame.AppendMessage(b, m); len(b)-before != frame.MessageRoom(len(m.Bytes)) {
			t.Errorf("%d bytes for %+v", len(b)-before, m)
		}
	}
	var got []frame.Message
	for m, rest, ok := frame.CutMessage(b); ok; m, rest, ok = frame.CutMessage(rest) {
		got = append(got, m)
	}
	if !reflect.DeepEqual(got, all) {
		t.Errorf("read as %+v", got)
	}
	for n := range frame.MessageRoom(2) {
		if m, _, ok := frame.CutMessage(b[:n]); ok {
			t.Errorf("%d bytes are read as %+v", n, m)
		}
	}
	long := bytes.Repeat([]byte("n"), 300)
	for _, s := range []frame.Sender{{Name: []byte("web"), Addr: []byte("10.0.0.1")}, {Name: []byte{}, Addr: []byte{}}, {Name: long, Addr: long}} {
		b := s.Append(nil)
		back, ok := frame.ParseSender(b)
		if !ok || !bytes.HasPrefix(s.Name, back.Name) || !bytes.HasPrefix(s.Addr, back.Addr) || len(back.Name) != min(len(s.Name), 255) || len(back.Addr) != min(len(s.Addr), 255) {
			t.Errorf("%d and %d bytes are read as %q and %q", len(s.Name), len(s.Addr), back.Name, back.Addr)
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "a cut name": []byte("\x03we"), "a long address": append([]byte{1}, long...)} {
		if s, ok := frame.ParseSender(b); ok {
			t.Errorf("%s is read as %+v", name, s)
		}
	}
}

// TestFileIDInJSON: files are the keys of objects, by their names.
func TestFileIDInJSON(t *testing.T) {
	id := fileID(0x1f, 12, 3)
	b, err := json.Marshal(map[frame.FileID]int{id: 1})
	check(t, err)
	if string(b) != `{"000000000000001f-12.000003":1}` {
		t.Errorf("%s", b)
	}
	var back map[frame.FileID]int
	if err := json.Unmarshal(b, &back); err != nil || back[id] != 1 || len(back) != 1 {
		t.Errorf("%v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"x":1}`), &back); err == nil {
		t.Error("any name is taken for a file's")
	}
}

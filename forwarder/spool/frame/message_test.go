package frame_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/spooltest"
)

// The vectors were made apart from this package, by the tables in doc.go.

func TestMessageVector(t *testing.T) {
	const origin = "03" + "776562" + "31302e302e302e31"
	const payload = "02000000" + "00000000" + "610a" + "00000000" + "07000000" + "01000000" + "ffffffff" + "78"
	s := frame.Sender{Name: []byte("web"), Addr: []byte("10.0.0.1")}
	if got := hex.EncodeToString(s.Append(nil)); got != origin {
		t.Errorf("%s, want %s", got, origin)
	}
	var b []byte
	for _, m := range []frame.Message{{Bytes: []byte("a\n")}, {Lost: 7}, {Bytes: []byte("x"), Lost: -1}} {
		b = frame.AppendMessage(b, m)
	}
	if got := hex.EncodeToString(b); got != payload {
		t.Errorf("%s, want %s", got, payload)
	}
}

// TestMessageHeader: a file of messages has the later format version, which older programs leave alone.
func TestMessageHeader(t *testing.T) {
	h := frame.FileHeader{File: spooltest.FileID(1, 1), Start: spooltest.Time, Host: "log1", Stream: frame.MessageStream, Messages: true}
	b := h.Append(nil)
	back, n, err := frame.ParseFileHeader(b)
	if err != nil || n != len(b) || b[6] != 2 || !back.Messages || back.Stream != frame.MessageStream {
		t.Errorf("%x: %+v, %d, %v", b, back, n, err)
	}
	h.Messages = false
	if b := h.Append(nil); b[6] != 1 {
		t.Errorf("a file of lines has version %d", b[6])
	}
}

// TestTornMessages: whatever messages hold, the part of a frame that was being written is not searched.
func TestTornMessages(t *testing.T) {
	buf := messages(1, "\n\n\n\n\n", "", strings.Repeat("\xf5HSF\n", 100), string(spooltest.Sealed(7, "forged\n")))
	for n := range buf {
		if !frame.MayBeTorn(buf[:n]) {
			t.Fatalf("%d bytes of it are not taken for a torn one", n)
		}
	}
	long := bytes.Clone(buf)
	long[8] += 100 // a damaged length
	if frame.MayBeTorn(append(long, "more\n"...)) {
		t.Error("a frame with more messages than it says is taken for a torn one")
	}
}

func TestMessagesAllocateNothing(t *testing.T) {
	s := frame.Sender{Name: []byte("web1.example.com"), Addr: []byte("10.0.0.1:514")}
	m := frame.Message{Bytes: bytes.Repeat([]byte("x"), 200)}
	buf, origin := make([]byte, 0, 1000), make([]byte, 0, frame.MaxSender)
	if n := testing.AllocsPerRun(100, func() {
		origin = s.Append(origin[:0])
		buf = frame.AppendMessage(buf[:0], m)
		_, _, ok := frame.CutMessage(buf)
		if _, known := frame.ParseSender(origin); !ok || !known {
			t.Fatal("not read back")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzMessages reads any bytes; what is read is written again as it was.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("\x03webaddr"), messages(1, "a", "", "\n")[frame.HeaderSize:])
	f.Add([]byte{0}, []byte{255, 255, 255, 255, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, origin, payload []byte) {
		if s, ok := frame.ParseSender(origin); ok && !bytes.Equal(s.Append(nil), origin) {
			t.Errorf("%x is read as %+v", origin, s)
		}
		var again []byte
		for rest := payload; ; {
			m, more, ok := frame.CutMessage(rest)
			if !ok {
				break
			}
			again, rest = frame.AppendMessage(again, m), more
		}
		if !bytes.HasPrefix(payload, again) && !lostTooMany(payload) {
			t.Errorf("%x is read as %x", payload, again)
		}
	})
}

// lostTooMany: no message has lost more than 2 GiB, and such a number is written as one that fits.
func lostTooMany(payload []byte) bool {
	for rest := payload; ; {
		m, more, ok := frame.CutMessage(rest)
		if !ok || m.Lost > 1<<31-1 {
			return ok
		}
		rest = more
	}
}

// messages is a frame of messages.
func messages(first uint64, all ...string) []byte {
	s := frame.Sender{Addr: []byte("10.0.0.1:514")}
	origin := s.Append(nil)
	buf := append(make([]byte, frame.HeaderSize), origin...)
	for _, m := range all {
		buf = frame.AppendMessage(buf, frame.Message{Bytes: []byte(m)})
	}
	f := frame.Frame{Kind: frame.Messages, Severity: frame.StreamSeverity, Time: time.Unix(1700000000, 0), First: first, Lines: len(all), Origin: origin}
	f.Seal(buf)
	return buf
}

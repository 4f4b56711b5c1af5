package whole

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/trail"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed"
)

const own = trail.Hop("log1.example.com/0123456789abcdef")

// numbered is a message that has a number; its text follows.
const numbered = `<141>1 2026-11-28T01:00:00.000000Z web1 httpd 4711-00000000000000a1 access [meta sequenceId="7"]`

// framed is a frame of messages from an address.
func framed(messages ...frame.Message) *spool.Frame {
	sender := frame.Sender{Addr: []byte("192.0.2.7")}
	f := &spool.Frame{Frame: frame.Frame{Time: time.Unix(1e9, 0), Origin: sender.Append(nil)}}
	for _, m := range messages {
		f.Payload = frame.AppendMessage(f.Payload, m)
	}
	return f
}

// TestCut: each message becomes a line with what its sender has given it and a trail, if it is to be sent on: its
// stream is wanted, it is whole, and has not been here.
func TestCut(t *testing.T) {
	hop, other := own.Element(), trail.Hop("log2/1")
	both := strings.Replace(hop, `hop="`, `hop="log2/1" hop="`, 1)
	for _, tt := range []struct {
		name, message string
		lost          int
		streams       []string
		is            bool
		trail         int // its bytes
		line          string
	}{
		{"a numbered one", numbered + " text", 0, nil, true, len(hop), strings.Replace(numbered, "]", "]"+hop, 1) + " text"},
		{"of a stream that is wanted", numbered + " text", 0, []string{"error", "access"}, true, len(hop), strings.Replace(numbered, "]", "]"+hop, 1) + " text"},
		{"of a stream that is not", numbered + " text", 0, []string{"error"}, false, 0, numbered + " text"},
		{"a part, which comes whole again", numbered + " te", -1, nil, false, 0, numbered + " te [httpd_syslog: cut here]"},
		{"one that was cut", numbered + " te", 2, nil, true, len(hop), strings.Replace(numbered, "]", "]"+hop, 1) + " te [httpd_syslog: cut here, 2 bytes]"},
		{"it was here", strings.Replace(numbered, "]", "]"+hop, 1) + " text", 0, nil, false, 0, numbered + " text"},
		{"it was elsewhere", numbered + other.Element() + " text", 0, nil, true, len(both), numbered + both + " text"},
		{"it was at too many", numbered + trail.Hop("x"+strings.Repeat(`" hop="x`, trail.MaxHops)).Element() + " text", 0, nil, false, 0, numbered + " text"},
		{"any other", "hello", 0, nil, true, len(hop) - len("-"), "<13>1 2001-09-09T01:46:40.000000Z 192.0.2.7 - - - " + hop + " hello"},
	} {
		c := New(true, own)
		f := framed(frame.Message{Bytes: []byte(tt.message), Lost: tt.lost}, frame.Message{Bytes: []byte("next")})
		line, rest, is := c.Cut(f, f.Payload, tt.streams)
		if is != tt.is || string(line) != tt.line {
			t.Errorf("%s: %t, %s\nwant %s", tt.name, is, line, tt.line)
		}
		if c.TrailSize() != tt.trail {
			t.Errorf("%s: the trail has %d bytes, want %d", tt.name, c.TrailSize(), tt.trail)
		}
		if line, rest, is = c.Cut(f, rest, nil); !is || !strings.HasSuffix(string(line), " next") || len(rest) != 0 {
			t.Errorf("%s: behind it is %q, %t, and %d bytes more", tt.name, line, is, len(rest))
		}
		if line, _, is = c.Cut(f, rest, nil); is || line != nil {
			t.Errorf("%s: behind the last one is %q", tt.name, line)
		}
	}
	c := New(true, own)
	f := framed(frame.Message{}, frame.Message{Bytes: []byte("next")})
	line, rest, is := c.Cut(f, f.Payload, nil)
	if is || line != nil {
		t.Errorf("an empty message is sent on as %q", line)
	}
	if line, _, is := c.Cut(f, rest, nil); !is || len(line) == 0 {
		t.Error("what is behind an empty message is not sent on")
	}
}

// TestNumber: a message of a writer has its number, as a range of one, and no other has any.
func TestNumber(t *testing.T) {
	c := New(true, own)
	for _, tt := range []struct {
		message string
		want    event.Range
	}{
		{numbered + " text", event.Range{Writer: fmt.Sprintf("%016x", 0xa1), First: 7, Last: 7}},
		{"hello", event.Range{}},
	} {
		f := framed(frame.Message{Bytes: []byte(tt.message)})
		c.Cut(f, f.Payload, nil)
		if got, ok := c.Number(); got != tt.want || ok != (tt.want.Last > 0) {
			t.Errorf("%s: %+v, %t, want %+v", tt.message, got, ok, tt.want)
		}
	}
}

// TestTakes: a relay reads files of messages if it sends messages, and those of streams that it knows.
func TestTakes(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	if err := dir.Make(); err != nil {
		t.Fatal(err)
	}
	testbed.NewLineWriter(t, dir, "access").Lines(1)
	w := spool.NewWriter(spool.WriterOptions{Dir: dir.Spool(), Host: "log1", Stream: frame.MessageStream, Messages: true})
	defer w.Close()
	b := frame.AppendMessage(make([]byte, frame.HeaderSize), frame.Message{Bytes: []byte("hello")})
	(&frame.Frame{Kind: frame.Messages, Time: time.Now(), First: 1, Lines: 1}).Seal(b)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	catalog := spool.NewCatalog(dir.Spool())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	if len(catalog.Files()) != 2 {
		t.Fatalf("%d files", len(catalog.Files()))
	}
	streams := stream.NewTable([]stream.Stream{{Name: "access"}})
	for _, take := range []bool{false, true} {
		c := New(take, own)
		for _, f := range catalog.Files() {
			if c.Takes(f) != (take || !f.HasMessages()) {
				t.Errorf("a relay of messages: %t; it takes a file of messages, %t: %t", take, f.HasMessages(), c.Takes(f))
			}
		}
		for _, tt := range []struct {
			head frame.FileHeader
			is   bool
		}{{frame.FileHeader{Stream: "access"}, true}, {frame.FileHeader{Stream: "other"}, false}, {frame.FileHeader{Stream: frame.MessageStream, Messages: true}, take}} {
			if c.Known(streams)(&tt.head) != tt.is {
				t.Errorf("a relay of messages: %t; %+v", take, tt.head)
			}
		}
	}
}

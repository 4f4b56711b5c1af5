package cuts

import (
	"bytes"
	"reflect"
	"testing"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
)

const longest = 8192

func texts(events []event.Event) (all []string) {
	for i := range events {
		all = append(all, events[i].String())
	}
	return all
}

// frameOf is one of a writer, whose first line has the number first.
func frameOf(writer frame.WriterID, kind frame.Kind, first uint64) *spool.Frame {
	f := new(spool.Frame)
	f.Head = new(frame.FileHeader)
	f.Head.File.Writer, f.Kind, f.First = writer, kind, first
	return f
}

// TestNothing: of a relay that has encoded nothing yet there is nothing to be told.
func TestNothing(t *testing.T) {
	var c Cuts
	if all := c.Take("central", longest); all != nil {
		t.Errorf("%q", texts(all))
	}
}

// TestHas: each message that the encoder cuts is seen once, by each encoder.
func TestHas(t *testing.T) {
	var c Cuts
	for range 2 {
		enc := syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.None, syslogfmt.MinMaxMessage)
		c.Begin(enc)
		for _, size := range []int{10, 1000, 10, 1000, 1000} {
			enc.Append(nil, syslogfmt.Notice, 1, bytes.Repeat([]byte{'x'}, size))
			if has := c.Has(); has != (size == 1000) {
				t.Errorf("a message of %d bytes was cut: %v", size, has)
			}
			if c.Has() {
				t.Errorf("a message of %d bytes was cut twice", size)
			}
		}
	}
}

// TestRanges: numbers of a writer that follow each other are one range; those of its events, and of other
// writers, are others.
func TestRanges(t *testing.T) {
	a, b := frame.WriterID{ID: 1, PID: 7}, frame.WriterID{ID: 2, PID: 8}
	var c Cuts
	c.AddLine(frameOf(a, frame.Lines, 10), 0)
	c.AddLine(frameOf(a, frame.Lines, 10), 1)
	c.AddLine(frameOf(b, frame.Lines, 12), 0)
	c.AddLine(frameOf(a, frame.Event, 3), 0)
	c.Add(event.Range{Writer: "00ff", First: 5, Last: 6})
	all := c.Take("central", longest)
	want := []event.Range{
		{Writer: a.ProcID(), First: 10, Last: 11}, {Writer: b.ProcID(), First: 12, Last: 12},
		{Writer: a.ProcID(), First: 3, Last: 3, Audit: true}, {Writer: "00ff", First: 5, Last: 6},
	}
	if len(all) != 1 || all[0].Kind.Code != event.RelayCut.Code || !reflect.DeepEqual(all[0].Ranges, want) {
		t.Fatalf("%q, of the ranges %+v", texts(all), all)
	}
	for key, value := range map[string]string{"relay": "central", "messages": "5", "max": "8192"} {
		if got := all[0].Value(key); got != value {
			t.Errorf("%s is %q, want %q", key, got, value)
		}
	}
	if all := c.Take("central", longest); all != nil {
		t.Errorf("told twice: %q", texts(all))
	}
}

// TestMany: no event is longer than a message may be, none of the ranges is missing, and the caller learns when
// there are enough.
func TestMany(t *testing.T) {
	var c Cuts
	for n := range uint64(mostRanges) {
		if c.IsFull() {
			t.Fatalf("full with %d ranges", n)
		}
		c.Add(event.Range{Writer: "7-1", First: 2 * n, Last: 2 * n})
	}
	if !c.IsFull() {
		t.Errorf("not full with %d ranges", mostRanges)
	}
	ranges := 0
	for _, e := range c.Take("central", 1000) {
		ranges += len(e.Ranges)
		if n := len(e.String()); n > 1000 {
			t.Errorf("an event of %d bytes", n)
		}
	}
	if ranges != mostRanges || c.IsFull() {
		t.Errorf("%d ranges are told, and it is full: %v", ranges, c.IsFull())
	}
}

// TestLeftOut: structured data that was left out is counted over all encoders, and told once.
func TestLeftOut(t *testing.T) {
	var c Cuts
	for n := range 3 {
		enc := syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.None, syslogfmt.MinMaxMessage)
		c.Begin(enc)
		for range n {
			enc.SetHeader(&syslogfmt.Header{Data: []byte(`[x@1 y="` + string(bytes.Repeat([]byte{'z'}, 1000)) + `"]`)})
			enc.Append(nil, syslogfmt.Notice, 1, []byte("text"))
		}
	}
	all := c.Take("central", longest)
	if len(all) != 1 || all[0].Kind.Code != event.RelayDataLeftOut.Code {
		t.Fatalf("%q", texts(all))
	}
	if all[0].Value("messages") != "3" || all[0].Value("relay") != "central" || all[0].Value("max") != "8192" {
		t.Errorf("told: %q", texts(all))
	}
	if all := c.Take("central", longest); all != nil {
		t.Errorf("told twice: %q", texts(all))
	}
}

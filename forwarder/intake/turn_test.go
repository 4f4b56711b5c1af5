package intake

import (
	"bytes"
	"strings"
	"testing"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/testbed"
)

// TestNumbersDoNotWrap: where a writer's numbers are used up it ends, and another one goes on from 1; no line is
// lost by it, and the events of each end say what its last number was.
func TestNumbersDoNotWrap(t *testing.T) {
	input := bytes.Repeat([]byte(line), 1<<20/len(line)*4) // some 40 reads
	const most = 5000
	in := intakeOf(t, input, func(o *Options) { o.MaxNumber = most })
	sum, err := in.run()
	if err != nil {
		t.Fatal(err)
	}
	type numbers struct{ lines, events, last uint64 }
	writers := map[string]*numbers{}
	var got []byte
	for f := range testbed.Frames(t, in.writer.Dir()) {
		if f.Lines == 0 {
			continue
		}
		id := f.Head.File.Writer.ProcID()
		w := writers[id]
		if w == nil {
			w = &numbers{}
			writers[id] = w
		}
		if f.Kind == frame.Event {
			if w.events++; f.First != w.events {
				t.Fatalf("event %d of %s where %d is next", f.First, id, w.events)
			}
			told, _ := event.Parse(strings.TrimSuffix(string(f.Payload), "\n"))
			if told.Get("writer") != id {
				t.Errorf("%s is in a file of %s", f.Payload, id)
			}
			if told.Code == event.IntakeEnd.Code {
				w.last, _ = told.Uint("last")
			}
			continue
		}
		if f.First != w.lines+1 || w.last > 0 {
			t.Fatalf("line %d of %s where %d is next, its end is %d", f.First, id, w.lines+1, w.last)
		}
		w.lines += uint64(f.Lines)
		got = append(got, f.Payload...)
	}
	for id, w := range writers {
		if w.last != w.lines || w.lines == 0 {
			t.Errorf("%s: %d lines, its end says %d", id, w.lines, w.last)
		}
	}
	if len(writers) < 2 || len(got) != len(input) || sum.Lines != uint64(bytes.Count(input, newline)) {
		t.Errorf("%d writers, %d bytes of %d, %d lines in all", len(writers), len(got), len(input), sum.Lines)
	}
}

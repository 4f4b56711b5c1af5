package numbers

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
)

var head = &frame.FileHeader{File: frame.FileID{Writer: frame.WriterID{ID: 0x1a, PID: 7}, Number: 1}, Host: "web1", Stream: "access"}

const procID = "7-000000000000001a"

// frameOf is a frame of lines behind the begin of the file.
func frameOf(first uint64, lines int, dropped uint32) *spool.Frame {
	f := &spool.Frame{Head: head}
	f.First, f.Lines, f.Dropped, f.Start = first, lines, dropped, spool.Position{Offset: 1000}
	return f
}

// begun is a frame at the begin of the file.
func begun(first uint64, lines int) *spool.Frame {
	f := frameOf(first, lines, 0)
	f.Start.Offset = int64(frame.MinFileHeader + len(head.Host) + len(head.Stream))
	return f
}

// eventOf is a frame of an event.
func eventOf(number uint64, e event.Event) *spool.Frame {
	f := frameOf(number, 1, 0)
	f.Kind, f.Payload = frame.Event, []byte(e.String()+"\n")
	return f
}

// told is a teller that keeps what it was told.
type told struct {
	events []event.Event
	deaf   bool
}

func (t *told) tell(e event.Event) (string, bool) {
	if !t.deaf {
		t.events = append(t.events, e)
	}
	return "", !t.deaf
}

// again is the book that a later process has.
func again(t *testing.T, b *Book) *Book {
	t.Helper()
	data, err := json.Marshal(b.Record())
	if err != nil {
		t.Fatal(err)
	}
	var r cursor.Numbers
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return New(&r)
}

// TestMissing: whatever numbers no line has are told, with why, once, in the next process if not in this one.
func TestMissing(t *testing.T) {
	damage := &spool.DamageError{File: head.File, Offset: 500}
	end := event.IntakeEnd.With("stream", "access", "pid", 7, "lines", 25, "dropped", 5, "cut", 0, "writer", procID, "last", 25)
	for name, test := range map[string]struct {
		read func(b *Book)
		want string
	}{
		"none":       {func(b *Book) { b.Read(begun(1, 10)); b.Read(frameOf(11, 5, 0)) }, ""},
		"read again": {func(b *Book) { b.Read(begun(1, 10)); b.Read(frameOf(4, 3, 0)); b.Read(frameOf(11, 5, 0)) }, ""},
		"dropped":    {func(b *Book) { b.Read(begun(1, 10)); b.Read(frameOf(16, 5, 5)) }, "dropped lines 11-15"},
		"dropped, as an event says": {func(b *Book) {
			b.Read(begun(1, 10))
			e := eventOf(1, event.LinesCut.With())
			e.Dropped = 3
			b.Read(e)
			b.Read(frameOf(14, 1, 0))
		}, "dropped lines 11-13"},
		"damaged":              {func(b *Book) { b.Read(begun(1, 10)); b.Damaged(damage); b.Read(frameOf(100, 5, 0)) }, "damaged lines 11-99"},
		"damaged at the begin": {func(b *Book) { b.Damaged(damage); b.Read(frameOf(100, 5, 0)) }, "damaged lines 1-99"},
		"nobody knows why":     {func(b *Book) { b.Read(begun(1, 10)); b.Read(frameOf(12, 5, 0)) }, "unknown lines 11-11"},
		"before the book":      {func(b *Book) { b.Read(frameOf(1000, 10, 0)) }, ""},
		"dropped before it":    {func(b *Book) { b.Read(frameOf(1000, 10, 5)) }, "dropped lines 995-999"},
		"from the begin":       {func(b *Book) { b.Read(begun(6, 10)) }, "unknown lines 1-5"},
		"events": {func(b *Book) {
			b.Read(eventOf(1, event.LogWritten.With()))
			b.Read(eventOf(4, event.LogWritten.With()))
		}, "unknown events 2-3"},
		"at the end": {func(b *Book) { b.Read(begun(1, 20)); b.Read(eventOf(1, end)) }, "unknown lines 21-25"},
	} {
		t.Run(name, func(t *testing.T) {
			b := New(nil)
			test.read(b)
			b = again(t, b)
			deaf, got := &told{deaf: true}, &told{}
			if b.Tell(deaf.tell) {
				t.Error("what could not be told has changed the book")
			}
			b.Tell(got.tell)
			if again(t, b).Tell(got.tell) {
				t.Error("told again")
			}
			text := ""
			for _, e := range got.events {
				for _, r := range e.Ranges {
					class := map[bool]string{false: "lines", true: "events"}[r.Audit]
					text = strings.TrimSpace(fmt.Sprintf("%s %s %s %d-%d", text, e.Value("why"), class, r.First, r.Last))
				}
			}
			if text != test.want {
				t.Errorf("%q, want %q", text, test.want)
			}
		})
	}
}

// TestManyMissing: all runs are told, up to 50 in an event.
func TestManyMissing(t *testing.T) {
	b, got := New(nil), &told{}
	b.Read(begun(1, 1))
	var want, all []event.Range
	for n := uint64(3); n < 403; n += 2 {
		b.Read(frameOf(n, 1, 0))
		want = append(want, event.Range{Writer: procID, First: n - 1, Last: n - 1})
	}
	b.Tell(got.tell)
	for _, e := range got.events {
		all = append(all, e.Ranges...)
	}
	if len(got.events) != 4 || !reflect.DeepEqual(all, want) {
		t.Errorf("%d events, %d runs", len(got.events), len(all))
	}
}

// TestGone: a writer that has died without a word is told to have gone a minute after nobody has its
// file, once, whatever processes look.
func TestGone(t *testing.T) {
	defer func(was func(uint32) bool) { Alive = was }(Alive)
	living := true
	Alive = func(uint32) bool { return living }
	b, got, now := New(nil), &told{}, time.Unix(1e9, 0)
	c := spool.NewCatalog(t.TempDir())
	look := func(after time.Duration, want int) {
		t.Helper()
		now = now.Add(after)
		b.TellGone(c, now, got.tell)
		b = again(t, b)
		if len(got.events) != want {
			t.Fatalf("after %v: %d events, want %d", after, len(got.events), want)
		}
	}
	b.Read(begun(1, 41))
	b.Read(eventOf(1, event.LogWritten.With()))
	look(time.Hour, 0) // alive, though it has no file
	living = false
	look(time.Hour, 0)
	look(goneAfter-time.Second, 0)
	got.deaf = true
	look(2*time.Second, 0)
	got.deaf = false
	look(2*time.Second, 1)
	if e := got.events[0]; e.Value("last") != "41" || e.Value("last_event") != "1" || e.Value("writer") != procID || e.Value("stream") != "access" {
		t.Errorf("%v", e)
	}
	look(time.Hour, 1)
	b.Read(frameOf(42, 1, 0)) // a process before has told of it, and died before its record was written
	b.Read(eventOf(1, got.events[0]))
	look(time.Hour, 1)
	look(time.Hour, 1)
}

// TestEnded: a writer that has told of its end has not gone without a word.
func TestEnded(t *testing.T) {
	b, got := New(nil), &told{}
	b.Read(begun(1, 5))
	b.Read(eventOf(1, event.IntakeEnd.With("stream", "access", "pid", 7, "lines", 5, "dropped", 0, "cut", 0, "writer", procID, "last", 5)))
	for n := range 5 {
		b.TellGone(spool.NewCatalog(t.TempDir()), time.Unix(int64(n)*3600, 0), got.tell)
	}
	if len(got.events) != 0 || len(b.Record().Writers) != 0 || b.Tell(got.tell) {
		t.Errorf("%v, %+v", got.events, b.Record())
	}
}

// TestServiceEnded: a service that tells that it is ending tells more events behind that, while it delivers what it
// still can. Which of them was the last is told when it has gone.
func TestServiceEnded(t *testing.T) {
	defer func(was func(uint32) bool) { Alive = was }(Alive)
	Alive = func(uint32) bool { return false }
	b, got := New(nil), &told{}
	read := func(number uint64, e event.Event) {
		f := eventOf(number, e)
		f.Head.Stream = stream.Audit
		b.Read(f)
	}
	read(1, event.ServiceEnd.With("pid", 7, "writer", procID, "last", 0, "last_event", 1))
	read(2, event.LogWritten.With())
	for n := range 5 {
		b.TellGone(spool.NewCatalog(t.TempDir()), time.Unix(int64(n)*3600, 0), got.tell)
	}
	if len(got.events) != 1 || got.events[0].Kind != &event.EventsEnd || got.events[0].Value("last_event") != "2" {
		t.Errorf("%v", got.events)
	}
}

// TestMissingIsBounded: of a writer with very many gaps that nobody has told of the last one grows; the gaps of others, and
// those between its events, stay apart.
func TestMissingIsBounded(t *testing.T) {
	b := New(nil)
	b.Read(begun(1, 1))
	next := uint64(3)
	for range mostMissing + 5 {
		b.Read(frameOf(next, 1, 0))
		next += 2
	}
	all := b.Record().Missing
	if n := len(all); n != mostMissing {
		t.Fatalf("%d gaps are remembered", n)
	}
	if last, want := all[mostMissing-1].Range, (event.Range{Writer: procID, First: 2 * mostMissing, Last: 2 * (mostMissing + 5)}); last != want {
		t.Errorf("the last gap is %+v, want %+v", last, want)
	}
	b.Read(eventOf(1, event.IntakeBegin.With("stream", "access", "pid", 7, "writer", procID)))
	b.Read(eventOf(3, event.IntakeBegin.With("stream", "access", "pid", 7, "writer", procID)))
	other := frameOf(5, 1, 2)
	h := *head
	h.File.Writer.ID++
	other.Head = &h
	b.Read(other)
	all = b.Record().Missing[mostMissing:]
	if len(all) != 2 || !all[0].Audit || all[0].First != 2 || all[1].Writer != h.File.Writer.ProcID() || all[1].First != 3 || all[1].Last != 4 {
		t.Errorf("the gaps of others are %+v", all)
	}
}

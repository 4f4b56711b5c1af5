// Package numbers is the book of the numbers that writers have given, as the local log reads them: which
// of them no line has, and which writers have gone without a word. It is part of the local log's record,
// and may be ahead of its position: what is read again changes nothing.
//
// A number is found to be missing when a later one is read, or at the writer's end. What is missing, and
// who has gone, is in the book until an event has told of it.
package numbers

import (
	"bytes"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Book is for one goroutine.
type Book struct {
	writers map[frame.WriterID]*writer
	missing []cursor.Missing
	last    *writer   // whose frame was read last: mostly the next one is the same writer's
	looked  time.Time // when TellGone last looked at all writers
	next    time.Time // when it is to do so again
}

// writer is what is known of one.
type writer struct {
	cursor.Writer
	dropped bool // it has dropped lines, since its last line
	damaged bool // a place of the spool was passed over, since its last line
}

// mostMissing is how many runs are kept untold. Behind it they are told as one, from the first to the last.
const mostMissing = 10_000

// New is the book in the state of a record; nil: there is none.
func New(r *cursor.Numbers) *Book {
	b := &Book{writers: make(map[frame.WriterID]*writer)}
	if r != nil {
		b.missing = r.Missing
		for _, w := range r.Writers {
			b.writers[w.ID] = &writer{Writer: w}
		}
	}
	return b
}

// Record is the state for a record.
func (b *Book) Record() *cursor.Numbers {
	r := &cursor.Numbers{Missing: b.missing[:len(b.missing):len(b.missing)]}
	for _, w := range b.writers {
		r.Writers = append(r.Writers, w.Writer)
	}
	return r
}

// Read notes a frame that is read, for the first time or again.
func (b *Book) Read(f *spool.Frame) {
	if f.Lines == 0 {
		return
	}
	w := b.of(f)
	w.Free = time.Time{}
	w.dropped = w.dropped || f.Dropped > 0
	end := f.First + uint64(f.Lines) - 1
	if f.Kind == frame.Event {
		b.gap(w, true, w.Events, f.First, 0)
		w.Events, w.TornEvents = max(w.Events, end), 0
		b.readEvent(f, w)
		return
	}
	b.gap(w, false, w.Lines, f.First, uint64(f.Dropped))
	w.Lines, w.TornLines = max(w.Lines, end), 0
	w.dropped, w.damaged = false, false
}

// of is the entry of a frame's writer.
func (b *Book) of(f *spool.Frame) *writer {
	h := f.Head
	if b.last != nil && b.last.ID == h.File.Writer {
		return b.last
	}
	w := b.writers[h.File.Writer]
	if w == nil {
		start := int64(frame.MinFileHeader + len(h.Host) + len(h.Stream))
		w = &writer{Writer: cursor.Writer{ID: h.File.Writer, Begun: h.File.Number == 1 && f.Start.Offset == start}}
		b.writers[w.ID] = w
	}
	b.last, w.Stream = w, h.Stream
	return w
}

// gap notes the numbers between the last one read and the next. Of a writer of which nothing was read
// the numbers before are not known to be missing, but for those that it says it has dropped just before.
func (b *Book) gap(w *writer, audit bool, last, next, dropped uint64) {
	if last == 0 {
		last = next - 1 - min(dropped, next-1)
		if w.Begun {
			last = 0
		}
	}
	if next <= last+1 {
		return
	}
	m := cursor.Missing{Stream: w.Stream, Why: w.why(), Range: event.Range{Writer: w.ID.ProcID(), First: last + 1, Last: next - 1, Audit: audit}}
	if n := len(b.missing); n >= mostMissing && b.missing[n-1].Writer == m.Writer && b.missing[n-1].Audit == audit {
		b.missing[n-1].Last = m.Last
		return
	}
	b.missing = append(b.missing, m)
}

func (w *writer) why() string {
	switch {
	case w.damaged:
		return "damaged"
	case w.dropped:
		return "dropped"
	}
	return "unknown"
}

// readEvent notes what an event says of writers.
func (b *Book) readEvent(f *spool.Frame, own *writer) {
	told, ok := event.Parse(string(bytes.TrimSuffix(f.Payload, []byte{'\n'})))
	if !ok {
		return
	}
	kind := event.Find(told.Code)
	if kind == nil {
		return
	}
	switch {
	case kind == &event.WriterGone, kind == &event.EventsEnd:
		b.forget(told.Get("writer"))
	case kind == &event.ServiceEnd: // events follow: which is the last is told when the process has gone
	case kind.Accounts == event.Ended && told.Get("writer") == own.ID.ProcID():
		if last, ok := told.Uint("last"); ok && own.Lines > 0 {
			b.gap(own, false, own.Lines, last+1, 0)
			own.Lines = max(own.Lines, last)
		}
		own.Ended = true
	}
}

func (b *Book) forget(procID string) {
	for id := range b.writers {
		if id.ProcID() == procID {
			delete(b.writers, id)
			b.last = nil
		}
	}
}

package numbers

import (
	"fmt"
	"os"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
)

// Teller tells an event, and reports whether it is in the spool.
type Teller func(event.Event) (incident string, written bool)

// Tell tells which numbers are missing. It reports whether the book has changed.
func (b *Book) Tell(tell Teller) (changed bool) {
	for len(b.missing) > 0 {
		first := b.missing[0]
		e := event.Event{}
		n, lines := 0, uint64(0)
		for _, m := range b.missing {
			if m.Stream != first.Stream || m.Why != first.Why || n >= event.MaxRanges {
				break
			}
			e.Ranges = append(e.Ranges, m.Range)
			lines += m.Last - m.First + 1
			n++
		}
		ranges := e.Ranges
		e = event.LinesMissing.With("lines", lines, "stream", first.Stream, "why", first.Why)
		e.Ranges = ranges
		if _, written := tell(e); !written {
			return changed
		}
		b.missing, changed = b.missing[n:], true
	}
	b.missing = nil
	return changed
}

// TellAll tells which numbers are missing and, where all could be read, which writers have gone. It reports
// whether the book has changed.
func (b *Book) TellAll(c *spool.Catalog, unread error, tell Teller) (changed bool) {
	missing := b.Tell(tell)
	return unread == nil && b.TellGone(c, time.Now(), tell) || missing
}

// goneAfter is how long nobody holds a writer's spool file before it counts as gone.
var goneAfter = fault.Soon(time.Minute)

const lookEvery = time.Second

// TellGone tells which writers have gone without a word. It is called when all is read that there is. It
// reports whether the book has changed.
func (b *Book) TellGone(c *spool.Catalog, now time.Time, tell Teller) (changed bool) {
	if since := now.Sub(b.looked); since >= 0 && since < lookEvery {
		b.next = b.looked.Add(lookEvery)
		return false
	}
	b.looked, b.next = now, time.Time{}
	growing := make(map[frame.WriterID]bool)
	for _, f := range c.Files() {
		growing[f.ID.Writer] = growing[f.ID.Writer] || !f.Complete()
	}
	for id, w := range b.writers {
		if growing[id] {
			changed = changed || !w.Free.IsZero()
			w.Free = time.Time{}
			continue
		}
		changed = b.look(w, now, tell) || changed
	}
	return changed
}

// look looks at a writer whose file nobody holds.
func (b *Book) look(w *writer, now time.Time, tell Teller) (changed bool) {
	again := now.Add(goneAfter)
	switch {
	case !w.Ended && Alive(w.ID.PID):
		changed = !w.Free.IsZero()
		w.Free = time.Time{}
	case w.Free.IsZero() || now.Before(w.Free):
		w.Free, changed = now, true
	case now.Sub(w.Free) < goneAfter:
		again = w.Free.Add(goneAfter)
	case b.goes(w, tell):
		delete(b.writers, w.ID)
		b.last = nil
		return true
	default:
		changed = true // what it has lost, perhaps
	}
	if b.next.IsZero() || again.Before(b.next) {
		b.next = again
	}
	return changed
}

// NextAt is when TellGone has something to do, though nothing is read; zero: nothing.
func (b *Book) NextAt() time.Time { return b.next }

// goes tells that a writer has gone, if it has not said so itself.
func (b *Book) goes(w *writer, tell Teller) bool {
	if w.Ended {
		return true
	}
	if b.lose(w); len(b.missing) > 0 {
		b.Tell(tell)
	}
	if len(b.missing) > 0 {
		return false // they come first
	}
	if w.Stream == stream.Audit {
		_, written := tell(event.EventsEnd.With("pid", w.ID.PID, "writer", w.ID.ProcID(), "last", 0, "last_event", w.Events))
		return written
	}
	_, written := tell(event.WriterGone.With("stream", w.Stream, "last", w.Lines, "writer", w.ID.ProcID(), "last_event", w.Events))
	return written
}

// Alive reports whether a process of ours has that number. A writer that holds no file may be one whose
// file was closed while the spool is full. For tests.
var Alive = func(pid uint32) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.HasPrefix(string(name), "httpd_syslog")
}

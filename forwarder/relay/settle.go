package relay

import (
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/relay/window"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/transport"
)

// settle asks the session what is accepted, ages what is held, and commits if that is due.
func (r *Relay) settle() {
	now := time.Now()
	r.askAccepted(now)
	if r.outage.IsOn() && r.stands(now) {
		r.outage.Over(r.servers.Current(), r.behind(), now)
		r.progress.Up(r.servers.Current().String(), now)
	}
	if !r.lossy && r.window.Age(now) {
		r.record.dirty = true
	}
	r.doubtEnds(now)
	if (r.record.dirty || r.progress.IsStale()) && r.progress.CommitDue(now.Sub(r.record.at), false) {
		r.commitLater()
	}
}

// askAccepted asks the session what is accepted. Within trials it asks only where the server answers:
// elsewhere bytes that a kernel has taken do not show that the server takes the message.
func (r *Relay) askAccepted(now time.Time) {
	if r.session != nil && !r.window.AllAccepted() && (!r.doubt.IsOn() || r.evidence == transport.Answering) {
		r.accept(r.session.Accepted(), now)
	}
}

// stands reports whether there is a session that works: it has stood for longer than sessions do that a
// server refuses, and than those that broke before.
func (r *Relay) stands(now time.Time) bool {
	least := r.o.Timing.standFor() + min(r.doubt.Longest(), steadyFor)
	return r.session != nil && !r.doubt.IsOn() && now.Sub(r.connected) >= least && (r.useful || r.window.AllAccepted())
}

// behind is how many bytes of the spool are not accepted.
func (r *Relay) behind() (bytes int64) {
	for _, f := range r.catalog.Files() {
		if !r.batch.whole.Takes(f) {
			continue // the collector's
		}
		if size, err := f.Size(); err == nil {
			bytes += size - min(size, r.window.Accepted()[f.ID].Offset)
		}
	}
	return bytes
}

// accept notes that the session's first n bytes are accepted.
func (r *Relay) accept(n uint64, now time.Time) {
	keep := r.servers.Current().Rewinds() || r.doubt.IsOn() && r.evidence == transport.Standing
	for s := r.window.Accept(n, now, keep); s != nil; s = r.window.Accept(n, now, keep) {
		r.counted(s, now)
		r.record.dirty, r.useful = true, true
		fault.Point("relay.accept")
	}
}

// counted counts the lines of an accepted span. Lines that were accepted before count for the number of
// lines alone, not for the latency.
func (r *Relay) counted(s *window.Span, now time.Time) {
	r.record.count.Lines += uint64(s.Lines)
	r.outage.Took(s.Lines - s.Repeats)
	r.progress.Sent(r.record.count, s.Received, now)
}

// giveUp passes over the files that the deliverer has asked to give up, and tells how many lines are
// lost to this relay.
func (r *Relay) giveUp() {
	files := r.progress.TakeUnwanted()
	if len(files) == 0 {
		return
	}
	if r.session != nil {
		files = files[:min(len(files), mostPlaces/8)] // so that the mark of an entry has room; the deliverer asks again for the others
	}
	before, ranges := r.record.count.GivenUp, []event.Range(nil)
	for _, f := range files {
		size, err := f.Size()
		if err != nil {
			continue // the file is gone already
		}
		head, _ := f.Header()
		r.record.count.GivenUp += r.reader.Skip(f, r.window.Had()[f.ID], func(first, last uint64, isEvent bool) {
			if isEvent && r.o.wants(stream.Audit) || !isEvent && r.o.wants(head.Stream) {
				ranges = event.AddRange(ranges, event.Range{Writer: f.ID.Writer.ProcID(), First: first, Last: last, Audit: isEvent})
			}
		})
		end := spool.Position{Offset: size}
		if r.session != nil {
			r.batch.span.Reach(f.ID, end) // in its turn, behind lines that are on their way
			continue
		}
		r.window.Skip(f.ID, end)
		r.record.dirty = true
	}
	if r.record.count.GivenUp > before || len(ranges) > 0 { // a file can have events alone, which are no lines
		e := event.RelayGivenUp.With("relay", r.o.Name, "lines", r.record.count.GivenUp-before, "total", r.record.count.GivenUp)
		e.Ranges = ranges
		r.events.Tell(e)
	}
}

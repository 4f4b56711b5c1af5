package relay

import (
	"slices"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/relay/series"
	"httpd-syslog/forwarder/relay/window"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// pending is what the next commit has besides the positions, and when the last one was.
type pending struct {
	count  cursor.RelayCount
	ahead  uint64         // lines that count has, of those behind the record of before, which may be in the store
	series *series.Series // of the entries in a store
	dirty  bool           // something has changed since the last commit
	at     time.Time
}

// tellCuts makes events of the messages that were longer than MaxMessage, and of those
// whose structured data was too long beside a text.
func (r *Relay) tellCuts() {
	for ranges := range slices.Chunk(r.batch.cuts, event.RangesIn(r.o.MaxMessage)) {
		e := event.RelayCut.With("relay", r.o.Name, "messages", event.Count(ranges), "max", r.o.MaxMessage)
		e.Ranges = ranges
		r.events.Tell(e)
	}
	r.batch.cuts = nil
	if leftOut := r.batch.untold(); leftOut > 0 {
		r.events.Tell(event.RelayDataLeftOut.With("relay", r.o.Name, "messages", leftOut, "max", r.o.MaxMessage))
	}
}

// mostCuts is how many runs of messages that were cut are kept before they are told.
const mostCuts = 2000

// noteCut notes that the message of a frame's line i was cut.
func (r *Relay) noteCut(f *spool.Frame, i int) {
	n := f.First + uint64(i)
	if f.Kind == frame.Messages {
		r.batch.cuts = r.batch.whole.AddCut(r.batch.cuts)
		return
	}
	if w := f.Head.File.Writer; w != r.batch.cutOf || r.batch.cutProcID == "" {
		r.batch.cutOf, r.batch.cutProcID = w, w.ProcID()
	}
	r.batch.cuts = event.AddRange(r.batch.cuts, event.Range{Writer: r.batch.cutProcID, First: n, Last: n, Audit: f.Kind == frame.Event})
	if len(r.batch.cuts) >= mostCuts {
		r.tellCuts()
	}
}

// commitLater begins to commit the relay's position, if one is due, and does not wait for the disk.
func (r *Relay) commitLater() {
	r.tellCuts()
	r.window.Prune(r.catalog)
	r.refusals.Prune(r.window.Safe(), r.catalog)
	if r.progress.CommitLater(r.position(false), r.committed) {
		r.record.dirty, r.record.at = false, time.Now()
	}
}

// commit commits the relay's position, and waits for the disk. clean: the session has ended in good
// order, so that the next process begins at accepted.
func (r *Relay) commit(clean bool) {
	r.committed(r.progress.Commit(r.position(clean)))
}

func (r *Relay) position(clean bool) cursor.Record {
	count := r.record.count
	c := cursor.Record{Accepted: r.window.Accepted(), Safe: r.window.Safe(), Clean: clean, Relay: &count}
	if !clean {
		c.Had, c.Peak = r.window.Had(), r.window.Peak()
	}
	c.Doubt = r.trials.remembered()
	if r.o.isStore() {
		c.Store = r.record.series.Record()
	}
	return c
}

// committed deals with the result of a commit.
func (r *Relay) committed(err error) {
	r.events.Trouble(&event.RelayUnrecorded, r.o.Name, err)
}

// startOf is where a window begins that goes on from a record.
func startOf(c cursor.Record) window.Start {
	return window.Start{Accepted: c.Accepted, Safe: c.Safe, Had: c.Had, Peak: c.Peak, Clean: c.Clean, GoesOn: c.Doubt.InTrials()}
}

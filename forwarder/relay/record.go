package relay

import (
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

// tellCuts tells of the messages that were cut, and of those whose structured data was too long beside a text.
func (r *Relay) tellCuts() {
	for _, e := range r.batch.cuts.Take(r.o.Name, r.o.MaxMessage) {
		r.events.Tell(e)
	}
}

// noteCut notes that the message of a frame's line i was cut.
func (r *Relay) noteCut(f *spool.Frame, i int) {
	if f.Kind != frame.Messages {
		r.batch.cuts.AddLine(f, i)
	} else if number, ok := r.batch.whole.Number(); ok {
		r.batch.cuts.Add(number)
	}
	if r.batch.cuts.IsFull() {
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

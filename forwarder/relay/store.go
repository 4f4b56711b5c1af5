package relay

import (
	"context"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/transport"
)

// store is the session, if that is to a store; nil: it is not.
func (r *Relay) store() transport.Store {
	s, _ := r.session.(transport.Store)
	return s
}

// isStore reports whether the servers are stores.
func (o *Options) isStore() bool { return len(o.Servers) > 0 && transport.IsStore(o.Servers[0].Scheme) }

// resume goes on where the store's last entry says.
func (r *Relay) resume(s transport.Store) error {
	known := r.window.Accepted().Joined(r.window.Had()) // and not the Peak: the store may have lost what goes up to there
	start, err := r.record.series.Begin(r.o.Store.Place(r.o.Servers[0]), s.Last(), known, r.window.Safe())
	r.events.Trouble(&event.RelayForeign, r.o.Name, err)
	if err != nil {
		return err
	}
	r.window.Resume(cursor.Completed(r.catalog, start.At), time.Now())
	r.reader.Reset(r.window.Accepted())
	more := cursor.Between(r.catalog, known, r.window.Accepted(), r.o.wants)
	r.record.count.Lines += more - min(more, r.record.ahead)
	r.record.ahead = 0
	if start.Behind {
		again := cursor.Between(r.catalog, r.window.Accepted(), known, r.o.wants)
		r.record.count.Repeated += again
		r.events.Tell(event.RelayStoreBehind.With("relay", r.o.Name, "server", r.servers.Current(), "entries", start.Lacks, "lines", again))
	}
	r.record.dirty = true
	return nil
}

// append makes an entry of what was sent since the last one.
func (r *Relay) append(s transport.Store) error {
	if s.Accepted() == r.window.Given() {
		return nil // there were no messages
	}
	if r.record.series.IsUnrecorded() {
		r.recordSeries()
	}
	mark, partial := r.record.series.Next(r.window.Front(), r.window.Sent(), transport.MaxMark)
	if partial {
		r.recordSeries() // which has all that the mark leaves out
	}
	fault.Point("relay.append.before")
	if err := s.Append(mark, r.waiting); err != nil {
		return err
	}
	fault.Point("relay.append.after")
	r.record.series.Appended()
	r.opened = time.Time{}
	r.settle()
	return nil
}

// recordSeries commits the relay's position, with who makes the next entry.
func (r *Relay) recordSeries() {
	err := r.progress.CommitSynced(r.position(false))
	r.committed(err)
	r.record.series.Recorded(err)
}

// mostPlaces is how many spool files an entry reaches at most, so that their places fit into a mark.
const mostPlaces = 800

// appendFull makes an entry if there is enough for one, or its first line has waited for long enough.
func (r *Relay) appendFull() error {
	if s := r.store(); s != nil && (s.IsFull() || time.Since(r.opened) >= r.o.Delay || len(r.window.Sent()) >= mostPlaces/2) {
		return r.append(s)
	}
	return nil
}

// flush sends what was read, and makes an entry of it where there is a store.
func (r *Relay) flush() error {
	if err := r.send(); err != nil {
		return err
	}
	if s := r.store(); s != nil {
		return r.append(s)
	}
	return nil
}

// enoughBehind is how many bytes of the spool are more than enough for one entry.
const enoughBehind = 48 << 20

// gather waits for more lines to go into the same entry, for Options.Delay at most, and no longer than that makes sense.
func (r *Relay) gather(ctx context.Context) {
	if r.o.Delay == 0 || r.stopped() {
		return
	}
	r.progress.SetAtEnd(false)
	until := time.NewTimer(r.o.Delay)
	defer until.Stop()
	look := time.NewTicker(idle.Tick)
	defer look.Stop()
	for r.progress.MayGather() && r.behind() < enoughBehind && r.batch.span.IsEmpty() { // files that are given up must go
		select {
		case <-look.C:
			r.giveUp()
			r.settle() // accepted lines become safe with time
			continue
		case <-until.C:
		case <-r.renewal.Wake():
		case <-r.ending.Drain:
		case <-r.ending.Stop.Done():
		case <-r.session.Broken():
		case <-ctx.Done():
		}
		return
	}
}

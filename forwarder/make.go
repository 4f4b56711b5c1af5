package forwarder

import (
	"cmp"
	"errors"
	"time"

	"httpd-syslog/forwarder/collector"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/locallog"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/relay"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
)

// make makes the consumers of the options that are not among there, and returns all. It starts
// none of them.
func (d *deliverer) make(there *consumers) (*consumers, error) {
	all := &consumers{local: there.local, collector: there.collector}
	if all.local == nil {
		l, err := d.newLocal()
		if err != nil {
			return nil, err
		}
		all.local = &member{Consumer: consumer.New(l.Progress, l.Run), settings: d.localSettings()}
	}
	for i := range d.o.Relays {
		o := &d.o.Relays[i]
		m := there.find(statedir.RelayCursor(o.Name))
		if m == nil {
			var err error
			if m, err = d.newRelay(o); err != nil {
				return nil, err
			}
		}
		all.relays = append(all.relays, m)
	}
	if all.collector == nil && d.o.Collect != nil {
		c, err := d.newCollector()
		if err != nil {
			return nil, err
		}
		all.collector = &member{Consumer: consumer.New(c.Progress, c.Run), settings: d.collectorSettings()}
	}
	return all, nil
}

func (d *deliverer) newCollector() (*collector.Collector, error) {
	o := *d.collectorSettings().collect
	o.Hop = d.hop
	b, err := d.base(statedir.CollectCursor, o.Sync, cmp.Or(o.Timing.Commit, collector.CommitEvery))
	if err != nil {
		return nil, err
	}
	return collector.New(o, b)
}

func (d *deliverer) newRelay(o *relay.Options) (*member, error) {
	// Not synced: an older record makes the relay repeat lines, no more, and each
	// sync holds up whoever writes to the same file system.
	b, err := d.base(statedir.RelayCursor(o.Name), false, d.o.Timing.tick()/2)
	if err != nil {
		return nil, err
	}
	with := *o
	with.Hop = d.hop
	r, err := relay.New(&with, b, status.Told(d.o.StateDir, o.Name))
	if err != nil {
		return nil, err
	}
	return &member{Consumer: consumer.New(b.Progress, r.Run), settings: d.relaySettings(o), reloaded: r.Reloaded}, nil
}

func (d *deliverer) newLocal() (*locallog.Log, error) {
	b, err := d.base(statedir.LocalCursor, d.o.Sync > 0, d.o.Timing.tick()/2)
	if err != nil {
		return nil, err
	}
	o := d.o.Log
	o.Sync = d.o.Sync > 0
	l, err := locallog.New(o, b, locallog.Others{
		Are:      func() bool { return len(d.consumers.Load().relays) > 0 },
		Have:     func(s *cursor.Span) bool { return d.consumers.Load().relaysHave(s) },
		MakeRoom: d.watcher.isDue,
	})
	if err == nil {
		d.keeper, d.beats.writers = l.Keeper(), l.Writers
	}
	return l, err
}

// base makes the parts that every consumer has, and loads its record. sync: the consumer's records
// survive a power failure. every is the time between two of them. A damaged record is told; the record of a newer
// program is an error.
func (d *deliverer) base(name string, sync bool, every time.Duration) (*consumer.Base, error) {
	p := consumer.NewProgress(consumer.ProgressOptions{
		StateDir: d.o.StateDir, Name: name, Sync: sync, Catalog: d.catalog, News: d.events.Stir, Awaited: &d.watcher.awaited,
		CommitEvery: every,
	})
	c, err := d.readCursor(name, sync)
	if err != nil {
		return nil, err
	}
	p.Publish(c)
	b := &consumer.Base{StateDir: d.o.StateDir, Progress: p, Record: c, Catalog: d.catalog, Streams: stream.NewTable(d.o.Streams), Events: d.events}
	b.Wake, b.Unsubscribe = d.watcher.subscribe()
	return b, nil
}

// readCursor reads a consumer's record. A damaged one counts as none; but where records need not survive a power failure, the
// one before it stands for it: lines since then are repeated, and a relay still knows which entries in a store are its own.
func (d *deliverer) readCursor(name string, sync bool) (cursor.Record, error) {
	path := d.o.StateDir.Cursor(name)
	c, err := cursor.Read(path)
	if err == nil || errors.Is(err, record.ErrVersion) {
		return c, err
	}
	from := "its beginning"
	if older, oerr := cursor.ReadBefore(path); oerr == nil && !sync {
		c, from = older, "the position recorded before"
	}
	d.events.Tell(event.CursorUnread.With("cause", err, "from", from))
	return c, nil
}

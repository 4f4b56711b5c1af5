package collector

import (
	"cmp"
	"context"
	"errors"
	"os"
	"time"

	"httpd-syslog/forwarder/collector/changes"
	"httpd-syslog/forwarder/collector/files"
	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/collector/render"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	given "httpd-syslog/forwarder/locallog/numbers"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/rotate"
)

// Collector is the consumer of the spool that writes messages of others to files. Its methods are for one
// goroutine.
type Collector struct {
	*consumer.Base
	o      Options
	reader *spool.Reader
	lock   *rotate.DirLock // nil: the directory is not taken yet
	set    *files.Set
	book   *numbers.Book
	keeper *keeper

	current  *spool.Frame // whose messages are being taken; nil: none
	rest     []byte       // of its payload
	from     frame.Sender // of it
	renderer *render.Renderer
	at       target
	naming
	fresh  fresh
	rings  rings
	recent recent

	done  spool.Positions // up to where messages are in their files
	span  cursor.Span     // read since, and not all written
	state state
	known known
}

// naming is where the last line's file is.
type naming struct {
	place place.Place
	path  []byte // scratch
}

// state is what belongs to records.
type state struct {
	n         uint64    // of the last record
	day       place.Day // the first one whose files may still be written to
	dirty     bool      // there is something to record
	at        time.Time // of the last record
	recovered bool
	failed    error    // why what was written is not trusted, until there is a record again; nil: it is
	disk      *os.File // the directory, open since before anything was written; nil: it is not
	elsewhere int      // files that were told to be written elsewhere, since all could be written
	seals     seals
}

// New returns the collector in the state of its record. It opens nothing: Run does.
func New(o Options, b *consumer.Base) (*Collector, error) {
	c := &Collector{Base: b, o: o, renderer: render.New(), recent: newRecent(), fresh: make(fresh)}
	c.reader = spool.NewReader(b.Catalog, b.Record.Accepted, func(h *frame.FileHeader) bool { return h.Messages })
	c.keeper = newKeeper(&c.o, b.Events)
	return c, c.load()
}

// load takes all to the state of the last record. Files come after it: recover.
func (c *Collector) load() error {
	c.done = c.Record.Accepted.Clone()
	c.reader.Reset(c.done)
	c.current, c.rest, c.at = nil, nil, target{}
	c.span.Reset()
	c.recent.forget()
	clear(c.fresh)
	c.set = files.NewSet(files.Options{Dir: c.o.Dir, Mode: c.o.Mode, Notes: c.StateDir.Opened(), Sync: c.o.Sync,
		Gone: func(name string) { c.Events.Tell(event.CollectGone.With("file", name)) }, Away: c.tellAway, Seals: c.o.Seal > 0})
	c.state.at, c.state.recovered = time.Now(), false
	c.rings.own.last, c.rings.far.last = c.state.at, c.state.at
	return c.recall()
}

// recall takes over what the record has.
func (c *Collector) recall() (err error) {
	o := numbers.Options{Limits: c.o.Limits, Tell: &news{c}, Grace: c.o.Grace, Silence: c.o.Silence, Hosts: keysOf(c.o.Hosts)}
	path, now := c.StateDir.Changes(), time.Now()
	was := c.Record.Collected
	if was == nil {
		c.state.seals.recall(c, &cursor.Collected{Dir: c.o.Dir})
		c.state.day = place.DayOf(now) - 1
		c.book, c.known.log = numbers.New(o, now), changes.New(path, cursor.Changes{}, c.o.Sync)
		return nil
	}
	c.state.seals.recall(c, was)
	c.state.n, c.state.day, c.state.dirty = was.N, place.Day(was.Day), true
	c.known.log = changes.New(path, was.Changes, c.o.Sync)
	var damaged error
	if c.book, damaged, err = loaded(path, was, o, now); damaged != nil {
		c.Events.Tell(event.CollectForgotten.With("cause", damaged))
	}
	return err
}

// Run writes messages until e.Stop ends, or until e.Drain is closed and everything is written.
func (c *Collector) Run(_ context.Context, e consumer.Ending) {
	ctx := e.Stop
	defer c.Unsubscribe()
	defer c.end()
	if !c.begun(ctx) {
		return
	}
	defer c.keeper.start()()
	for c.begun(ctx) {
		draining := consumer.IsClosed(e.Drain)
		began := time.Now()
		err := c.step(ctx)
		took := time.Since(began)
		c.tell(err)
		if ctx.Err() != nil || draining && err == nil {
			return
		}
		c.Progress.SetAtEnd(err == nil && c.reader.AtEnd(c.Events.Owns))
		c.wait(ctx, e.Drain, took, err != nil)
	}
}

// begun reports whether the files are as they are recorded; before that it waits, and brings them there. false:
// ctx has ended.
func (c *Collector) begun(ctx context.Context) bool {
	for !c.state.recovered {
		if !c.begin() && !consumer.Sleep(ctx, c.o.Timing.tick()) {
			return false
		}
	}
	return true
}

// begin takes the directory, and brings its files to what is recorded. It reports whether that could be
// done.
func (c *Collector) begin() bool {
	var err error
	if c.lock == nil {
		c.lock, err = rotate.LockDir(c.o.Dir)
	}
	if err == nil && c.state.disk == nil {
		c.state.disk, err = os.Open(c.o.Dir)
	}
	if err == nil && !c.state.recovered {
		err = c.recover()
	}
	c.tell(err)
	return err == nil
}

func (c *Collector) recover() error {
	was := c.Record.Collected
	if was == nil {
		was = &cursor.Collected{Dir: c.o.Dir}
	}
	if err := c.move(was); err != nil {
		return err
	}
	sealed := c.beginSeals()
	older := c.isOlder(was, sealed)
	r, err := c.set.Recover(was, older, func(name string) (place.Day, bool) { return place.DayIn(name, &c.o.File) })
	if err != nil {
		return err
	}
	c.state.recovered, was.Files = true, nil
	c.publish()
	c.tellRecovered(&r)
	for name, to := range sealed {
		c.set.Sealed(name, to)
	}
	if older {
		c.Events.Tell(event.CollectOlder.With("files", r.Kept))
	}
	return nil
}

// tell tells how a step has gone.
func (c *Collector) tell(err error) {
	err = cmp.Or(err, c.state.failed)
	c.Events.Trouble(&event.CollectFailing, "", err)
	text := ""
	if err != nil {
		text = err.Error()
	}
	c.Progress.Failing(text, time.Now())
}

// wait blocks until there may be new messages, a record is due, or the collector is to end. took is how long the
// last step has taken.
func (c *Collector) wait(ctx context.Context, draining <-chan struct{}, took time.Duration, failing bool) {
	if !failing && c.state.seals.sealer.Reads() {
		return // there is something to do
	}
	d, wake := c.o.Timing.commit(), c.Wake
	if failing {
		d, wake, draining = c.o.Timing.tick(), nil, nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	stepped := time.Now()
	select {
	case <-t.C:
	case <-wake:
		consumer.Sleep(ctx, c.o.Timing.napAfter(took)-time.Since(stepped))
	case <-draining:
	case <-ctx.Done():
	}
}

// step writes all messages that can be read, and makes a record when one is due. After an error the next
// step goes on with the same message.
func (c *Collector) step(ctx context.Context) error {
	for ctx.Err() == nil {
		more, err := c.next()
		if err != nil {
			return err
		}
		if !more || c.set.IsDue() {
			if err := c.flush(); err != nil {
				return err
			}
			if err := c.commitDue(!more); err != nil {
				return err
			}
			c.sealSome()
		}
		if !more {
			c.unread()
			return nil
		}
	}
	return c.flush()
}

// unread tells of files of the spool that cannot be read.
func (c *Collector) unread() { c.Events.Trouble(&event.SpoolUnread, "", c.reader.Unread()) }

// next takes the messages of the next frame. It reports whether there was one.
func (c *Collector) next() (more bool, err error) {
	if c.current == nil {
		f, err := c.reader.Next()
		if err != nil {
			c.tellUnread(err)
			return true, nil
		}
		if f == nil {
			return false, nil
		}
		c.current, c.rest = f, f.Payload
		c.at = target{}
		if c.from, _ = frame.ParseSender(f.Origin); f.Kind != frame.Messages {
			c.rest = nil // the end of a file
		}
	}
	if err := c.takeRest(); err != nil {
		return true, err
	}
	c.span.Reach(c.current.File.ID, spool.Position{Offset: c.current.End})
	c.current = nil
	return true, nil
}

// tellUnread makes an event of a damaged place of the spool, and copies its bytes to the directory of
// damaged ones.
func (c *Collector) tellUnread(err error) {
	var damage *spool.DamageError
	if !errors.As(err, &damage) {
		return // unread tells of it
	}
	c.Events.Tell(given.DamageEvent(damage, c.StateDir.Damaged()))
}

// flush writes what was taken.
func (c *Collector) flush() error {
	if err := c.set.Flush(); err != nil {
		return err
	}
	if len(c.span.Places) > 0 && c.current == nil {
		c.span.Apply(c.done)
		c.span.Reset()
		c.state.dirty = true
	}
	return nil
}

// end records a last time, and closes all.
func (c *Collector) end() {
	if c.state.recovered && c.current == nil && c.set.Waiting() == 0 {
		_ = c.commit() // else the next process does again what was done since
	}
	c.set.Close()
	c.known.log.Close()
	if c.state.disk != nil {
		_ = c.state.disk.Close()
	}
	if c.lock != nil {
		_ = c.lock.Close()
	}
	c.reader.Close()
}

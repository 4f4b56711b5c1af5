package collector

import (
	"cmp"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
)

// commitDue makes a record if one is due; before that it tells who and what is missing. atEnd: all that
// there was is written. An error is that of commit.
func (c *Collector) commitDue(atEnd bool) error {
	now := time.Now()
	if !c.Progress.CommitDue(now.Sub(c.state.at), !atEnd) {
		return nil
	}
	c.book.Sweep(now)
	c.tryAway()
	c.tellRings(now)
	c.publish()
	c.recent.forget()
	c.at = target{}
	if today := place.DayOf(now); atEnd && today > c.state.day && now.Sub(today.Begin()) >= dayGrace {
		c.state.day, c.state.dirty = today, true
		clear(c.fresh)
	}
	if !c.state.dirty && !c.book.HasChanged() {
		c.state.at = now
		c.sealDue(now)
		return nil
	}
	if err := c.commit(); err != nil {
		return err
	}
	if c.state.seals.mayBe {
		c.sealDue(now)
	}
	return nil
}

// dayGrace is how long after midnight files of the day before may be written to: what was received
// before midnight is in the spool by then.
const dayGrace = 10 * time.Minute

// commit makes what was written durable, and records it. After an error everything is as it was recorded
// last, and is to be begun again.
func (c *Collector) commit() error {
	c.at = target{} // its file may be let go
	c.state.seals.mayBe = false
	fault.Point("collect.commit.before")
	if err := c.sync(); err != nil {
		return c.distrust(err)
	}
	fault.Point("collect.commit.synced")
	rec := cursor.Record{Accepted: c.done.Clone(), Safe: c.done.Clone(), Clean: true}
	rec.Collected = &cursor.Collected{Dir: c.o.Dir, N: c.state.n + 1, Day: int32(c.state.day), Seals: c.state.seals.sealer.Record()}
	var err error
	if rec.Collected.Changes, err = c.known.write(c); err == nil {
		err = c.Progress.Commit(rec)
	}
	if err == nil {
		c.recorded(rec)
	}
	fault.Point("collect.commit.recorded")
	if err == nil {
		err = c.Progress.Secure() // before the notes of the record before go, and the changes that it has
	}
	c.state.at = time.Now()
	c.Events.Trouble(&event.CollectUnrecorded, "", err)
	if err == nil {
		c.secured()
	}
	return nil
}

// recorded takes a record that is in place: another process would begin with it.
func (c *Collector) recorded(rec cursor.Record) {
	c.Record, c.state.failed = rec, nil
	c.known.log.Named()
	c.book.Recorded()
	c.state.n++
	c.set.Recorded(c.state.n)
}

// secured takes it that the last record survives a power failure.
func (c *Collector) secured() {
	c.known.log.Durable()
	c.set.Secured()
	c.state.seals.mayBe = true
	fault.Point("collect.commit.after")
	first := c.set.FirstBefore(c.state.day)
	c.state.dirty = first < c.state.day // the next record lets go of them
	c.keeper.over(first)
}

// sync puts all files on the disk. The directory is open since before they were written: who opens it later
// does not hear of what has failed before.
func (c *Collector) sync() error {
	if !c.o.Sync {
		return nil
	}
	err := fault.Error("collect.syncfs")
	if err == nil {
		err = unix.Syncfs(int(c.state.disk.Fd()))
	}
	if err != nil {
		return &os.PathError{Op: "syncfs", Path: c.o.Dir, Err: err}
	}
	return nil
}

// distrust goes back to the last record: what was written since then may be gone, though it can be read, and
// the kernel tells so but once. The spool has it still.
func (c *Collector) distrust(err error) error {
	c.set.Close()
	c.known.log.Close()
	c.state.failed = err
	return cmp.Or(c.load(), err) // a record that was made here, or loaded before, can be loaded
}

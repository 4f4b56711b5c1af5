package locallog

import (
	"maps"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/locallog/numbers"
	"httpd-syslog/forwarder/locallog/sealing"
	"httpd-syslog/forwarder/locallog/shortage"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/rotate"
)

// state is what a commit makes durable besides done, and what is known of the last commit.
type state struct {
	book   *numbers.Book       // of the numbers that writers have given
	seals  *sealing.Sealer     // makes the seals, and knows how far they are
	asked  chan struct{}       // to be closed when all that was read is sealed; nil: nobody waits
	counts cursor.StreamCounts // at done
	found  []cursor.Found      // that nobody has acknowledged
	damage cursor.Damage       // passed over up to done

	last    cursor.Record                              // committed
	named   atomic.Pointer[map[string]rotate.Position] // last.Logs, for the keeper
	dirty   bool                                       // there is something to commit
	at      time.Time                                  // of the last commit
	cutTold bool                                       // an event since then has told that a file was cut
}

// commitDue commits if that is due. behind: there may be more to be read.
func (l *Log) commitDue(behind bool) error {
	if !l.state.dirty || !l.Progress.CommitDue(time.Since(l.state.at), behind) {
		return nil
	}
	return l.commit()
}

// recordError is an error of writing the record of the local log. Without a record no file can be
// written.
type recordError struct{ error }

func (e recordError) Unwrap() error { return e.error }

// commit makes the lines that were written durable, and together with them the position and the sizes
// of the files.
func (l *Log) commit() error {
	fault.Point("local.commit.before")
	l.syncFiles()
	c := cursor.Record{Accepted: l.level(), Clean: true, Logs: make(map[string]rotate.Position), Streams: l.state.counts.Clone(), Found: l.state.found, Damage: l.state.damage}
	c.Safe = c.Accepted
	if len(l.apart) > 0 || l.writing != nil {
		c.Done, c.Files = l.done.Clone(), make(map[string]cursor.File)
	}
	for _, file := range l.files.byName {
		pos := file.log.Position()
		if pos.IsZero() {
			pos = file.pos // a closed file: as it was when it was closed, or as the record has it
		}
		if !pos.IsZero() {
			c.Logs[file.log.Path()] = pos
		}
		if r, is := file.record(l.done, l.writing); is {
			c.Files[file.log.Path()] = r
		}
	}
	c.Numbers = l.state.book.Record()
	c.LeftOut, c.LeftOutNumbers = maps.Clone(l.shortage.LeftOut), shortage.Clone(l.shortage.Numbers)
	c.Seals = l.state.seals.Record()
	fault.Point("local.commit.synced")
	err := l.Progress.Commit(c)
	if err != nil {
		l.state.seals.Failed()
		c.Seals = l.state.last.Seals
	}
	if err != nil && (!shortage.IsFull(err) || l.hasWritten()) {
		return recordError{err}
	}
	l.Events.Trouble(&event.LogUnrecorded, "", err)
	if err != nil {
		l.Progress.Publish(c) // lets spool go whose lines were left out, which frees the disk; after a kill they are left out again, or written
	}
	if err == nil {
		l.state.seals.Committed(c.Seals)
		l.Progress.Sealed(l.state.seals.Status())
	}
	fault.Point("local.commit.after")
	c.Accepted = c.Accepted.Clone()
	l.state.last, l.state.dirty, l.state.at, l.state.cutTold = c, false, time.Now(), false
	l.state.named.Store(&c.Logs)
	for _, file := range l.files.byName {
		file.since, file.leftOut = lineCount{}, false
		if pos, ok := c.Logs[file.log.Path()]; ok {
			file.pos, file.unrecorded = pos, false
		}
	}
	return nil
}

// hasWritten reports whether anything is in the files since the last commit.
func (l *Log) hasWritten() bool {
	for _, file := range l.files.byName {
		if file.since != (lineCount{}) || file.dirty {
			return true
		}
	}
	return false
}

// level is the position that all files have come to.
func (l *Log) level() spool.Positions {
	if len(l.apart) == 0 {
		return l.done
	}
	all := l.done.Clone()
	for file := range l.apart {
		for f, pos := range file.at {
			if pos.Before(all[f]) {
				all[f] = pos
			}
		}
	}
	return all
}

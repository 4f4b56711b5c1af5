package forwarder

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/rotate"
)

// rotate is commit, Rotate, commit, with nothing written between. A rotation
// that fails leaves the file in use.
func (l *local) rotate(files []*localFile) error {
	if err := l.commit(); err != nil {
		return err
	}
	fault.Point("local.rotate.committed")
	l.rotating(files)
	for _, file := range files {
		err := file.log.Rotate()
		if errors.Is(err, rotate.ErrMoved) {
			err = file.log.Reopen()
		} else if err == nil {
			l.tellRotation(file)
		}
		if errors.Is(err, rotate.ErrRemoved) {
			l.rollBack(file, err)
		} else {
			l.events.trouble(syslogfmt.Err, "local log: "+file.name+" cannot be rotated", err)
		}
	}
	fault.Point("local.rotate.rotated")
	if err := l.commit(); err != nil {
		return err
	}
	l.keeper.Rotated()
	return nil
}

// tellRotation makes an event of it, but for the audit log's own: that would be
// the only line of the next file, and rotated in its turn.
func (l *local) tellRotation(file *localFile) {
	if file.name != AuditFile {
		l.events.log(syslogfmt.Info, "local log: %s rotated", file.name)
	}
}

// rotateDue rotates what is due by time even if no line comes. Files that are not open are looked
// at now and then.
func (l *local) rotateDue() error {
	now := time.Now()
	if now.Sub(l.rotateAt) < idle.Tick {
		return nil
	}
	l.rotateAt = now
	l.dropSeen()
	const closedEvery = 30 * idle.Tick
	all := now.Sub(l.period) >= closedEvery
	if all {
		l.period = now
	}
	var due []*localFile
	for _, file := range l.files {
		if (all || !file.log.Position().IsZero()) && !file.behind && len(due) < filesAtOnce && file.log.Due(0) {
			due = append(due, file)
		}
	}
	if len(due) == 0 {
		return nil
	}
	if len(due) == filesAtOnce {
		l.period, l.rotateAt = time.Time{}, time.Time{} // there may be more
	}
	return l.rotate(due)
}

func (l *local) commitDue() error {
	if !l.dirty || !l.progress.commitDue(l.commitAt) {
		return nil
	}
	return l.commit()
}

// recordError is one of the record of the local log's position, without which no file can be written.
type recordError struct{ error }

func (e recordError) Unwrap() error { return e.error }

// commit makes what was written, and how far that is, durable together.
func (l *local) commit() error {
	fault.Point("local.commit.before")
	l.syncFiles()
	c := cursorRecord{Accepted: l.level(), Clean: true, Logs: make(map[string]rotate.Position), Streams: l.counts.clone(), Found: l.found, Damage: l.damage}
	c.Safe = c.Accepted
	if len(l.apart) > 0 || l.writing != nil {
		c.Done, c.Files = l.done.Clone(), make(map[string]fileRecord)
	}
	for _, file := range l.files {
		pos := file.log.Position()
		if pos.IsZero() {
			pos = file.pos // as it was closed, or as it is to be found again
		}
		if !pos.IsZero() {
			c.Logs[file.log.Path()] = pos
		}
		if r, is := file.record(l.done, l.writing); is {
			c.Files[file.log.Path()] = r
		}
	}
	c.LeftOut = maps.Clone(l.leftOut)
	fault.Point("local.commit.synced")
	err := l.progress.commit(c)
	if err != nil && (!isFull(err) || l.hasWritten()) {
		return recordError{err}
	}
	l.events.trouble(syslogfmt.Err, "local log: its position cannot be recorded", err)
	if err != nil {
		l.progress.publish(c) // what was left out lately can go, which makes room; a kill has it left out again, or written
	}
	fault.Point("local.commit.after")
	c.Accepted = c.Accepted.Clone()
	l.last, l.dirty, l.commitAt, l.cutTold = c, false, time.Now(), false
	l.named.Store(&c.Logs)
	for _, file := range l.files {
		file.since, file.leftOut = lineCount{}, false
		if pos, ok := c.Logs[file.log.Path()]; ok {
			file.pos = pos
		}
	}
	return nil
}

// hasWritten reports whether anything is in the files since the last commit.
func (l *local) hasWritten() bool {
	for _, file := range l.files {
		if file.since != (lineCount{}) || file.dirty {
			return true
		}
	}
	return false
}

// level is the position that all files have come to.
func (l *local) level() spool.Positions {
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

// manyFiles: above so many a file system is synced as a whole.
const manyFiles = 16

// syncFiles syncs what was written. A file that cannot be synced goes back to the last commit.
func (l *local) syncFiles() {
	if !l.sync {
		return
	}
	dirty := 0
	for _, file := range l.files {
		if file.dirty {
			dirty++
		}
	}
	if dirty > manyFiles {
		syncFileSystem(l.o.Dir)
	}
	for _, file := range l.files {
		var err error
		switch {
		case !file.log.Position().IsZero():
			err = l.syncFile(file)
		case file.dirty:
			err = l.syncClosed(file)
		}
		if err != nil {
			l.rollBack(file, err)
		}
	}
}

// syncFileSystem makes the syncs that follow quick. What it cannot do they tell.
func syncFileSystem(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	_ = unix.Syncfs(int(d.Fd()))
}

// syncClosed syncs a file that was closed since it was written to.
func (l *local) syncClosed(file *localFile) error {
	is, err := file.log.Resume(file.pos)
	if err == nil && is {
		err = errors.Join(l.syncFile(file), file.log.Close())
	}
	file.dirty = false // one that has another name by now has no more to be synced here
	return err
}

func (l *local) syncFile(file *localFile) error {
	if !l.sync {
		return nil
	}
	err := errors.Join(fault.Error("local.sync"), file.log.Sync())
	file.dirty = file.dirty && err != nil
	return err
}

// nameOf is how a path is called in the log directory.
func (l *local) nameOf(path string) string {
	name, err := filepath.Rel(l.o.Dir, path)
	if err != nil || !filepath.IsLocal(name) {
		return path
	}
	return name
}

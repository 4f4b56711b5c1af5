package locallog

import (
	"errors"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/rotate"
)

// turns are the times at which files were last looked at for a rotation that is due by time.
type turns struct {
	open time.Time // the open ones
	all  time.Time // all
}

// rotate is commit, Rotate, commit, with nothing written between. A rotation
// that fails leaves the file in use.
func (l *Log) rotate(files []*logFile) error {
	for _, file := range files {
		file.seal.Want()
	}
	if err := l.commit(); err != nil {
		return err
	}
	fault.Point("local.rotate.committed")
	l.rotating(files)
	for _, file := range files {
		err := file.log.Rotate()
		if errors.Is(err, rotate.ErrMoved) {
			err = l.reopen(file, err.Error())
		} else if err == nil {
			file.seal.Rotated(file.log.Backup(), file.log.Position().Size)
			l.tellRotation(file)
		}
		if errors.Is(err, rotate.ErrRemoved) {
			l.rollBack(file, err)
		} else {
			l.Events.Trouble(&event.FileUnrotated, file.name, err)
		}
	}
	fault.Point("local.rotate.rotated")
	if err := l.commit(); err != nil {
		return err
	}
	l.keeper.Rotated()
	return nil
}

// tellRotation makes an event of a rotation, but not of one of the audit log: that event would be
// the only line of the next file, which would be rotated in its turn.
func (l *Log) tellRotation(file *logFile) {
	if file.name != stream.AuditFile {
		l.Events.Tell(event.LogRotated.With("file", file.name))
	}
}

// rotateDue rotates what is due by time even if no line comes. Files that are not open are looked
// at now and then.
func (l *Log) rotateDue() error {
	now := time.Now()
	tick := l.o.Timing.tick()
	if now.Sub(l.turns.open) < tick {
		return nil
	}
	l.turns.open = now
	l.dropSeen()
	all := now.Sub(l.turns.all) >= 30*tick
	if all {
		l.turns.all = now
	}
	var due []*logFile
	for _, file := range l.files.byName {
		if (all || !file.log.Position().IsZero()) && !file.behind && len(due) < filesAtOnce && file.log.Due(0) {
			due = append(due, file)
		}
	}
	if len(due) == 0 {
		return nil
	}
	if len(due) == filesAtOnce {
		l.turns.all, l.turns.open = time.Time{}, time.Time{} // the next step looks again: more may be due
	}
	return l.rotate(due)
}

// rotating lets the keeper know that files are about to be rotated. Where that cannot be recorded they are
// rotated all the same: it is their age that may be taken wrong, and only after a change of the clock.
func (l *Log) rotating(files []*logFile) {
	l.Events.FollowZone()
	logs := make([]string, len(files))
	for i, file := range files {
		logs[i] = file.log.Path()
	}
	_ = l.keeper.Rotating(logs...) // after an error the keeper tries again, and tells of it
}

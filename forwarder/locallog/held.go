package locallog

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/locallog/shortage"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/rotate"
)

// maxBehind is how many files may be behind, each with its own positions. Where more files cannot be
// written the cause is not in each file, and all files wait.
const maxBehind = 64

// failed deals with an error that has kept a file's lines from being written. Where it concerns the
// file alone the file is held back, and its lines stay in the spool; otherwise the error is returned.
func (l *Log) failed(b *batch, file *logFile, err error) error {
	switch {
	case err == nil:
		return nil
	case l.concernsAll(b, file, err):
		return err
	case errors.Is(err, rotate.ErrRemoved), errors.Is(err, unix.EIO):
		l.rollBack(file, err)
	default:
		l.hold(file, err)
	}
	return nil
}

// concernsAll reports whether no file can be written.
func (l *Log) concernsAll(b *batch, file *logFile, err error) bool {
	var r recordError
	return errors.As(err, &r) || !b.late && (shortage.IsFull(err) && l.isOnSameDisk(file) || l.late.behind >= maxBehind)
}

// isOnSameDisk reports whether a file is on the log directory's file system, as far as can be told.
func (l *Log) isOnSameDisk(file *logFile) bool {
	var dir, own unix.Stat_t
	if unix.Stat(l.o.Dir, &dir) != nil {
		return true
	}
	path := file.log.Path()
	if unix.Stat(path, &own) != nil && unix.Stat(filepath.Dir(path), &own) != nil {
		return true
	}
	return dir.Dev == own.Dev
}

// hold makes the file one that is behind: its lines stay in the spool, from the present batch on.
func (l *Log) hold(file *logFile, err error) {
	if !file.behind {
		file.behind, file.trouble.since = true, time.Now()
		l.late.behind++
	}
	l.apart[file] = true
	file.catching = false
	file.trouble.err, file.trouble.tried = err, time.Now()
	if b := l.writing; b != nil && !b.late && file.touched {
		for _, p := range b.open.Places {
			if !file.written {
				file.at.Stay(p.File, l.done[p.File])
			} else {
				file.at.Stay(p.File, p.Pos)
			}
		}
		l.pass(file, file.fresh, b.open.Received)
	}
	file.drop()
	file.seal.Skip()
	l.tellHeld(file)
	l.state.dirty = true
}

// rollBack takes a file back to the last commit: lines written since then may be gone.
func (l *Log) rollBack(file *logFile, err error) {
	for f, now := range l.done {
		if was := l.state.last.Place(file.log.Path(), f); was != now {
			file.at.Move(f, was)
		} else {
			delete(file.at, f)
		}
	}
	file.pos = l.state.last.Logs[file.log.Path()]
	file.seal.Back(l.state.last.Seals)
	file.unsettled, file.distrusted = true, errors.Is(err, unix.EIO)
	_ = file.log.Close()
	l.pending.Add(file.stream, cursor.StreamCount{Lines: -file.since.lines, Bytes: -file.since.bytes}) // sums wrap around
	file.waits.add(file.since)
	file.since, file.written = lineCount{}, false
	l.hold(file, err)
	if errors.Is(err, rotate.ErrRemoved) {
		file.trouble.tried = time.Time{} // its lines are written again at once
	}
}

// tellHeld makes an event of why a file is not written, once until it is written again.
func (l *Log) tellHeld(file *logFile) {
	if err := file.trouble.err; errors.Is(err, rotate.ErrRemoved) {
		l.Events.Tell(event.FileGone.With("file", file.name, "cause", err))
	} else {
		l.Events.Trouble(&event.FileFailing, file.name, err)
	}
}

// tellNotHeld tells of the files that could not be written, before the process was started, and now
// can: those that are behind go on to be.
func (l *Log) tellNotHeld() {
	for _, in := range l.Events.Open() {
		if file := l.files.byName[in.Subject]; in.Code == event.FileFailing.Code && (file == nil || !file.behind) {
			l.Events.Trouble(&event.FileFailing, in.Subject, nil)
		}
	}
}

// held are the files that cannot be written, for the status.
func (l *Log) held() (all []status.HeldFile) {
	for file := range l.apart {
		if t := &file.trouble; file.behind && t.err != nil {
			all = append(all, status.HeldFile{File: file.name, Error: t.err.Error(), Since: t.since, Lines: file.waits.lines})
		}
	}
	slices.SortFunc(all, func(a, b status.HeldFile) int { return cmp.Compare(a.File, b.File) })
	return all
}

// isBehind reports whether any file is behind.
func (l *Log) isBehind() bool { return l.late.behind > 0 }

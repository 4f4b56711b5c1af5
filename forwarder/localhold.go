package forwarder

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/rotate"
)

// maxBehind is how many files may be behind, each with its own positions. Where more cannot be
// written it is no matter of one file, and all wait.
const maxBehind = 64

// failed deals with what has kept a file's lines from being written. A trouble of the file alone
// leaves them in the spool; an error is returned where nothing can be written.
func (l *local) failed(b *localBatch, file *localFile, err error) error {
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
func (l *local) concernsAll(b *localBatch, file *localFile, err error) bool {
	var r recordError
	return errors.As(err, &r) || !b.late && (isFull(err) && l.isOnSameDisk(file) || l.behind >= maxBehind)
}

// isOnSameDisk reports whether a file is on the log directory's file system, as far as can be told.
func (l *local) isOnSameDisk(file *localFile) bool {
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

// hold leaves a file's lines in the spool, from the batch that is being written on.
func (l *local) hold(file *localFile, err error) {
	if !file.behind {
		file.behind, file.trouble.since = true, time.Now()
		l.behind++
	}
	l.apart[file] = true
	file.catching = false
	file.trouble.err, file.trouble.tried = err, time.Now()
	if b := l.writing; b != nil && !b.late && file.touched {
		for _, p := range b.open.places {
			if !file.written {
				file.stay(p.file, l.done[p.file])
			} else {
				file.stay(p.file, p.pos)
			}
		}
		l.pass(file, file.fresh, b.open.received)
	}
	file.text, file.fresh = file.text[:0], lineCount{}
	l.tellHeld(file)
	l.dirty = true
}

// rollBack takes a file back to the last commit: what was written since is gone, or may be.
func (l *local) rollBack(file *localFile, err error) {
	for f, now := range l.done {
		if was := l.last.place(file.log.Path(), f); was != now {
			file.move(f, was)
		} else {
			delete(file.at, f)
		}
	}
	file.pos = l.last.Logs[file.log.Path()]
	file.unsettled, file.distrusted = true, errors.Is(err, unix.EIO)
	_ = file.log.Close()
	l.pending.add(file.stream, streamCount{Lines: -file.since.lines, Bytes: -file.since.bytes}) // sums wrap around
	file.waits.add(file.since)
	file.since, file.written = lineCount{}, false
	l.hold(file, err)
	if errors.Is(err, rotate.ErrRemoved) {
		file.trouble.tried = time.Time{} // its lines are written again at once
	}
}

// tellHeld makes an event of what is wrong with a file, once until it is over.
func (l *local) tellHeld(file *localFile) {
	if err := file.trouble.err; errors.Is(err, rotate.ErrRemoved) {
		l.events.log(syslogfmt.Warning, "local log: %s: %v; the lines since the last commit are written again", file.name, err)
	} else {
		l.events.trouble(syslogfmt.Alert, notWritten(file), err)
	}
}

func notWritten(file *localFile) string {
	return "local log: " + file.name + " cannot be written, and its lines wait in the spool, while other files are written"
}

// held are the files that cannot be written, for status.
func (l *local) held() (all []HeldFile) {
	for file := range l.apart {
		if t := &file.trouble; file.behind && t.err != nil {
			all = append(all, HeldFile{File: file.name, Error: t.err.Error(), Since: t.since, Lines: file.waits.lines})
		}
	}
	slices.SortFunc(all, func(a, b HeldFile) int { return cmp.Compare(a.File, b.File) })
	return all
}

// isBehind reports whether any file is.
func (l *local) isBehind() bool { return l.behind > 0 }

// catchUp is the second reading of the spool, for files that are behind.
type catchUp struct {
	reader *spool.Reader
	batch  localBatch
	files  []*localFile // being written; none: there is no such reading
}

// catchUpDue tells when to go on with files that are behind; nil: there are none.
func (l *local) catchUpDue() <-chan time.Time {
	switch {
	case !l.isBehind():
		return nil
	case len(l.late.files) > 0:
		return time.After(0)
	}
	return time.After(idle.Tick / 2)
}

// catchUpStep is how much of the spool is read for files that are behind before the others have
// their turn again.
const catchUpStep = 4 << 20

// catchUp writes what waits for files that are behind, some of it at a time.
func (l *local) catchUp() error {
	if !l.isBehind() {
		return nil
	}
	if len(l.late.files) == 0 && !l.startCatchUp() {
		return nil
	}
	b := &l.late.batch
	for read := int64(0); read < catchUpStep; {
		f, err := l.late.reader.Next()
		if err != nil {
			continue // told of when it was read first
		}
		if f == nil {
			if err := l.flush(b); err != nil {
				l.abandonCatchUp()
				return err
			}
			l.endCatchUp()
			return nil
		}
		read += f.End - f.Start.Offset
		if err := l.add(b, f); err != nil {
			l.abandonCatchUp()
			return err
		}
		if !slices.ContainsFunc(l.late.files, func(f *localFile) bool { return f.catching }) {
			break
		}
	}
	err := l.flush(b)
	l.dropFailed()
	if err != nil {
		l.abandonCatchUp()
	}
	return err
}

// abandonCatchUp ends the reading where no file can be written.
func (l *local) abandonCatchUp() {
	b := &l.late.batch
	for _, file := range b.files {
		if file.written {
			file.at, file.written = file.behindBatch(l.done, b), false
		}
		file.text, file.fresh, file.touched = file.text[:0], lineCount{}, false
	}
	for _, file := range l.late.files {
		file.catching, file.trouble.tried = false, time.Now()
	}
	l.writing = nil
	l.late.batch, l.late.files = localBatch{late: true}, nil
	l.late.reader.Close()
}

// startCatchUp begins a reading for the files that are due for an attempt. It reports whether there
// are any.
func (l *local) startCatchUp() bool {
	from := spool.Positions{}
	for file := range l.apart {
		if !file.behind || time.Since(file.trouble.tried) < idle.Tick {
			continue
		}
		l.catalog.Prune(file.at)
		if err := l.settle(file); err != nil {
			l.hold(file, err)
			continue
		}
		file.catching = true
		l.late.files = append(l.late.files, file)
		for f, pos := range file.at {
			if first, ok := from[f]; !ok || pos.Before(first) {
				from[f] = pos
			}
		}
	}
	if len(l.late.files) == 0 {
		return false
	}
	all := l.done.Clone()
	for f, pos := range from {
		if pos.Before(all[f]) {
			all[f] = pos
		}
	}
	l.late.batch.late = true
	l.late.reader.Reset(all)
	l.late.reader.Limit(l.done)
	return true
}

// caughtUp notes that files have what a late batch had for them.
func (l *local) caughtUp(places []place) {
	for _, file := range l.late.files {
		if !file.catching {
			continue
		}
		for _, p := range places {
			if pos, apart := file.at[p.file]; apart && pos.Before(p.pos) {
				file.at[p.file] = p.pos
			}
		}
	}
	for _, file := range l.late.batch.files {
		if file.written {
			file.waits.sub(file.taken)
			file.taken = lineCount{}
		}
	}
}

// dropFailed ends the reading for files that have failed meanwhile.
func (l *local) dropFailed() {
	l.late.files = slices.DeleteFunc(l.late.files, func(f *localFile) bool { return !f.catching })
	if len(l.late.files) == 0 {
		l.late.reader.Close()
	}
}

// endCatchUp ends the reading: files that have come to where the local log is go on with the others.
func (l *local) endCatchUp() {
	for _, file := range l.late.files {
		if !file.catching {
			continue
		}
		file.catching = false
		if file.isLevel(l.done) {
			l.rejoin(file)
		} else {
			file.trouble.tried = time.Now() // a spool file that cannot be read at present, perhaps
		}
	}
	l.late.files = nil
	l.late.reader.Close()
}

// rejoin has a file go on with the others.
func (l *local) rejoin(file *localFile) {
	for f, pos := range file.at {
		if !l.done[f].Before(pos) {
			delete(file.at, f)
		}
	}
	l.events.trouble(syslogfmt.Alert, notWritten(file), nil)
	file.behind, file.trouble, file.waits, file.oldest = false, heldBack{}, lineCount{}, time.Time{}
	l.behind--
	if len(file.at) == 0 {
		delete(l.apart, file)
	}
	l.dirty = true
}

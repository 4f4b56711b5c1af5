package locallog

import (
	"slices"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
)

// catchUp is the second reading of the spool, for files that are behind.
type catchUp struct {
	behind int // how many files are
	reader *spool.Reader
	batch  batch
	files  []*logFile // being written; none: nothing is read a second time at present
}

// catchUpDue tells when to go on with files that are behind; nil: there are none.
func (l *Log) catchUpDue() <-chan time.Time {
	switch {
	case !l.isBehind():
		return nil
	case len(l.late.files) > 0:
		return time.After(0)
	}
	return time.After(l.o.Timing.tick() / 2)
}

// catchUpStep is how much of the spool is read for files that are behind before the others have
// their turn again.
const catchUpStep = 4 << 20

// catchUp writes lines that wait for files that are behind, of catchUpStep bytes of spool at a time.
func (l *Log) catchUp() error {
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
		if !slices.ContainsFunc(l.late.files, func(f *logFile) bool { return f.catching }) {
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

// abandonCatchUp ends the second reading without a result, since no file can be written.
func (l *Log) abandonCatchUp() {
	b := &l.late.batch
	for _, file := range b.files {
		if file.written {
			file.at, file.written = file.at.Behind(l.done, b.open.Places, b.late), false
		}
		file.drop()
		file.touched = false
	}
	for _, file := range l.late.files {
		file.catching, file.trouble.tried = false, time.Now()
	}
	l.writing = nil
	l.late.batch, l.late.files = batch{late: true}, nil
	l.late.reader.Close()
}

// startCatchUp begins a reading for the files that are due for an attempt. It reports whether there
// are any.
func (l *Log) startCatchUp() bool {
	from := spool.Positions{}
	for file := range l.apart {
		if !file.behind || time.Since(file.trouble.tried) < l.o.Timing.tick() {
			continue
		}
		l.Catalog.Prune(spool.Positions(file.at))
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

// caughtUp notes that files have their lines of a late batch.
func (l *Log) caughtUp(places []cursor.Place) {
	for _, file := range l.late.files {
		if !file.catching {
			continue
		}
		for _, p := range places {
			if pos, apart := file.at[p.File]; apart && pos.Before(p.Pos) {
				file.at[p.File] = p.Pos
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
func (l *Log) dropFailed() {
	l.late.files = slices.DeleteFunc(l.late.files, func(f *logFile) bool { return !f.catching })
	if len(l.late.files) == 0 {
		l.late.reader.Close()
	}
}

// endCatchUp ends the reading: files that have come to where the local log is go on with the others.
func (l *Log) endCatchUp() {
	for _, file := range l.late.files {
		if !file.catching {
			continue
		}
		file.catching = false
		if file.at.IsLevel(l.done) {
			l.rejoin(file)
		} else {
			file.trouble.tried = time.Now() // a spool file that cannot be read at present, perhaps
		}
	}
	l.late.files = nil
	l.late.reader.Close()
}

// rejoin has a file that is level with the local log go on with the others.
func (l *Log) rejoin(file *logFile) {
	for f, pos := range file.at {
		if !l.done[f].Before(pos) {
			delete(file.at, f)
		}
	}
	l.Events.Trouble(&event.FileFailing, file.name, nil)
	file.behind, file.trouble, file.waits, file.oldest = false, heldBack{}, lineCount{}, time.Time{}
	l.late.behind--
	if len(file.at) == 0 {
		delete(l.apart, file)
	}
	l.state.dirty = true
}

package forwarder

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/rotate"
)

// fileOf is the file of that name in the log directory. Its options have been tried with the audit
// log's, and cannot fail.
func (l *local) fileOf(name, stream string) *localFile {
	if file := l.files[name]; file != nil {
		return file
	}
	path := name
	if !filepath.IsAbs(name) { // a former log directory's is known by its path
		path = filepath.Join(l.o.Dir, name)
	}
	log, err := rotate.Open(l.rotation(path))
	if err != nil {
		panic(err)
	}
	file := &localFile{name: name, stream: stream, log: log, unsettled: true}
	l.files[name] = file
	return file
}

func (l *local) rotation(path string) rotate.Options {
	return rotate.Options{
		Path: path, MaxSize: l.o.MaxSize, Period: l.o.Period, Mode: l.o.Mode, Now: localtime.Now,
	}
}

// writeOrLeaveOut writes a file's lines, but when the disk is full leaves out what every central
// server has: the central copy wins, and the spool is freed.
func (l *local) writeOrLeaveOut(b *localBatch, file *localFile) error {
	err := file.unready
	if err == nil && l.nearlyFull() {
		err = errNearlyFull
	}
	if err == nil && file.leftOut {
		err = l.commit() // so that what is behind a commit in the file has no gap
	}
	if err == nil {
		err = l.write(file)
	}
	if err == nil {
		l.skipping = false
		l.pending.add(file.stream, streamCount{Lines: file.fresh.lines, Bytes: file.fresh.bytes})
		file.since.add(file.fresh)
		file.taken.add(file.fresh)
		return nil
	}
	if !isFull(err) || !l.spare(&b.open) {
		return err
	}
	l.leaveOut(file)
	return nil
}

// leaveOut counts a file's lines as left out.
func (l *local) leaveOut(file *localFile) {
	if l.leftOut == nil {
		l.leftOut = make(map[string]int)
	}
	l.leftOut[file.name] += int(file.fresh.lines)
	l.pending.add(file.stream, streamCount{LeftOut: file.fresh.lines, LeftOutBytes: file.fresh.bytes})
	l.skipping, file.leftOut = true, true
	file.taken.add(file.fresh)
}

// reportLeftOut makes events of what was left out: once in a while, and at the end.
// What is left out of the events' own file is told with the rest, or when there is
// room again: an event of nothing else would be left out in its turn.
func (l *local) reportLeftOut() error {
	eventsAlone := len(l.leftOut) == 1 && l.leftOut[AuditFile] > 0
	if len(l.leftOut) == 0 || eventsAlone && l.skipping || !l.ending && time.Since(l.toldLeft) < repeatAfter {
		return nil
	}
	l.toldLeft = time.Now()
	for name, n := range l.leftOut {
		if l.events.logNow(syslogfmt.Alert, "local log: the disk was full: %d lines of %s were left out; every server has them", n, name) {
			delete(l.leftOut, name)
		}
	}
	return l.commit() // at once, or they would be told again after a kill
}

var errNearlyFull = fmt.Errorf("what is left of the disk is for the spool: %w", unix.ENOSPC)

// isFull reports whether a file system, or a user's part of it, is full.
func isFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// nearlyFull reports whether the last of the disk is to be left to the spool,
// which has it all: where there are relays. It asks for room before that.
func (l *local) nearlyFull() bool {
	if now := time.Now(); l.relayed() && now.Sub(l.lookedAt) >= commitEvery/10 {
		l.full, l.lookedAt = spool.NearlyFull(l.o.Dir), now
		short := spool.Short(l.o.Dir)
		if short && !l.short {
			l.askForRoom()
		}
		l.short = short
	}
	return l.full
}

// makeReady opens the files that lines are to be written to, rotates those that are due, and commits
// once for all of them: a file that is new to the record is committed before anything goes into it.
// What keeps a file from being written is noted in it.
func (l *local) makeReady(files []*localFile) {
	if l.full {
		return // nothing will be written
	}
	isNew := false
	var due []*localFile
	if err := l.take(); err != nil {
		for _, file := range files {
			file.unready = err
		}
		return
	}
	for _, file := range files {
		file.unready = nil
		if len(file.text) == 0 {
			continue
		}
		opened, err := l.open(file, files)
		if file.unready = err; err != nil {
			continue
		}
		isNew = isNew || opened
		if file.log.Due(len(file.text)) {
			due = append(due, file)
		}
	}
	var err error
	switch {
	case len(due) > 0:
		err = l.rotate(due)
	case isNew:
		err = l.commit()
	}
	if err == nil {
		return
	}
	for _, file := range files {
		file.unready = cmp.Or(file.unready, err)
	}
}

// open opens the file unless it is open. It reports whether the file is new to the record. keep are
// not to be closed for it.
func (l *local) open(file *localFile, keep []*localFile) (isNew bool, err error) {
	l.uses++
	file.used = l.uses
	if !file.log.Position().IsZero() {
		return false, nil
	}
	l.closeSome(keep)
	if as, err := file.log.Resume(file.pos); as || err != nil {
		return false, err
	}
	if err := l.makeDir(filepath.Dir(file.log.Path())); err != nil {
		return false, err
	}
	return true, file.log.Reopen()
}

// makeDir makes a directory below the log directory with its mode. A symbolic link is refused.
func (l *local) makeDir(dir string) error {
	rel, err := filepath.Rel(l.o.Dir, dir)
	if err != nil || rel == "." || !filepath.IsLocal(rel) {
		return nil
	}
	if err := l.makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	parent, err := os.Stat(l.o.Dir)
	if err != nil {
		return err
	}
	mode := parent.Mode() & (os.ModePerm | os.ModeSetgid)
	err = os.Mkdir(dir, mode.Perm())
	if err == nil {
		return os.Chmod(dir, mode) // the umask was applied
	}
	st, serr := os.Lstat(dir)
	if serr == nil && !st.IsDir() {
		return fmt.Errorf("%q is a symbolic link or no directory, which is refused", dir)
	}
	if serr == nil {
		return nil
	}
	return err
}

// mostOpen is how many files are kept open, with two descriptors each, where there may be so many.
const mostOpen = 512

// maxOpen is how many are with the descriptors that the process may have.
func maxOpen() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return filesAtOnce
	}
	return int(min(mostOpen, max(filesAtOnce, limit.Cur/8)))
}

// closeSome closes the files that have not been written to for longest, when many are open. The next
// commit syncs what they have.
func (l *local) closeSome(keep []*localFile) {
	var open []*localFile
	most := l.maxOpen
	if l.opened++; l.opened < most {
		return
	}
	for _, file := range l.files {
		if !file.log.Position().IsZero() {
			open = append(open, file)
		}
	}
	slices.SortFunc(open, func(a, b *localFile) int { return cmp.Compare(a.used, b.used) })
	l.opened = len(open)
	for _, file := range open[:max(0, len(open)-most/2)] {
		if slices.Contains(keep, file) {
			continue
		}
		file.pos = file.log.Position()
		if err := file.log.Close(); err != nil {
			l.rollBack(file, err)
		}
		l.opened--
	}
}

// write appends a file's lines.
func (l *local) write(file *localFile) error {
	const tries = 5
	var err error
	for range tries {
		fault.Point("local.write.before")
		if err = fault.Error("local.write"); err == nil {
			err = file.log.Write(file.text)
		}
		fault.Point("local.write.after")
		if !errors.Is(err, rotate.ErrMoved) {
			file.dirty = file.dirty || err == nil
			return err
		}
		if err := file.log.Reopen(); err != nil {
			return err
		}
		if err := l.commit(); err != nil {
			return err
		}
	}
	return err
}

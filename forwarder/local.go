package forwarder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/rotate"
)

// LogOptions describe the local log.
type LogOptions struct {
	Dir      string
	MaxSize  int64
	Period   rotate.Period
	Keep     int
	KeepDays int
	Compress bool
	Mode     fs.FileMode
}

// localBatch: smaller frames are gathered up to about this many bytes.
const localBatch = 64 << 10

// local is the consumer of the spool that writes the local log: the web
// server's own lines, byte for byte, in rotated files. Positions and the sizes
// of the files are committed together, so that after the death of the process
// the files are cut back to what is committed, and no line is missing or there
// twice; package rotate has the protocol.
type local struct {
	o        LogOptions
	streams  *streamTable
	reader   *spool.Reader
	progress *progress
	events   *eventLog
	damaged  string // directory for spool bytes that cannot be read
	sync     bool
	wake     <-chan struct{}
	leave    func() // ends the waking

	logs   map[string]*rotate.Log // by path
	done   spool.Positions        // written to the logs
	counts streamCounts           // at done
	last   cursorRecord           // committed
	lock   *rotate.DirLock

	log      *rotate.Log  // that the batch is for
	name     string       // of its file
	stream   string       // its lines are of
	next     *spool.Frame // read, and not yet in the batch
	batch    []byte
	open     span         // of batch
	pending  streamCounts // of batch
	dirty    bool
	commitAt time.Time
	rotateAt time.Time // of the last look whether a rotation is due
	failing  bool
	trouble  time.Time        // when it last failed, or lines were left out
	told     bool             // that there is trouble, by an event
	cutTold  bool             // by an event, since the last commit
	relayed  func() bool      // there are relays
	spare    func(*span) bool // what may be left out when the disk is full
	full     bool             // the disk was nearly so at the last look
	lookedAt time.Time
	leftOut  map[string]int // lines by file, not yet reported; committed with done
	skipping bool           // the last lines were left out
	toldLeft time.Time      // when an event last told of them
	ending   bool           // what is not reported now will be by another deliverer
}

// run writes until it is to stop, or until it is to drain and everything is written.
func (l *local) run(_ context.Context, e ending) {
	ctx := e.stop // what is on its way is a write, which cannot be given up
	defer l.leave()
	defer l.end()
	for !l.begin() {
		if !l.pause(ctx) {
			return
		}
	}
	for {
		l.ending = isClosed(e.drain)
		err := l.step(ctx)
		if ctx.Err() != nil || l.ending && err == nil {
			return
		}
		l.progress.setAtEnd(err == nil && l.reader.AtEnd(l.events.owns))
		l.wait(ctx, e.drain)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// begin takes the log directory and brings its files to the committed state.
func (l *local) begin() bool {
	err := l.take()
	if err == nil {
		err = l.recover()
	}
	return l.report(err)
}

func (l *local) take() (err error) {
	if l.lock == nil {
		l.lock, err = rotate.LockDir(l.o.Dir)
	}
	return err
}

// report makes trouble an event, once until it has been over for a while: a disk that
// is full to the brim takes some lines and not others. It reports whether there is none.
func (l *local) report(err error) bool {
	now := time.Now()
	if err != nil || l.skipping {
		l.trouble = now
	}
	switch {
	case err != nil && !l.told:
		l.told = true
		l.events.log(syslogfmt.Alert, "local log: %v; lines wait in the spool", err)
	case err == nil && l.told && !l.skipping && (l.ending || now.Sub(l.trouble) >= idle.Tick):
		l.told = false
		l.events.log(syslogfmt.Notice, "local log: written again")
	}
	if (err != nil) != l.failing {
		l.progress.report.failing(err, now)
	}
	l.failing = err != nil
	return err == nil
}

// pause waits before another attempt.
func (l *local) pause(ctx context.Context) bool {
	d := idle.Tick
	if l.full {
		d = idle.Tick / 20 // relays get on meanwhile
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func (l *local) wait(ctx context.Context, draining <-chan struct{}) {
	if isClosed(draining) {
		draining = nil
	}
	if l.failing {
		l.pause(ctx)
		return
	}
	stepped := time.Now()
	select {
	case <-l.wake:
	case <-draining:
	case <-ctx.Done():
	}
	select {
	case <-time.After(napTime - time.Since(stepped)):
	case <-draining:
	case <-ctx.Done():
	}
}

// napTime is the least time between two looks at the spool. Nobody waits for a
// line of the local log as for one at the server, and one write for many lines
// costs the machine less than a write for each.
const napTime = 20 * time.Millisecond

// recover cuts each file back to what is committed, and begins again there.
func (l *local) recover() error {
	for _, log := range l.logs { // those that the record does not name yet, too
		if err := log.Close(); err != nil {
			return err
		}
	}
	for path, pos := range l.last.Logs {
		log, err := l.logAt(path)
		if err != nil {
			return err
		}
		r, err := log.Recover(pos)
		if err != nil {
			return err
		}
		if r.Cut > 0 && !l.cutTold {
			l.cutTold = true
			l.events.log(syslogfmt.Warning, "local log: %s cut back by %d bytes to what was committed; its lines are written again", r.Path, r.Cut)
		}
	}
	l.leftOut = maps.Clone(l.last.LeftOut)
	l.done, l.counts = l.last.Accepted.Clone(), l.last.Streams.clone()
	clear(l.pending)
	l.reader.Reset(l.done)
	l.log, l.next, l.batch, l.dirty = nil, nil, l.batch[:0], false
	l.open.reset()
	l.progress.publish(l.last)
	return nil
}

func (l *local) logAt(path string) (*rotate.Log, error) {
	if log := l.logs[path]; log != nil {
		return log, nil
	}
	log, err := rotate.Open(rotate.Options{
		Path: path, MaxSize: l.o.MaxSize, Period: l.o.Period, Keep: l.o.Keep, KeepDays: l.o.KeepDays,
		Compress: l.o.Compress, Mode: l.o.Mode,
	})
	if err == nil {
		l.logs[path] = log
	}
	return log, err
}

// step writes everything there is, and does what is due. After a failure the
// next step goes on with the same batch.
func (l *local) step(ctx context.Context) error {
	err := l.drain(ctx)
	l.events.trouble(syslogfmt.Alert, "a file of the spool cannot be read", l.reader.Unread())
	if err == nil {
		err = l.reportLeftOut()
	}
	if err == nil {
		err = l.rotateDue()
	}
	if err == nil {
		err = l.commitDue()
	}
	if errors.Is(err, rotate.ErrRemoved) {
		l.events.log(syslogfmt.Warning, "local log: %v; the lines since the last commit are written again", err)
		err = l.recover()
	}
	if errors.Is(err, unix.EIO) {
		// What could not be written the kernel may have dropped, and the next sync
		// would succeed without it.
		err = errors.Join(err, l.recover())
	}
	l.report(err)
	return err
}

// drain writes all that can be read.
func (l *local) drain(ctx context.Context) error {
	if err := l.flush(); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if l.next == nil {
			f, err := l.reader.Next()
			if err != nil {
				l.reportUnread(err)
				continue
			}
			if f == nil {
				return l.flush()
			}
			l.next = f
		}
		if err := l.add(l.next); err != nil {
			return err
		}
	}
	return l.flush()
}

// reportUnread makes an event of what could not be read, and puts it aside.
func (l *local) reportUnread(err error) {
	var damage *spool.DamageError
	if !errors.As(err, &damage) {
		return // step tells of it
	}
	aside, serr := damage.SetAside(l.damaged)
	if serr != nil {
		l.events.log(syslogfmt.Alert, "%v; passed over, and could not be set aside: %v", err, serr)
		return
	}
	l.events.log(syslogfmt.Alert, "%v; passed over, set aside as %s", err, aside)
}

// add puts a frame's lines into the batch of its log. At an error they are there,
// or the frame is still next.
func (l *local) add(f *spool.Frame) error {
	st := l.streams.of(f)
	log, err := l.logAt(filepath.Join(l.o.Dir, st.File))
	if err != nil {
		return err
	}
	if log != l.log {
		if err := l.flush(); err != nil {
			return err
		}
		l.log, l.name, l.stream = log, st.File, st.Name
	}
	l.next = nil
	if l.open.received.IsZero() {
		l.open.received = f.Time
	}
	l.pending.add(f.Head.Stream, streamCount{Dropped: uint64(f.Dropped)})
	direct := len(l.batch) == 0 && len(f.Payload) >= localBatch/4 && f.Kind != spool.Event && len(f.Origin) == 0
	// A file whose lines are all written may go at any time, and what a relay has of it is
	// known no more: its end, which adds none, is not to be waited for.
	if at := (spool.Position{Offset: f.End}); l.done[f.File.ID] != at {
		l.open.reach(f.File.ID, at)
	}
	if direct {
		l.pending.add(st.Name, streamCount{Lines: uint64(f.Lines), Bytes: uint64(len(f.Payload))})
		if err := l.writeOrLeaveOut(f.Payload); err != nil {
			l.batch = append(l.batch, f.Payload...) // it must outlive the reader's buffer
			return err
		}
		return l.written()
	}
	before := len(l.batch)
	switch {
	case f.Kind == spool.Event:
		l.batch = auditLine(l.batch, f, f.Payload)
	case len(f.Origin) > 0:
		l.batch = receivedLines(l.batch, f, st)
	default:
		l.batch = append(l.batch, f.Payload...)
	}
	l.pending.add(st.Name, streamCount{Lines: uint64(f.Lines), Bytes: uint64(len(l.batch) - before)})
	if len(l.batch) >= localBatch {
		return l.flush()
	}
	return nil
}

// flush writes the batch.
func (l *local) flush() error {
	if len(l.batch) > 0 {
		if err := l.writeOrLeaveOut(l.batch); err != nil {
			return err
		}
	}
	return l.written()
}

// written notes that the batch is in its file.
func (l *local) written() error {
	if len(l.open.places) == 0 {
		return nil
	}
	l.open.apply(l.done)
	l.counts.take(l.pending)
	l.progress.report.wrote(l.open.received, time.Now())
	l.open.reset()
	l.batch = l.batch[:0]
	l.dirty = true
	return l.commitDue()
}

// writeOrLeaveOut writes, but when the disk is full leaves out what every central
// server has: the central copy wins, and the spool is freed.
func (l *local) writeOrLeaveOut(p []byte) error {
	err := errNearlyFull
	if !l.nearlyFull() {
		err = l.write(p)
	}
	if err == nil {
		l.skipping = false
		return nil
	}
	if !isFull(err) || !l.spare(&l.open) {
		return err
	}
	if l.leftOut == nil {
		l.leftOut = make(map[string]int)
	}
	l.leftOut[l.name] += int(l.pending.leftOut(l.stream))
	l.skipping = true
	return nil
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
// which has it all: where there are relays.
func (l *local) nearlyFull() bool {
	if now := time.Now(); l.relayed() && now.Sub(l.lookedAt) >= commitEvery/10 {
		l.full, l.lookedAt = nearlyFull(l.o.Dir), now
	}
	return l.full
}

// write appends to the current log, rotating it before if that is due. A file
// that is new to the record is committed before anything goes into it.
func (l *local) write(p []byte) error {
	if l.log.Due(len(p)) {
		if err := l.rotate(l.log); err != nil {
			return err
		}
	}
	const tries = 5
	var err error
	for range tries {
		fault.Point("local.write.before")
		if err = fault.Error("local.write"); err == nil {
			err = l.log.Write(p)
		}
		fault.Point("local.write.after")
		if !errors.Is(err, rotate.ErrMoved) {
			return err
		}
		if err := l.log.Reopen(); err != nil {
			return err
		}
		if err := l.commit(); err != nil {
			return err
		}
	}
	return err
}

// rotate is commit, Rotate, commit, with nothing written between. A rotation
// that fails leaves the file in use.
func (l *local) rotate(log *rotate.Log) error {
	if err := l.commit(); err != nil {
		return err
	}
	fault.Point("local.rotate.committed")
	err := log.Rotate()
	fault.Point("local.rotate.rotated")
	switch {
	case err == nil:
		l.tellRotation(log)
		l.events.trouble(syslogfmt.Err, cannotRotate(log), nil)
	case errors.Is(err, rotate.ErrRemoved):
		return err
	case errors.Is(err, rotate.ErrMoved):
		if err := log.Reopen(); err != nil {
			return err
		}
	default:
		l.events.trouble(syslogfmt.Err, cannotRotate(log), err)
	}
	return l.commit()
}

func cannotRotate(log *rotate.Log) string {
	return "local log: " + filepath.Base(log.Path()) + " cannot be rotated"
}

// tellRotation makes an event of it, but for the audit log's own: that would be
// the only line of the next file, and rotated in its turn.
func (l *local) tellRotation(log *rotate.Log) {
	if name := filepath.Base(log.Path()); name != AuditFile {
		l.events.log(syslogfmt.Info, "local log: %s rotated", name)
	}
}

// rotateDue rotates what is due by time even if no line comes.
func (l *local) rotateDue() error {
	now := time.Now()
	if now.Sub(l.rotateAt) < idle.Tick {
		return nil
	}
	l.rotateAt = now
	for _, log := range l.logs {
		if log.Due(0) {
			if err := l.rotate(log); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *local) commitDue() error {
	if !l.dirty || !l.progress.commitDue(l.commitAt) {
		return nil
	}
	return l.commit()
}

// commit makes what was written, and how far that is, durable together.
func (l *local) commit() error {
	fault.Point("local.commit.before")
	c := cursorRecord{Accepted: l.done, Safe: l.done, Clean: true, Logs: make(map[string]rotate.Position), Streams: l.counts.clone()}
	for path, log := range l.logs {
		if l.sync {
			if err := errors.Join(fault.Error("local.sync"), log.Sync()); err != nil {
				return err
			}
		}
		if pos := log.Position(); !pos.IsZero() {
			c.Logs[path] = pos
		}
	}
	c.LeftOut = maps.Clone(l.leftOut)
	fault.Point("local.commit.synced")
	if err := l.progress.commit(c); err != nil {
		return err
	}
	fault.Point("local.commit.after")
	c.Accepted = l.done.Clone()
	l.last, l.dirty, l.commitAt, l.cutTold = c, false, time.Now(), false
	return nil
}

// end commits a last time and lets go.
func (l *local) end() {
	if l.lock == nil {
		return
	}
	if l.dirty {
		l.report(l.commit())
	}
	for _, log := range l.logs {
		_ = log.Close() // committed
	}
	_ = l.lock.Close()
	l.reader.Close()
}

package forwarder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/retention"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/rotate"
)

// LogOptions describe the local log.
type LogOptions struct {
	Dir       string
	MaxSize   int64
	Period    rotate.Period
	Mode      fs.FileMode
	Retention retention.Policy // may change while the local log is written
}

// local is the consumer of the spool that writes the local log: the web
// server's own lines, byte for byte, in rotated files. Positions and the sizes
// of the files are committed together, so that after the death of the process
// no line is missing or there twice; package rotate has the protocol. A file that
// cannot be written waits, and holds up no other.
type local struct {
	o        LogOptions
	streams  *streamTable
	catalog  *spool.Catalog
	reader   *spool.Reader
	progress *progress
	events   *eventLog
	stateDir string
	damaged  string // directory for spool bytes that cannot be read
	sync     bool
	wake     <-chan struct{}
	leave    func() // ends the waking

	files   map[string]*localFile // by name
	apart   map[*localFile]bool   // those that are not where done is in all spool files
	behind  int                   // how many of them wait
	uses    uint64                // of files, counted
	opened  int                   // files that are open
	maxOpen int                   // of them
	found   []FoundFile           // that nobody has acknowledged
	damage  Damage                // passed over up to done
	done    spool.Positions       // written to the files, but for those that are apart
	counts  streamCounts          // at done
	last    cursorRecord          // committed
	lock    *rotate.DirLock
	keeper  *retention.Keeper                          // of rotated files
	named   atomic.Pointer[map[string]rotate.Position] // last.Logs, for the keeper
	scratch []byte
	buffers [][]byte

	batch    localBatch
	late     catchUp
	writing  *localBatch  // some files have its lines, perhaps, and done does not
	pending  streamCounts // of the batch
	dirty    bool
	commitAt time.Time
	rotateAt time.Time        // of the last look whether a rotation is due
	period   time.Time        // of the last look at files that are not open
	blocked  bool             // no file is written
	failing  string           // what status was last told to be wrong; empty: nothing
	trouble  time.Time        // when it last failed, or lines were left out
	told     bool             // that there is trouble, by an event
	cutTold  bool             // by an event, since the last commit
	relayed  func() bool      // there are relays
	spare    func(*span) bool // what may be left out when the disk is full
	full     bool             // the disk was nearly so at the last look
	short    bool             // it was short of room
	lookedAt time.Time
	// askForRoom has the deliverer free spool, as soon as it can.
	askForRoom func()
	leftOut    map[string]int // lines by file, not yet reported; committed with done
	skipping   bool           // the last lines were left out
	toldLeft   time.Time      // when an event last told of them
	ending     bool           // what is not reported now will be by another deliverer
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
	defer l.keep()() // until just before the directory is another's
	for {
		l.ending = isClosed(e.drain)
		err := l.step(ctx)
		level := err == nil && !l.isBehind()
		if ctx.Err() != nil || l.ending && level {
			return
		}
		l.progress.setAtEnd(level && l.reader.AtEnd(l.events.owns))
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
	if isFull(err) && len(l.last.Logs) == 0 {
		err = nil // there is nothing to recover: what the servers have can be left out until there is room
	}
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
	if l.skipping || isFull(err) {
		l.keeper.Full()
	}
	switch {
	case err != nil && !l.told:
		l.told = true
		l.events.log(syslogfmt.Alert, "local log: %v; lines wait in the spool", err)
	case err == nil && l.told && !l.skipping && (l.ending || now.Sub(l.trouble) >= idle.Tick):
		l.told = false
		l.events.log(syslogfmt.Notice, "local log: written again")
	}
	l.blocked = err != nil
	l.tellStatus(err, now)
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
	if l.blocked {
		l.pause(ctx)
		return
	}
	stepped := time.Now()
	select {
	case <-l.catchUpDue():
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

// step writes everything there is, and does what is due. After a failure the
// next step goes on with the same batch.
func (l *local) step(ctx context.Context) error {
	err := l.drain(ctx)
	l.events.trouble(syslogfmt.Alert, "a file of the spool cannot be read", l.reader.Unread())
	if err == nil {
		err = l.catchUp()
	}
	if err == nil {
		err = l.reportLeftOut()
	}
	if err == nil {
		err = l.rotateDue()
	}
	if err == nil {
		err = l.commitDue()
	}
	l.report(err)
	return err
}

// drain writes all that can be read.
func (l *local) drain(ctx context.Context) error {
	if err := l.flush(&l.batch); err != nil {
		return err
	}
	for ctx.Err() == nil {
		f, err := l.reader.Next()
		if err != nil {
			l.reportUnread(err)
			continue
		}
		if f == nil {
			return l.flush(&l.batch)
		}
		if err := l.add(&l.batch, f); err != nil {
			return err
		}
	}
	return l.flush(&l.batch)
}

// reportUnread makes an event of what could not be read, and puts it aside.
func (l *local) reportUnread(err error) {
	var damage *spool.DamageError
	if !errors.As(err, &damage) {
		return // step tells of it
	}
	l.damage = Damage{Places: l.damage.Places + 1, Bytes: l.damage.Bytes + uint64(damage.Length), Last: time.Now()}
	l.dirty = true
	aside, serr := damage.SetAside(l.damaged)
	if serr != nil {
		l.events.log(syslogfmt.Alert, "%v; passed over, and could not be set aside: %v", err, serr)
		return
	}
	l.events.log(syslogfmt.Alert, "%v; passed over, set aside as %s", err, aside)
}

// tellStatus tells people why lines are not where they should be; err: none is written.
func (l *local) tellStatus(err error, now time.Time) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	var held []HeldFile
	if err == nil {
		held = l.held()
	}
	if len(held) > 0 {
		text = held[0].File + ": " + held[0].Error
		if len(held) > 1 {
			text += fmt.Sprintf(" (%d files like that)", len(held))
		}
		text += "; the other files are written"
	}
	if text != l.failing {
		l.progress.report.failing(text, now)
	}
	l.failing = text
	l.progress.report.files(held, l.found)
}

// end commits a last time and lets go.
func (l *local) end() {
	if l.dirty {
		l.report(l.commit())
	}
	for _, file := range l.files {
		_ = file.log.Close() // committed
	}
	if l.lock != nil {
		_ = l.lock.Close()
	}
	l.reader.Close()
	l.late.reader.Close()
}

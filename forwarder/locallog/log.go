package locallog

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/locallog/numbers"
	"httpd-syslog/forwarder/locallog/shortage"
	"httpd-syslog/forwarder/locallog/turn"
	"httpd-syslog/forwarder/retention"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/rotate"
)

// Options describe the local log.
type Options struct {
	Dir       string
	MaxSize   int64 // bytes of a file; 0: no limit
	Period    rotate.Period
	Mode      fs.FileMode
	Retention retention.Policy // may change while the local log is written; see Log.Keeper
	Seal      time.Duration    // how often seals are made; 0: never
	Sync      bool             // commits survive a power failure; the deliverer sets it
	Timing    Timing
}

// Log is the consumer of the spool that writes the local log: the web
// server's own lines, byte for byte, in rotated files. Positions and the sizes
// of the files are committed together, so that after the death of the process
// no line is missing or there twice; package rotate has the protocol. A file that
// cannot be written waits, and holds up no other. But for Keeper, its methods are for one goroutine.
type Log struct {
	*consumer.Base
	o      Options
	reader *spool.Reader
	hosts  map[*stream.View]*hostFiles // of the streams that have a file for each
	lock   *rotate.DirLock             // nil: the log directory is not taken yet
	keeper *retention.Keeper           // of rotated files

	files fileSet
	apart map[*logFile]bool // files whose positions are not all those of done
	late  catchUp           // for those of them that are behind

	done    spool.Positions // up to where lines are in their files, but for the files in apart
	state   state           // for the next commit, besides done
	batch   batch
	writing *batch              // the batch that is being written: some files may have its lines, done not yet; nil: none
	pending cursor.StreamCounts // of the batch
	memory  memory
	turns   turns

	shortage shortage.Shortage
	trouble  turn.Trouble
	alarms   struct{ seals, nap idle.Alarm }
	lastStep bool // of the local log: events that are due later must be told now
}

// New returns the local log in the state of its record. It opens nothing: Run does.
func New(o Options, b *consumer.Base, others Others) (*Log, error) {
	l := &Log{
		Base: b, o: o, hosts: newHosts(b.Streams), shortage: shortage.Shortage{Others: others}, trouble: turn.Trouble{Calm: o.Timing.tick()},
		reader:  spool.NewReader(b.Catalog, b.Record.ReadTo(), b.Streams.Known),
		files:   fileSet{byName: make(map[string]*logFile), most: maxOpen()},
		apart:   make(map[*logFile]bool),
		pending: make(cursor.StreamCounts),
	}
	l.late.reader = spool.NewReader(b.Catalog, nil, b.Streams.Known)
	l.state.last = b.Record
	l.state.named.Store(&b.Record.Logs)
	l.keeper, l.state.seals, l.state.book = l.newKeeper(), l.newSealer(), numbers.New(b.Record.Numbers)
	if b.Events.Opened(&event.LogFailing, "") != nil {
		l.trouble.Resume(time.Now())
	}
	_, err := rotate.Open(l.rotation(filepath.Join(o.Dir, stream.AuditFile)))
	return l, err
}

// Writers are the writers of lines that have not ended, with their last numbers, as of the last commit. It may be
// called from any goroutine.
func (l *Log) Writers() []event.Range { return l.state.seals.Writers() }

// Keeper looks after the rotated files, while the local log runs.
func (l *Log) Keeper() *retention.Keeper { return l.keeper }

// Run writes lines until e.Stop ends, or until e.Drain is closed and everything is written. Its context
// does not matter: a write that is on its way cannot be given up, so that an abort is no faster than a
// stop.
func (l *Log) Run(_ context.Context, e consumer.Ending) {
	ctx := e.Stop
	defer l.Unsubscribe()
	defer l.end()
	for !l.begin() {
		if !l.pause(ctx) {
			return
		}
	}
	defer l.keepRotated()() // until just before the directory is another's
	for {
		l.lastStep = consumer.IsClosed(e.Drain)
		err := l.step(ctx)
		level := err == nil && !l.isBehind()
		if ctx.Err() != nil || l.lastStep && level {
			return
		}
		l.Progress.SetAtEnd(level && !l.state.seals.Busy() && l.reader.AtEnd(l.Events.Owns))
		l.wait(ctx, e.Drain)
	}
}

// begin locks the log directory and brings its files to the committed state. It reports whether that
// could be done.
func (l *Log) begin() bool {
	err := l.lockDir()
	if shortage.IsFull(err) && len(l.state.last.Logs) == 0 {
		err = nil // there is nothing to recover, and on a full disk lines can be left out that the servers have
	}
	if err == nil {
		l.recover()
		l.tellNotHeld()
	}
	return l.tell(err)
}

// lockDir takes the lock of the log directory, unless it is held already.
func (l *Log) lockDir() (err error) {
	if l.lock == nil {
		l.lock, err = rotate.LockDir(l.o.Dir)
	}
	return err
}

// pause waits before another attempt.
func (l *Log) pause(ctx context.Context) bool {
	d := l.o.Timing.tick()
	if l.shortage.Full {
		d /= 20 // relays deliver meanwhile, so that more can be left out
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// wait blocks until there may be new lines, until files that are behind are due for an attempt, or until
// the local log is to drain or stop.
func (l *Log) wait(ctx context.Context, draining <-chan struct{}) {
	if consumer.IsClosed(draining) {
		draining = nil
	}
	if l.trouble.Blocked {
		l.pause(ctx)
		return
	}
	stepped := time.Now()
	select {
	case <-l.catchUpDue():
	case <-l.sealsDue():
	case l.state.asked = <-l.Progress.SealsWanted():
	case found := <-l.state.seals.Reread():
		l.took(found)
	case <-l.Wake:
	case <-draining:
	case <-ctx.Done():
	}
	select {
	case <-l.alarms.nap.At(stepped.Add(l.o.Timing.nap())):
	case <-draining:
	case <-ctx.Done():
	}
}

// step writes all lines that can be read, rotates, catches up and commits as far as these are due. After
// an error the next step goes on with the same batch.
func (l *Log) step(ctx context.Context) error {
	err := l.readAll(ctx)
	l.Events.Trouble(&event.SpoolUnread, "", l.reader.Unread())
	if err == nil {
		err = l.catchUp()
	}
	if err == nil {
		l.state.dirty = l.state.book.TellAll(l.Catalog, l.reader.Unread(), l.Events.TellNow) || l.state.dirty
		err = l.tellLeftOut()
	}
	if err == nil {
		err = l.rotateDue()
	}
	if err == nil {
		err = l.sealDue()
	}
	if err == nil {
		err = l.commitDue(false)
	}
	l.tell(err)
	return err
}

// readAll writes all that can be read.
func (l *Log) readAll(ctx context.Context) error {
	if err := l.flush(&l.batch); err != nil {
		return err
	}
	for ctx.Err() == nil {
		f, err := l.reader.Next()
		if err != nil {
			l.tellUnread(err)
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

// tellUnread makes an event of a damaged place of the spool, and copies its bytes to the directory of
// damaged ones.
func (l *Log) tellUnread(err error) {
	var damage *spool.DamageError
	if !errors.As(err, &damage) {
		return // step returns the error, which is told there
	}
	l.state.damage = cursor.Damage{Places: l.state.damage.Places + 1, Bytes: l.state.damage.Bytes + uint64(damage.Length), Last: time.Now()}
	l.state.dirty = true
	l.state.book.Damaged(damage)
	l.Events.Tell(numbers.DamageEvent(damage, l.StateDir.Damaged()))
}

// end commits a last time, and closes the files and the lock.
func (l *Log) end() {
	l.state.seals.Close()
	if !l.state.seals.Unsealed().IsZero() {
		l.state.seals.WantAll() // the next start tells them
		l.state.dirty = true
	}
	if l.state.dirty {
		l.tell(l.commit())
	}
	for _, file := range l.files.byName {
		_ = file.log.Close() // committed
	}
	if l.lock != nil {
		_ = l.lock.Close()
	}
	l.reader.Close()
	l.late.reader.Close()
}

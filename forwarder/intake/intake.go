package intake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/intake/signals"
	"httpd-syslog/forwarder/ring"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
)

// Options say how an intake takes lines in.
type Options struct {
	Stream   string
	Host     string
	StateDir statedir.Dir
	Memory   int           // bytes of the ring
	Block    bool          // when the ring is full: wait (and so does the web server) instead of dropping
	MaxLine  int           // bytes, without the LF
	Cards    cards.Rules   // what is done about card numbers before lines are written
	MaxSpool int64         // bytes of the whole spool, where no deliverer bounds it, or Block is set; 0: no limit
	Sync     bool          // put the spool on the disk where no deliverer does
	LastTry  time.Duration // how long to go on trying to write after the end of input

	// Drop, if not nil, drops privileges. Run calls it when standard input is open, after which
	// nothing needs them.
	Drop func()
	// Start starts a deliverer if none is at work, and reports whether one now
	// is. Run calls it about once a second; it must not block for long.
	Start func() bool
	// HandOver is called at the end, if the intake has put lines into the spool: it sees to
	// it that a deliverer takes care of them, since the intake no longer does.
	HandOver func()
	// MaxNumber is the number of a line from which on another writer goes on; 0: spool.MaxNumber.
	MaxNumber uint64
	// Notices, if not nil, are written as events.
	Notices *Notices
	// Relocate, if not nil, tells whether the state directory has become known, and which it
	// is: StateDir is a guess where the configuration could not be loaded. Run calls it
	// about once a second until it is known.
	Relocate func() (stateDir statedir.Dir, known bool)
}

// Summary tells what an intake did.
type Summary struct {
	Lines   uint64 // read, dropped ones included
	Bytes   uint64 // read
	Dropped uint64
	Cut     uint64 // longer than MaxLine
	Writer  frame.WriterID
}

// Plus is the sum of two intakes' summaries.
func (s Summary) Plus(t Summary) Summary {
	return Summary{Lines: s.Lines + t.Lines, Bytes: s.Bytes + t.Bytes, Dropped: s.Dropped + t.Dropped, Cut: s.Cut + t.Cut}
}

// intake is three goroutines around a ring, each with a part of its own: reader, store, keeper.
type intake struct {
	o    Options
	ring *ring.Ring
	reader
	store
	keeper
}

// ErrNotBegun: the intake cannot read, and has read nothing.
var ErrNotBegun = errors.New("cannot begin to read")

// Run takes in standard input until its end. It returns when every line is in the spool, or
// when the spool could not be written for LastTry after the end of input; the error then says
// how many lines are lost. It ignores SIGTERM, SIGHUP and SIGINT: Apache sends them while there
// are lines still to come. ErrNotBegun: Run has read nothing, and somebody else has to read.
func Run(o Options) (Summary, error) {
	signals.Ignore()
	ring, err := ringOf(o)
	if err != nil {
		return Summary{}, fmt.Errorf("%w: %w", ErrNotBegun, err)
	}
	stdin := openStdin()
	if o.Drop != nil {
		o.Drop()
	}
	beOnlyReader(stdin)
	return newIntake(o, stdin, ring).run()
}

func newIntake(o Options, stdin *os.File, ring *ring.Ring) *intake {
	in := &intake{o: o, ring: ring}
	in.news = make(chan struct{}, 1)
	in.store.init(&in.o, &in.keeper.waker)
	in.reader = reader{o: &in.o, in: stdin, ring: ring, store: &in.store, number: 1, procID: in.store.writer.ID().ProcID(), cutter: lineCutter{max: o.MaxLine}}
	in.watch = cards.New(o.Stream, o.Cards)
	in.cutter.watch = in.watch
	in.keeper.o, in.keeper.store = &in.o, &in.store
	return in
}

// ringOf returns the ring, smaller than o.Memory where the machine has not so much: with a
// small ring a stalled disk costs lines sooner, without a ring nobody would read.
func ringOf(o Options) (*ring.Ring, error) {
	least := 4 * (o.MaxLine + readMax + slack)
	for size := o.Memory; ; size /= 2 {
		ring, err := ring.New(size)
		switch {
		case err == nil && size < o.Memory && o.Notices != nil:
			o.Notices.Add(event.LessMemory.With("stream", o.Stream, "memory", size, "wanted", o.Memory))
			return ring, nil
		case err == nil || size/2 < least:
			return ring, err
		}
	}
}

func (in *intake) run() (Summary, error) {
	ctx, cancel := context.WithCancel(context.Background())
	kept := make(chan struct{})
	go func() { in.keep(ctx); close(kept) }()
	var readErr error
	go func() {
		readErr = in.read()
		in.ring.Close()
	}()
	left := in.ring.WriteOut(in.add, in.ended, in.o.LastTry) // returns when the ring is closed
	cancel()
	<-kept
	err := errors.Join(readErr, in.writer.Close())
	if left > 0 {
		in.dropped += left
		err = errors.Join(err, fmt.Errorf("%d lines could not be written to %s and are lost", left, in.writer.Dir()))
	}
	if isClosed(in.written) {
		in.o.HandOver()
	}
	return Summary{
		Lines: in.lines(), Bytes: in.bytes, Dropped: in.dropped,
		Cut: in.cutter.cuts, Writer: in.writer.ID(),
	}, err
}

package inlet

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
)

// Options say how syslog messages get into the spool. They mean what the Options of an
// intake mean, for several streams together.
type Options struct {
	Streams  []stream.Stream
	Host     string
	StateDir statedir.Dir
	Memory   int           // bytes of memory for lines that are not in the spool yet, for all streams
	Block    bool          // when the memory is full: wait (and so do the senders) instead of dropping
	MaxLine  int           // bytes, without the LF
	Cards    cards.Rules   // what is done about card numbers before messages are written
	MaxSpool int64         // bytes of the whole spool: above it Block waits; 0: no limit
	LastTry  time.Duration // how long Close goes on trying to write while the disk takes nothing

	// Unsynced, if not nil, is told how putting messages on the disk has gone that are acknowledged only then;
	// nil: well.
	Unsynced func(error)
	// MaxNumber is the number of a message from which on another writer goes on; 0: spool.MaxNumber.
	MaxNumber uint64
	// Tell, if not nil, is told each event as well.
	Tell func(s syslogfmt.Severity, text string)
}

// Inlets is the Sink of the listeners: it puts messages into the spool, each into
// that of the first stream that has its facility. Its methods may be called from
// several goroutines.
//
// A message is in memory when Take returns, and in the spool as soon as the disk
// takes it. A message that the memory has no space for is dropped, counted, and told
// by an event, as an intake does it; it keeps its number.
type Inlets struct {
	o      Options
	ctx    context.Context // when it ends, no sender waits for space any more
	routes atomic.Pointer[routes]
	taken  atomic.Bool // there were messages since the last tick

	mu      sync.Mutex // guards changes of routes
	writing sync.WaitGroup
	ticking sync.WaitGroup
	ended   chan struct{}
	errs    errorList
}

// routes say which inlet a facility's messages go into. A routes value never changes: SetStreams
// replaces it.
type routes struct {
	byFacility [syslogfmt.Local7 + 1]*inlet
	byName     map[string]*inlet
	closed     bool
}

// New returns Inlets without messages. They must be closed. When ctx ends Take does not
// wait any more, Block or not.
func New(ctx context.Context, o Options) (*Inlets, error) {
	r := &Inlets{o: o, ctx: ctx, ended: make(chan struct{})}
	r.routes.Store(&routes{})
	if err := r.SetStreams(o.Streams); err != nil {
		return nil, err
	}
	r.ticking.Go(r.tick)
	return r, nil
}

// SetStreams routes messages to streams from now on. A stream that was there before goes on
// with its numbers. Messages of a stream that is gone are written to the end before
// SetStreams returns. After an error everything is as before.
func (r *Inlets) SetStreams(streams []stream.Stream) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.routes.Load()
	if before.closed {
		return errors.New("it is closed")
	}
	next := &routes{byName: make(map[string]*inlet)}
	for _, s := range streams {
		in := before.byName[s.Name]
		if in == nil {
			var err error
			if in, err = newInlet(r, s.Name, r.share(len(streams))); err != nil {
				next.drop(before)
				return err
			}
		}
		next.byName[s.Name] = in
		if to := &next.byFacility[s.Facility]; *to == nil {
			*to = in
		}
	}
	for _, in := range next.byName {
		if before.byName[in.stream] == nil {
			r.writing.Go(in.write)
		}
	}
	r.routes.Store(next)
	r.close(before, next)
	return nil
}

// SetHost sets the host of messages from now on that do not name one.
func (r *Inlets) SetHost(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.o.Host = host // of inlets to come
	for _, in := range r.routes.Load().byName {
		in.writer.SetHost(host)
	}
}

// SetCards sets what is done about card numbers of messages from now on.
func (r *Inlets) SetCards(rules cards.Rules) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if reflect.DeepEqual(r.o.Cards, rules) {
		return // counts go on
	}
	r.o.Cards = rules // of inlets to come
	for _, in := range r.routes.Load().byName {
		in.setCards(rules)
	}
}

// drop frees the inlets that before does not have: they were made for nothing, and have not
// begun to write.
func (to *routes) drop(before *routes) {
	for name, in := range to.byName {
		if before.byName[name] == nil {
			in.ring.Free()
		}
	}
}

// close closes the inlets that next does not have. It waits until they are written, for LastTry
// at most where the disk takes nothing.
func (r *Inlets) close(before, next *routes) {
	for name, in := range before.byName {
		if next.byName[name] == nil {
			r.writing.Go(in.close)
		}
	}
}

// share is a stream's part of the memory, in bytes. It holds four lines of the greatest length at
// least, so that lines that are being written leave space for others.
func (r *Inlets) share(streams int) int {
	return max(r.o.Memory/streams, 4*frameSpace(frame.MaxOrigin, r.o.MaxLine))
}

// Close writes the messages that are in memory, for LastTry at most while the disk takes nothing,
// and closes the spool files. No Taker must be used any more. The error says how many lines are
// lost.
func (r *Inlets) Close() error {
	r.mu.Lock()
	before := r.routes.Load()
	if !before.closed {
		next := &routes{closed: true}
		r.routes.Store(next)
		close(r.ended)
		r.ticking.Wait()
		r.close(before, next)
	}
	r.mu.Unlock()
	r.writing.Wait()
	return r.errs.join()
}

// tick tells of dropped and cut messages, and notes whether the spool can be written, once a
// second while messages come.
func (r *Inlets) tick() {
	var beat idle.Rhythm
	beat.Stir()
	t := idle.NewPatientTimer(beat.Next())
	defer t.Stop()
	var distress statedir.Distress
	defer distress.Set(r.o.StateDir, false)
	for {
		select {
		case <-t.C:
		case <-r.ended:
			return
		}
		if r.taken.Swap(false) {
			beat.Stir()
		}
		t.Reset(beat.Next())
		stuck := false
		for _, in := range r.routes.Load().byName {
			in.tellNews()
			in.yield()
			stuck = stuck || in.attempt.IsStuck()
		}
		if distress.Set(r.o.StateDir, stuck); stuck {
			beat.Stir()
		}
	}
}

// bounded reports whether a spool above MaxSpool gets no messages.
func (r *Inlets) bounded() bool { return r.o.Block && r.o.MaxSpool > 0 }

func (r *Inlets) tell(s syslogfmt.Severity, text string) {
	if r.o.Tell != nil {
		r.o.Tell(s, text)
	}
}

// errorList gathers errors of several goroutines.
type errorList struct {
	mu  sync.Mutex
	all []error
}

func (l *errorList) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Errorf(format, args...))
}

func (l *errorList) join() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.all...)
}

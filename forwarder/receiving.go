package forwarder

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// ReceivingOptions say how syslog messages are taken in. They are those of an
// intake, for several streams.
type ReceivingOptions struct {
	Streams  []Stream
	Host     string
	StateDir string
	Memory   int           // bytes of memory for lines that are not in the spool yet, for all streams
	Block    bool          // when it is full: wait (and so do the senders) instead of dropping
	MaxLine  int           // bytes, without the LF
	MaxSpool int64         // bytes of the whole spool: above it Block waits; 0: no limit
	LastTry  time.Duration // how long Close goes on trying to write

	// Tell, if not nil, is told each event as well.
	Tell func(s syslogfmt.Severity, text string)
}

// Receiving is the Sink of the listeners: it puts messages into the spool, each into
// that of the first stream that has its facility. Its methods may be called from
// several goroutines.
//
// A message is in memory when Take returns, and in the spool as soon as the disk
// takes it. What there is no room for is dropped, counted, and reported by an event,
// as an intake does it; it keeps its number.
type Receiving struct {
	o      ReceivingOptions
	ctx    context.Context // when it ends, nothing waits any more
	routes atomic.Pointer[routes]
	taken  atomic.Bool // there were messages since the last tick

	mu      sync.Mutex // guards changes of routes
	writing sync.WaitGroup
	ticking sync.WaitGroup
	ended   chan struct{}
	errs    errorList
}

// routes say which inlet a facility's messages go into. They never change.
type routes struct {
	byFacility [syslogfmt.Local7 + 1]*inlet
	byName     map[string]*inlet
	closed     bool
}

// NewReceiving returns a Receiving that nothing has been put into. It must be closed.
// When ctx ends Take does not wait any more, Block or not.
func NewReceiving(ctx context.Context, o ReceivingOptions) (*Receiving, error) {
	r := &Receiving{o: o, ctx: ctx, ended: make(chan struct{})}
	r.routes.Store(&routes{})
	if err := r.SetStreams(o.Streams); err != nil {
		return nil, err
	}
	r.ticking.Go(r.tick)
	return r, nil
}

// SetStreams routes messages to streams from now on. A stream that was there goes on
// with its number; of one that is no more, what was taken is written to the end.
// After an error everything is as before.
func (r *Receiving) SetStreams(streams []Stream) error {
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

// SetHost has what is taken from now on come from that host where messages do not say so themselves.
func (r *Receiving) SetHost(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.o.Host = host // of inlets to come
	for _, in := range r.routes.Load().byName {
		in.writer.SetHost(host)
	}
}

// drop forgets the inlets that are new and have not begun to write.
func (to *routes) drop(before *routes) {
	for name, in := range to.byName {
		if before.byName[name] == nil {
			in.ring.Free()
		}
	}
}

// close closes the inlets that are not in use any more. That may take a while.
func (r *Receiving) close(before, next *routes) {
	for name, in := range before.byName {
		if next.byName[name] == nil {
			r.writing.Go(in.close)
		}
	}
}

// share is a stream's part of the memory. Four lines at least go into it, so that
// what is being written leaves room for another.
func (r *Receiving) share(streams int) int {
	return max(r.o.Memory/streams, 4*frameRoom(spool.MaxOrigin, r.o.MaxLine))
}

// Take puts a message into memory. It waits while the disk gets on, and with Block
// as long as there is no room.
func (r *Receiving) Take(m *listener.Message) listener.Reason {
	for {
		to := r.routes.Load()
		in := to.byFacility[min(m.Facility, syslogfmt.Local7)]
		if in == nil {
			return listener.Facility
		}
		reason, open := in.take(m)
		if open {
			if !r.taken.Load() { // a store for each would cost more
				r.taken.Store(true)
			}
			return reason
		}
		// Its stream has just been taken away: there are other routes.
	}
}

// Flush lets what was taken be written.
func (r *Receiving) Flush() {
	for _, in := range r.routes.Load().byName {
		in.flush()
	}
}

// Close writes what is in memory, for LastTry at most, and lets go of the spool
// files. Nothing must be taken any more. The error says how many lines are lost.
func (r *Receiving) Close() error {
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

// tick reports what was dropped and cut, and whether the spool can be written, once a second
// while messages come.
func (r *Receiving) tick() {
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
			in.report()
			in.yield()
			stuck = stuck || in.attempt.IsStuck()
		}
		if distress.Set(r.o.StateDir, stuck); stuck {
			beat.Stir()
		}
	}
}

// bounded reports whether a spool above MaxSpool gets nothing.
func (r *Receiving) bounded() bool { return r.o.Block && r.o.MaxSpool > 0 }

func (r *Receiving) tell(s syslogfmt.Severity, text string) {
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

package inlet

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
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/quota"
	"httpd-syslog/forwarder/statedir"
)

// Collecting is the way of whole messages into the spool, for a collector. Nothing is dropped: where the
// spool cannot be written, or is above MaxSpool, connections wait, and senders behind them. Its methods may be
// called from several goroutines.
//
// A message is in the spool when no more messages are to be had for now, and then is answered over RELP: it
// survives the death of all processes. With SetSynced it is answered when it survives a power failure (syncing).
// One that is not in the spool yet dies with the process.
type Collecting struct {
	o   Options
	ctx context.Context // when it ends, no sender waits any more

	mu      sync.Mutex // guards what follows: one frame is written at a time
	writer  *spool.Writer
	quota   *quota.Quota
	number  uint64 // of the next message
	syncing syncing

	taken atomic.Bool  // there were messages since the last tick
	stuck atomic.Bool  // the spool takes nothing
	lost  atomic.Int64 // messages that could not be written at the end

	ended   chan struct{}
	working sync.WaitGroup
}

// NewCollecting returns a Collecting, which must be closed. Of the options Streams, Block, Memory and MaxLine
// do not matter.
func NewCollecting(ctx context.Context, o Options) *Collecting {
	c := &Collecting{o: o, ctx: ctx, number: 1, ended: make(chan struct{})}
	c.syncing.due = make(chan struct{}, 1)
	c.writer = spool.NewWriter(spool.WriterOptions{
		Dir: o.StateDir.Spool(), Host: o.Host, RollSize: spool.RollSize(o.MaxSpool), Messages: true, LetGo: c.syncing.letGo,
	})
	c.quota = quota.New(c.writer.Dir(), o.MaxSpool)
	c.working.Go(c.tick)
	c.working.Go(c.sync)
	return c
}

// SetSynced says whether messages are answered, from now on, only when a power failure cannot take them.
func (c *Collecting) SetSynced(on bool) { c.syncing.on.Store(on) }

// Open is the listener.OpenRaw of a listener, whose messages it counts.
func (c *Collecting) Open(l *listener.Listener) listener.OpenRaw {
	return func(from *listener.Sender) listener.RawTaker {
		scheme := l.Address().Scheme
		return &collectingTaker{c: c, l: l, alone: scheme == "udp" || scheme == "unixgram", answered: from.Repeats}
	}
}

// SetHost changes the name of this machine, for messages from now on.
func (c *Collecting) SetHost(host string) { c.writer.SetHost(host) }

// tick notes whether the spool can be written, and lets the spool file be removed once it is delivered, where
// the disk or the spool is nearly full: without new messages nothing else would close it.
func (c *Collecting) tick() {
	var beat idle.Rhythm
	beat.Stir()
	t := idle.NewPatientTimer(beat.Next())
	defer t.Stop()
	var distress statedir.Distress
	defer distress.Set(c.o.StateDir, false)
	for {
		select {
		case <-t.C:
		case <-c.ended:
			return
		}
		if c.taken.Swap(false) {
			beat.Stir()
		}
		t.Reset(beat.Next())
		c.yield()
		stuck := c.stuck.Load()
		if distress.Set(c.o.StateDir, stuck); stuck {
			beat.Stir()
		}
	}
}

func (c *Collecting) yield() {
	if c.mu.TryLock() { // else a write is under way
		if c.o.MaxSpool > 0 && c.quota.Full() {
			_ = c.writer.Close()
		}
		c.writer.Yield()
		c.mu.Unlock()
	}
}

// Close closes the spool file. Nothing must be taken any more. The error says how many messages are lost.
func (c *Collecting) Close() error {
	close(c.ended)
	c.working.Wait()
	c.SetSynced(false) // nobody waits for an answer any more
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.writer.Close()
	if n := c.lost.Load(); n > 0 {
		err = fmt.Errorf("%d messages could not be written to %s and are lost, unless their senders repeat them", n, c.writer.Dir())
	}
	return err
}

// write writes a frame of messages. It waits for a spool that has room. answered says that messages are
// acknowledged: then it returns what they wait for; nil: nothing.
func (c *Collecting) write(b []byte, f *frame.Frame, answered bool) (on *batch, written bool) {
	var end time.Time // when it gives up; zero: it does not
	for {
		if on, written := c.writeOnce(b, f, answered, !end.IsZero()); written {
			c.setStuck(false)
			return on, true
		}
		now := time.Now()
		c.setStuck(true)
		switch {
		case c.ctx.Err() == nil:
		case end.IsZero():
			end = now.Add(c.o.LastTry)
		case now.After(end):
			return nil, false
		}
		time.Sleep(spaceEvery) // nothing tells when the disk has room again
	}
}

func (c *Collecting) setStuck(is bool) {
	if c.stuck.Load() != is { // to store for each frame would cost more
		c.stuck.Store(is)
	}
}

// writeOnce is one attempt. At the end a spool above MaxSpool gets all, which would be lost otherwise.
func (c *Collecting) writeOnce(b []byte, f *frame.Frame, answered, last bool) (on *batch, written bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.First = c.number
	f.Seal(b) // the quota is for whole frames
	if c.o.MaxSpool > 0 && !last && c.quota.Fit(b) == 0 {
		_ = c.writer.Close() // a closed file can be removed once it is delivered; nothing else frees the spool
		return nil, false
	}
	if _, err := c.writer.Write(b); err != nil {
		return nil, false
	}
	if answered && c.syncing.on.Load() {
		on = c.syncing.add()
	}
	c.number += uint64(f.Lines)
	if !c.taken.Load() {
		c.taken.Store(true)
	}
	return on, true
}

// collectingTaker takes over the messages of one connection, or of one socket of datagrams. It gathers
// them into frames.
type collectingTaker struct {
	c        *Collecting
	l        *listener.Listener
	alone    bool // senders change with each message
	answered bool // messages are acknowledged

	built  []byte // the frame that is being built; nil: there is none
	frame  frame.Frame
	origin []byte
	failed bool    // messages were lost
	waits  batches // for the messages since the last call of Written
}

// frameAbove is the length of a frame, in bytes, that is written without a Flush: what a connection reads at
// once fits into one.
const frameAbove = 96 << 10

// buffers are those of frames that are built.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, frameAbove+8<<10); return &b }}

// Take puts a message into the frame.
func (t *collectingTaker) Take(raw *listener.Raw) error {
	if t.built == nil {
		t.begin(raw)
	}
	t.built = frame.AppendMessage(t.built, frame.Message{Bytes: raw.Bytes, Lost: raw.Lost})
	t.frame.Lines++
	t.l.CountCollected(raw.Lost)
	if t.alone || len(t.built) >= frameAbove {
		t.Flush()
	}
	return nil
}

// begin begins a frame.
func (t *collectingTaker) begin(raw *listener.Raw) {
	if t.alone || len(t.origin) == 0 {
		t.origin = appendSender(t.origin[:0], raw.From)
	}
	var head [frame.HeaderSize]byte
	t.built = append(append((*buffers.Get().(*[]byte))[:0], head[:]...), t.origin...)
	t.frame = frame.Frame{Kind: frame.Messages, Severity: frame.StreamSeverity, Time: raw.Received, Origin: t.origin}
}

// appendSender appends a sender as frames have it, without the port: that changes with each connection.
func appendSender(dst []byte, s *listener.Sender) []byte {
	from := frame.Sender{Name: []byte(s.Name), Addr: []byte("local")}
	if s.Addr.IsValid() {
		from.Addr = s.Addr.Addr().Unmap().AppendTo(nil)
	}
	return from.Append(dst)
}

// Flush writes the messages that were taken, and returns when they are in the spool.
func (t *collectingTaker) Flush() {
	if t.built == nil {
		return
	}
	on, written := t.c.write(t.built, &t.frame, t.answered)
	if t.waits = t.waits.add(on); !written {
		t.c.lost.Add(int64(t.frame.Lines))
		t.failed = true
	}
	if cap(t.built) <= 2*frameAbove {
		b := t.built
		buffers.Put(&b)
	}
	t.built = nil
}

// Written writes what was taken. Messages are answered only if they are in the spool.
func (t *collectingTaker) Written() listener.Written {
	t.Flush()
	waits := t.waits
	t.waits = nil
	switch {
	case t.failed:
		return unwritten{}
	case len(waits) > 0:
		return waits
	}
	return nil
}

// unwritten is what becomes of messages that could not be written.
type unwritten struct{}

// IsDone reports that they are not.
func (unwritten) IsDone() bool { return false }

// Wait returns why they never will be.
func (unwritten) Wait(<-chan struct{}) error {
	return errors.New("they could not be written to the spool")
}

// Close writes what was taken.
func (t *collectingTaker) Close(error) { t.Flush() }

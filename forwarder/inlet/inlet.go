package inlet

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/ring"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/spool/quota"
)

// inlet takes in the messages of one stream: many goroutines build frames in its
// ring, one after the other, and one goroutine writes the frames to the inlet's own spool files.
type inlet struct {
	r        *Inlets
	stream   string
	full     atomic.Bool // the spool is above MaxSpool, and with Block lines wait
	attempt  ring.Attempt
	ended    chan struct{} // closed with the ring
	progress progress      // what of the frames is in the spool

	disk   sync.Mutex // guards what follows
	writer *spool.Writer
	turn   spool.Turn // to the next writer
	quota  *quota.Quota

	mu     sync.Mutex // guards what follows, and the building of frames
	ring   *ring.Ring
	closed bool
	building
	dropped uint32 // lines since the last frame
	identity
	cut   []event.Range // numbers of messages that were cut, and that no event has told of
	short int           // messages whose structured data was left out since an event last told of such
	watch *cards.Watch
}

// identity is who gives the numbers, and what became of those before.
type identity struct {
	procID string
	number uint64 // of the next line
	events uint64
	began  bool   // an event has told of the begin
	all    totals // of the inlet, whatever its writer
}

// building is how far the building of frames is.
type building struct {
	built int    // bytes of frames that the ring has not been told of yet
	added uint64 // bytes of those that it was told of, ever
}

const (
	// flushAbove is how many bytes of frames there may be without a Flush.
	flushAbove = 64 << 10
	// eventMax is how many bytes the text of an event takes at most.
	eventMax = event.MaxText
)

// frameSpace is how many bytes of the ring a frame takes at most, with two events before it.
func frameSpace(origin, line int) int {
	return 3*frame.HeaderSize + 2*eventMax + origin + line + len("\n")
}

func newWriter(r *Inlets, stream string) *spool.Writer {
	return spool.NewWriter(spool.WriterOptions{Dir: r.o.StateDir.Spool(), Host: r.o.Host, Stream: stream, RollSize: spool.RollSize(r.o.MaxSpool)})
}

func newInlet(r *Inlets, stream string, memory int) (*inlet, error) {
	ring, err := ring.New(memory)
	if err != nil {
		return nil, err
	}
	w := newWriter(r, stream)
	q := quota.New(w.Dir(), r.o.MaxSpool)
	in := &inlet{r: r, stream: stream, identity: identity{procID: w.ID().ProcID(), number: 1}, writer: w, quota: q, ring: ring, ended: make(chan struct{}), watch: cards.New(stream, r.o.Cards)}
	in.full.Store(r.bounded() && q.Full())
	return in, nil
}

// put puts a message into the ring, or drops it; end is then where the message ends among the frames.
// With Block, or where the sender waits, it waits for space until the context of the Inlets, or the
// sender's listener, ends. A message that the sender will repeat is not dropped: it is not taken. open is
// false if the inlet is closed: the message is then neither in the ring nor dropped.
func (in *inlet) put(m *listener.Message, from *listener.Sender) (end uint64, reason listener.Reason, open bool) {
	for {
		last := !(in.r.o.Block || from.Waits) || in.r.ctx.Err() != nil || from.IsLeaving()
		end, reason, open := in.try(m, last && !from.Repeats)
		if last || !open || reason == listener.Taken {
			return end, reason, open
		}
		time.Sleep(spaceEvery) // nothing tells when the spool is below MaxSpool again
	}
}

// try is one attempt of put, which waits for a disk that writes, but not for one that stands
// still. If the ring has no space for the message it is dropped, if it is to be.
func (in *inlet) try(m *listener.Message, drop bool) (end uint64, reason listener.Reason, open bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return 0, "", false
	}
	o := frame.Origin{Time: m.Time, Host: m.Host, Tag: m.Tag, ProcID: m.ProcID, MsgID: m.MsgID, Data: m.Data}
	space := in.space(frameSpace(o.Room(), min(2*len(m.Text)+intake.CutMark, in.r.o.MaxLine)))
	if space == nil {
		if drop {
			in.number++
			in.dropped++
			in.all.dropped++
		}
		return 0, listener.Full, true
	}
	in.tellBegin(space)
	in.tellDropped(space)
	for _, field := range [...][]byte{o.Host, o.Tag, o.ProcID, o.MsgID, o.Data} {
		in.watch.Field(field)
	}
	in.build(space, &o, m)
	end = in.added + uint64(in.built)
	if in.built >= flushAbove {
		in.add()
	}
	return end, listener.Taken, true
}

// build makes a frame of a message.
func (in *inlet) build(space []byte, o *frame.Origin, m *listener.Message) {
	const head = frame.HeaderSize
	b := o.Append(space[in.built : in.built+head])
	f := frame.Frame{Severity: uint8(m.Severity), Time: m.Received, First: in.number, Lines: 1, Origin: b[head:]}
	text := len(b)
	b, cut := appendLine(b, m, in.r.o.MaxLine, in.watch)
	in.watch.Lines(b[text:])
	if cut {
		in.all.cut++
		in.cut = event.AddRange(in.cut, in.numbers(in.number, in.number))
	}
	if len(m.Data) > frame.MaxOriginData {
		in.short++
	}
	in.number++
	in.seal(b, &f)
}

// seal ends the frame that is being built.
func (in *inlet) seal(b []byte, f *frame.Frame) {
	f.Dropped, in.dropped = in.dropped, 0
	f.Seal(b)
	in.built += len(b)
}

// space returns space for want bytes behind the frames that were built; nil: the ring is full.
// As an intake does, it waits for a disk that writes.
func (in *inlet) space(want int) []byte {
	full := in.isFull()
	if !full {
		if b := in.ring.Space(in.built, want); b != nil {
			return b
		}
	}
	in.add() // only frames that the ring knows of are written, and free space
	if full {
		return nil
	}
	return in.ring.WaitBriefly(in.built, want, intake.Patience)
}

// add tells the ring of the frames that were built.
func (in *inlet) add() {
	if in.built > 0 {
		in.ring.Add(in.built)
		in.added += uint64(in.built)
		in.built = 0
	}
}

func (in *inlet) flush() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed {
		in.add()
	}
}

// close tells the last news, for which it waits for space, and lets write come to an end.
func (in *inlet) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	close(in.ended)
	in.add()
	for in.hasNews() {
		in.tellAll(in.ring.Wait(0, newsSpace), true)
	}
	if in.began {
		if space := in.ring.WaitBriefly(0, newsSpace, intake.Patience); space != nil { // else whoever delivers tells that it has gone
			in.event(space, in.end())
			in.add()
		}
	}
	in.closed = true
	in.ring.Close()
}

// spaceEvery is the time between two attempts to put a message into a full inlet.
const spaceEvery = 15 * time.Millisecond

var errSpoolFull = errors.New("the spool is above its max_size")

// store writes frames to the spool, and returns how many bytes of them it has written. With Block
// a spool above MaxSpool gets none, but at the end it gets all: they would be lost otherwise.
func (in *inlet) store(frames []byte) (int, error) {
	in.attempt.Begin()
	in.disk.Lock()
	defer in.disk.Unlock()
	if in.r.bounded() && !in.hasEnded() {
		frames = frames[:in.quota.Fit(frames)]
	}
	in.full.Store(len(frames) == 0)
	if len(frames) == 0 {
		_ = in.writer.Close() // a closed file can be removed once it is delivered; nothing else frees the spool
		return 0, errSpoolFull
	}
	n, err := in.turn.Write(&in.writer, frames)
	in.progress.add(n)
	if err == nil {
		in.attempt.Done()
	}
	return n, err
}

// hasEnded reports whether the inlet takes nothing any more.
func (in *inlet) hasEnded() bool {
	select {
	case <-in.ended:
		return true
	default:
		return false
	}
}

// isFull reports whether the spool is above MaxSpool. It measures a full spool anew, unless a
// write is under way: senders that wait are the only ones who ask.
func (in *inlet) isFull() bool {
	if in.full.Load() && in.disk.TryLock() {
		in.full.Store(in.quota.Full())
		in.disk.Unlock()
	}
	return in.full.Load()
}

// yield closes the spool file where the disk is nearly full, or the spool is full: a closed file
// can be removed once it is delivered, and without new messages nothing else would close it.
func (in *inlet) yield() {
	if in.disk.TryLock() { // else a write is under way, which may take its time
		if in.r.bounded() && in.quota.Full() {
			_ = in.writer.Close()
		}
		in.writer.Yield()
		in.disk.Unlock()
	}
}

// write writes frames to the spool until the inlet is closed and everything is there.
func (in *inlet) write() {
	left := in.ring.WriteOut(in.store, in.ended, in.r.o.LastTry)
	in.progress.end()
	if left > 0 {
		in.r.errs.add("%d messages of %s could not be written to %s and are lost", left, in.stream, in.writer.Dir())
	}
	in.disk.Lock()
	defer in.disk.Unlock()
	if err := in.writer.Close(); err != nil {
		in.r.errs.add("%w", err)
	}
	in.ring.Free()
}

package forwarder

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// inlet takes the messages of one stream in: many goroutines build frames in its
// ring, one after the other, and one writes them to spool files of its own.
type inlet struct {
	r       *Receiving
	stream  string
	full    atomic.Bool // the spool is above MaxSpool, and lines rather wait than are given up
	attempt intake.Attempt
	ended   chan struct{} // closed with the ring

	disk   sync.Mutex // guards what follows
	writer *spool.Writer
	quota  *spool.Quota

	mu      sync.Mutex // guards what follows, and the building of frames
	ring    *intake.Ring
	closed  bool
	built   int    // bytes of frames that the ring has not been told of yet
	number  uint64 // of the next line
	events  uint64
	dropped uint32 // lines since the last frame
	cut     int    // lines since the last report
	short   int    // likewise: messages whose structured data was too long
}

const (
	// flushAbove is how many bytes of frames there may be without a Flush.
	flushAbove = 64 << 10
	// eventMax is room enough for an event.
	eventMax = 1 << 10
)

// frameRoom is what a frame takes at most, with an event before it.
func frameRoom(origin, line int) int {
	return 2*spool.FrameHeader + eventMax + origin + line + len("\n")
}

func newInlet(r *Receiving, stream string, memory int) (*inlet, error) {
	ring, err := intake.NewRing(memory)
	if err != nil {
		return nil, err
	}
	w := spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(r.o.StateDir), Host: r.o.Host, Stream: stream, RollSize: spool.RollSize(r.o.MaxSpool)})
	q := spool.NewQuota(w.Dir(), r.o.MaxSpool)
	in := &inlet{r: r, stream: stream, writer: w, quota: q, ring: ring, number: 1, ended: make(chan struct{})}
	in.full.Store(r.bounded() && q.Full())
	return in, nil
}

// take puts a message into the ring, or drops it. open is false if the inlet is
// closed. With Block it waits for room as long as that may come.
func (in *inlet) take(m *listener.Message) (reason listener.Reason, open bool) {
	for {
		last := !in.r.o.Block || in.r.ctx.Err() != nil
		reason, open := in.try(m, last)
		if last || !open || reason == listener.Taken {
			return reason, open
		}
		time.Sleep(roomEvery) // nothing tells when there is room again
	}
}

// try is take, but waits only for a disk that gets on. A message that there is no
// room for is dropped if it is the last try.
func (in *inlet) try(m *listener.Message, last bool) (reason listener.Reason, open bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return "", false
	}
	o := spool.Origin{Time: m.Time, Host: m.Host, Tag: m.Tag, ProcID: m.ProcID, MsgID: m.MsgID, Data: m.Data}
	room := in.room(frameRoom(o.Room(), min(2*len(m.Text)+intake.CutMark, in.r.o.MaxLine)))
	if room == nil {
		if last {
			in.number++
			in.dropped++
		}
		return listener.Full, true
	}
	in.tellDropped(room)
	in.build(room, &o, m)
	if in.built >= flushAbove {
		in.add()
	}
	return listener.Taken, true
}

// build makes a frame of a message.
func (in *inlet) build(room []byte, o *spool.Origin, m *listener.Message) {
	const head = spool.FrameHeader
	b := o.Append(room[in.built : in.built+head])
	f := spool.Frame{Severity: uint8(m.Severity), Time: m.Received, First: in.number, Lines: 1, Origin: b[head:]}
	b, cut := appendLine(b, m, in.r.o.MaxLine)
	if cut {
		in.cut++
	}
	if len(m.Data) > spool.MaxOriginData {
		in.short++
	}
	in.number++
	in.seal(b, &f)
}

// seal ends the frame that is being built.
func (in *inlet) seal(b []byte, f *spool.Frame) {
	f.Dropped, in.dropped = in.dropped, 0
	f.Seal(b)
	in.built += len(b)
}

// room finds room for so many bytes behind the frames that were built, or returns nil.
// As an intake, it waits as long as the disk gets on.
func (in *inlet) room(want int) []byte {
	full := in.isFull()
	if !full {
		if b := in.ring.Room(in.built, want); b != nil {
			return b
		}
	}
	in.add() // what the ring does not know of is not written
	if full {
		return nil
	}
	return in.ring.WaitBriefly(in.built, want, intake.Patience)
}

// add tells the ring of the frames that were built.
func (in *inlet) add() {
	if in.built > 0 {
		in.ring.Add(in.built)
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

// tellDropped makes an event of the lines that were dropped since the last frame.
func (in *inlet) tellDropped(room []byte) {
	if in.dropped > 0 {
		in.event(room, syslogfmt.Alert, fmt.Sprintf("%d messages of %s dropped: the spool could not be written, and the memory for them (%d bytes) was full",
			in.dropped, in.stream, in.ring.Size()))
	}
}

// event builds a frame about the log itself.
func (in *inlet) event(room []byte, s syslogfmt.Severity, text string) {
	in.r.tell(s, text)
	b := append(room[in.built:in.built+spool.FrameHeader], text...)
	in.events++
	in.seal(append(b, '\n'), &spool.Frame{Kind: spool.Event, Severity: uint8(s), Time: time.Now(), First: in.events, Lines: 1})
}

// hasNews reports whether there is something to tell. The caller holds the lock.
func (in *inlet) hasNews() bool { return in.dropped > 0 || in.cut > 0 || in.short > 0 }

// report tells of what was dropped and cut, if there is room to.
func (in *inlet) report() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed && in.hasNews() {
		in.tellAll(in.ring.Room(in.built, reportRoom))
	}
}

const reportRoom = 3 * (spool.FrameHeader + eventMax)

func (in *inlet) tellAll(room []byte) {
	if room == nil {
		return
	}
	in.tellDropped(room)
	if in.cut > 0 {
		in.event(room, syslogfmt.Warning, fmt.Sprintf("%d messages of %s were cut: longer than %d bytes, or broken off", in.cut, in.stream, in.r.o.MaxLine))
		in.cut = 0
	}
	if in.short > 0 {
		in.event(room, syslogfmt.Warning, fmt.Sprintf("the structured data of %d messages of %s was left out: it was longer than %d bytes", in.short, in.stream, spool.MaxOriginData))
		in.short = 0
	}
	in.add()
}

// close lets write come to an end, and waits for room to report.
func (in *inlet) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	close(in.ended)
	in.add()
	if in.hasNews() {
		in.tellAll(in.ring.Wait(0, reportRoom))
	}
	in.closed = true
	in.ring.Close()
}

// roomEvery is how often a message looks for room that it waits for.
const roomEvery = 15 * time.Millisecond

var errSpoolFull = errors.New("the spool is above its max_size")

// store writes frames to the spool, with Block no more than that may have. What is in memory
// at the end it gets: that would be lost.
func (in *inlet) store(frames []byte) (int, error) {
	in.attempt.Begin()
	in.disk.Lock()
	defer in.disk.Unlock()
	if in.r.bounded() && !isClosed(in.ended) {
		frames = frames[:in.quota.Fit(frames)]
	}
	in.full.Store(len(frames) == 0)
	if len(frames) == 0 {
		_ = in.writer.Close() // what is delivered of it can be removed; nothing else makes room
		return 0, errSpoolFull
	}
	n, err := in.writer.Write(frames)
	if err == nil {
		in.attempt.Done()
	}
	return n, err
}

// isFull reports whether the spool is. Who waits for room looks for it.
func (in *inlet) isFull() bool {
	if in.full.Load() && in.disk.TryLock() {
		in.full.Store(in.quota.Full())
		in.disk.Unlock()
	}
	return in.full.Load()
}

// yield lets go of the spool file where the disk is nearly full, or the spool is full: nothing
// may come that would have it complete.
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
	left := in.ring.Pour(in.store, in.ended, in.r.o.LastTry)
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

// appendLine appends a message's text as one line, and reports whether it is cut: LF
// within it becomes "\n", as Apache writes it.
func appendLine(dst []byte, m *listener.Message, maxLine int) (line []byte, cut bool) {
	text, breaks := m.Text, bytes.Count(m.Text, newline)
	whole := m.Lost == 0 && len(text)+breaks <= maxLine
	if whole && breaks == 0 {
		return append(append(dst, text...), '\n'), false
	}
	end := len(dst) + maxLine
	if !whole {
		end -= intake.CutMark
	}
	used := 0
	for used < len(text) && len(dst) < end {
		if c := text[used]; c != '\n' {
			dst = append(dst, c)
		} else if len(dst)+len(`\n`) <= end {
			dst = append(dst, `\n`...)
		} else {
			break
		}
		used++
	}
	if !whole {
		dst = append(dst, " [httpd_syslog: cut here"...)
		if m.Lost >= 0 {
			dst = append(dst, ", "...)
			dst = strconv.AppendInt(dst, int64(m.Lost+len(text)-used), 10)
			dst = append(dst, " bytes"...)
		}
		dst = append(dst, ']')
	}
	return append(dst, '\n'), !whole
}

package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// Options say how lines are taken in.
type Options struct {
	Stream   string
	Host     string
	StateDir string
	Memory   int           // bytes of the ring
	Block    bool          // when the ring is full: wait (and so does the web server) instead of dropping
	MaxLine  int           // bytes, without the LF
	MaxSpool int64         // bytes of the whole spool, where no deliverer bounds it, or Block is set; 0: no limit
	Sync     bool          // put the spool on the disk where no deliverer does
	LastTry  time.Duration // how long to go on trying to write after the end of input

	// Drop, if not nil, is called when standard input is open: what follows needs no
	// privileges.
	Drop func()
	// Start starts a deliverer if none is at work, and reports whether one now
	// is. It is called about once a second, and does not block for long.
	Start func() bool
	// Leave is called at the end, where there are lines in the spool: nobody may
	// look after them any more but a deliverer.
	Leave func()
	// Notices, if not nil, are written as events.
	Notices *Notices
	// Relocate, if not nil, is asked about once a second whether the state
	// directory has become known: where the configuration could not be loaded,
	// StateDir was a guess.
	Relocate func() (stateDir string, known bool)
}

// Summary tells what an intake did.
type Summary struct {
	Lines   uint64 // read, dropped ones included
	Bytes   uint64 // read
	Dropped uint64
	Cut     uint64 // longer than MaxLine
	Writer  spool.WriterID
}

// Plus is the sum of two intakes' summaries.
func (s Summary) Plus(t Summary) Summary {
	return Summary{Lines: s.Lines + t.Lines, Bytes: s.Bytes + t.Bytes, Dropped: s.Dropped + t.Dropped, Cut: s.Cut + t.Cut}
}

const (
	readMax  = 112 << 10 // bytes of one read, and about those of one frame; so that none holds a line above the default MaxLine
	readMin  = 4 << 10   // less room than this is none
	align    = 128 << 10 // frames are to end at multiples of it in the spool's files, where there is so much to read
	slack    = spool.FrameHeader + CutMark + 1
	retryMax = 30 * time.Millisecond // between two attempts to write
)

const (
	// ReadAhead is how long a write to the spool is waited for before more is read.
	ReadAhead = 40 * time.Millisecond
	// Patience is how long it is waited for when the ring is full.
	Patience = 250 * time.Millisecond
)

// intake reads standard input to its end and spools it. See the package
// comment. Three goroutines: read, which waits for nothing but input; run, which
// waits for the disk; keep, which sees to it that somebody delivers.
type intake struct {
	o    Options
	in   *os.File
	ring *Ring

	// of read
	cutter  lineCutter
	number  uint64 // of the next line
	events  uint64 // they have numbers of their own
	bytes   uint64
	dropped uint64
	lost    uint32 // lines dropped since the last frame
	skip    bool   // the rest of the current line is to be dropped
	scratch []byte
	told    bool        // that it has begun
	bounded atomic.Bool // nobody makes a spool that is above MaxSpool smaller at once: it is to get no more
	full    atomic.Bool // it was at the last attempt to write
	attempt Attempt

	rhythm idle.Rhythm
	dozing atomic.Bool   // keep looks rarely, since nothing was written for a while
	news   chan struct{} // wakes it then; buffered

	mu      sync.Mutex // guards writer and quota: store and keep use them
	writer  *spool.Writer
	quota   *spool.Quota
	offset  atomic.Int64  // of writer
	written chan struct{} // closed when the spool has its first frame
	ended   chan struct{} // closed at the end of input
}

// ErrNotBegun: nothing was read.
var ErrNotBegun = errors.New("cannot begin to read")

// Run takes in standard input until its end, and returns when every line
// is in the spool, or when LastTry has passed without that being possible. It
// ignores SIGTERM, SIGHUP and SIGINT: Apache sends them while there are
// lines still to come. ErrNotBegun: it has read nothing, and somebody else has to.
func Run(o Options) (Summary, error) {
	IgnoreSignals()
	ring, err := ringOf(o)
	if err != nil {
		return Summary{}, fmt.Errorf("%w: %w", ErrNotBegun, err)
	}
	stdin := openStdin()
	if o.Drop != nil {
		o.Drop()
	}
	beOnlyReader(stdin)
	in := &intake{
		o: o, in: stdin, ring: ring, number: 1,
		cutter:  lineCutter{max: o.MaxLine},
		writer:  spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(o.StateDir), Host: o.Host, Stream: o.Stream, RollSize: spool.RollSize(o.MaxSpool)}),
		written: make(chan struct{}),
		ended:   make(chan struct{}),
		news:    make(chan struct{}, 1),
	}
	return in.run()
}

// ringOf is the memory for lines, or as much of it as there is: with less of it a stalled
// disk costs lines sooner, without any nobody would read.
func ringOf(o Options) (*Ring, error) {
	least := 4 * (o.MaxLine + readMax + slack)
	for size := o.Memory; ; size /= 2 {
		ring, err := NewRing(size)
		switch {
		case err == nil && size < o.Memory && o.Notices != nil:
			o.Notices.Add(syslogfmt.Err, fmt.Sprintf("%s has %d bytes of memory for lines, instead of %d: there is no more", o.Stream, size, o.Memory))
			return ring, nil
		case err == nil || size/2 < least:
			return ring, err
		}
	}
}

func (in *intake) run() (Summary, error) {
	in.quota = spool.NewQuota(in.writer.Dir(), in.o.MaxSpool)
	in.bounded.Store(in.o.Block && in.o.MaxSpool > 0)
	ctx, cancel := context.WithCancel(context.Background())
	kept := make(chan struct{})
	go func() { in.keep(ctx); close(kept) }()
	var readErr error
	go func() {
		readErr = in.read()
		in.ring.Close()
	}()
	left := in.ring.Pour(in.store, in.ended, in.o.LastTry) // returns when the ring is closed
	cancel()
	<-kept
	err := errors.Join(readErr, in.writer.Close())
	if left > 0 {
		in.dropped += left
		err = errors.Join(err, fmt.Errorf("%d lines could not be written to %s and are lost", left, in.writer.Dir()))
	}
	select {
	case <-in.written:
		in.o.Leave()
	default:
	}
	return Summary{
		Lines: in.number - 1, Bytes: in.bytes, Dropped: in.dropped,
		Cut: in.cutter.cuts, Writer: in.writer.ID(),
	}, err
}

// read reads stdin to its end. The frame being built begins with room for its
// header; keep is what there is of it: that room, and the start of a line.
func (in *intake) read() error {
	keep := spool.FrameHeader
	for {
		// What is in memory is lost with the process, what is in the pipe is not:
		// nothing more is read before all is written, unless the pipe runs full.
		if in.o.Block && in.full.Load() {
			in.ring.WaitEmpty() // it is for the web server to wait, not for lines in memory
		}
		in.ring.WaitWritten(ReadAhead, in.pipeFills)
		var err error
		if room := in.room(keep); room == nil || in.skip {
			keep, err = in.discard(keep)
		} else {
			keep, err = in.readInto(room, keep)
		}
		if err != nil {
			close(in.ended) // before anything waits for room: that may never come
			in.takeLast(keep)
			return endOfInput(err)
		}
	}
}

// readInto reads behind what the frame being built has already, and returns its
// new keep.
func (in *intake) readInto(room []byte, keep int) (int, error) {
	from := keep
	if in.cutter.over > 0 {
		from += CutMark
	}
	end := from + readMax
	if to := in.toAlign(); to-from >= readMin {
		end = to
	}
	n, err := in.in.Read(room[from:min(len(room)-slack, end)])
	in.bytes += uint64(n)
	fault.Point("intake.read")
	if n > 0 {
		keep = in.take(room, keep, from, from+n)
	}
	return keep, err
}

// toAlign is how long a frame must be to end at a multiple of align. Where the spool is
// behind, or its next file is due, no frame is.
func (in *intake) toAlign() int { return align - int(in.offset.Load()%align) }

// room waits for the disk if it must. A disk that gets on, but not as fast as
// lines come in, slows them down to its pace, as any program in a pipe does; one
// that fails or stands still is not waited for, unless that is what is wanted.
func (in *intake) room(keep int) []byte {
	if in.o.Block {
		return in.ring.Wait(keep, readMin+slack)
	}
	return in.ring.WaitBriefly(keep, readMin+slack, Patience)
}

// pipeFills reports whether the pipe is to be read though lines wait in memory; see urgent.
// Where the web server is to wait for room in the spool, it may be full.
func (in *intake) pipeFills() bool {
	if in.o.Block && in.full.Load() {
		return false
	}
	const stdin = 0 // the pipe that in.in is another description of
	return urgent(stdin)
}

func endOfInput(err error) error {
	if err == io.EOF {
		return nil
	}
	return fmt.Errorf("standard input: %w", err)
}

// take makes the whole lines of what was read a frame. The start of a line that
// is left over begins the next one; take returns its keep.
func (in *intake) take(room []byte, keep, from, to int) int {
	cuts := in.cutter.cuts
	if in.cutter.over > 0 || to-spool.FrameHeader > in.o.MaxLine {
		to = in.cutter.add(room, spool.FrameHeader, keep, from, to)
	}
	end := bytes.LastIndexByte(room[spool.FrameHeader:to], '\n') + 1
	if end == 0 {
		return to
	}
	end += spool.FrameHeader
	padding := 0
	if rest := to - end; to == in.toAlign() && rest <= spool.MaxPadding && to+spool.FrameHeader+rest <= len(room) {
		padding = rest // the start of the next line will do
	}
	rest := copy(room[end+padding+spool.FrameHeader:], room[end:to])
	in.sealLines(room[:end], padding)
	keep = in.tellNotices(in.tellBegin(spool.FrameHeader + rest))
	if n := in.cutter.cuts - cuts; n > 0 {
		keep = in.event(keep, syslogfmt.Warning, fmt.Sprintf("%d lines of %s longer than %d bytes were cut", n, in.o.Stream, in.o.MaxLine))
	}
	return keep
}

// tellBegin makes the first line of an intake an event: one that never gets any,
// as Apache starts some, leaves no trace.
func (in *intake) tellBegin(keep int) int {
	if in.told {
		return keep
	}
	in.told = true
	return in.event(keep, syslogfmt.Info, fmt.Sprintf("intake of %s has begun: process %d", in.o.Stream, os.Getpid()))
}

// tellNotices makes what others have to say events.
func (in *intake) tellNotices(keep int) int {
	for _, n := range in.o.Notices.take() {
		keep = in.event(keep, n.severity, n.text)
	}
	return keep
}

// tellEnd makes its end an event.
func (in *intake) tellEnd() {
	const keep = spool.FrameHeader
	if in.told {
		in.ring.Wait(keep, readMin)
		in.tellNotices(keep)
		in.event(keep, syslogfmt.Info, fmt.Sprintf("intake of %s has ended: process %d, %d lines, %d dropped, %d cut",
			in.o.Stream, os.Getpid(), in.number-1, in.dropped, in.cutter.cuts))
	}
}

// takeLast gives a last line its missing LF, and reports what was dropped.
func (in *intake) takeLast(keep int) {
	defer in.tellEnd()
	if in.skip {
		in.drop(1)
	}
	if in.lost > 0 {
		in.ring.Wait(keep, readMin)
		in.reportDrop(keep)
	}
	if keep == spool.FrameHeader && in.cutter.over == 0 {
		return
	}
	room := in.ring.Wait(keep, slack)
	end := in.cutter.finish(room, keep)
	in.sealLines(room[:end], 0)
}

// sealLines adds a frame of lines to the ring; the room has its padding behind b.
func (in *intake) sealLines(b []byte, padding int) {
	n := bytes.Count(b[spool.FrameHeader:], newline)
	in.seal(b[:len(b)+padding], spool.Frame{Kind: spool.Lines, Severity: spool.StreamSeverity, First: in.number, Lines: n, Padding: padding})
	in.number += uint64(n)
}

// seal adds a frame to the ring.
func (in *intake) seal(b []byte, f spool.Frame) {
	f.Time, f.Dropped = time.Now(), in.lost
	f.Seal(b)
	in.lost = 0
	in.ring.Add(len(b))
}

var newline = []byte{'\n'}

// event adds a frame about the log itself, if there is room. The start of a
// line that stands at the tail, keep bytes with the room for its header, is
// moved behind it; event returns the new keep, which is the old.
func (in *intake) event(keep int, severity syslogfmt.Severity, text string) int {
	n := spool.FrameHeader + len(text) + 1
	room := in.ring.Room(keep, n)
	if room == nil {
		return keep
	}
	copy(room[n:], room[:keep])
	copy(room[spool.FrameHeader:], text)
	room[n-1] = '\n'
	in.events++
	in.seal(room[:n], spool.Frame{Kind: spool.Event, Severity: uint8(severity), First: in.events, Lines: 1})
	return keep
}

// discard reads when there is no room. A line that has begun is dropped. What it
// reads goes the usual way if there is room now, and is dropped otherwise, always
// up to the end of a line. It returns the keep of the frame being built.
func (in *intake) discard(begun int) (int, error) {
	const keep = spool.FrameHeader
	in.skip = in.skip || begun > keep || in.cutter.over > 0
	in.cutter.over = 0
	if in.scratch == nil {
		in.scratch = make([]byte, 64<<10)
	}
	n, err := in.in.Read(in.scratch)
	in.bytes += uint64(n)
	b := in.scratch[:n]
	if in.skip {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return keep, err
		}
		in.skip = false
		in.drop(1)
		b = b[i+1:]
	}
	if len(b) == 0 {
		return keep, err
	}
	if in.ring.Room(keep, readMax) == nil {
		in.drop(uint64(bytes.Count(b, newline)))
		in.skip = b[len(b)-1] != '\n'
		return keep, err
	}
	in.reportDrop(keep)
	room := in.ring.Wait(keep, len(b)+slack)
	return in.take(room, keep, keep, keep+copy(room[keep:], b)), err
}

// drop counts lines that are lost for want of room. They keep their numbers, so
// that the gap shows at the central server.
func (in *intake) drop(n uint64) {
	in.dropped += n
	in.number += n
	in.lost += uint32(n)
}

func (in *intake) reportDrop(keep int) {
	if in.lost > 0 {
		in.event(keep, syslogfmt.Alert, fmt.Sprintf("%d lines of %s dropped: the spool could not be written, or was above its max_size (%d bytes) with nobody to deliver it, and the memory for lines (%d bytes) was full",
			in.lost, in.o.Stream, in.o.MaxSpool, in.o.Memory))
	}
}

// errSpoolFull: what waits in memory is tried again, as when the disk is full.
var errSpoolFull = errors.New("the spool is above its max_size")

// store adds frames to the spool. A full one gets none, since after the death of a
// deliverer there is soon another to make room; but at the end of input it gets what is in
// memory, which would be lost.
func (in *intake) store(frames []byte) (int, error) {
	in.begin()
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.bounded.Load() && !isClosed(in.ended) {
		frames = frames[:in.quota.Fit(frames)]
	}
	in.full.Store(len(frames) == 0)
	if len(frames) == 0 {
		_ = in.writer.Close() // what is delivered of it can be removed; nothing else makes room
		return 0, errSpoolFull
	}
	n, err := in.writer.Write(frames)
	in.offset.Store(in.writer.Offset())
	if n > 0 {
		in.stir()
		select {
		case <-in.written:
		default:
			close(in.written)
		}
	}
	if err == nil {
		in.attempt.Done()
	}
	return n, err
}

// begin notes that there is something to write. Before the first frame is written keep sleeps.
func (in *intake) begin() {
	if !in.attempt.Begin() {
		return
	}
	select {
	case <-in.written:
	default:
		in.wake()
	}
}

// stir notes that there is something to look after.
func (in *intake) stir() {
	in.rhythm.Stir()
	if in.dozing.Swap(false) {
		in.wake()
	}
}

func (in *intake) wake() {
	select {
	case in.news <- struct{}{}:
	default:
	}
}

// keep sees to it that what is in the spool is delivered, and that it is on the
// disk where nobody delivers.
func (in *intake) keep(ctx context.Context) {
	if !spoolEmpty(in.o.StateDir) {
		in.o.Start() // a backlog from an earlier life must not wait for a line
	}
	t := idle.NewPatientTimer(idle.Tick)
	defer t.Stop()
	var distress statedir.Distress
	written := in.written // nil once it is closed
	for {
		var again <-chan struct{} // an intake without lines sleeps
		if written == nil || in.o.Relocate != nil || in.attempt.IsOn() {
			again = t.C
		}
		select {
		case <-written:
			written = nil
		case <-again:
		case <-in.news:
		case <-ctx.Done():
			return
		}
		wait := idle.Tick
		in.relocate()
		distress.Set(in.o.StateDir, in.attempt.IsStuck())
		if written == nil {
			delivered := in.o.Start()
			in.lookAfter(delivered)
			if delivered {
				wait = in.doze()
			}
		}
		t.Reset(wait)
	}
}

// doze is how long until keep is to look again; it looks before that when lines come
// after a while without.
func (in *intake) doze() time.Duration {
	if in.dozing.Swap(true) {
		return in.rhythm.Next()
	}
	if in.rhythm.IsLively() {
		in.dozing.Store(false)
		return idle.Tick
	}
	idle.LetGoOfCode()
	return in.rhythm.Next()
}

// lookAfter does what a deliverer does, if there is none, or must not do, if lines
// are rather waited with than given up.
func (in *intake) lookAfter(delivered bool) {
	in.bounded.Store(in.o.MaxSpool > 0 && (!delivered || in.o.Block))
	if in.mu.TryLock() { // else a write is under way, which may take its time
		if in.bounded.Load() && in.quota.Full() {
			_ = in.writer.Close() // as in store, which nobody may call
		}
		in.writer.Yield()
		in.mu.Unlock()
	}
	if !delivered && in.o.Sync {
		_ = spool.SyncWriter(in.writer.Dir(), in.writer.ID()) // tried again in a second
	}
}

// relocate moves to the state directory that the mended configuration names.
func (in *intake) relocate() {
	if in.o.Relocate == nil {
		return
	}
	dir, known := in.o.Relocate()
	if !known {
		return
	}
	in.o.Relocate = nil
	if statedir.SpoolDir(dir) == in.writer.Dir() {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.o.StateDir = dir
	in.quota = spool.NewQuota(statedir.SpoolDir(dir), in.o.MaxSpool)
	_ = in.writer.MoveTo(statedir.SpoolDir(dir)) // what cannot be moved stays in the spool that it is in
}

func spoolEmpty(stateDir string) bool {
	d, err := os.Open(statedir.SpoolDir(stateDir))
	if err != nil {
		return true
	}
	defer d.Close()
	names, _ := d.Readdirnames(1)
	return len(names) == 0
}

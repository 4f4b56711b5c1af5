package intake

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"time"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/ring"
	"httpd-syslog/forwarder/spool/frame"
)

const (
	readMax = 112 << 10 // bytes of one read, and about of one frame; below the default MaxLine, so that as a rule no line of a frame need be cut
	readMin = 4 << 10   // the ring counts as full when it has less space than this
	align   = 128 << 10 // under load, frames end at multiples of it in the spool's files
	slack   = frame.HeaderSize + CutMark + 1
)

const (
	// ReadAhead is how long the reader waits for the write of earlier lines before it reads more.
	ReadAhead = 40 * time.Millisecond
	// Patience is how long the reader of a full ring waits for the disk before it drops lines.
	Patience = 250 * time.Millisecond
)

// reader reads standard input to its end, and builds frames in the ring. Its methods are for
// one goroutine.
type reader struct {
	o     *Options
	in    *os.File
	ring  *ring.Ring
	store *store // behind the ring

	watch   *cards.Watch // of whole lines
	cutter  lineCutter
	number  uint64 // of the next line
	events  uint64 // number of the last event; events are numbered apart from lines
	bytes   uint64
	added   int64  // bytes of frames
	earlier uint64 // lines of the writers before
	procID  string // of the writer
	dropped uint64
	lost    uint32        // lines dropped since the last frame
	untold  uint64        // lines dropped that no event has told of
	cuts    []event.Range // numbers of lines that were cut, and that no event has told of
	skip    bool          // the rest of the current line is to be dropped
	told    bool          // there was an event of the intake's begin
	scratch []byte        // for reading while the ring is full
}

// read reads stdin to its end. keep is how many bytes the frame being built has at the ring's
// tail: its header's place, and the start of a line whose end was not read yet.
func (r *reader) read() error {
	keep := frame.HeaderSize
	for {
		// What is in memory is lost with the process, what is in the pipe is not:
		// nothing more is read before all is written, unless the pipe runs full.
		if r.o.Block && r.store.full.Load() {
			r.ring.WaitEmpty() // the web server is to wait, not lines in memory
		}
		r.ring.WaitWritten(ReadAhead, r.pipeFills)
		var err error
		if space := r.space(keep); space == nil || r.skip {
			keep, err = r.discard(keep)
		} else {
			keep, err = r.readInto(space, keep)
		}
		if err != nil {
			close(r.store.ended) // before anything waits for space in the ring, which a full spool would never free
			r.frameLast(keep)
			return endOfInput(err)
		}
	}
}

// readInto reads behind the keep bytes that the frame being built has, and returns the new
// keep.
func (r *reader) readInto(space []byte, keep int) (int, error) {
	from := keep
	if r.cutter.over > 0 {
		from += CutMark
	}
	end := from + readMax
	if to := r.toAlign(); to-from >= readMin {
		end = to
	}
	n, err := r.in.Read(space[from:min(len(space)-slack, end)])
	r.bytes += uint64(n)
	fault.Point("intake.read")
	if n > 0 {
		keep = r.frameLines(space, keep, from, from+n)
	}
	return keep, err
}

// toAlign is how long a frame must be to end at a multiple of align in the spool file. It is a
// guess while earlier frames are still in the ring, or a new spool file is due: then the frame
// is not aligned, which costs only speed.
func (r *reader) toAlign() int { return align - int(r.store.offset.Load()%align) }

// space finds space for reading in the ring, and waits for the disk if it must; nil: the ring
// is full. A disk that writes, but not as fast as lines come in, slows them down to its pace,
// as any program in a pipe does. For a disk that fails or stands still it does not wait longer
// than Patience, unless Block is set.
func (r *reader) space(keep int) []byte {
	if r.o.Block {
		return r.ring.Wait(keep, readMin+slack)
	}
	return r.ring.WaitBriefly(keep, readMin+slack, Patience)
}

// pipeFills reports whether the pipe must be read though lines wait in memory (see urgent). With
// Block and a full spool the web server is to wait: then the pipe may be full.
func (r *reader) pipeFills() bool {
	if r.o.Block && r.store.full.Load() {
		return false
	}
	const stdin = 0 // the same pipe as r.in, which is a second open file description
	return urgent(stdin)
}

func endOfInput(err error) error {
	if err == io.EOF {
		return nil
	}
	return fmt.Errorf("standard input: %w", err)
}

// frameLines makes a frame of the whole lines that were read. The start of a line that is left
// over begins the next frame, whose keep is returned.
func (r *reader) frameLines(space []byte, keep, from, to int) int {
	if r.cutter.over > 0 || to-frame.HeaderSize > r.o.MaxLine {
		to = r.cutter.add(space, frame.HeaderSize, keep, from, to)
		space = r.tellCuts(space, to)
	}
	end := bytes.LastIndexByte(space[frame.HeaderSize:to], '\n') + 1
	if end == 0 {
		return to
	}
	end += frame.HeaderSize
	padding := 0
	if rest := to - end; to == r.toAlign() && rest <= frame.MaxPadding && to+frame.HeaderSize+rest <= len(space) {
		padding = rest
	}
	rest := copy(space[end+padding+frame.HeaderSize:], space[end:to])
	clear(space[end : end+padding]) // the start of a line was there, which was not looked at yet
	r.sealLines(space[:end], padding)
	return r.turn(r.tellCards(r.tellDropped(r.tellNotices(r.tellBegin(frame.HeaderSize+rest))), false))
}

// frameLast makes a frame of a last line without LF, gives it one, and tells of dropped lines.
func (r *reader) frameLast(keep int) {
	defer r.tellEnd()
	if r.skip {
		r.drop(1)
	}
	if r.untold > 0 {
		r.ring.Wait(keep, readMin)
		r.tellDropped(keep)
	}
	if keep == frame.HeaderSize && r.cutter.over == 0 {
		return
	}
	space := r.ring.Wait(keep, slack)
	end := r.cutter.finish(space, frame.HeaderSize, keep)
	space = r.tellCuts(space, end)
	r.sealLines(space[:end], 0)
}

// discard reads while the ring is full. It drops a line that has begun, to its end. The lines
// behind it become a frame if the ring has space by now, and are dropped otherwise. It returns
// the keep of the frame being built.
func (r *reader) discard(begun int) (int, error) {
	const keep = frame.HeaderSize
	r.skip = r.skip || begun > keep || r.cutter.over > 0
	r.cutter.over = 0
	if r.scratch == nil {
		r.scratch = make([]byte, 64<<10)
	}
	n, err := r.in.Read(r.scratch)
	r.bytes += uint64(n)
	b := r.scratch[:n]
	if r.skip {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return keep, err
		}
		r.skip = false
		r.drop(1)
		b = b[i+1:]
	}
	if len(b) == 0 {
		return keep, err
	}
	if r.ring.Space(keep, readMax) == nil {
		r.drop(uint64(bytes.Count(b, newline)))
		r.skip = b[len(b)-1] != '\n'
		return keep, err
	}
	r.tellDropped(keep)
	space := r.ring.Wait(keep, len(b)+slack)
	return r.frameLines(space, keep, keep, keep+copy(space[keep:], b)), err
}

// drop counts lines that are lost because the ring is full. They keep their numbers, so that
// the gap shows at the central server.
func (r *reader) drop(n uint64) {
	r.dropped += n
	r.number += n
	r.lost += uint32(n)
	r.untold += n
}

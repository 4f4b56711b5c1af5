package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/rotate/reserve"
)

// WriterOptions says what a Writer writes, and where. Zero values are defaults.
type WriterOptions struct {
	Dir      string // made with mode 0750 if it is missing
	Host     string
	Stream   string
	RollSize int64                  // bytes; a file that has reached it gets a successor. Default 64 MiB, and a 64th of the file system at most.
	RollAge  time.Duration          // likewise, at the first Write after that age. Default 60 s.
	Mode     fs.FileMode            // of files; default 0640
	Messages bool                   // the frames are of messages; Stream is then frame.MessageStream
	LetGo    func(f *os.File) error // closes a file that is complete, which nobody removes before; nil: it is closed
}

// Writer appends frames to spool files of its own. It does nothing on disk
// before the first Write. Not for concurrent use.
type Writer struct {
	o      WriterOptions
	id     frame.WriterID
	host   atomic.Pointer[string] // of later files; nil: that of o
	start  time.Time
	number uint32

	f      *os.File
	size   int64         // of f
	limit  int64         // of size, from which on f gets a successor
	asked  int64         // size at the last look how full the file system is
	space  reserve.Space // of f
	headed bool          // f has its header
	opened time.Time
	looked time.Time            // whether f is still there
	lock   func(*os.File) error // lockNew
}

// NewWriter returns a writer with an identity of its own.
func NewWriter(o WriterOptions) *Writer {
	o.RollSize, o.RollAge, o.Mode = cmp.Or(o.RollSize, 64<<20), cmp.Or(o.RollAge, time.Minute), cmp.Or(o.Mode, 0o640)
	if o.Messages {
		o.Stream = frame.MessageStream
	}
	o.Host = o.Host[:min(len(o.Host), frame.MaxName)]
	o.Stream = o.Stream[:min(len(o.Stream), frame.MaxName)]
	now := time.Now()
	return &Writer{o: o, start: now, id: newWriterID(now), lock: lockNew}
}

// newWriterID makes the identity of a writer that starts now in this process.
func newWriterID(now time.Time) frame.WriterID {
	random := rand.Uint64N(1 << 20)
	return frame.WriterID{ID: uint64(now.UnixMilli())<<20 | random, PID: uint32(os.Getpid())}
}

// SetHost has the frames of later Writes go into a file of that host. Any goroutine may call it.
func (w *Writer) SetHost(host string) {
	host = host[:min(len(host), frame.MaxName)]
	w.host.Store(&host)
}

// rehosted reports whether the current file is of another host than later ones.
func (w *Writer) rehosted() bool {
	host := w.host.Load()
	return host != nil && *host != w.o.Host
}

// ID is the writer's identity.
func (w *Writer) ID() frame.WriterID { return w.id }

// Dir is the directory that the writer writes to.
func (w *Writer) Dir() string { return w.o.Dir }

// File is the file that was written to last; nil: none is open.
func (w *Writer) File() *os.File { return w.f }

// Offset is where the next frame will be in its file, but that a new file may be due.
func (w *Writer) Offset() int64 { return w.size }

// Write appends frames, one or more whole ones. It returns how many bytes of
// them, whole frames always, are in the file: all, or an error says why not.
// A failed Write leaves no part of a frame behind where the file can be cut
// back; where it cannot, readers find the rest to be torn. The caller may call
// again with what was not taken.
func (w *Writer) Write(frames []byte) (n int, err error) {
	for {
		done, err := w.append(frames[n:])
		if n += done; err != nil || n == len(frames) {
			return n, err
		}
	}
}

// append appends as many of the frames, one at least, as the current file is to have. Its
// other results are Write's.
func (w *Writer) append(frames []byte) (int, error) {
	if w.f == nil || w.due() {
		if err := w.roll(); err != nil && w.f == nil {
			return 0, err
		}
	}
	if err := w.head(); err != nil {
		return 0, err
	}
	frames = frames[:w.fit(frames)]
	fault.Point("spool.write.before")
	w.space.Grow(w.f, w.size, int64(len(frames)))
	n, err := w.write(frames)
	fault.Point("spool.write.after")
	if err == nil {
		w.size += int64(n)
		return n, nil
	}
	whole := frame.Whole(frames[:n])
	w.size += int64(whole)
	cut := w.f.Truncate(w.size)
	// A successor makes this file complete, so that its space is freed once it
	// is delivered. A file without frames has nothing to free.
	if cut != nil || w.size > int64(frame.MinFileHeader+len(w.o.Host)+len(w.o.Stream)) {
		w.retire()
	}
	return whole, fmt.Errorf("spool: %w", err)
}

// fit is the length of the frames that go into the current file before it has reached its
// limit, of one at least.
func (w *Writer) fit(frames []byte) int {
	room := max(0, w.limit-w.size)
	if int64(len(frames)) <= room {
		return len(frames)
	}
	if n := frame.Whole(frames[:room]); n > 0 {
		return n
	}
	n, err := frame.Len(frames)
	if err != nil {
		return len(frames) // cannot be: they are whole
	}
	return min(n, len(frames))
}

func (w *Writer) write(b []byte) (int, error) {
	if err := fault.Error("spool.write"); err != nil {
		return 0, err
	}
	return w.f.Write(b)
}

// Close lets go of the current file, which makes it complete.
func (w *Writer) Close() error {
	if w.f == nil {
		return nil
	}
	f := w.f
	w.f = nil
	_ = reserve.Release(f) // else it is given back with the file, once that is delivered
	if w.o.LetGo != nil {
		return w.o.LetGo(f)
	}
	return f.Close()
}

func (w *Writer) due() bool {
	now := time.Now()
	return w.size >= w.limit || now.Sub(w.opened) >= w.o.RollAge && w.headed || w.rehosted() || w.gone(now) || w.crowds()
}

// lookEvery is how long lines may go into a file that somebody has removed.
const lookEvery = time.Second

// gone reports whether the file has been removed, with its directory perhaps:
// what is written to it nobody will find.
func (w *Writer) gone(now time.Time) bool {
	if now.Sub(w.looked) < lookEvery {
		return false
	}
	w.looked = now
	var st unix.Stat_t
	return unix.Fstat(int(w.f.Fd()), &st) == nil && st.Nlink == 0
}

// askEvery is how many bytes go into a file between two looks how full the file system is.
const askEvery = 1 << 20

// crowds reports whether the file is to be complete soon, so that it can be removed once it
// is delivered: the file system is nearly full.
func (w *Writer) crowds() bool {
	if w.size < leastRoll || w.size-w.asked < min(askEvery, w.limit/4) {
		return false
	}
	w.asked = w.size
	var st unix.Statfs_t
	return unix.Fstatfs(int(w.f.Fd()), &st) == nil && nearlyFull(&st)
}

// Yield makes the current file complete, if it holds enough to be worth it and the file
// system is nearly full: where nothing more is written nobody could remove it.
func (w *Writer) Yield() {
	if w.f == nil || w.size < leastRoll {
		return
	}
	if _, nearlyFull := Shortage(w.f.Name()); nearlyFull {
		w.retire()
	}
}

// retire gives the current file up after a failure; its error was reported.
func (w *Writer) retire() { _ = w.Close() }

// roll opens the next file and closes the one before. Where none can be made,
// the old one is there to go on with.
func (w *Writer) roll() error {
	fault.Point("spool.roll.before")
	f, err := w.create()
	if err != nil {
		return err
	}
	fault.Point("spool.roll.after")
	if w.rehosted() {
		w.o.Host = *w.host.Load()
	}
	w.f, w.size, w.headed, w.opened = f, 0, false, time.Now()
	w.limit, w.asked = min(w.o.RollSize, rollSizeOn(f)), 0
	w.space = reserve.Space{}
	w.looked = w.opened
	return nil
}

// create makes the next file and locks it. A cleaner can be faster than the
// lock and remove the file, which is empty: then the next number is taken.
func (w *Writer) create() (*os.File, error) {
	const tries = 100
	for range tries {
		f, err := w.createNext()
		switch {
		case err == nil:
			return f, nil
		case errors.Is(err, fs.ErrNotExist):
			err = os.MkdirAll(w.o.Dir, 0o750)
		case errors.Is(err, fs.ErrExist), err == errUnlinked:
			err = nil
		}
		if err != nil {
			return nil, fmt.Errorf("spool: %w", err)
		}
	}
	return nil, fmt.Errorf("spool: cannot make a file in %s: %d names in turn were taken or removed", w.o.Dir, tries)
}

var errUnlinked = errors.New("removed before it was locked")

// createNext makes a file of the next number and locks it. Once it is there to
// be seen, the file before counts as complete, and is closed whatever happens.
func (w *Writer) createNext() (*os.File, error) {
	next := w.number + 1
	if err := fault.Error("spool.create"); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(w.path(next), os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_WRONLY, w.o.Mode)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	fault.Point("spool.roll.created")
	w.retire()
	w.number = next
	if err == nil {
		err = w.lock(f)
	}
	return f, err
}

func (w *Writer) path(number uint32) string {
	return filepath.Join(w.o.Dir, frame.FileID{Writer: w.id, Number: number}.String())
}

// lockNew locks a file that was just made; errUnlinked: it is gone by then. An
// error closes it.
func lockNew(f *os.File) error {
	var st unix.Stat_t
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX)
	if err == nil {
		err = unix.Fstat(int(f.Fd()), &st)
	}
	if err == nil && st.Nlink == 0 {
		err = errUnlinked
	}
	if err != nil {
		f.Close()
	}
	return err
}

// head writes the file's header, if it is not there yet.
func (w *Writer) head() error {
	if w.headed {
		return nil
	}
	h := frame.FileHeader{File: frame.FileID{Writer: w.id, Number: w.number}, Start: w.start, Host: w.o.Host, Stream: w.o.Stream, Messages: w.o.Messages}
	b := h.Append(nil)
	n, err := w.write(b)
	if err != nil {
		if n > 0 && w.f.Truncate(0) != nil {
			w.retire()
		}
		return fmt.Errorf("spool: %w", err)
	}
	fault.Point("spool.head.after")
	w.size, w.headed = int64(n), true
	return nil
}

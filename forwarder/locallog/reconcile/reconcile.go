package reconcile

import (
	"bytes"
	"io"
	"slices"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/rotate"
)

// clockGrain is how far a file's time of modification may be behind the clock: the kernel sets it from
// a coarse one.
const clockGrain = 20 * time.Millisecond

// File is a file of the local log, as its record says that it is.
type File struct {
	Catalog *spool.Catalog
	Known   func(*frame.FileHeader) bool // which spool files have a stream that is configured
	At      spool.Positions              // where the file is in the spool
	Read    spool.Positions              // how far the local log has read: lines between At and Read wait for the file

	Unrecorded bool // no record names the file
	Distrusted bool // the kernel may have dropped bytes that were written to the file

	// Text appends the text that the file gets of a frame, and returns how many lines that is.
	Text func(dst []byte, f *spool.Frame) (text []byte, lines int)
}

// Lines is a number of lines, and of their bytes.
type Lines struct{ Lines, Bytes uint64 }

func (l *Lines) add(lines, bytes int) {
	l.Lines, l.Bytes = l.Lines+uint64(lines), l.Bytes+uint64(bytes)
}

// Reconciler compares the tail of a file, which is what it has behind its record, with the lines that
// the spool has for the file from there on. A process that was killed had written the next lines of
// some writers, each writer's in order: the file has those already, and does not get them again. Every
// other line of the tail is somebody else's, or older than the record, and stays. A Reconciler must be
// closed. Not for concurrent use.
type Reconciler struct {
	file    File
	sources []*source // nil: not opened yet
	there   spool.Positions
	waited  Lines
	strange Lines
	written time.Time // when the file was last written to

	tail rotate.Tail
	at   int64  // how far the tail is compared, in bytes
	have []byte // of the tail, from at on
	buf  []byte
}

// New returns a Reconciler for a file. It opens nothing before Keep is called.
func New(f File) *Reconciler { return &Reconciler{file: f} }

// There is up to where the file has the lines of the spool, for each spool file of which the tail has
// lines.
func (r *Reconciler) There() spool.Positions { return r.there }

// Waited are the lines found in the tail that the record counts as waiting for the file.
func (r *Reconciler) Waited() Lines { return r.waited }

// Strange are the lines of the tail that the spool does not have.
func (r *Reconciler) Strange() Lines { return r.strange }

func (r *Reconciler) advance(n int) {
	r.at += int64(n)
	r.have = r.have[n:]
}

// Close closes the spool files.
func (r *Reconciler) Close() {
	for _, s := range r.sources {
		s.reader.Close()
	}
}

// Keep is a rotate.Keep: it compares the tail, and keeps all of it but lines of the spool at its end
// that were not written whole.
func (r *Reconciler) Keep(t rotate.Tail) (int64, error) {
	if r.sources == nil {
		r.open()
	}
	r.tail, r.at, r.have, r.written = t, 0, nil, t.Written
	if r.file.Unrecorded && !r.MayRepeat() {
		return t.Size, nil // the file is older than the spool, so that it can have no line of it
	}
	for r.at < t.Size {
		whole, isEnd, err := r.match()
		if err == nil && !whole && !isEnd {
			isEnd, err = r.skipStrange()
		}
		if err != nil {
			return 0, err
		}
		if isEnd {
			return r.kept(r.at), nil
		}
	}
	return r.kept(t.Size), nil
}

// kept is how many of n bytes of the tail stay: none where the kernel may have dropped some and the
// spool has all of the lines.
func (r *Reconciler) kept(n int64) int64 {
	if r.file.Distrusted && r.strange.Lines == 0 && !r.tail.Unnamed {
		r.there, r.waited = spool.Positions{}, Lines{}
		return 0
	}
	return n
}

// match advances over whole lines of the spool, and reports whether there were any. torn: the rest of
// the tail is the beginning of such lines.
func (r *Reconciler) match() (whole, torn bool, err error) {
	for i, s := range r.sources {
		if len(s.text) == 0 {
			continue
		}
		rest := r.tail.Size - r.at
		n := int(min(int64(len(s.text)), rest))
		if err := r.need(min(n, 64)); err != nil {
			return false, false, err
		}
		if !bytes.Equal(r.have[:min(n, 64)], s.text[:min(n, 64)]) {
			continue
		}
		if err := r.need(n); err != nil {
			return false, false, err
		}
		switch {
		case !bytes.Equal(r.have[:n], s.text[:n]):
		case n < len(s.text):
			return false, true, nil
		default:
			r.advance(n)
			r.found(s)
			r.sources[0], r.sources[i] = r.sources[i], r.sources[0] // the next lines are mostly this writer's too
			return true, false, nil
		}
	}
	return false, false, nil
}

// MayRepeat reports whether strange lines may be lines of the spool all the same: the spool has lines
// left for the file that came in before the file was last written to.
func (r *Reconciler) MayRepeat() bool {
	return slices.ContainsFunc(r.sources, func(s *source) bool {
		return len(s.text) > 0 && s.time.Before(r.written.Add(clockGrain))
	})
}

// need reads more of the tail, until have holds n bytes or the tail is at its end.
func (r *Reconciler) need(n int) error {
	if len(r.have) >= n {
		return nil
	}
	const chunk = 256 << 10
	want := int(min(int64(max(n, chunk)), r.tail.Size-r.at))
	buf := append(r.buf[:0], r.have...)
	buf = slices.Grow(buf, want-len(buf))
	m, err := io.ReadFull(io.NewSectionReader(r.tail, r.at+int64(len(buf)), r.tail.Size), buf[len(buf):want])
	r.have = buf[:len(buf)+m]
	r.buf = r.have
	return err
}

// next reads a writer's next lines for the file.
func (r *Reconciler) next(s *source) {
	const openAtOnce = 64
	s.text = s.text[:0]
	for read := int64(0); read < searchLimit; {
		f, err := s.reader.Next()
		if err != nil {
			continue // a damaged place is passed over; the local log tells of it when it reads it
		}
		if f == nil {
			return
		}
		read += f.End - f.Start.Offset
		if s.text, s.lines = r.file.Text(s.text, f); len(s.text) > 0 {
			s.file, s.start, s.end, s.time = f.File.ID, f.Start, spool.Position{Offset: f.End}, f.Time
			if len(r.sources) > openAtOnce {
				s.reader.Close() // the reader opens the file again when it is needed
			}
			return
		}
	}
}

// open makes a source of each writer whose spool files have lines for the file, and reads the first lines.
func (r *Reconciler) open() {
	r.there = spool.Positions{}
	for _, c := range r.file.Catalog.ByWriter() {
		s := &source{}
		own := spool.Positions{}
		for _, f := range c.Files() {
			if pos, ok := r.file.At[f.ID]; ok {
				own[f.ID] = pos
			}
		}
		s.reader = spool.NewReader(c, own, r.file.Known)
		if r.next(s); len(s.text) > 0 {
			r.sources = append(r.sources, s)
		} else {
			s.reader.Close()
		}
	}
	if r.sources == nil {
		r.sources = []*source{}
	}
}

// skipStrange advances over a line that the spool does not have. isEnd: the rest of the tail is zeros,
// of blocks that a power failure has kept from being written.
func (r *Reconciler) skipStrange() (isEnd bool, err error) {
	rest := r.tail.Size - r.at
	for n := 0; ; {
		want := int(min(int64(n)+64<<10, rest))
		if err := r.need(want); err != nil {
			return false, err
		}
		i := bytes.IndexByte(r.have[n:], '\n')
		if i < 0 && int64(len(r.have)) < rest && len(r.have) < 64<<20 {
			n = len(r.have)
			continue
		}
		end := len(r.have)
		if i >= 0 {
			end = n + i + 1
		} else if len(bytes.Trim(r.have, "\x00")) == 0 {
			return true, nil
		}
		r.strange.add(1, end)
		r.advance(end)
		return false, nil
	}
}

// found notes that the tail has the next lines of a source, and reads the lines after them.
func (r *Reconciler) found(s *source) {
	r.there[s.file] = s.end
	if s.start.Before(r.file.Read[s.file]) {
		r.waited.add(s.lines, len(s.text))
	}
	r.next(s)
}

// searchLimit is how much of a writer's frames is searched for a line of the file.
const searchLimit = 64 << 20

// source is the lines that a writer's spool files have for the file.
type source struct {
	reader *spool.Reader
	text   []byte // the next frame's; empty: there is none
	lines  int
	file   frame.FileID
	start  spool.Position
	end    spool.Position
	time   time.Time
}

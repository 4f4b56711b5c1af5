package forwarder

import (
	"bytes"
	"io"
	"slices"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/rotate"
)

// reconciler compares what a file has behind its record with what the spool has for it from there on:
// what a process wrote before it was killed is the next lines of some writers, each in its order. The
// file has those already, and gets them no second time. Everything else in it is somebody else's, or
// older than the record, and stays.
type reconciler struct {
	l       *local
	file    *localFile
	sources []*source // nil: not opened yet
	there   spool.Positions
	strange lineCount // lines that the spool does not have
	written time.Time // when the file was last written to

	tail rotate.Tail
	at   int64  // in the tail
	have []byte // of the tail, from at on
	buf  []byte
}

// source is the lines that a writer's spool files have for the file.
type source struct {
	reader *spool.Reader
	text   []byte // the next frame's; empty: there is none
	lines  int
	file   spool.FileID
	start  spool.Position
	end    spool.Position
	time   time.Time
}

// keep is a rotate.Keep. What is cut off are lines of the spool that were not written whole.
func (r *reconciler) keep(t rotate.Tail) (int64, error) {
	if r.sources == nil {
		r.open()
	}
	r.tail, r.at, r.have, r.written = t, 0, nil, t.Written
	if r.file.pos.IsZero() && !r.mayRepeat() {
		return t.Size, nil // nothing of the spool can be in it
	}
	for r.at < t.Size {
		whole, torn, err := r.match()
		if err != nil {
			return t.Size, err
		}
		switch {
		case torn:
			return r.kept(r.at), nil
		case !whole:
			if isEnd, err := r.skipStrange(); isEnd || err != nil {
				return r.kept(r.at), err
			}
		}
	}
	return r.kept(t.Size), nil
}

// kept is how much stays: nothing of what the kernel may have dropped, where the spool has all of it.
func (r *reconciler) kept(n int64) int64 {
	if r.file.distrusted && r.strange.lines == 0 && !r.tail.Unnamed {
		r.there = nil
		return 0
	}
	return n
}

// open finds the writers' next lines.
func (r *reconciler) open() {
	r.there = spool.Positions{}
	from := r.file.places(r.l.done)
	for _, c := range r.l.catalog.ByWriter() {
		s := &source{}
		own := spool.Positions{}
		for _, f := range c.Files() {
			if pos, ok := from[f.ID]; ok {
				own[f.ID] = pos
			}
		}
		s.reader = spool.NewReader(c, own, r.l.streams.known)
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

// searchLimit is how much of a writer's frames is searched for a line of the file.
const searchLimit = 64 << 20

// next reads a writer's next lines for the file.
func (r *reconciler) next(s *source) {
	const openAtOnce = 64
	s.text = s.text[:0]
	for read := int64(0); read < searchLimit; {
		f, err := s.reader.Next()
		if err != nil {
			continue // what cannot be read is passed over, or put off
		}
		if f == nil {
			return
		}
		read += f.End - f.Start.Offset
		if s.text, s.lines = r.l.textFor(s.text, f, r.file); len(s.text) > 0 {
			s.file, s.start, s.end, s.time = f.File.ID, f.Start, spool.Position{Offset: f.End}, f.Time
			if len(r.sources) > openAtOnce {
				s.reader.Close() // it opens the file again
			}
			return
		}
	}
}

// match passes over lines of the spool, whole ones. torn: the rest of the tail is part of some.
func (r *reconciler) match() (whole, torn bool, err error) {
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
			r.take(s)
			r.sources[0], r.sources[i] = r.sources[i], r.sources[0] // it will have the next, too
			return true, false, nil
		}
	}
	return false, false, nil
}

// take notes that the file has a writer's lines.
func (r *reconciler) take(s *source) {
	r.there[s.file] = s.end
	if s.start.Before(r.l.done[s.file]) { // they were counted as waiting
		n := lineCount{uint64(s.lines), uint64(len(s.text))}
		r.file.waits.sub(n)
		r.l.counts.add(r.file.stream, streamCount{Lines: n.lines, Bytes: n.bytes})
	}
	r.next(s)
}

// skipStrange passes over a line that the spool does not have. isEnd: what is left is nothing but
// the zeros of blocks that a power failure has kept from being written.
func (r *reconciler) skipStrange() (isEnd bool, err error) {
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
		r.strange.add(lineCount{1, uint64(end)})
		r.advance(end)
		return false, nil
	}
}

// need reads on until n bytes of the tail are there.
func (r *reconciler) need(n int) error {
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

func (r *reconciler) advance(n int) {
	r.at += int64(n)
	r.have = r.have[n:]
}

// apply puts the file ahead by the lines that it has.
func (r *reconciler) apply() {
	for f, pos := range r.there {
		r.file.move(f, pos)
		r.l.apart[r.file] = true
	}
}

// clockGrain is how far a file's time of modification may be behind the clock.
const clockGrain = 20 * time.Millisecond

// mayRepeat reports whether lines that were taken for strange may be ones that the spool has: there
// are some that came in before the file was last written to.
func (r *reconciler) mayRepeat() bool {
	return slices.ContainsFunc(r.sources, func(s *source) bool {
		return len(s.text) > 0 && s.time.Before(r.written.Add(clockGrain))
	})
}

func (r *reconciler) close() {
	for _, s := range r.sources {
		s.reader.Close()
	}
}

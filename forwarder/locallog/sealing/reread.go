package sealing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/seal"
)

// rereads are the rotated files that are to be read once more, one at a time, beside delivery.
type rereads struct {
	todo  []cursor.RotatedFile // the first one is being read, if any is
	busy  bool
	after time.Time // when to go on
	tries int       // of the first one
	done  chan Reread

	stop context.CancelFunc
}

// Reread is what came of a look at a file.
type Reread struct {
	found seal.Rotated
	early bool // its last seal is not in audit_log yet
	err   error
}

// mostToRead is how many files wait at most; the oldest ones are forgotten.
const mostToRead = 2000

func (s *Sealer) toRead(f cursor.RotatedFile) {
	s.rereads.todo = append(s.rereads.todo, f)
	if n := len(s.rereads.todo) - mostToRead; n > 0 && !s.rereads.busy {
		s.rereads.todo = s.rereads.todo[n:]
	}
}

// Busy reports whether rotated files are still to be read.
func (s *Sealer) Busy() bool { return len(s.rereads.todo) > 0 }

// Reread gets something when a rotated file has been read: Step takes it.
func (s *Sealer) Reread() <-chan Reread { return s.rereads.done }

// rereadPause is how long a file is waited for whose last seal is not in audit_log.
const rereadPause, rereadTries = 2 * time.Second, 5

// Step begins to read a rotated file again, if that is due. It does not wait.
func (s *Sealer) Step() {
	r := &s.rereads
	if r.busy || len(r.todo) == 0 || time.Now().Before(r.after) || s.unrecorded {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	r.busy, r.stop = true, stop
	if r.done == nil {
		r.done = make(chan Reread, 1)
	}
	job, last := r.todo[0], r.tries >= rereadTries
	go func() { r.done <- look(ctx, s.o.Dir, job, last) }()
}

// NextAt is when seals are due, or Step has something to do; zero: nothing is to be waited for.
func (s *Sealer) NextAt() time.Time {
	at := s.DueAt()
	if r := &s.rereads; len(r.todo) > 0 && !r.busy && (at.IsZero() || r.after.Before(at)) {
		at = r.after.Add(time.Nanosecond)
	}
	return at
}

// Took tells what a look at a rotated file has found. It reports whether the record has changed by that.
func (s *Sealer) Took(found Reread) bool {
	r := &s.rereads
	r.busy = false
	r.stop()
	if found.early || found.err != nil && !errors.Is(found.err, fs.ErrNotExist) && r.tries < rereadTries {
		r.tries++
		r.after = time.Now().Add(rereadPause)
		return false
	}
	r.todo, r.tries, r.after = r.todo[1:], 0, time.Time{}
	if !errors.Is(found.err, fs.ErrNotExist) { // a file that was removed has an event of its own
		s.o.Tell(found.found.Event())
	}
	return true
}

// Close ends the reading.
func (s *Sealer) Close() {
	if r := &s.rereads; r.busy {
		r.stop()
		<-r.done
		r.busy = false
	}
}

// look reads a rotated file and compares its pieces. last: what is not in audit_log now never will be.
func look(ctx context.Context, dir string, job cursor.RotatedFile, last bool) (r Reread) {
	pieces, whole := piecesOf(dir, job.Chain, job.Since, job.Until)
	if job.Until > 0 && !whole && !last {
		return Reread{early: true}
	}
	r.found = seal.Rotated{File: job.Path, Chain: job.Chain, Since: job.Since, Until: job.Until}
	if name, err := filepath.Rel(dir, job.Path); err == nil {
		r.found.File = name
	}
	if r.err = r.compare(ctx, job.Path, pieces); r.err != nil {
		r.found.Why = "it cannot be read: " + r.err.Error()
	}
	return r
}

func (r *Reread) compare(ctx context.Context, path string, pieces map[int64]seal.File) error {
	file, err := openRotated(path)
	if err != nil {
		return err
	}
	defer file.Close()
	c := comparison{pieces: pieces}
	if err := c.read(ctx, file); err != nil {
		return err
	}
	r.found.Size, r.found.Compared, r.found.Sum, r.found.Why = c.at, c.compared, seal.Sum(c.all.h.Sum(nil)), c.verdict()
	return nil
}

// comparison compares a file with its pieces, from its beginning to its end.
type comparison struct {
	pieces   map[int64]seal.File
	all      digest
	at       int64
	compared int64

	piece *seal.File // that at is in; nil: in none
	sum   digest     // of it
	why   string     // the first difference
}

func (c *comparison) read(ctx context.Context, r io.Reader) error {
	const chunk, pause = 1 << 20, 5 * time.Millisecond // delivery does not notice it
	_, _ = c.all.Write(nil)
	buf := make([]byte, chunk)
	for {
		n, err := io.ReadFull(r, buf)
		c.take(buf[:n])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// take takes in the next bytes.
func (c *comparison) take(b []byte) {
	_, _ = c.all.Write(b)
	for len(b) > 0 {
		if p, is := c.pieces[c.at]; is && c.piece == nil {
			c.piece = &p
			c.sum.reset()
		}
		n := int64(len(b))
		if c.piece != nil {
			n = min(n, c.piece.End-c.at)
			_, _ = c.sum.Write(b[:n])
		} else {
			n = min(n, c.next()-c.at)
		}
		c.at += n
		b = b[n:]
		c.border()
	}
}

// next is where the next piece begins.
func (c *comparison) next() int64 {
	next := int64(1) << 62
	for begin := range c.pieces {
		if begin > c.at {
			next = min(next, begin)
		}
	}
	return next
}

// border compares a piece that ends here.
func (c *comparison) border() {
	p := c.piece
	if p == nil || p.End != c.at {
		return
	}
	c.compared += p.End - p.Begin
	if sum := sumOf(c.sum.append(nil)); sum != p.Sum && c.why == "" {
		c.why = fmt.Sprintf("bytes %d to %d are others, or were moved", p.Begin, p.End)
	}
	delete(c.pieces, p.Begin)
	c.piece = nil
}

// verdict is how the file differs; empty: it does not.
func (c *comparison) verdict() string {
	for _, p := range c.pieces {
		if c.why == "" && p.End > c.at {
			c.why = fmt.Sprintf("it ends at byte %d, and was sealed up to %d", c.at, p.End)
		}
	}
	return c.why
}

package jetstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/klauspost/compress/gzip"
)

// seriesReading is a series that is read back.
type seriesReading struct {
	*reading
	subject string
	file    *packedFile // nil: there is none yet
	last    uint64      // number of the entry before; 0: none was read
}

// readSeries reads one series into a file, which is there when there is an entry for it.
func (r *reading) readSeries(ctx context.Context, subject, name string) (err error) {
	s := &seriesReading{reading: r, subject: subject, file: &packedFile{path: filepath.Join(r.fetch.Dir, name)}}
	defer func() { err = errors.Join(err, s.file.close()) }()
	for next := r.start; ; {
		e, err := r.get(ctx, r.stream, getRequest{Seq: next, NextFor: subject})
		switch {
		case err != nil:
			return err
		case e.seq == 0:
			return nil
		case e.seq < next || e.subject != subject:
			return fmt.Errorf("the server gives entry %d of %s where it is asked for the next of %s from %d on", e.seq, shown(e.subject), subject, next)
		}
		if err := s.read(ctx, &e); err != nil {
			return err
		}
		next, s.last = e.seq+1, e.seq
	}
}

// read writes the lines of an entry, and tells what is odd about it.
func (s *seriesReading) read(ctx context.Context, e *stored) error {
	where := s.subject + " number " + strconv.FormatUint(e.seq, 10)
	if err := s.judgePlace(ctx, where, e); err != nil {
		return err
	}
	wanted := false
	n, flaw := messagesOf(e.data, func(m []byte) error {
		wanted = wanted || s.isWanted(m)
		return nil
	})
	if flaw != nil {
		s.odd.tell(where, "is not an entry of this program: %v, behind %d messages", flaw, n)
	}
	if marks := e.header[headerMark]; len(marks) != 1 {
		s.odd.tell(where, "has %d marks, and each entry of this program has one: somebody else writes there", len(marks))
	}
	if count := e.header[headerMessages]; len(count) != 1 || count[0] != strconv.Itoa(n) {
		s.odd.tell(where, "has %d messages, and its header says otherwise", n)
	}
	if !wanted {
		return nil
	}
	_, err := messagesOf(e.data, func(m []byte) error {
		s.line = appendLine(s.line[:0], m)
		return s.file.write(s.line)
	})
	if _, is := errors.AsType[*flawError](err); is {
		return nil // it was told
	}
	return err
}

// isWanted reports whether a message is of the time that is asked for, as far as that is known.
func (s *seriesReading) isWanted(m []byte) bool {
	from, to := s.fetch.From, s.fetch.To
	if from.IsZero() && to.IsZero() {
		return true
	}
	at := timeOf(m)
	return at.IsZero() || !at.Before(from) && (to.IsZero() || !at.After(to))
}

// judgePlace tells of an entry that does not follow the one before it.
func (s *seriesReading) judgePlace(ctx context.Context, where string, e *stored) error {
	headers := e.header[headerAfter]
	if len(headers) != 1 {
		s.odd.tell(where, "does not say which entry it follows: it is not of this program")
		return nil
	}
	after, err := strconv.ParseUint(headers[0], 10, 64)
	switch {
	case err != nil || after >= e.seq:
		s.odd.tell(where, "says that it follows entry %s, which cannot be", quoted(headers[0]))
		return nil
	case after == s.last, s.last == 0 && after < s.start:
		return nil
	}
	i, err := s.streamInfo(ctx, s.stream, infoRequest{}) // entries whose time is over go meanwhile
	if err != nil || after < i.State.FirstSeq {
		return err
	}
	s.odd.tell(where, "follows entry %d, and the one before it is %s: entries between them were removed, or somebody else has written there", after, entryOrNone(s.last))
	return nil
}

func entryOrNone(seq uint64) string {
	if seq == 0 {
		return "not there"
	}
	return strconv.FormatUint(seq, 10)
}

// packedFile is a file that is made when something is written to it. It must not be there.
type packedFile struct {
	path string
	f    *os.File
	pack *gzip.Writer
	w    *bufio.Writer
}

func (p *packedFile) write(line []byte) error {
	if p.f == nil {
		f, err := os.OpenFile(p.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
		if err != nil {
			return err
		}
		p.f = f
		p.pack, _ = gzip.NewWriterLevel(f, gzip.BestSpeed) // the level is there
		p.w = bufio.NewWriterSize(p.pack, 64<<10)
	}
	_, err := p.w.Write(line)
	return err
}

func (p *packedFile) close() error {
	if p.f == nil {
		return nil
	}
	return errors.Join(p.w.Flush(), p.pack.Close(), p.f.Close())
}

// Package cardscan looks for card numbers in files: plain ones and those that gzip has packed, whatever
// their names. It changes nothing, and follows no symbolic link that it meets in a directory.
//
// What it hands out of a file is truncated, however the rules except a number. It is not escaped: whoever
// prints a path does that.
package cardscan

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"httpd-syslog/forwarder/cardnumber"
)

// Finding is a card number in a file.
type Finding struct {
	Path     string
	Line     int64 // from 1
	Network  cardnumber.Network
	Excepted bool   // the rules say that it is none
	Number   string // truncated
	Before   string // what stands before it in its line, as much as Options.Context says
	After    string
}

// Options say what is looked for, and who is told. Functions may be nil.
type Options struct {
	Rules   cardnumber.Rules
	Context int // bytes around a number
	// Found is told each finding, in order.
	Found func(Finding)
	// Failed is told what could not be read, or not to its end.
	Failed func(error)
	// Progress is called now and then.
	Progress func(Total)
}

// Total is what was done.
type Total struct {
	Files  int // read, even if not to their ends
	Bytes  int64
	With   int // files with card numbers
	Failed int // files and directories that could not be read, or not to their ends
	Counts cardnumber.Counts
}

// scan is one call of Paths.
type scan struct {
	o      Options
	total  Total
	finder *cardnumber.Finder
	shown  *cardnumber.Finder // truncates what is handed out
	buf    []byte
	copied []byte // of buf, truncated
	spans  []cardnumber.Span
	gzip   *gzip.Reader
}

const (
	bufSize = 1 << 20
	// overlap is how much of a line that is longer than the buffer is looked at twice.
	overlap = 256
)

// Paths looks at files, and at all files in directories. It ends early when ctx does.
func Paths(ctx context.Context, paths []string, o Options) Total {
	s := &scan{o: o, finder: cardnumber.New(o.Rules), buf: make([]byte, bufSize)}
	s.shown = cardnumber.New(cardnumber.Rules{Keep: o.Rules.Keep})
	for _, path := range paths {
		s.path(ctx, path)
	}
	return s.total
}

// path looks at what is named by somebody, so that a symbolic link is followed.
func (s *scan) path(ctx context.Context, path string) {
	root, err := filepath.EvalSymlinks(path)
	if err != nil {
		s.failed(err)
		return
	}
	info, err := os.Stat(root)
	switch {
	case err != nil:
		s.failed(err)
	case !info.IsDir() && !info.Mode().IsRegular():
		s.failed(&fs.PathError{Op: "scan", Path: path, Err: errors.New("neither a file nor a directory")})
	case !info.IsDir():
		s.file(ctx, path)
	default:
		_ = filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error { return s.walk(ctx, at, d, err) })
	}
}

func (s *scan) walk(ctx context.Context, path string, d fs.DirEntry, err error) error {
	switch {
	case ctx.Err() != nil:
		return filepath.SkipAll
	case err != nil:
		s.failed(err)
		if d != nil && d.IsDir() {
			return filepath.SkipDir
		}
	case d.Type().IsRegular():
		s.file(ctx, path)
	}
	return nil
}

func (s *scan) failed(err error) {
	s.total.Failed++
	if s.o.Failed != nil {
		s.o.Failed(err)
	}
}

// file looks at a file, which must be none that blocks.
func (s *scan) file(ctx context.Context, path string) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		s.failed(err)
		return
	}
	defer f.Close()
	s.total.Files++
	before := s.total.Counts.Total()
	if err := s.content(ctx, path, f); err != nil {
		s.failed(fmt.Errorf("%s: %w", path, err))
	}
	if s.total.Counts.Total() > before {
		s.total.With++
	}
}

// content looks at what is in a file, unpacked if it is packed.
func (s *scan) content(ctx context.Context, path string, f *os.File) error {
	var magic [2]byte
	if n, _ := f.ReadAt(magic[:], 0); n < 2 || magic != [2]byte{0x1f, 0x8b} {
		return s.lines(ctx, path, f)
	}
	r := bufio.NewReaderSize(f, 64<<10)
	var err error
	if s.gzip == nil {
		s.gzip, err = gzip.NewReader(r)
	} else {
		err = s.gzip.Reset(r)
	}
	if err != nil {
		return err
	}
	return s.lines(ctx, path, s.gzip)
}

// lines looks at the lines of r, as many at a time as the buffer holds.
func (s *scan) lines(ctx context.Context, path string, r io.Reader) error {
	line, kept := int64(1), 0
	for {
		n, err := r.Read(s.buf[kept:])
		s.total.Bytes += int64(n)
		b := s.buf[:kept+n]
		done := len(b)
		switch whole := bytes.LastIndexByte(b, '\n') + 1; {
		case err != nil:
			s.look(path, line, b, len(b))
		case whole > 0:
			done = s.look(path, line, b[:whole], whole)
		case len(b) == len(s.buf):
			done = s.look(path, line, b, len(b)-overlap)
		default:
			done = 0
		}
		if s.o.Progress != nil && n > 0 {
			s.o.Progress(s.total)
		}
		if err == io.EOF || err == nil && ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		line += int64(bytes.Count(b[:done], newline))
		kept = copy(s.buf, b[done:])
	}
}

var newline = []byte{'\n'}

// look looks at b for numbers that end before limit, or begin before it, and returns up to where it
// is done: limit, or the end of the last one.
func (s *scan) look(path string, line int64, b []byte, limit int) (done int) {
	done = limit
	s.spans = s.finder.Find(s.spans[:0], b)
	if len(s.spans) == 0 {
		return done
	}
	slices.SortFunc(s.spans, func(a, b cardnumber.Span) int { return a.Begin - b.Begin })
	s.copied = append(s.copied[:0], b...)
	s.shown.Truncate(s.copied)
	counted := 0
	for _, f := range s.spans {
		if f.Begin >= limit && limit < len(b) {
			break // the next look has it, with what stands behind it
		}
		done = max(done, f.End)
		line += int64(bytes.Count(b[counted:f.Begin], newline))
		counted = f.Begin
		s.found(path, line, f)
	}
	return done
}

func (s *scan) found(path string, line int64, f cardnumber.Span) {
	if f.Excepted {
		s.total.Counts.Excepted++
	} else {
		s.total.Counts.Found[f.Network]++
	}
	if s.o.Found == nil {
		return
	}
	begin := max(0, f.Begin-s.o.Context)
	if i := bytes.LastIndexByte(s.copied[begin:f.Begin], '\n'); i >= 0 {
		begin += i + 1
	}
	end := min(len(s.copied), f.End+s.o.Context)
	if i := bytes.IndexByte(s.copied[f.End:end], '\n'); i >= 0 {
		end = f.End + i
	}
	s.o.Found(Finding{
		Path: path, Line: line, Network: f.Network, Excepted: f.Excepted,
		Number: string(s.copied[f.Begin:f.End]), Before: string(s.copied[begin:f.Begin]), After: string(s.copied[f.End:end]),
	})
}

package archive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/klauspost/compress/gzip" // as compress/gzip, and half as fast again
	"golang.org/x/sys/unix"
)

const (
	noFollow = unix.O_NOFOLLOW | unix.O_NONBLOCK
	// blockSize is how much is read at a time.
	blockSize = 512 << 10
	// MaxLine is the longest line, in bytes. What is longer is read as several.
	MaxLine = 4 << 20
	// ahead is how many blocks are read before they are looked at.
	ahead = 2
)

// Block is a part of a file: whole lines, each with its LF.
type Block struct {
	Data   []byte
	Offset int64 // in the file's content, from 0
	Line   int64 // number of the first line, from 1
}

// Content is what is known of a file once it has been read.
type Content struct {
	Bytes   int64 // of the content, before compression
	Lines   int64
	Partial int      // bytes behind the last LF: they are in no block
	Flaws   []string // what is wrong with the file itself
}

// IsCompressed reports whether a file is read as gzip: its name says so.
func IsCompressed(path string) bool { return strings.HasSuffix(path, ".gz") }

// Read has visit look at the blocks of a file in their order. A block is valid until visit returns.
// Reading goes on meanwhile in another goroutine, which has ended when Read returns. An error is the
// system's, visit's or ctx's; a damaged file has a flaw instead. Once ctx has ended no file is opened.
func Read(ctx context.Context, path string, visit func(Block) error) (Content, error) {
	if err := ctx.Err(); err != nil {
		return Content{}, err
	}
	f, info, err := open(path)
	if err != nil {
		return Content{}, err
	}
	defer f.Close()
	if !IsCompressed(path) {
		return read(ctx, f, blockFor(info.Size()), visit)
	}
	m := &members{r: bufio.NewReaderSize(f, blockFor(info.Size()))}
	c, err := read(ctx, m, blockFor(usualRatio*info.Size()), visit)
	c.Flaws = m.flaws
	return c, err
}

// usualRatio is by how much logs become smaller, as a rule.
const usualRatio = 8

// blockFor is how much is read at a time of what has about that many bytes: the memory for small files is small.
func blockFor(size int64) int { return int(min(max(size+1, blockSize/64), blockSize)) }

// ReadRange is Read of the bytes from begin to end, or to what there is, of a file's content.
func ReadRange(ctx context.Context, path string, begin, end int64, visit func([]byte) error) error {
	errDone := errors.New("done")
	_, err := Read(ctx, path, func(b Block) error {
		if b.Offset >= end {
			return errDone
		}
		from, to := max(0, begin-b.Offset), min(int64(len(b.Data)), end-b.Offset)
		if from >= to {
			return nil
		}
		return visit(b.Data[from:to])
	})
	if err == errDone {
		return nil
	}
	return err
}

// read cuts what r has into blocks of about a size.
func read(ctx context.Context, r io.Reader, size int, visit func(Block) error) (c Content, err error) {
	ctx, stop := context.WithCancel(ctx)
	free, full := make(chan []byte, ahead+1), make(chan []byte, ahead)
	for range ahead + 1 {
		free <- nil
	}
	var readErr error
	go func() {
		defer close(full)
		c.Partial, readErr = fill(ctx, r, size, free, full)
	}()
	defer func() {
		stop()
		for range full { // until the goroutine has ended
		}
		if err == nil {
			err = readErr
		}
	}()
	for data := range full {
		b := Block{Data: data, Offset: c.Bytes, Line: c.Lines + 1}
		c.Bytes += int64(len(data))
		c.Lines += int64(bytes.Count(data, newline))
		if err := visit(b); err != nil {
			return c, err
		}
		free <- data
	}
	return c, ctx.Err()
}

var newline = []byte{'\n'}

// fill reads blocks until r ends. It returns how many bytes stand behind the last line.
func fill(ctx context.Context, r io.Reader, size int, free <-chan []byte, full chan<- []byte) (partial int, err error) {
	var rest []byte
	for {
		var buf []byte
		select {
		case buf = <-free:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		buf = append(buf[:0], rest...)
		end := 0
		for end == 0 && err == nil {
			buf, end, err = more(r, buf, size)
		}
		rest = append(rest[:0], buf[end:]...)
		if end > 0 {
			select {
			case full <- buf[:end]:
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		if err == io.EOF {
			return len(rest), nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// more reads once, as much as fits. end is behind the last whole line of buf.
func more(r io.Reader, buf []byte, size int) (_ []byte, end int, err error) {
	if cap(buf)-len(buf) < size/2 {
		buf = append(make([]byte, 0, max(size, 2*len(buf))), buf...)
	}
	n, err := io.ReadAtLeast(r, buf[len(buf):cap(buf)], min(size/2, cap(buf)-len(buf)))
	if err == io.ErrUnexpectedEOF {
		err = nil // the next read says io.EOF
	}
	buf = buf[:len(buf)+n]
	if end = bytes.LastIndexByte(buf, '\n') + 1; end == 0 && len(buf) >= MaxLine {
		end = len(buf)
	}
	return buf, end, err
}

// members reads a gzip file: one member, and what else there is, which is a flaw.
type members struct {
	r     *bufio.Reader
	z     *gzip.Reader
	count int
	flaws []string
}

func (m *members) Read(p []byte) (int, error) {
	for {
		if m.z == nil {
			if err := m.next(); err != nil {
				return 0, err
			}
		}
		n, err := m.z.Read(p)
		if err == io.EOF {
			m.z, err = nil, nil
		}
		if isDamage(err) {
			m.flaws = append(m.flaws, fmt.Sprintf("its compressed content is damaged or not whole (%v)", err))
			return n, io.EOF
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next begins the next member.
func (m *members) next() (err error) {
	if _, err := m.r.Peek(1); err != nil {
		if err == io.EOF && m.count == 0 {
			m.flaws = append(m.flaws, "it is empty, not even a compressed file")
		}
		return err
	}
	m.z, err = gzip.NewReader(m.r)
	if isDamage(err) || errors.Is(err, gzip.ErrHeader) {
		m.z = nil
		text := "it is not compressed"
		if m.count > 0 {
			text = "it has bytes behind the end of its compressed content"
		}
		m.flaws = append(m.flaws, text)
		return io.EOF
	}
	if err != nil {
		return err
	}
	m.z.Multistream(false)
	if m.count++; m.count == 2 {
		m.flaws = append(m.flaws, "it has a second gzip member behind the first")
	}
	return nil
}

// isDamage tells what is wrong with the bytes from what is wrong with the disk.
func isDamage(err error) bool {
	if err == nil || err == io.EOF {
		return false
	}
	_, system := errors.AsType[*fs.PathError](err)
	return !system
}

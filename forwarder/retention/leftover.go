package retention

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// settle decides between an original and a compressed file beside it, which a kill has left. It removes a
// compressed file that is damaged, and the original of one with the same content; left is the path that stays. A
// compressed file with other content is an error.
func settle(ctx context.Context, plain string) (left string, err error) {
	gz := plain + compressSuffix
	same, err := compare(ctx, plain, gz)
	switch {
	case errors.Is(err, errDamaged):
		return plain, os.Remove(gz)
	case err != nil:
		return "", err
	case same:
		return gz, dropOriginal(plain)
	}
	return "", fmt.Errorf("%s says something else than %s beside it, and neither is removed; move one of them away", gz, plain)
}

// errDamaged: a compressed file is not whole.
var errDamaged = errors.New("damaged")

// compare reports whether a compressed file has the content of the original.
func compare(ctx context.Context, plain, gz string) (same bool, err error) {
	a, err := os.OpenFile(plain, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := os.OpenFile(gz, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false, err
	}
	defer b.Close()
	z, err := gzip.NewReader(b)
	if err != nil {
		return false, asDamage(err, true)
	}
	w := &comparer{ctx: ctx, with: a}
	if _, err := io.CopyBuffer(w, onlyReader{z}, make([]byte, chunk)); err != nil {
		return false, asDamage(err, false)
	}
	n, err := a.Read(make([]byte, 1))
	if err == io.EOF {
		err = nil
	}
	return !w.differs && n == 0, err
}

// onlyReader hides the other methods of a reader, so that io.Copy reads through a buffer.
type onlyReader struct{ io.Reader }

// asDamage makes errDamaged of an error that the content of a compressed file has caused. Other errors are
// returned as they are. atHead: the error comes from the header of the file.
func asDamage(err error, atHead bool) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, gzip.ErrHeader) || atHead && err == io.EOF {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return err
}

// comparer is a writer that compares what is written to it with a file.
type comparer struct {
	ctx     context.Context
	with    io.Reader
	differs bool
	buf     [chunk]byte
}

func (c *comparer) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	begin := time.Now()
	n, err := io.ReadFull(c.with, c.buf[:len(p)])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, err
	}
	c.differs = c.differs || !bytes.Equal(p, c.buf[:n])
	rest(c.ctx, restFactor*time.Since(begin))
	return len(p), nil
}

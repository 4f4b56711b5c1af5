package changes

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
)

// ErrDamaged: the file is not what was written.
var ErrDamaged = errors.New("it is damaged, or gone")

// Read gives all chunks that count, in order, to take; their payloads are valid until take returns. Without a
// file there are none. An error is ErrDamaged, record.ErrVersion, or one of take's or of the disk. Where
// somebody writes meanwhile it may be ErrDamaged as well: the record is then another one.
func Read(path string, at cursor.Changes, take func(Part) error) error {
	if at.Size == 0 {
		return nil
	}
	name := fileName(path, at.File)
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", name, ErrDamaged)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	r := reader{from: bufio.NewReaderSize(f, 64<<10), file: at.File, left: at.Size}
	if err := r.all(take); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

type reader struct {
	from    io.Reader
	file    uint64
	left    int64 // bytes that count
	payload []byte
}

func (r *reader) all(take func(Part) error) error {
	first := make([]byte, len(begin))
	if r.fill(first) != nil || !strings.HasPrefix(string(first), magic) {
		return ErrDamaged
	}
	if string(first) != begin {
		return fmt.Errorf("%w; install the version that wrote it", record.ErrVersion)
	}
	for r.left > 0 {
		p, err := r.chunk()
		if err != nil {
			return err
		}
		if err := take(p); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) chunk() (Part, error) {
	var head [headerLen]byte
	if err := r.fill(head[:]); err != nil {
		return Part{}, err
	}
	size := int64(binary.LittleEndian.Uint32(head[1:]))
	if size > r.left {
		return Part{}, ErrDamaged
	}
	if int64(cap(r.payload)) < size {
		r.payload = make([]byte, size)
	}
	r.payload = r.payload[:size]
	if err := r.fill(r.payload); err != nil {
		return Part{}, err
	}
	if checksum(r.file, head[:5], r.payload) != binary.LittleEndian.Uint32(head[5:]) {
		return Part{}, ErrDamaged
	}
	return Part{head[0], r.payload}, nil
}

// fill reads that many bytes of those that count.
func (r *reader) fill(b []byte) error {
	if r.left -= int64(len(b)); r.left < 0 {
		return ErrDamaged
	}
	_, err := io.ReadFull(r.from, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrDamaged
	}
	return err
}

package form

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

const (
	FullLines  = 64 << 20 // bytes of messages that make an object full
	FullPacked = 8 << 20  // bytes of what they are compressed to

	pieceSize = 64 << 10
)

// Entry is an object in the making. While it has little, it is that alone, and not compressed: a web server with
// few visitors costs the memory for its lines, and not that of a compressor. The zero value has no message.
type Entry struct {
	raw    []byte // not yet compressed, less than pieceSize
	writer *flate.Writer
	packed pieces
	sum    uint32
	bytes  int64 // of messages
}

// Bytes is how many bytes of messages were added.
func (e *Entry) Bytes() int64 { return e.bytes }

// IsFull reports whether there is as much as an object should have.
func (e *Entry) IsFull() bool { return e.bytes >= FullLines || e.packed.length >= FullPacked }

// IsOver reports whether there is far more.
func (e *Entry) IsOver() bool { return e.bytes >= 2*FullLines || e.packed.length >= 2*FullPacked }

// Add takes whole messages.
func (e *Entry) Add(b []byte) error {
	e.sum = crc32.Update(e.sum, crc32.IEEETable, b)
	e.bytes += int64(len(b))
	if len(e.raw)+len(b) < pieceSize {
		e.raw = append(e.raw, b...)
		return nil
	}
	if err := e.pack(e.raw); err != nil {
		return err
	}
	e.raw = e.raw[:0]
	return e.pack(b)
}

func (e *Entry) pack(b []byte) error {
	if e.writer == nil {
		w, err := flate.NewWriter(&e.packed, flate.BestSpeed)
		if err != nil {
			return err
		}
		e.writer = w
	}
	_, err := e.writer.Write(b)
	return err
}

// Finish makes the object. The entry is of no more use.
func (e *Entry) Finish(mark []byte) (*Object, error) {
	if err := e.pack(e.raw); err != nil {
		return nil, err
	}
	if err := e.writer.Close(); err != nil {
		return nil, err
	}
	var trailer [TrailerLen]byte
	binary.LittleEndian.PutUint32(trailer[:], e.sum)
	binary.LittleEndian.PutUint32(trailer[4:], uint32(e.bytes))
	_, _ = e.packed.Write(trailer[:]) // memory takes all
	o := &Object{pieces: append([][]byte{AppendHeader(nil, mark)}, e.packed.all...)}
	h := sha256.New()
	for _, p := range o.pieces {
		_, _ = h.Write(p) // never fails
		o.Length += int64(len(p))
	}
	h.Sum(o.Sum[:0])
	return o, nil
}

// pieces are bytes that grow without being copied.
type pieces struct {
	all    [][]byte
	length int
}

func (p *pieces) Write(b []byte) (int, error) {
	n := len(b)
	p.length += n
	for len(b) > 0 {
		last := len(p.all) - 1
		if last < 0 || len(p.all[last]) == cap(p.all[last]) {
			p.all = append(p.all, make([]byte, 0, min(pieceSize, max(p.length, pieceSize/16))))
			last++
		}
		free := p.all[last][len(p.all[last]):cap(p.all[last])]
		m := copy(free, b)
		p.all[last] = p.all[last][:len(p.all[last])+m]
		b = b[m:]
	}
	return n, nil
}

// Object is one that is whole.
type Object struct {
	pieces [][]byte
	Length int64
	Sum    [sha256.Size]byte
}

// Reader reads the object from its begin. Each attempt to put it has one of its own.
func (o *Object) Reader() io.ReadSeeker { return &reader{object: o} }

type reader struct {
	object *Object
	at     int64
}

func (r *reader) Read(b []byte) (n int, err error) {
	skip := r.at
	for _, p := range r.object.pieces {
		if skip >= int64(len(p)) {
			skip -= int64(len(p))
			continue
		}
		m := copy(b[n:], p[skip:])
		skip = 0
		if n += m; n == len(b) {
			break
		}
	}
	r.at += int64(n)
	if n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.object.Length
	}
	if offset < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	r.at = offset
	return offset, nil
}

package ahead

import (
	"io"
	"sync"
)

const (
	// size is the length of a large buffer in bytes.
	size = 64 << 10
	// most is how many a Pool has: more than processors, or nearly, gain nothing, and cost memory while many
	// send at once.
	most = 4
	// much is how many bytes of a read show that there may be more. A record of TLS has 16 KiB at most.
	much = 8 << 10
)

// Pool is the large buffers of several readers, which may use it at the same time.
type Pool struct {
	mu    sync.Mutex
	spare [][]byte
	lent  int
}

// borrow returns a buffer; nil: all are in use.
func (p *Pool) borrow() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lent == most {
		return nil
	}
	p.lent++
	if n := len(p.spare); n > 0 {
		b := p.spare[n-1]
		p.spare = p.spare[:n-1]
		return b
	}
	return make([]byte, size)
}

func (p *Pool) giveBack(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lent--
	p.spare = append(p.spare, b)
}

// Reader reads from one connection, whose methods are for one goroutine.
type Reader struct {
	Pool *Pool
	// More reports whether a read would not block; nil: nobody knows, and the reader never reads ahead.
	More func() bool

	buf  []byte // borrowed; nil: it is not
	rest []byte // of it, not handed out
	much bool   // the last read was long: there may be more
	full bool   // it was as long as it could be
}

// HasMore reports whether Rest has something.
func (r *Reader) HasMore() bool { return len(r.rest) > 0 }

// WasFull reports whether the last read was as long as it could be.
func (r *Reader) WasFull() bool { return r.full }

// Rest hands out what was read ahead.
func (r *Reader) Rest(b []byte) int {
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n
}

// Read reads into b, and ahead where that is worth it. Rest must have nothing any more.
func (r *Reader) Read(from io.Reader, b []byte) (n int, err error) {
	into := b
	if !r.much || r.More == nil || !r.More() {
		r.LetGo()
	} else if r.buf == nil {
		r.buf = r.Pool.borrow()
	}
	if len(r.buf) > len(b) {
		into = r.buf
	}
	n, err = from.Read(into)
	r.full = n == len(into)
	r.much = r.full || n >= much
	if len(into) == len(b) {
		return n, err
	}
	r.rest = into[:n]
	return r.Rest(b), err
}

// LetGo gives the large buffer back, with what was not handed out.
func (r *Reader) LetGo() {
	if r.buf != nil {
		r.Pool.giveBack(r.buf)
		r.buf, r.rest = nil, nil
	}
}

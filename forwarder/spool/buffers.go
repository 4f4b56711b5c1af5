package spool

import "slices"

const (
	// leastRead to readSize are how much of a file is read at once: little at first, since of many
	// files each may have a frame or two, and more as it goes on.
	leastRead = 16 << 10
	readSize  = 512 << 10
	// mostLent bounds the memory for frames in hand, but for a single one that is larger. Of files
	// beyond it, those whose turn is last are read again when it has come.
	mostLent = 4 << 20
	// mostOpen bounds the descriptors of a reader. Of files beyond it, each is opened again to be read.
	mostOpen = 128
)

// buffers are what files are read into.
type buffers struct {
	spare [][]byte // not in use
	size  int      // bytes of these
	lent  int      // bytes in use
}

// lend gives a file a buffer of n bytes at least.
func (r *Reader) lend(c *cursor, n int) {
	if len(c.buf) >= n {
		return
	}
	r.takeBack(c)
	for b := &r.buffers; b.lent+n > mostLent && r.evict(c); {
	}
	b := &r.buffers
	c.buf = b.find(n)
	b.lent += len(c.buf)
}

// find is a buffer of n bytes at least, as a rule the one that was used last.
func (b *buffers) find(n int) []byte {
	for i := len(b.spare) - 1; i >= 0; i-- {
		if len(b.spare[i]) >= n {
			return b.takeOut(i)
		}
	}
	return make([]byte, n)
}

// takeBack lets another file have the buffer.
func (r *Reader) takeBack(c *cursor) {
	b := &r.buffers
	if c.buf == nil {
		return
	}
	b.lent -= len(c.buf)
	if len(c.buf) <= readSize {
		b.spare, b.size = append(b.spare, c.buf), b.size+len(c.buf)
	}
	c.buf, c.data = nil, nil
	for b.size > readSize { // the largest stay
		i := 0
		for j := range b.spare {
			if len(b.spare[j]) < len(b.spare[i]) {
				i = j
			}
		}
		b.takeOut(i)
	}
}

func (b *buffers) takeOut(i int) []byte {
	buf, last := b.spare[i], len(b.spare)-1
	b.spare[i] = b.spare[last]
	b.spare[last] = nil
	b.spare, b.size = b.spare[:last], b.size-len(buf)
	return buf
}

// evict takes the buffer of the file whose turn is last, but not that of c.
func (r *Reader) evict(c *cursor) bool {
	var last *cursor
	for _, d := range r.merge {
		if d != c && d != r.current && d.buf != nil && (last == nil || d.time > last.time) {
			last = d
		}
	}
	if last == nil {
		return false
	}
	last.size = 0
	r.takeBack(last)
	return true
}

// drop takes a file out of the merge, with what was read of it.
func (r *Reader) drop(c *cursor) {
	if c.index > 0 {
		r.merge.remove(c)
	}
	r.takeBack(c)
}

// opened notes that a file has a descriptor, and closes the oldest where there are too many.
func (r *Reader) opened(c *cursor) {
	if len(r.open) >= mostOpen {
		r.close(r.open[0])
	}
	r.open = append(r.open, c)
}

func (r *Reader) close(c *cursor) {
	if c.f == nil {
		return
	}
	c.f.Close()
	c.f = nil
	if i := slices.Index(r.open, c); i >= 0 {
		r.open = slices.Delete(r.open, i, i+1)
	}
}

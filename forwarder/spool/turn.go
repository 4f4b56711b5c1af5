package spool

import "sync/atomic"

// MaxNumber is the number from which on a writer ends, and another one goes on from 1: sequenceId ends at
// 2,147,483,647 (RFC 5424, 7.3.1), and numbers never wrap.
const MaxNumber = 2_000_000_000

// Turn is at which byte of what is written another writer goes on. The zero value is that of one writer, so
// far. Set and IsSet may be called by another goroutine than Write.
type Turn struct {
	next  atomic.Pointer[next]
	taken int64 // bytes written
}

type next struct {
	at int64
	w  *Writer
}

// Set has w go on behind at bytes from the very first one, of which Write has not seen more.
func (t *Turn) Set(at int64, w *Writer) { t.next.Store(&next{at, w}) }

// IsSet reports whether Write has not come to the byte yet.
func (t *Turn) IsSet() bool { return t.next.Load() != nil }

// Write writes frames as Writer.Write does, with *w. Where another writer is to go on *w is that one then.
func (t *Turn) Write(w **Writer, frames []byte) (n int, err error) {
	to := t.next.Load()
	before := len(frames)
	if to != nil {
		before = min(before, int(to.at-t.taken))
	}
	if before > 0 {
		n, err = (*w).Write(frames[:before])
		t.taken += int64(n)
	}
	if err != nil || to == nil || t.taken < to.at {
		return n, err
	}
	dir := (*w).Dir()
	_ = (*w).Close() // nothing is buffered
	if to.w.Dir() != dir {
		_ = to.w.MoveTo(dir) // it has no file yet
	}
	*w = to.w
	t.next.Store(nil)
	if n < len(frames) {
		var m int
		m, err = (*w).Write(frames[n:])
		t.taken += int64(m)
		n += m
	}
	return n, err
}

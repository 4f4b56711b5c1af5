package intake

import (
	"errors"
	"sync"
	"sync/atomic"

	"httpd-syslog/forwarder/ring"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/quota"
)

// store is the spool as an intake sees it. add is for one goroutine; keeper's calls come from
// another.
type store struct {
	waker   *waker
	attempt ring.Attempt
	bounded atomic.Bool   // a spool above MaxSpool gets no more lines, since no deliverer makes it smaller
	full    atomic.Bool   // the spool was above MaxSpool at the last attempt to write
	offset  atomic.Int64  // of writer in its spool file, in bytes
	written chan struct{} // closed when the spool has its first frame
	ended   chan struct{} // closed at the end of input

	mu     sync.Mutex // guards writer and quota
	writer *spool.Writer
	turn   spool.Turn // to the next writer

	options spool.WriterOptions // of each writer
	quota   *quota.Quota
}

func (s *store) init(o *Options, w *waker) {
	dir := o.StateDir.Spool()
	s.waker = w
	s.options = spool.WriterOptions{Dir: dir, Host: o.Host, Stream: o.Stream, RollSize: spool.RollSize(o.MaxSpool)}
	s.writer = spool.NewWriter(s.options)
	s.quota = quota.New(dir, o.MaxSpool)
	s.bounded.Store(o.Block && o.MaxSpool > 0)
	s.written, s.ended = make(chan struct{}), make(chan struct{})
}

// errSpoolFull: frames stay in memory and are tried again, as when the disk is full.
var errSpoolFull = errors.New("the spool is above its max_size")

// add appends frames to the spool, and returns how many bytes of them it has written. A spool
// above MaxSpool gets none while it is bounded, since after the death of a deliverer there is
// soon another one that frees it. At the end of input it gets them all the same: they would
// be lost otherwise.
func (s *store) add(frames []byte) (int, error) {
	s.begin()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bounded.Load() && !isClosed(s.ended) {
		frames = frames[:s.quota.Fit(frames)]
	}
	s.full.Store(len(frames) == 0)
	if len(frames) == 0 {
		_ = s.writer.Close() // a closed file can be removed once it is delivered; nothing else frees the spool
		return 0, errSpoolFull
	}
	n, err := s.turn.Write(&s.writer, frames)
	s.offset.Store(s.writer.Offset())
	if n > 0 {
		s.waker.stir()
		select {
		case <-s.written:
		default:
			close(s.written)
		}
	}
	if err == nil {
		s.attempt.Done()
		if s.bounded.Load() {
			s.quota.Renew()
		}
	}
	return n, err
}

// begin notes that there is something to write, and wakes the keeper where that is news.
func (s *store) begin() {
	if !s.attempt.Begin() {
		return
	}
	select {
	case <-s.written:
	default:
		s.waker.wake()
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

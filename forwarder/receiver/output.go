package receiver

import (
	"errors"
	"io"
	"sync"
)

// maxPending is how many bytes wait for the writer before readers wait too.
const maxPending = 1 << 20

// errDone says that no more messages are to be printed.
var errDone = errors.New("all messages are printed")

// output collects what several readers print and writes it in a goroutine of its own: at once when
// there is little, in large pieces when there is much, since more gathers while a write is under way.
type output struct {
	w    io.Writer
	stop func() // called when nothing more can be printed

	wake    chan struct{} // holds one: there is something to write
	written sync.WaitGroup

	mu      sync.Mutex
	room    sync.Cond // pending has shrunk, or err is set
	pending []byte
	limited bool
	left    int // while limited: messages still to be taken
	err     error
}

// newOutput returns an output of count messages, or of any number where count is 0. It calls stop,
// from any goroutine, when the last is taken or writing fails.
func newOutput(w io.Writer, count int, stop func()) *output {
	o := &output{w: w, stop: stop, wake: make(chan struct{}, 1), limited: count > 0, left: count}
	o.room.L = &o.mu
	o.written.Go(o.writeAll)
	return o
}

// print adds one formatted message. It waits while too much is pending. errDone: the message was one
// too many, and is not printed.
func (o *output) print(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.pending) >= maxPending && o.err == nil {
		o.room.Wait()
	}
	if o.err != nil {
		return o.err
	}
	if o.limited {
		if o.left == 0 {
			return errDone
		}
		if o.left--; o.left == 0 {
			o.stop()
		}
	}
	o.pending = append(o.pending, b...)
	select {
	case o.wake <- struct{}{}:
	default: // the writer is already to look
	}
	return nil
}

// close waits until all is written and returns the first error. Nothing may be printed after it.
func (o *output) close() error {
	close(o.wake)
	o.written.Wait()
	return o.err
}

func (o *output) writeAll() {
	var spare []byte
	var err error
	for range o.wake {
		batch := o.swap(spare[:0])
		if err == nil && len(batch) > 0 {
			if _, err = o.w.Write(batch); err != nil {
				o.fail(err)
			}
		}
		spare = batch
	}
}

// swap returns what is pending and goes on with the buffer spare.
func (o *output) swap(spare []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch := o.pending
	o.pending = spare
	o.room.Broadcast()
	return batch
}

func (o *output) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
	o.room.Broadcast()
	o.stop()
}

package forwarder

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// ending is how a consumer is brought to its end, in two steps. A third one, which
// gives up whatever is on its way, is the end of the context that it runs in.
type ending struct {
	drain <-chan struct{} // closed: end when everything is delivered
	stop  context.Context // over: read no more, and end in good order with what is on its way
}

// consumer is who reads the spool: the local log or a relay, with what it needs to be
// started and brought to its end.
type consumer struct {
	*progress
	settings any // what it was made of
	run      func(ctx context.Context, e ending)
	reloaded func() // is told of a reload that it goes on over; nil: nobody asks

	drainOnce sync.Once
	drain     chan struct{}
	stop      context.CancelFunc
	abort     context.CancelFunc
	done      chan struct{} // closed when it has ended
}

func newConsumer(p *progress, settings any, run func(context.Context, ending)) *consumer {
	return &consumer{progress: p, settings: settings, run: run, drain: make(chan struct{}), done: make(chan struct{})}
}

// start lets it work.
func (c *consumer) start() {
	work, abort := context.WithCancel(context.Background())
	stopping, stop := context.WithCancel(work)
	c.abort, c.stop = abort, stop
	go func() {
		defer close(c.done)
		defer abort()
		c.run(work, ending{drain: c.drain, stop: stopping})
	}()
}

// drainNow has it end when everything is delivered.
func (c *consumer) drainNow() { c.drainOnce.Do(func() { close(c.drain) }) }

// consumers are those of a deliverer, the local log first. They may be looked at by
// any goroutine; one changes them.
type consumers struct {
	list atomic.Pointer[[]*consumer]
}

// all must not be changed by the caller.
func (c *consumers) all() []*consumer {
	if list := c.list.Load(); list != nil {
		return *list
	}
	return nil
}

func (c *consumers) set(all []*consumer) { c.list.Store(&all) }

func (c *consumers) add(one *consumer) { c.set(append(slices.Clone(c.all()), one)) }

// relays are all but the local log.
func (c *consumers) relays() []*consumer {
	if all := c.all(); len(all) > 0 {
		return all[1:]
	}
	return nil
}

// ended is closed when all of them have ended.
func ended(all []*consumer) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		for _, c := range all {
			<-c.done
		}
		close(done)
	}()
	return done
}

package consumer

import (
	"context"
	"sync"
)

// Ending is how a consumer is brought to its end, in two steps: drain and stop. The third step,
// abort, is the end of the context that the consumer runs in.
type Ending struct {
	Drain <-chan struct{} // closed: end when everything is delivered
	Stop  context.Context // ended: read no more, and end in good order with what is on its way
}

// Consumer is a reader of the spool, the local log or a relay, as the deliverer sees it: how far it
// is, how it is started, and how it is brought to its end. Its methods may be called from several
// goroutines; Start only once.
type Consumer struct {
	*Progress
	run func(ctx context.Context, e Ending)

	drainOnce sync.Once
	drain     chan struct{}
	stopping  context.CancelFunc
	aborting  context.CancelFunc
	done      chan struct{} // closed when it has ended
}

// New returns a consumer that has not started. run must end as its Ending says, and at the
// end of its context at the latest.
func New(p *Progress, run func(context.Context, Ending)) *Consumer {
	return &Consumer{Progress: p, run: run, drain: make(chan struct{}), done: make(chan struct{})}
}

// Start runs the consumer in a goroutine of its own.
func (c *Consumer) Start() {
	work, abort := context.WithCancel(context.Background())
	stop, stopping := context.WithCancel(work)
	c.aborting, c.stopping = abort, stopping
	go func() {
		defer close(c.done)
		defer abort()
		c.run(work, Ending{Drain: c.drain, Stop: stop})
	}()
}

// DrainNow has the consumer end when everything is delivered. It does not wait for that.
func (c *Consumer) DrainNow() { c.drainOnce.Do(func() { close(c.drain) }) }

// Stop has the consumer read no more, and end in good order with what is on its way. It does not wait
// for that.
func (c *Consumer) Stop() { c.stopping() }

// Abort has the consumer end at once: what is on its way may be sent again. It does not wait for that.
func (c *Consumer) Abort() { c.aborting() }

// Ended returns a channel that is closed when the consumer has ended.
func (c *Consumer) Ended() <-chan struct{} { return c.done }

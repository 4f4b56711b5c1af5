package intake

import (
	"sync"
	"sync/atomic"

	"httpd-syslog/forwarder/event"
)

// Notices are events of other parts of the process, which the intake writes behind its next
// lines or at its end. The zero value is ready; the methods may be called by several
// goroutines. A notice that was not written dies with the process.
type Notices struct {
	waiting atomic.Bool // there are some

	mu  sync.Mutex
	all []event.Event
}

// maxNotices is how many notices wait at most. Later ones are dropped: they repeat earlier ones.
const maxNotices = 16

// Add adds a notice. It does not block.
func (n *Notices) Add(e event.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.all) < maxNotices {
		n.all = append(n.all, e)
		n.waiting.Store(true)
	}
}

// unwritten returns the notices that wait, and forgets them: the caller writes them.
func (n *Notices) unwritten() []event.Event {
	if n == nil || !n.waiting.Load() {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.all
	n.all = nil
	n.waiting.Store(false)
	return all
}

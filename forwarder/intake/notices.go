package intake

import (
	"sync"
	"sync/atomic"

	"httpd-syslog/forwarder/syslogfmt"
)

// Notices are events that others want an intake to write: it does, with its next lines or
// at its end. The zero value is ready; its methods may be called by several goroutines.
type Notices struct {
	waiting atomic.Bool // there are some

	mu  sync.Mutex
	all []notice
}

type notice struct {
	severity syslogfmt.Severity
	text     string
}

// maxNotices is how many wait at most: later ones say nothing new.
const maxNotices = 16

// Add adds one.
func (n *Notices) Add(severity syslogfmt.Severity, text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.all) < maxNotices {
		n.all = append(n.all, notice{severity, text})
		n.waiting.Store(true)
	}
}

// take returns those that wait.
func (n *Notices) take() []notice {
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

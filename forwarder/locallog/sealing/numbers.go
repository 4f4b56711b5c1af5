package sealing

import (
	"maps"
	"slices"
	"sync/atomic"

	"httpd-syslog/forwarder/event"
)

// numbers are the last numbers of the lines of writers that have not ended, for heartbeats.
type numbers struct {
	of    map[string]*uint64 // by PROCID
	dirty bool
	told  atomic.Pointer[[]event.Range]
}

// mostWriters is how many writers are remembered.
const mostWriters = 1000

// entry is where a writer's last number is kept. Where there are too many it forgets any other one: as a rule
// one that has ended without a word.
func (n *numbers) entry(writer string) *uint64 {
	last := n.of[writer]
	if last != nil {
		return last
	}
	for other := range n.of {
		if len(n.of) < mostWriters {
			break
		}
		delete(n.of, other)
	}
	last = new(uint64)
	n.of[writer] = last
	return last
}

func (n *numbers) drop(writer string) {
	delete(n.of, writer)
	n.dirty = true
}

// publish makes the numbers known to other goroutines.
func (n *numbers) publish() {
	if !n.dirty {
		return
	}
	n.dirty = false
	all := make([]event.Range, 0, len(n.of))
	for _, writer := range slices.Sorted(maps.Keys(n.of)) {
		all = append(all, event.Range{Writer: writer, First: 1, Last: *n.of[writer]})
	}
	n.told.Store(&all)
}

// Writers are the writers that have not ended, and the last numbers of their lines, as of the last commit.
// It may be called from any goroutine.
func (s *Sealer) Writers() []event.Range {
	if all := s.numbers.told.Load(); all != nil {
		return *all
	}
	return nil
}

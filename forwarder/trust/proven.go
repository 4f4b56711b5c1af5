package trust

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Proven is a client that has proved a name by its certificate.
type Proven struct {
	Name  string
	Until time.Time // its certificate expires
}

const (
	// mostProven is how many names are remembered.
	mostProven = 10_000
	// mostTold is how many of them Proven has.
	mostTold = 50
	// forgetExpired is how long a name is remembered whose certificate has expired.
	forgetExpired = 7 * 24 * time.Hour
)

// proven are the clients that have proved their names, by these. The zero value is ready.
type proven struct {
	mu    sync.Mutex // guards what follows
	until map[string]time.Time
	first []Proven // that expire first; nil: to be found anew
}

// note notes a client that has proved a name. Of those beyond mostProven nothing is known.
func (c *proven) note(name string, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if was, known := c.until[name]; known && was.Equal(until) || !known && len(c.until) >= mostProven {
		return
	}
	if c.until == nil {
		c.until = make(map[string]time.Time)
	}
	c.until[name] = until
	c.first = nil
}

// next are the ones that expire first, in order. The slice is shared.
func (c *proven) next(now time.Time) []Proven {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.first) > 0 && now.Sub(c.first[0].Until) > forgetExpired {
		c.first = nil
	}
	if c.first != nil || len(c.until) == 0 {
		return c.first
	}
	all := make([]Proven, 0, len(c.until))
	for name, until := range c.until {
		if now.Sub(until) > forgetExpired {
			delete(c.until, name)
			continue
		}
		all = append(all, Proven{name, until})
	}
	slices.SortFunc(all, func(a, b Proven) int { return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Name, b.Name)) })
	c.first = slices.Clip(all[:min(len(all), mostTold)])
	if len(all) > mostTold {
		c.first = slices.Clone(c.first) // the others are not kept alive by it
	}
	return c.first
}

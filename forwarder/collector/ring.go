package collector

import (
	"errors"
	"fmt"
	"time"

	"httpd-syslog/forwarder/collector/trail"
	"httpd-syslog/forwarder/event"
)

// ringOver is how long after the last message of a ring that is over.
const ringOver = 10 * time.Minute

// rings are what messages have shown by their trails.
type rings struct {
	own, far ring
	returned uint64 // messages that were sent on from here, and left out
}

// ring is one sort of a bad trail: how it is told, and when there was one last.
type ring struct {
	told error // the first one: others do not alternate with it in events
	last time.Time
}

// see notes a trail, and returns what to tell.
func (r *ring) see(now time.Time, text func() string) error {
	if r.last = now; r.told == nil {
		r.told = errors.New(text())
	}
	return r.told
}

// isBack reports whether the rendered message was sent on from here. Of a trail that must not go on it tells.
func (c *Collector) isBack() bool {
	t := &c.renderer.Trail
	if t.Has(c.o.Hop) {
		c.rings.returned++
		c.Events.Trouble(&event.CollectRing, "", c.rings.own.see(time.Now(), func() string { return c.cameFrom(t.String() + " > " + c.o.Hop.Name()) }))
		return true
	}
	if t.IsFull() {
		c.Events.Trouble(&event.CollectFar, "", c.rings.far.see(time.Now(), func() string { return c.cameFrom(fmt.Sprintf("%d at most: %s", trail.MaxHops, t)) }))
	}
	return false
}

// cameFrom adds the sender to a text.
func (c *Collector) cameFrom(text string) string {
	from := c.from.Name
	if len(from) == 0 {
		from = c.from.Addr
	}
	return fmt.Sprintf("%s, from %s", text, from)
}

// tellRings tells that there was no bad trail for a while. It goes for those of a process before, too.
func (c *Collector) tellRings(now time.Time) {
	if r := &c.rings.own; now.Sub(r.last) >= ringOver {
		*r = ring{last: r.last}
		c.Events.Trouble(&event.CollectRing, "", nil)
	}
	if r := &c.rings.far; now.Sub(r.last) >= ringOver {
		*r = ring{last: r.last}
		c.Events.Trouble(&event.CollectFar, "", nil)
	}
}

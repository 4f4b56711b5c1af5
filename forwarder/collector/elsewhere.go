package collector

import (
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/collector/files"
	"httpd-syslog/forwarder/event"
)

// mostElsewhere is how many files that cannot be written are told of, each with the one that its lines go to,
// until all can be again. How many there are is in the status.
const mostElsewhere = 20

// tellAway tells that the lines of a file go to another one.
func (c *Collector) tellAway(name, instead string, why error) {
	c.state.elsewhere++
	if c.state.elsewhere > mostElsewhere || !c.state.recovered && c.Events.Opened(&event.CollectElsewhere, "") != nil {
		return // or a process before this one has told it
	}
	c.Events.Tell(event.CollectElsewhere.With("cause", why, "file", name, "instead", instead))
}

// tryAway has the files be written again that can be, and tells when all can.
func (c *Collector) tryAway() {
	if c.set.Away() > 0 {
		r := c.set.TryAway()
		c.tellRecovered(&r)
	}
	if c.set.Away() > 0 {
		return
	}
	if in := c.Events.Opened(&event.CollectElsewhere, ""); in != nil {
		c.Events.Tell(event.CollectInPlace.With("after", audit.Rounded(time.Since(in.Since))))
		c.state.elsewhere = 0
	}
}

// tellRecovered tells what was brought back to the record.
func (c *Collector) tellRecovered(r *files.Recovered) {
	if r.Files > 0 {
		c.Events.Tell(event.CollectCutBack.With("files", r.Files, "bytes", r.Bytes))
	}
	if r.Left > 0 {
		c.Events.Tell(event.CollectLeft.With("files", r.Left, "was", c.Record.Collected.Dir, "cause", r.Why))
	}
	for name, bytes := range r.Short {
		c.Events.Tell(event.CollectShort.With("file", name, "bytes", bytes))
	}
}

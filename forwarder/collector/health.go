package collector

import (
	"time"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/status/senders"
)

// publish tells the status how the senders are.
func (c *Collector) publish() {
	var all status.Collect
	for _, s := range c.book.Senders() {
		all.Add(senders.Of(s))
	}
	all.Seals = c.sealsNow(time.Now())
	all.Returned = c.rings.returned
	all.Shorten()
	if name, why := c.set.OneAway(); name != "" {
		all.Elsewhere, all.ElsewhereCause = c.set.Away(), why.Error()
	}
	c.Progress.Collected(&all)
}

package collector

import (
	"strings"

	"httpd-syslog/forwarder/collector/numbers"
	"httpd-syslog/forwarder/collector/place"
)

// recent are the senders of the last frames. The two ways to find one share no map: what a forwarder says of a host must
// not count for a frame's origin, which may have the same bytes.
type recent struct {
	byOrigin map[string]*numbers.Sender // of frames that no forwarder has sent
	byHost   map[string]*numbers.Sender // of a forwarder's messages
}

func newRecent() recent {
	return recent{make(map[string]*numbers.Sender), make(map[string]*numbers.Sender)}
}

// forget has all be looked for again: the book may know some no more.
func (r *recent) forget() {
	clear(r.byOrigin)
	clear(r.byHost)
}

// mostSenders is how many senders are remembered in each way.
const mostSenders = 20_000

func remember(in map[string]*numbers.Sender, key string, s *numbers.Sender) {
	if len(in) >= mostSenders {
		clear(in)
	}
	in[key] = s
}

// senderOf is who has sent the current frame; of a forwarder's the host.
func (c *Collector) senderOf(host []byte) *numbers.Sender {
	if s := c.recent.byOrigin[string(c.current.Origin)]; s != nil {
		return s
	}
	name := string(c.from.Name)
	if name == "" {
		name = string(c.from.Addr)
	}
	if c.isForwarder(name) {
		return c.senderNamed(host)
	}
	s := c.book.Sender(keyOf(name))
	remember(c.recent.byOrigin, string(c.current.Origin), s)
	return s
}

// senderNamed is the sender of what a forwarder says is of a host.
func (c *Collector) senderNamed(host []byte) *numbers.Sender {
	if s := c.recent.byHost[string(host)]; s != nil {
		return s
	}
	s := c.book.Sender(keyOf(string(host)))
	remember(c.recent.byHost, string(host), s)
	return s
}

func (c *Collector) isForwarder(name string) bool {
	for _, f := range c.o.Forwarders {
		if strings.EqualFold(f, name) {
			return true
		}
	}
	return false
}

// keyOf is the name under which a sender is known: a safe one, for its directory too. Names of hosts have no
// case.
func keyOf(name string) string { return place.Name(strings.ToLower(name)) }

func keysOf(names []string) (keys []string) {
	for _, name := range names {
		keys = append(keys, keyOf(name))
	}
	return keys
}

package natsbed

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/forwarder/testbed"
)

// Cluster is a number of servers that know each other.
type Cluster struct {
	Servers []*Server
	routes  []string // ports for each other
}

const firstGroup = 60001

// NewCluster starts n servers.
func NewCluster(t *testing.T, n int, o Options) *Cluster {
	t.Helper()
	c := &Cluster{}
	addresses := make([]string, n)
	for i := range n {
		addresses[i] = testbed.FreeAddress(t)
	}
	for i := range n {
		var routes []string
		for k, address := range addresses {
			if k != i {
				routes = append(routes, "nats://"+address)
			}
		}
		more := fmt.Sprintf("cluster { name: test, listen: %q, no_advertise: true, pool_size: -1, routes: [%s] }\n", addresses[i], strings.Join(routes, ", "))
		s := newServer(t, fmt.Sprint("n", i+1), o, more)
		if o.Groups {
			s.group = uint32(firstGroup + i)
		}
		_, port, _ := net.SplitHostPort(addresses[i])
		c.Servers, c.routes = append(c.Servers, s), append(c.routes, port)
	}
	if o.Groups {
		c.mark(t)
	}
	for _, s := range c.Servers {
		s.Begin(t)
	}
	for _, s := range c.Servers {
		s.awaitClients(t)
	}
	return c
}

// Leader is the server that leads a stream, and the others.
func (c *Cluster) Leader(t *testing.T, js jetstream.JetStream, stream string) (leader *Server, others []*Server) {
	t.Helper()
	testbed.Eventually(t, "the stream has a leader", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		s, err := js.Stream(ctx, stream)
		if err != nil {
			return false
		}
		leader, others = nil, nil
		for _, server := range c.Servers {
			if i := s.CachedInfo(); i.Cluster != nil && server.Name == i.Cluster.Leader {
				leader = server
			} else {
				others = append(others, server)
			}
		}
		return leader != nil
	})
	return leader, others
}

// Anywhere is an option for clients that go on at another server when theirs has gone.
func (c *Cluster) Anywhere() nats.Option {
	return func(o *nats.Options) error {
		for _, s := range c.Servers {
			o.Servers = append(o.Servers, s.URL())
		}
		return nil
	}
}

// mark notes at each connection between servers who has begun it. The test is in a network namespace of its own.
func (c *Cluster) mark(t *testing.T) {
	t.Helper()
	rules := "add table inet servers; add chain inet servers out { type filter hook output priority -10; }"
	for _, s := range c.Servers {
		rules += fmt.Sprintf("; add rule inet servers out meta skgid %d tcp dport { %s } ct mark set %d", s.group, strings.Join(c.routes, ", "), s.group)
	}
	testbed.Run(t, "nft", rules)
}

// Part drops every packet between a server and the others, without a word, until Join. Clients reach it.
func (c *Cluster) Part(t *testing.T, alone *Server) {
	t.Helper()
	port := c.routes[slices.Index(c.Servers, alone)]
	testbed.Run(t, "nft", fmt.Sprintf("add table inet part; add chain inet part out { type filter hook output priority 0; }; "+
		"add rule inet part out ct mark %d drop; add rule inet part out tcp dport %s drop; add rule inet part out tcp sport %s drop", alone.group, port, port))
}

// Join ends Part.
func (c *Cluster) Join(t *testing.T) {
	t.Helper()
	testbed.Run(t, "nft", "delete table inet part")
}

package natsbed

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/forwarder/testbed"
)

// Cluster is a number of servers that know each other.
type Cluster struct {
	Servers []*Server
}

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
		c.Servers = append(c.Servers, newServer(t, fmt.Sprint("n", i+1), o, more))
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

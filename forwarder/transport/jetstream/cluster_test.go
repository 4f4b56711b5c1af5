package jetstream

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/natsbed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/storetest"
)

// threeServers is a cluster with the stream, on all of them.
func threeServers(t *testing.T, o natsbed.Options) (*natsbed.Cluster, natsjs.JetStream) {
	t.Helper()
	c := natsbed.NewCluster(t, 3, o)
	_, js := c.Servers[0].Connect(t, c.Anywhere())
	natsbed.Stream(t, js, func(s *natsjs.StreamConfig) { s.Replicas = 3 })
	return c, js
}

// deliverer appends messages to a cluster as a relay does: it goes on behind the last entry that the store has.
type deliverer struct {
	t       *testing.T
	o       transport.Options
	servers []*natsbed.Server
	next    int             // of the servers
	store   transport.Store // nil: there is none
	done    int             // messages that were acknowledged
}

func newDeliverer(t *testing.T, servers ...*natsbed.Server) *deliverer {
	o := options(series())
	o.Timing.UserTimeout = 3 * time.Second // so long an answer is waited for
	o.ConnectTimeout = 5 * time.Second
	return &deliverer{t: t, o: o, servers: servers}
}

// to appends until so many messages were acknowledged. A mark is how many there are with its entry.
func (d *deliverer) to(messages int) {
	d.t.Helper()
	testbed.Eventually(d.t, fmt.Sprint("there are ", messages, " messages"), func() bool {
		if d.store == nil && !d.dial() {
			return false
		}
		for d.done < messages {
			batch, ends := []byte{}, []int{}
			for _, m := range storetest.Messages(d.done, d.done+1) {
				batch = append(fmt.Appendf(batch, "%d ", len(m)), m...)
				ends = append(ends, len(batch))
			}
			err := d.store.Send(batch, ends, noWait)
			if err == nil {
				err = d.store.Append(fmt.Append(nil, d.done+1), noWait)
			}
			if err != nil {
				d.t.Logf("after %d: %v", d.done, err)
				d.abandon()
				return false
			}
			d.done++
		}
		return true
	})
}

func (d *deliverer) abandon() {
	if d.store != nil {
		transport.Abandon(d.store)
		d.store = nil
	}
}

// dial connects to the next server, whose last entry must not be before what was acknowledged.
func (d *deliverer) dial() bool {
	s := d.servers[d.next%len(d.servers)]
	d.next++
	session, err := to(d.t, server("nats", s.Address), d.o).Dial(d.t.Context())
	if err != nil {
		d.t.Logf("after %d, at %s: %v", d.done, s.Name, err)
		return false
	}
	d.store = session.(transport.Store)
	has := 0
	if last := d.store.Last(); last != nil {
		_, _ = fmt.Sscan(string(last), &has) // another mark is none that is looked for
	}
	if has < d.done || has > d.done+1 {
		d.t.Errorf("%s says that %d messages are there, and %d were acknowledged", s.Name, has, d.done)
	}
	d.done = has
	return true
}

// expectEach: each message is there once, and in order.
func (d *deliverer) expectEach(js natsjs.JetStream) {
	d.t.Helper()
	d.abandon()
	var got [][]byte
	for _, e := range entries(d.t, js, d.o.Store.Series) {
		got = append(got, e.Messages...)
	}
	if want := storetest.Messages(0, d.done); !bytes.Equal(bytes.Join(got, nil), bytes.Join(want, nil)) {
		d.t.Errorf("%d messages are there, and %d should be, each once", len(got), len(want))
	}
}

// TestLeaderKilled: with one of three servers killed, whichever it is, nothing that was acknowledged is lost, and
// nothing is there twice.
func TestLeaderKilled(t *testing.T) {
	t.Parallel()
	c, js := threeServers(t, natsbed.Options{})
	d := newDeliverer(t, c.Servers...)
	for i := range 3 {
		d.to(20*i + 15)
		leader, _ := c.Leader(t, js, "HTTPD")
		killed := make(chan bool)
		go func() { leader.Kill(t); close(killed) }()
		d.to(20*i + 20)
		<-killed
		leader.Start(t)
	}
	d.expectEach(js)
}

// TestFrozenLeader: a leader that stands still while the others choose another one, and append, does not make anybody
// believe what it knew.
func TestFrozenLeader(t *testing.T) {
	t.Parallel()
	c, js := threeServers(t, natsbed.Options{})
	leader, others := c.Leader(t, js, "HTTPD")
	d := newDeliverer(t, others...)
	d.to(10)
	leader.Stop(t)
	d.to(20)
	d.abandon()
	leader.Continue(t)
	d.servers = []*natsbed.Server{leader}
	d.to(30)
	d.expectEach(js)
}

// TestPartition: a leader that the others cannot reach acknowledges nothing, and is not believed; what was appended
// meanwhile with the others' acknowledgement is there when they are together again.
func TestPartition(t *testing.T) {
	if !testbed.InNamespace(t) {
		return
	}
	c, js := threeServers(t, natsbed.Options{Groups: true})
	leader, others := c.Leader(t, js, "HTTPD")
	d := newDeliverer(t, leader)
	d.to(10)
	c.Part(t, leader)
	alone := *d
	testbed.Eventually(t, "the leader does not acknowledge", func() bool {
		batch, ends := []byte("1 x"), []int{3}
		return alone.store.Send(batch, ends, noWait) != nil || alone.store.Append([]byte("11"), noWait) != nil
	})
	d.abandon()
	d.servers = others
	d.to(20)
	d.abandon()
	if session, err := to(t, server("nats", leader.Address), d.o).Dial(t.Context()); err == nil {
		t.Errorf("a leader that is alone says that its last entry has the mark %q", session.(transport.Store).Last())
		transport.Abandon(session)
	} else {
		t.Logf("at the leader that is alone: %v", err)
	}
	c.Join(t)
	d.servers = []*natsbed.Server{leader}
	d.to(30)
	d.expectEach(js)
}

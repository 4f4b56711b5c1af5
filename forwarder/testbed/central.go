package testbed

import (
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/influxdata/go-syslog/v3"
	"github.com/influxdata/go-syslog/v3/rfc5424"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/trust/trusttest"
)

// auditStream is the stream of the program's own events.
const auditStream = "audit"

// Central is a central server on the loopback. It takes messages of RFC 5424, octet-counted but
// for RELP; any other fails the test. Its methods may be called by several goroutines.
type Central struct {
	Scheme string      // tcp, tls, relp or relp+tls
	Config *tls.Config // under TLS; of trusttest.Shared
	t      *testing.T

	mu      sync.Mutex
	address string
	l       net.Listener
	conns   []*net.TCPConn
	got     []Message
	lined   int // of got, those that are no events
}

// Message is one that a Central has got.
type Message struct{ Stream, ProcID, Seq, Text, Pri string }

// NewCentral starts a server over TCP. It ends with the test.
func NewCentral(t *testing.T) *Central { return NewCentralOver(t, "tcp") }

// NewCentralOver starts a server. It ends with the test.
func NewCentralOver(t *testing.T, scheme string) *Central {
	c := &Central{t: t, Scheme: scheme, address: FreeAddress(t), Config: trusttest.Shared(t).Server(t)}
	c.Open()
	t.Cleanup(c.Kill)
	return c
}

// OverConnections runs a test over each transport that has connections.
func OverConnections(t *testing.T, test func(t *testing.T, scheme string)) {
	for _, scheme := range []string{"tcp", "tls", "relp", "relp+tls"} {
		t.Run(scheme, func(t *testing.T) { test(t, scheme) })
	}
}

// Open listens. The address is always the same.
func (c *Central) Open() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.l = ListenAgain(c.t, c.address)
	go c.run(c.l)
}

func (c *Central) run(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		killed := c.l != l
		if !killed {
			c.conns = append(c.conns, conn.(*net.TCPConn))
		}
		c.mu.Unlock()
		if killed {
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
			return
		}
		if strings.HasSuffix(c.Scheme, "tls") {
			conn = tls.Server(conn, c.Config)
		}
		go c.serve(conn)
	}
}

func (c *Central) serve(conn net.Conn) {
	p := rfc5424.NewParser()
	if strings.HasPrefix(c.Scheme, "relp") {
		_ = ServeRELP(conn, func(b []byte) error { return c.take(p, b) })
		return
	}
	defer conn.Close()
	d := syslogfmt.NewDeframer(conn, 1<<20)
	for {
		b, err := d.Next()
		if err != nil || c.take(p, b) != nil {
			return
		}
	}
}

func (c *Central) take(p syslog.Machine, b []byte) error {
	m, err := p.Parse(b)
	if err != nil {
		c.t.Errorf("%q: %v", b, err)
		return err
	}
	sm := m.(*rfc5424.SyslogMessage)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, Message{
		Stream: *sm.MsgID, ProcID: *sm.ProcID, Text: *sm.Message,
		Seq: (*sm.StructuredData)["meta"]["sequenceId"], Pri: *sm.FacilityLevel() + "." + *sm.SeverityShortLevel(),
	})
	if *sm.MsgID != auditStream {
		c.lined++
	}
	return nil
}

// Kill resets all connections and stops listening.
func (c *Central) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.l != nil {
		c.l.Close()
		c.l = nil
	}
	for _, conn := range c.conns {
		_ = conn.SetLinger(0)
		conn.Close()
	}
	c.conns = nil
}

// StopListening lets the connections stand. Open listens again.
func (c *Central) StopListening() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.l.Close()
}

// Connections is how many it has taken since Open.
func (c *Central) Connections() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.conns)
}

// Messages are all that it has got, in that order.
func (c *Central) Messages() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

// Lines are the messages that are no events of our own.
func (c *Central) Lines() []Message {
	return slices.DeleteFunc(c.Messages(), func(m Message) bool { return m.Stream == auditStream })
}

// Count is how many lines there are. Who waits for many asks for no more than that,
// and so does not hold up their taking in.
func (c *Central) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lined
}

// HasLine looks for a line among the last 2,000 messages.
func (c *Central) HasLine(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.got[max(0, len(c.got)-2000):], func(m Message) bool { return m.Text == text })
}

// Events are the texts of our own events.
func (c *Central) Events() (texts []string) {
	for _, m := range c.Messages() {
		if m.Stream == auditStream {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// Address is host:port.
func (c *Central) Address() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.address
}

// HostPort is Address in its parts.
func (c *Central) HostPort() (host, port string) {
	host, port, _ = net.SplitHostPort(c.Address())
	return host, port
}

// CAFile is a file with the authority that has signed the server's certificate.
func (c *Central) CAFile() string { return trusttest.Shared(c.t).File(c.t) }

// CheckRepeats holds what came to this: each of n lines of a stream is there, and every
// repeat is the same message again. It returns the number of repeats.
func CheckRepeats(t *testing.T, got []Message, stream string, n int) (repeats int) {
	t.Helper()
	seen := make(map[string]Message)
	for _, m := range got {
		if m.Stream != stream {
			continue
		}
		before, again := seen[m.Text]
		if again {
			repeats++
			if before != m {
				t.Errorf("came as %v, and again as %v", before, m)
			}
		}
		seen[m.Text] = m
	}
	if len(seen) != n {
		t.Errorf("%d of %d lines came", len(seen), n)
	}
	return repeats
}

package config

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"httpd-syslog/config/endpoint"
	"httpd-syslog/config/strict"
	"httpd-syslog/config/unit"
	"httpd-syslog/forwarder/syslogfmt/sdata"
)

// Endpoint is the address of a log server.
type Endpoint = endpoint.Endpoint

// Relay is one way to a central server.
type Relay struct {
	// Name is 1 to 32 of the characters A-Z a-z 0-9 . _ - and does not begin with a dot.
	// Default: made of the server's address.
	Name string
	// Servers are 1 to 16 different ones, in order of preference. They are of one kind: unix; or
	// udp; or any of tcp, tls, relp and relp+tls; or of nats and nats+tls, of one cluster; or one of s3.
	Servers []Endpoint
	// Order is that in which the servers are tried. Default: Listed, for nats Random.
	Order Order
	// Reconnect is about how long a connection stands before it is ended in good order and
	// begun anew: 0, for good, or 10 s to 30 days. Not for udp, unix and s3.
	Reconnect time.Duration
	// Format is that of the messages. Default: RFC5424; for unix RFC3164, as libc writes it.
	Format Format
	// Framing separates messages on a byte stream; datagrams need none.
	// Default: OctetCounting; for unix LF.
	Framing Framing
	// Streams are the names of the streams that are relayed. Empty: all, Audit included.
	Streams []string
	// MaxMessage is where longer messages are cut, in bytes, header included: 576
	// to 1 MiB, for udp 65,507. Default: 64 KiB, for udp 2,048.
	MaxMessage int
	// Rewind is how long an accepted message is still sent again after an abnormal break:
	// 0 to 24 hours.
	Rewind time.Duration
	// RewindBytes bounds how much is sent again, in bytes: 0 to 1 GiB.
	RewindBytes int64
	// ConnectTimeout bounds one attempt to connect: 1 ms to 5 minutes.
	ConnectTimeout time.Duration
	// Rate is how many messages are sent in a second at most: 0 to 10,000,000; 0 is no limit.
	// Default: 0; for udp 20,000, so that a backlog does not drown the receiver.
	Rate int
	// StructuredData is SD-ELEMENTs (RFC 5424, 6.3) of each message, besides our own. Empty:
	// none. For RFC5424 alone.
	StructuredData string
	// Delay is how long a line may wait for others that go into the same entry: for nats 0 to 1 minute, for
	// s3 1 s to 1 hour; 0 for all others. Default: for nats 50 ms, for s3 5 minutes.
	Delay time.Duration
	// TLS is for the servers that are tls, relp+tls, nats+tls or s3.
	TLS TLS
	// NATS is for servers that are nats or nats+tls, S3 for those that are s3.
	NATS NATS
	S3   S3
}

// Format is the form of a message.
type Format int

const (
	// RFC5424 is the syslog protocol.
	RFC5424 Format = iota
	// RFC3164 is BSD syslog.
	RFC3164
)

var formatNames = []string{"rfc5424", "rfc3164"}

// String returns f as the file has it.
func (f Format) String() string { return nameOf(formatNames, int(f)) }

// Order is that of a relay's servers.
type Order int

const (
	// Listed is as the file has them: the next one where one fails, and back to the first.
	Listed Order = iota
	// Random is another one for each connection, so that servers share the load.
	Random
)

var orderNames = []string{"listed", "random"}

// String returns o as the file has it.
func (o Order) String() string { return nameOf(orderNames, int(o)) }

// Framing separates messages on a byte stream (RFC 6587, 3.4).
type Framing int

const (
	// OctetCounting puts the length before each message.
	OctetCounting Framing = iota
	// LF ends each message with a line feed.
	LF
)

var framingNames = []string{"octet-counting", "lf"}

// String returns f as the file has it.
func (f Framing) String() string { return nameOf(framingNames, int(f)) }

const (
	minMessage    = 576   // the longest header and the mark of a cut message fit
	maxUDPMessage = 65507 // the longest payload of an IPv4 datagram
	// A NATS server takes 1 MiB by default, and an entry has a header and more than one message.
	maxNATSMessage = 256 << 10
)

// NewRelay returns the relay to e with every other value at its default. Its name is made of the
// address, e.g. "tcp-127.0.0.1-5514". Different addresses practically always have different names;
// whoever puts several such relays together still has to see that they do.
func NewRelay(e Endpoint) Relay {
	r := Relay{Name: addressName(e), Servers: []Endpoint{e}}
	strict.SetDefaults(r.fields(r.Servers, nil))
	r.setStoreDefaults(e)
	return r
}

// fields lists the keys of a relay to servers. Some defaults and bounds depend on the first of them;
// streams are the names that there are.
func (r *Relay) fields(servers []Endpoint, streams []string) []strict.Field {
	var first Endpoint
	if len(servers) > 0 {
		first = servers[0]
	}
	format, framing, order, message, limit, rate := "rfc5424", "octet-counting", "listed", "64KiB", int64(unit.MiB), 0
	switch first.Scheme {
	case "unix":
		format, framing = "rfc3164", "lf"
	case "udp":
		message, limit, rate = "2048", maxUDPMessage, 20000
	case "nats", "nats+tls":
		order, limit = "random", maxNATSMessage
	case "s3":
		framing = "lf"
	}
	return []strict.Field{
		strict.Key("name", nil, name(&r.Name)),
		strict.Key("servers", nil, func(strict.Value) {}), // read before all others
		strict.Key("order", order, strict.Choice(&r.Order, orderNames)),
		strict.Key("reconnect", "0", readReconnect(&r.Reconnect, first)),
		strict.Key("format", format, strict.Choice(&r.Format, formatNames)),
		strict.Key("framing", framing, strict.Choice(&r.Framing, framingNames)),
		strict.Key("streams", nil, readStreamNames(&r.Streams, streams)),
		strict.Key("max_message", message, unit.Size(&r.MaxMessage, minMessage, limit)),
		strict.Key("rewind", "10m", unit.Duration(&r.Rewind, 0, 24*time.Hour)),
		strict.Key("rewind_bytes", "48MiB", unit.Size(&r.RewindBytes, 0, unit.GiB)), // a peer's kernel holds up to 32 MiB (net.ipv4.tcp_rmem of Linux 6.17)
		strict.Key("connect_timeout", "10s", unit.Duration(&r.ConnectTimeout, time.Millisecond, 5*time.Minute)),
		strict.Key("rate", rate, strict.Number(&r.Rate, 0, maxRate)),
		strict.Key("structured_data", nil, readData(r)),
		strict.Key("delay", nil, readDelay(&r.Delay, first)),
		strict.Key("tls", nil, readTLS(&r.TLS, servers)),
		strict.Key("nats", nil, readStore("relay.nats", "nats:// or nats+tls://", first.IsNATS() || first.Scheme == "", r.NATS.fields())),
		strict.Key("s3", nil, readStore("relay.s3", "s3://", first.Scheme == "s3" || first.Scheme == "", r.S3.fields())),
	}
}

// addressName makes a relay's name of its address. Where characters have to be replaced or left
// out, a hash of the whole address keeps different ones apart.
func addressName(e Endpoint) string {
	address := e.Host + "-" + e.Port
	switch e.Scheme {
	case "unix":
		address = strings.TrimPrefix(e.Path, "/")
	case "s3":
		address = strings.TrimSuffix(e.Host+"/"+e.Path, "/")
	}
	safe := strings.Map(func(c rune) rune {
		if c < 0x80 && strict.Plain(string(c)) {
			return c
		}
		return '-'
	}, strings.ReplaceAll(e.Scheme, "+", ".")+"-"+address)
	lossy := (e.Scheme == "unix" || e.Scheme == "s3") && (strings.Contains(address, "-") || !strict.Plain(strings.ReplaceAll(address, "/", "")))
	if len(safe) <= maxName && !lossy {
		return safe
	}
	sum := fnv.New32a()
	fmt.Fprint(sum, e)
	return fmt.Sprintf("%.*s-%08x", maxName-9, safe, sum.Sum32())
}

func (c *Config) readRelays(n *names) func(strict.Value) {
	return func(v strict.Value) {
		for _, t := range v.Tables("relay") {
			c.Relays = append(c.Relays, readRelay(t, n))
		}
	}
}

// readRelay reads the servers first: the other defaults and bounds depend on the first.
func readRelay(t strict.Table, n *names) Relay {
	var servers []Endpoint
	if t.Has("servers") {
		servers = readServers(t.At("servers"))
	} else {
		t.At("servers").Failf("missing (write servers = [\"tcp://HOST:PORT\"])")
	}
	r := Relay{Servers: servers}
	if len(servers) > 0 && !t.Has("name") {
		r.Name = addressName(servers[0])
	}
	fields := r.fields(servers, n.known)
	strict.SetDefaults(fields)
	if len(servers) > 0 {
		r.setStoreDefaults(servers[0])
	}
	t.Read(fields)
	checkStoreRelay(t, &r)
	claimRelay(t, &r, n)
	return r
}

const (
	minReconnect = 10 * time.Second // each one costs a handshake, and a pause in the flow of lines
	maxReconnect = 30 * 24 * time.Hour
)

func readReconnect(dst *time.Duration, first Endpoint) func(strict.Value) {
	return func(v strict.Value) {
		unit.Duration(dst, 0, maxReconnect)(v)
		switch {
		case *dst == 0:
		case *dst < minReconnect:
			v.Failf("%s is too short (at least %s; \"0\": never)", v.Quoted(), minReconnect)
		case first.Scheme == "udp":
			v.Failf("has no use: udp has no connection, and its server's name is looked up every minute (remove it)")
		case first.Scheme == "s3":
			v.Failf("has no use: each object has requests of its own (remove it)")
		case first.Scheme == "unix":
			v.Failf("has no use: the socket of unix:// is this machine's (remove it)")
		}
	}
}

// readData comes behind what it depends on. Messages do not quote the value, which may be a
// secret that nobody but a log service is to see.
func readData(r *Relay) func(strict.Value) {
	return func(v strict.Value) {
		s, ok := v.Text()
		if !ok || s == "" {
			return
		}
		err, room := sdata.Check(s), sdata.Room(r.MaxMessage)
		switch {
		case r.Format != RFC5424:
			v.Failf("has no use: messages of format %q have none (remove it, or write format = \"rfc5424\")", r.Format)
		case strings.ContainsFunc(s, strict.Control):
			v.Failf("has control characters (remove them)")
		case err != nil:
			v.Failf("%v", err)
		case len(s) > room:
			v.Failf("it has %d bytes, and messages of %d bytes have room for %d (raise max_message)", len(s), r.MaxMessage, room)
		default:
			r.StructuredData = s
		}
	}
}

const (
	maxServers = 16
	maxRate    = 10_000_000
)

// readServers reads those that are right.
func readServers(v strict.Value) (servers []Endpoint) {
	items, ok := v.List()
	if !ok {
		return nil
	}
	if len(items) == 0 || len(items) > maxServers {
		v.Failf("has %d servers (1 to %d)", len(items), maxServers)
		return nil
	}
	for _, item := range items {
		url, ok := item.Text()
		if !ok {
			continue
		}
		server, err := endpoint.Parse(url)
		switch {
		case err != nil:
			item.Failf("%v", err)
		case slices.Contains(servers, server):
			item.Failf("%s is there twice (remove one)", strict.Quote(url))
		case len(servers) > 0 && kindOf(server) != kindOf(servers[0]):
			item.Failf("%s cannot be in one relay with %s (give it a relay of its own)", strict.Quote(url), servers[0])
		default:
			servers = append(servers, server)
		}
	}
	return servers
}

// kindOf tells which servers can stand in for each other: the form of the messages and their size
// depend on it.
func kindOf(e Endpoint) string {
	switch {
	case e.IsNATS():
		return "nats"
	case e.Scheme == "unix" || e.Scheme == "udp" || e.Scheme == "s3":
		return e.Scheme
	}
	return "connection"
}

func readStreamNames(dst *[]string, known []string) func(strict.Value) {
	return func(v strict.Value) {
		items, ok := v.List()
		if !ok {
			return
		}
		for _, item := range items {
			s, ok := item.Text()
			switch {
			case !ok:
			case !slices.Contains(known, s):
				item.Failf("%s is not a stream (%s)", strict.Quote(s), strict.Suggest(s, known))
			case slices.Contains(*dst, s):
				item.Failf("%s is there twice (remove one)", strict.Quote(s))
			default:
				*dst = append(*dst, s)
			}
		}
	}
}

// claimRelay sees to it that the relay's name is its own.
func claimRelay(t strict.Table, r *Relay, n *names) {
	if r.Name == "" {
		return // reported already
	}
	if first, taken := n.relays.claim(r.Name, t.At("name").Line()); taken {
		t.At("name").Failf("%s is already the name of the relay on line %d (write another name = \"…\")", strict.Quote(r.Name), first)
	}
}

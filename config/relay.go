package config

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"httpd-syslog/forwarder/syslogfmt/sdata"
)

// Relay is one way to a central server.
type Relay struct {
	// Name is 1 to 32 of the characters A-Z a-z 0-9 . _ - and does not begin with a dot.
	// Default: made of the server's address.
	Name string
	// Servers are 1 to 16 different ones, in order of preference. They are of one kind: unix; or
	// udp; or any of tcp, tls, relp and relp+tls.
	Servers []Endpoint
	// Order is that in which the servers are tried. Default: Listed.
	Order Order
	// Reconnect is about how long a connection stands before it is ended in good order and
	// begun anew: 0, for good, or 10 s to 30 days. Not for udp and unix.
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
	// TLS is for the servers that are tls or relp+tls.
	TLS TLS
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
)

// NewRelay returns the relay to e with every other value at its default. Its name is made of the
// address, e.g. "tcp-127.0.0.1-5514". Different addresses practically always have different names;
// whoever puts several such relays together still has to see that they do.
func NewRelay(e Endpoint) Relay {
	r := Relay{
		Name:           addressName(e),
		Servers:        []Endpoint{e},
		MaxMessage:     64 * kib,
		Rewind:         10 * time.Minute,
		RewindBytes:    48 * mib, // a peer's kernel holds up to 32 MiB (net.ipv4.tcp_rmem of Linux 6.17)
		ConnectTimeout: 10 * time.Second,
	}
	switch e.Scheme {
	case "unix":
		r.Format, r.Framing = RFC3164, LF
	case "udp":
		r.MaxMessage = 2048
		r.Rate = 20000
	}
	return r
}

// addressName makes a relay's name of its address. Where characters have to be replaced or left
// out, a hash of the whole address keeps different ones apart.
func addressName(e Endpoint) string {
	address := e.Host + "-" + e.Port
	if e.Scheme == "unix" {
		address = strings.TrimPrefix(e.Path, "/")
	}
	safe := strings.Map(func(c rune) rune {
		if c < 0x80 && plain(string(c)) {
			return c
		}
		return '-'
	}, strings.ReplaceAll(e.Scheme, "+", ".")+"-"+address)
	lossy := e.Scheme == "unix" && (strings.Contains(address, "-") || !plain(strings.ReplaceAll(address, "/", "")))
	if len(safe) <= maxName && !lossy {
		return safe
	}
	sum := fnv.New32a()
	fmt.Fprint(sum, e)
	return fmt.Sprintf("%.*s-%08x", maxName-9, safe, sum.Sum32())
}

func (c *Config) readRelays(v value) {
	for _, t := range v.tables("relay") {
		c.Relays = append(c.Relays, readRelay(t, v.r.known))
	}
}

// readRelay reads the servers first: the other defaults and bounds depend on the first.
func readRelay(t table, streams []string) Relay {
	var servers []Endpoint
	if t.has("servers") {
		servers = readServers(t.at("servers"))
	} else {
		t.at("servers").fail("missing (write servers = [\"tcp://HOST:PORT\"])")
	}
	var first Endpoint
	if len(servers) > 0 {
		first = servers[0]
	}
	limit := int64(mib)
	if first.Scheme == "udp" {
		limit = maxUDPMessage
	}
	r := NewRelay(first)
	r.Servers = servers
	if t.has("name") || first == (Endpoint{}) {
		r.Name = ""
	}
	t.read([]field{
		{"name", name(&r.Name)},
		{"servers", func(value) {}},
		{"order", choice(&r.Order, orderNames)},
		{"reconnect", readReconnect(&r.Reconnect, first)},
		{"format", choice(&r.Format, formatNames)},
		{"framing", choice(&r.Framing, framingNames)},
		{"streams", readStreamNames(&r.Streams, streams)},
		{"max_message", size(&r.MaxMessage, minMessage, limit)},
		{"rewind", duration(&r.Rewind, 0, 24*time.Hour)},
		{"rewind_bytes", size(&r.RewindBytes, 0, gib)},
		{"connect_timeout", duration(&r.ConnectTimeout, time.Millisecond, 5*time.Minute)},
		{"rate", number(&r.Rate, 0, maxRate)},
		{"structured_data", readData(&r)},
		{"tls", readTLS(&r.TLS, servers)},
	})
	claimRelay(t, &r)
	return r
}

const (
	minReconnect = 10 * time.Second // each one costs a handshake, and a pause in the flow of lines
	maxReconnect = 30 * 24 * time.Hour
)

func readReconnect(dst *time.Duration, first Endpoint) func(value) {
	return func(v value) {
		duration(dst, 0, maxReconnect)(v)
		switch {
		case *dst == 0:
		case *dst < minReconnect:
			v.fail("%s is too short (at least %s; \"0\": never)", v.quoted(), minReconnect)
		case first.Scheme == "udp":
			v.fail("has no use: udp has no connection, and its server's name is looked up every minute (remove it)")
		case first.Scheme == "unix":
			v.fail("has no use: the socket of unix:// is this machine's (remove it)")
		}
	}
}

// readData comes behind what it depends on. Messages do not quote the value, which may be a
// secret that nobody but a log service is to see.
func readData(r *Relay) func(value) {
	return func(v value) {
		s, ok := v.text()
		if !ok || s == "" {
			return
		}
		err, room := sdata.Check(s), sdata.Room(r.MaxMessage)
		switch {
		case r.Format != RFC5424:
			v.fail("has no use: messages of format %q have none (remove it, or write format = \"rfc5424\")", r.Format)
		case strings.ContainsFunc(s, control):
			v.fail("has control characters (remove them)")
		case err != nil:
			v.fail("%v", err)
		case len(s) > room:
			v.fail("it has %d bytes, and messages of %d bytes have room for %d (raise max_message)", len(s), r.MaxMessage, room)
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
func readServers(v value) (servers []Endpoint) {
	items, ok := v.list()
	if !ok {
		return nil
	}
	if len(items) == 0 || len(items) > maxServers {
		v.fail("has %d servers (1 to %d)", len(items), maxServers)
		return nil
	}
	for _, item := range items {
		url, ok := item.text()
		if !ok {
			continue
		}
		server, err := ParseEndpoint(url)
		switch {
		case err != nil:
			item.fail("%v", err)
		case slices.Contains(servers, server):
			item.fail("%s is there twice (remove one)", quote(url))
		case len(servers) > 0 && kindOf(server) != kindOf(servers[0]):
			item.fail("%s cannot be in one relay with %s (give it a relay of its own)", quote(url), servers[0])
		default:
			servers = append(servers, server)
		}
	}
	return servers
}

// kindOf tells which servers can stand in for each other: the form of the messages and their size
// depend on it.
func kindOf(e Endpoint) string {
	if e.Scheme == "unix" || e.Scheme == "udp" {
		return e.Scheme
	}
	return "connection"
}

func readStreamNames(dst *[]string, known []string) func(value) {
	return func(v value) {
		items, ok := v.list()
		if !ok {
			return
		}
		for _, item := range items {
			s, ok := item.text()
			switch {
			case !ok:
			case !slices.Contains(known, s):
				item.fail("%s is not a stream (%s)", quote(s), suggest(s, known))
			case slices.Contains(*dst, s):
				item.fail("%s is there twice (remove one)", quote(s))
			default:
				*dst = append(*dst, s)
			}
		}
	}
}

// claimRelay sees to it that the relay's name is its own.
func claimRelay(t table, r *Relay) {
	if r.Name == "" {
		return // reported already
	}
	if first, taken := t.r.relays.claim(r.Name, t.at("name").line()); taken {
		t.at("name").fail("%s is already the name of the relay on line %d (write another name = \"…\")", quote(r.Name), first)
	}
}

package config

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// Relay is one way to a central server.
type Relay struct {
	// Name is 1 to 32 of the characters A-Z a-z 0-9 . _ - and does not begin with a dot.
	// Default: made of the server's address.
	Name string
	// Servers holds exactly one server in this version.
	Servers []Endpoint
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
		RewindBytes:    16 * mib,
		ConnectTimeout: 10 * time.Second,
	}
	switch e.Scheme {
	case "unix":
		r.Format, r.Framing = RFC3164, LF
	case "udp":
		r.MaxMessage = 2048
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
	}, e.Scheme+"-"+address)
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

// readRelay reads the server first: the other defaults and bounds depend on it.
func readRelay(t table, streams []string) Relay {
	var e Endpoint
	if t.has("servers") {
		e = readServer(t.at("servers"))
	} else {
		t.at("servers").fail("missing (write servers = [\"tcp://HOST:PORT\"])")
	}
	limit := int64(mib)
	if e.Scheme == "udp" {
		limit = maxUDPMessage
	}
	r := NewRelay(e)
	if t.has("name") || e == (Endpoint{}) {
		r.Name = ""
	}
	t.read([]field{
		{"name", name(&r.Name)},
		{"servers", func(value) {}},
		{"format", choice(&r.Format, formatNames)},
		{"framing", choice(&r.Framing, framingNames)},
		{"streams", readStreamNames(&r.Streams, streams)},
		{"max_message", size(&r.MaxMessage, minMessage, limit)},
		{"rewind", duration(&r.Rewind, 0, 24*time.Hour)},
		{"rewind_bytes", size(&r.RewindBytes, 0, gib)},
		{"connect_timeout", duration(&r.ConnectTimeout, time.Millisecond, 5*time.Minute)},
	})
	claimRelay(t, &r)
	return r
}

// readServer reads the list that must hold one server; the zero Endpoint where it does not.
func readServer(v value) (e Endpoint) {
	items, ok := v.list()
	if !ok {
		return e
	}
	if len(items) != 1 {
		v.fail("has %d servers (give exactly one; several in one relay are not supported in this version)", len(items))
	}
	for i, item := range items {
		url, ok := item.text()
		if !ok {
			continue
		}
		server, err := ParseEndpoint(url)
		if err != nil {
			item.fail("%v", err)
		} else if i == 0 {
			e = server
		}
	}
	return e
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

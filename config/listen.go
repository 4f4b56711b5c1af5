package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"httpd-syslog/config/endpoint"
	"httpd-syslog/config/strict"
)

// Listen is an address at which the service takes syslog messages in.
type Listen struct {
	// Scheme is "unixgram", "unix", "udp", "tcp", "tls", "relp" or "relp+tls".
	Scheme string
	// Host is a name or an IP address, IPv6 without brackets; empty: every address of the machine.
	Host string
	// Port is a decimal number from 1 to 65535. Empty for sockets in the file system.
	Port string
	// Path is the absolute, clean path of the socket. Empty but for unixgram and unix.
	Path string
	// Connections is how many there may be at a time, but for unixgram and udp. 0: the default.
	Connections int
	// Collect has whole messages written to the files of Collect, whatever their facility.
	Collect bool
	// TLS is for tls and relp+tls.
	TLS ListenTLS
}

// UsesTLS reports whether connections are encrypted.
func (l *Listen) UsesTLS() bool { return l.Scheme == "tls" || l.Scheme == "relp+tls" }

// network is what sockets are told apart by: two of the same host and port exclude each other.
func (l Listen) network() string {
	switch l.Scheme {
	case "udp", "unix", "unixgram":
		return l.String()
	}
	l.Scheme = "tcp"
	return l.String()
}

const maxConnections = 100_000

// String returns the URL. [ParseListen] makes the same Listen of it, but for Connections and Collect.
func (l Listen) String() string {
	if l.Path != "" {
		return l.Scheme + "://" + l.Path
	}
	return l.Scheme + "://" + net.JoinHostPort(l.Host, l.Port)
}

// ParseListen reads the URL of a listener:
//
//	unixgram://PATH      a datagram socket, as /dev/log is; PATH absolute
//	unix://PATH          a stream socket
//	udp://[HOST][:PORT]  default port 514 (RFC 5426)
//	tcp://[HOST][:PORT]  default port 601 (syslog-conn)
//	tls://[HOST][:PORT]  default port 6514 (RFC 5425)
//	relp://[HOST][:PORT], relp+tls://[HOST][:PORT]
//	                     default port 2514
//
// with IPv6 addresses in brackets. Errors quote s.
func ParseListen(s string) (Listen, error) {
	l, err := parseListen(s)
	if err != nil {
		return Listen{}, fmt.Errorf("%s: %w", strict.Quote(s), err)
	}
	return l, nil
}

func parseListen(s string) (Listen, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Listen{}, fmt.Errorf("not a URL (write unixgram:///PATH, unix:///PATH, udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT, relp://HOST:PORT or relp+tls://HOST:PORT)")
	}
	scheme = strings.ToLower(scheme)
	if scheme == "unixgram" || scheme == "unix" {
		e, err := endpoint.ParseUnix(rest)
		return Listen{Scheme: scheme, Path: e.Path}, err
	}
	port, ok := endpoint.Ports[scheme]
	if !ok {
		return Listen{}, fmt.Errorf("%s is not a scheme to listen with (use unixgram, unix, udp, tcp, tls, relp or relp+tls)", strict.Quote(scheme))
	}
	if rest == "" || rest[0] == ':' {
		e, err := endpoint.ParseInet(scheme, "0.0.0.0"+rest, port)
		return Listen{Scheme: scheme, Port: e.Port}, err
	}
	e, err := endpoint.ParseInet(scheme, rest, port)
	return Listen{Scheme: scheme, Host: e.Host, Port: e.Port}, err
}

func (c *Config) readListeners(n *names) func(strict.Value) {
	return func(v strict.Value) {
		for _, t := range v.Tables("listen") {
			c.Listen = append(c.Listen, readListen(t, n))
		}
	}
}

func readListen(t strict.Table, n *names) (l Listen) {
	t.Read([]strict.Field{
		strict.Key("url", nil, readListenURL(&l, n)),
		strict.Key("connections", nil, strict.Number(&l.Connections, 1, maxConnections)), // the listener's
		strict.Key("tls", nil, readListenTLS(&l)),
		strict.Key("collect", false, strict.Bool(&l.Collect)),
	})
	if !t.Has("url") {
		t.At("url").Failf("missing (write url = \"unixgram:///run/httpd-syslog/log\")")
	}
	if l.Connections > 0 && (l.Scheme == "unixgram" || l.Scheme == "udp") {
		t.At("connections").Failf("there are none with %s (remove it)", l.Scheme)
	}
	if l.UsesTLS() && !t.Has("tls") {
		t.At("url").Failf("%s needs a certificate (add [listen.tls] below this table, with cert_file and key_file)", l.Scheme)
	}
	return l
}

func readListenURL(l *Listen, n *names) func(strict.Value) {
	return func(v strict.Value) {
		s, ok := v.Text()
		if !ok {
			return
		}
		var err error
		if *l, err = ParseListen(s); err != nil {
			v.Failf("%v", err)
			return
		}
		if first, taken := n.listeners.claim(l.network(), v.Line()); taken {
			v.Failf("%s is already listened on by line %d (remove one)", strict.Quote(l.String()), first)
		}
	}
}

// HTTP is where the service tells people and programs how it is doing.
type HTTP struct {
	// Listen is HOST:PORT; an empty HOST is every address of the machine. Empty: nowhere.
	Listen string
}

func (h *HTTP) fields() []strict.Field {
	return []strict.Field{strict.Key("listen", "127.0.0.1:9514", strict.Text(&h.Listen, checkHostPort))}
}

// checkHostPort takes HOST:PORT, or nothing.
func checkHostPort(s string) string {
	const hint = `(write "HOST:PORT", or "" for none)`
	if s == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "is not an address " + hint
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "has no port from 1 to 65535 " + hint
	}
	if host != "" && !endpoint.IsIPv6(host) && endpoint.CheckHost(host) != nil {
		return "has no host that is a name or an IP address " + hint
	}
	return ""
}

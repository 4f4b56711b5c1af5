package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Listen is an address at which the service takes syslog messages in.
type Listen struct {
	// Scheme is "unixgram", "unix", "udp" or "tcp".
	Scheme string
	// Host is a name or an IP address, IPv6 without brackets; empty: every address of the machine.
	Host string
	// Port is a decimal number from 1 to 65535. Empty for sockets in the file system.
	Port string
	// Path is the absolute, clean path of the socket. Empty but for unixgram and unix.
	Path string
	// Connections is how many there may be at a time, of unix and tcp. 0: the default.
	Connections int
}

const maxConnections = 100_000

// listenPorts are those where the URL has none.
var listenPorts = map[string]string{"udp": defaultPorts["udp"], "tcp": defaultPorts["tcp"]}

// String returns the URL. [ParseListen] makes the same Listen of it, but for Connections.
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
//
// with IPv6 addresses in brackets. Errors quote s.
func ParseListen(s string) (Listen, error) {
	l, err := parseListen(s)
	if err != nil {
		return Listen{}, fmt.Errorf("%s: %w", quote(s), err)
	}
	return l, nil
}

func parseListen(s string) (Listen, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Listen{}, fmt.Errorf("not a URL (write unixgram:///PATH, unix:///PATH, udp://HOST:PORT or tcp://HOST:PORT)")
	}
	scheme = strings.ToLower(scheme)
	if scheme == "unixgram" || scheme == "unix" {
		e, err := parseUnix(rest)
		return Listen{Scheme: scheme, Path: e.Path}, err
	}
	port, ok := listenPorts[scheme]
	if !ok {
		return Listen{}, fmt.Errorf("%s is not a scheme to listen with (use unixgram, unix, udp or tcp)", quote(scheme))
	}
	if rest == "" || rest[0] == ':' {
		e, err := parseInet(scheme, "0.0.0.0"+rest, port)
		return Listen{Scheme: scheme, Port: e.Port}, err
	}
	e, err := parseInet(scheme, rest, port)
	return Listen{Scheme: scheme, Host: e.Host, Port: e.Port}, err
}

func (c *Config) readListeners(v value) {
	for _, t := range v.tables("listen") {
		c.Listen = append(c.Listen, readListen(t))
	}
}

func readListen(t table) (l Listen) {
	t.read([]field{
		{"url", readListenURL(&l)},
		{"connections", number(&l.Connections, 1, maxConnections)},
	})
	if !t.has("url") {
		t.at("url").fail("missing (write url = \"unixgram:///run/httpd-syslog/log\")")
	}
	if l.Connections > 0 && (l.Scheme == "unixgram" || l.Scheme == "udp") {
		t.at("connections").fail("there are none with %s (remove it)", l.Scheme)
	}
	return l
}

func readListenURL(l *Listen) func(value) {
	return func(v value) {
		s, ok := v.text()
		if !ok {
			return
		}
		var err error
		if *l, err = ParseListen(s); err != nil {
			v.fail("%v", err)
			return
		}
		if first, taken := v.r.listeners.claim(l.String(), v.line()); taken {
			v.fail("%s is already listened on by line %d (remove one)", quote(l.String()), first)
		}
	}
}

// HTTP is where the service tells people and programs how it is doing.
type HTTP struct {
	// Listen is HOST:PORT; an empty HOST is every address of the machine. Empty: nowhere.
	Listen string
}

func defaultHTTP() HTTP { return HTTP{Listen: "127.0.0.1:9514"} }

func (h *HTTP) fields() []field {
	return []field{{"listen", text(&h.Listen, checkHostPort)}}
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
	if host != "" && !isIPv6(host) && checkHost(host) != nil {
		return "has no host that is a name or an IP address " + hint
	}
	return ""
}

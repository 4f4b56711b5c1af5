// Package endpoint has the addresses of log servers: URLs of the configuration, taken apart and checked. It looks at no
// host, port or directory.
package endpoint

import (
	"fmt"
	"net"
	"net/netip"
	"path"
	"strconv"
	"strings"

	"httpd-syslog/config/strict"
)

// Endpoint is the address of a log server.
type Endpoint struct {
	// Scheme is "unix", "udp", "tcp", "tls", "relp" or "relp+tls"; of stores "nats", "nats+tls" or "s3".
	Scheme string
	// Host is a name or an IP address, IPv6 without brackets. Empty for unix; for s3 the bucket.
	Host string
	// Port is a decimal number from 1 to 65535. Empty for unix and s3.
	Port string
	// Path is the absolute, clean path of the socket; for s3 what keys begin with, without slashes at its ends,
	// or empty. Empty for all others.
	Path string
}

// Ports are those of syslog where the URL has none, by scheme.
var Ports = map[string]string{
	"udp":      "514",  // RFC 5426, 3.3
	"tcp":      "601",  // IANA: syslog-conn; 514/tcp is registered for rsh, though many servers listen there
	"tls":      "6514", // RFC 5425, 4.1
	"relp":     "2514", // none is registered; rsyslog's documentation has this one
	"relp+tls": "2514",
}

const natsPort = "4222" // IANA: nats

// TLS reports whether the connection is encrypted; for s3 the endpoint's URL can say that it is not.
func (e Endpoint) TLS() bool { return strings.HasSuffix(e.Scheme, "tls") || e.Scheme == "s3" }

// maxSocketPath is what fits into sun_path of Linux with its final NUL.
const maxSocketPath = 107

// String returns the URL. [Parse] makes the same Endpoint of it.
func (e Endpoint) String() string {
	switch e.Scheme {
	case "unix":
		return "unix://" + e.Path
	case "s3":
		return strings.TrimSuffix("s3://"+e.Host+"/"+e.Path, "/")
	}
	return e.Scheme + "://" + net.JoinHostPort(e.Host, e.Port)
}

// Parse reads the URL of a server:
//
//	unix://PATH          PATH absolute, e.g. unix:///dev/log
//	udp://HOST[:PORT]    default port 514 (RFC 5426)
//	tcp://HOST[:PORT]    default port 601 (syslog-conn; many servers listen on 514: write it then)
//	tls://HOST[:PORT]    default port 6514 (RFC 5425)
//	relp://HOST[:PORT], relp+tls://HOST[:PORT]
//	                     default port 2514 (as rsyslog's documentation has it; none is registered)
//	nats://HOST[:PORT], nats+tls://HOST[:PORT]
//	                     default port 4222
//	s3://BUCKET[/PREFIX] what the keys of objects begin with
//
// with IPv6 addresses in brackets. Nothing in it is percent-encoded. Errors quote s.
func Parse(s string) (Endpoint, error) {
	e, err := parse(s)
	if err != nil {
		return Endpoint{}, fmt.Errorf("%s: %w", strict.Quote(s), err)
	}
	return e, nil
}

func parse(s string) (Endpoint, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Endpoint{}, fmt.Errorf("not a URL (write tcp://HOST:PORT, udp://HOST:PORT or unix:///PATH)")
	}
	scheme = strings.ToLower(scheme)
	switch scheme {
	case "unix":
		return ParseUnix(rest)
	case "s3":
		return parseBucket(rest)
	}
	port, ok := Ports[scheme]
	if scheme == "nats" || scheme == "nats+tls" {
		port, ok = natsPort, true
	}
	if !ok {
		return Endpoint{}, fmt.Errorf("%s is not a scheme (use tcp, tls, relp, relp+tls, udp, unix, nats, nats+tls or s3)", strict.Quote(scheme))
	}
	return ParseInet(scheme, rest, port)
}

// ParseUnix reads the path of a socket.
func ParseUnix(socket string) (Endpoint, error) {
	switch {
	case !strings.HasPrefix(socket, "/"):
		return Endpoint{}, fmt.Errorf("the path is not absolute (write three slashes: unix:///dev/log)")
	case strings.ContainsFunc(socket, strict.Control):
		return Endpoint{}, fmt.Errorf("the path has control characters (remove them)")
	}
	clean := path.Clean(socket)
	switch {
	case clean == "/":
		return Endpoint{}, fmt.Errorf("the path is missing (write unix:///dev/log)")
	case len(clean) > maxSocketPath:
		return Endpoint{}, fmt.Errorf("the path is too long for a socket (at most %d bytes)", maxSocketPath)
	}
	return Endpoint{Scheme: "unix", Path: clean}, nil
}

// ParseInet reads what stands behind the scheme: HOST[:PORT].
func ParseInet(scheme, rest, defaultPort string) (Endpoint, error) {
	if i := strings.IndexAny(rest, "/?#@"); i >= 0 {
		return Endpoint{}, fmt.Errorf("%q has no place here (write %s://HOST:PORT)", rest[i], scheme)
	}
	host, port, err := splitHost(rest)
	if err != nil {
		return Endpoint{}, err
	}
	if port == "" {
		return Endpoint{Scheme: scheme, Host: host, Port: defaultPort}, nil
	}
	n, err := strconv.ParseUint(port[1:], 10, 16)
	if err != nil || n == 0 {
		return Endpoint{}, fmt.Errorf("the port %s is not a number from 1 to 65535 (write %s://HOST:%s)", strict.Quote(port[1:]), scheme, defaultPort)
	}
	return Endpoint{Scheme: scheme, Host: host, Port: strconv.FormatUint(n, 10)}, nil
}

// splitHost divides HOST[:PORT]; port begins with its colon, or is empty.
func splitHost(s string) (host, port string, err error) {
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", "", fmt.Errorf("the bracket is not closed (write [IPV6]:PORT)")
		}
		host, port = s[1:end], s[end+1:]
		if port != "" && port[0] != ':' {
			return "", "", fmt.Errorf("%s after the address (write [IPV6]:PORT)", strict.Quote(port))
		}
		if !IsIPv6(host) {
			return "", "", fmt.Errorf("%s is not an IPv6 address (brackets are for these alone)", strict.Quote(host))
		}
		return host, port, nil
	}
	if strings.Count(s, ":") > 1 {
		return "", "", fmt.Errorf("more than one colon (write an IPv6 address in brackets: [::1]:514)")
	}
	if i := strings.IndexByte(s, ':'); i >= 0 {
		s, port = s[:i], s[i:]
	}
	return s, port, CheckHost(s)
}

// IsIPv6 reports whether s is an IPv6 address, without brackets.
func IsIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && strict.Plain(a.Zone())
}

const maxHost = 253 // RFC 1035, 2.3.4, as text

// CheckHost takes names as resolvers do, underscores included, and refuses what only looks like
// an IPv4 address.
func CheckHost(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("the host is missing (write HOST:PORT)")
	case len(s) > maxHost || !strict.Plain(s):
		return fmt.Errorf("%s is not a host name (at most 253 of the characters A-Z a-z 0-9 . _ -)", strict.Quote(s))
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	if last != "" && strings.Trim(last, "0123456789") == "" {
		if _, err := netip.ParseAddr(s); err != nil {
			return fmt.Errorf("%s is not an IPv4 address (write four numbers from 0 to 255)", strict.Quote(s))
		}
	}
	return nil
}

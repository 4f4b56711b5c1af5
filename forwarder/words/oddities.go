package words

import (
	"strings"

	"httpd-syslog/forwarder/status"
)

// Oddities are what was out of the ordinary with what a listener took in, in words; empty if
// nothing was.
func Oddities(l *status.Listener) string {
	var all []string
	for _, odd := range []struct {
		n    uint64
		what string
	}{
		{l.Malformed, "messages not quite in their format"}, {l.Continued, "second lines"}, {l.Cut, "messages cut"},
		{l.Closed, "connections closed"}, {l.TurnedAway, "connections turned away"}, {l.Untrusted, "connections without a good handshake of TLS"},
	} {
		if odd.n > 0 {
			all = append(all, Count(odd.n)+" "+odd.what)
		}
	}
	return strings.Join(all, ", ")
}

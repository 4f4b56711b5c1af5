package words

import (
	"httpd-syslog/forwarder/status"
)

// Servers are the servers of a relay, in their order. Where there are several, the server that is in
// use, or was tried last, is marked.
func Servers(r *status.Relay) []string {
	all := make([]string, len(r.Servers))
	for i, s := range r.Servers {
		all[i] = Visible(s)
		switch {
		case len(r.Servers) == 1 || s != r.Server:
		case r.State == status.RelayUp:
			all[i] += " (in use)"
		default:
			all[i] += " (tried last)"
		}
	}
	return all
}

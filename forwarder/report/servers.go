package report

import "httpd-syslog/forwarder"

// Servers are a relay's, in their order. Where there are several, the one that the
// relay has to do with is marked.
func Servers(r *forwarder.RelayStatus) []string {
	all := make([]string, len(r.Servers))
	for i, s := range r.Servers {
		all[i] = Visible(s)
		switch {
		case len(r.Servers) == 1 || s != r.Server:
		case r.State == forwarder.RelayUp:
			all[i] += " (in use)"
		default:
			all[i] += " (tried last)"
		}
	}
	return all
}

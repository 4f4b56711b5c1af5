package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// closed sets what a browser may do with an answer: show it, and nothing else. Only
// the page's own style and script are taken, known by their hashes.
func closed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// loopbackOnly refuses requests for other hosts: a name of somebody else's that was
// made to point here (DNS rebinding). A proxy on this machine asks for the address
// that it connects to, unless it is told to keep the client's.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopbackHost(r.Host) {
			answer(w, http.StatusMisdirectedRequest,
				"this address answers requests for localhost, 127.0.0.1 and [::1] only; a proxy before it must not pass on the client's Host")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLoopbackHost tells by a Host header's value. HTTP/1.0 has none; browsers do not
// speak that.
func isLoopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if host == "" || strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// isLoopback reports whether only this machine can reach an address.
func isLoopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

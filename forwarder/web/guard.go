package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// closed sets headers by which a browser shows an answer and does nothing else with it: it runs
// only the page's own style and script, known by their hashes.
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

// loopbackOnly refuses requests whose Host is not a loopback one: somebody else's name may have been
// made to point here (DNS rebinding). A proxy on this machine sends the address that it connects to
// as Host, unless it is configured to keep the client's.
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

// isLoopbackHost reports whether the value of a Host header is a loopback name or address. An empty one
// counts: only HTTP/1.0 has no Host, which browsers do not speak.
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

package web

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
)

// anew has a server read its Status for everybody who asks.
const anew = time.Nanosecond

// start is when the statuses of tests begin.
var start = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// healthy is a Status of the service with a relay, in which all is well, so long
// after start.
func healthy(after time.Duration) status.Status {
	lines := 1000 + uint64(after/time.Second)*512
	latency := status.Latency{Sum: 12.5}
	latency.Counts[0], latency.Counts[1], latency.Counts[4] = lines/2, lines/2, 3
	return status.Status{
		Time:     start.Add(after),
		StateDir: "/var/lib/httpd-syslog",
		Delivery: status.Delivery{Running: true, Service: true, PID: 4711, Version: "0.2.0", Since: start.Add(-3 * time.Hour),
			Config: "/etc/httpd-syslog/httpd_syslog.toml", Loaded: start.Add(-3 * time.Hour)},
		Spool: status.Spool{Files: 2, Bytes: 1_234_567, Max: 10_000_000_000},
		Streams: []status.Stream{
			{Name: "access", Lines: lines, Bytes: lines * 180, Local: lines, LocalB: lines * 180},
			{Name: "error", Lines: 123, Bytes: 12_345, Local: 123, LocalB: 12_345},
			{Name: "audit", Lines: 12, Bytes: 1_234, Local: 12, LocalB: 1_234},
		},
		Local: status.Local{Dir: "/var/log/httpd-syslog", Rate: 512, Latency: latency},
		Relays: []status.Relay{{
			Name: "central", Servers: []string{"tls://logs1.example.com:6514", "tls://logs2.example.com:6514"}, Server: "tls://logs1.example.com:6514",
			State: status.RelayUp, Since: start.Add(-3 * time.Hour), Lines: lines, Rate: 512, Latency: latency,
		}},
		Listeners: []status.Listener{
			{URL: "unixgram:///run/httpd-syslog/log", Messages: 4_321, Refused: map[string]uint64{"facility": 7, "malformed": 2}},
			{URL: "tcp://0.0.0.0:1514", Messages: 98, Connections: 3},
		},
	}
}

// down is healthy with its relay down and so many lines waiting for it.
func down(after time.Duration, lines uint64) status.Status {
	st := healthy(after)
	r := &st.Relays[0]
	r.State, r.Since, r.Rate = status.RelayDown, start, 0
	r.Error, r.ErrorAt, r.Failures = "tls://logs2.example.com:6514: connection refused", st.Time.Add(-4*time.Second), 17
	r.Backlog = status.Backlog{Lines: lines, Bytes: int64(lines) * 180, Oldest: start}
	return st
}

// fixed is a source of one Status.
func fixed(st status.Status) func() (status.Status, error) {
	return func() (status.Status, error) { return st, nil }
}

// serve serves on a loopback port until the test ends.
func serve(t *testing.T, s *Server) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, done := t.Context(), make(chan error)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() { // when ctx is over
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return "http://" + l.Addr().String()
}

// get returns an answer and its body.
func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(body)
}

func wantIn(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in:\n%s", w, text)
		}
	}
}

package web

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

func TestHealthAndReadiness(t *testing.T) {
	var s story
	var alive error
	server := New(Options{Status: s.status, Alive: func() error { return alive }, Age: anew})
	url := serve(t, server)
	want := func(path string, status int, body string) {
		t.Helper()
		if r, got := get(t, url+path); r.StatusCode != status || got != body || r.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d %q, want %d %q", path, r.StatusCode, got, status, body)
		}
	}
	s.set(healthy(0))
	want("/healthz", 200, "ok\n")
	want("/readyz", 200, "ok\n")
	s.set(down(time.Hour, 1_000_000))
	want("/readyz", 200, "ok\n") // they are safe in the spool
	st := healthy(0)
	st.Delivery.Running, st.Local.Error = false, "write access_log:\nno space left on device"
	s.set(st)
	want("/readyz", 503, "nobody delivers\nthe local log is not written: write access_log:; no space left on device\n")
	want("/healthz", 200, "ok\n")
	alive = errors.New("the delivery has not gone round for 1m")
	want("/healthz", 503, "the delivery has not gone round for 1m\n")
}

func TestUnreadableState(t *testing.T) {
	url := serve(t, New(Options{Status: func() (status.Status, error) {
		return status.Status{}, errors.New("open /var/lib/httpd-syslog/status: permission denied")
	}}))
	for path, text := range map[string]string{
		"/":            "the state cannot be read",
		"/readyz":      "the state cannot be read: open /var/lib/httpd-syslog/status: permission denied",
		"/status.json": "the state cannot be read: open /var/lib/httpd-syslog/status: permission denied",
	} {
		r, body := get(t, url+path)
		if r.StatusCode != 503 {
			t.Errorf("%s: %d, want 503", path, r.StatusCode)
		}
		wantIn(t, body, text)
	}
	r, body := get(t, url+"/metrics")
	if r.StatusCode != 500 { // what client_golang answers
		t.Errorf("/metrics: %d, want 500", r.StatusCode)
	}
	wantIn(t, body, "read the state: open /var/lib/httpd-syslog/status: permission denied")
}

func TestStatusJSON(t *testing.T) {
	want := down(time.Minute, 7)
	want.Listeners = nil
	r, body := get(t, serve(t, New(Options{Status: fixed(want)}))+"/status.json")
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	var got status.Status
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Relays) != 1 || got.Relays[0].Backlog != want.Relays[0].Backlog || !got.Time.Equal(want.Time) {
		t.Errorf("got %+v", got)
	}
	wantIn(t, body, `"listeners": []`)
}

// TestOnlyReading holds that nothing but GET and HEAD of what there is is answered.
func TestOnlyReading(t *testing.T) {
	url := serve(t, New(Options{Status: fixed(healthy(0))}))
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 200}, {"HEAD", "/", 200}, {"HEAD", "/metrics", 200},
		{"POST", "/", 405}, {"PUT", "/status.json", 405}, {"DELETE", "/metrics", 405}, {"OPTIONS", "/", 405}, {"TRACE", "/", 405},
		{"GET", "/index.html", 404}, {"GET", "/page.css", 404}, {"GET", "/debug/pprof/", 404}, {"GET", "/%2e%2e/etc/passwd", 404},
	} {
		r, err := http.NewRequest(c.method, url+c.path, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, a.StatusCode, c.status)
		}
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Content-Security-Policy": contentPolicy,
		} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s %s: %s is %q, want %q", c.method, c.path, header, got, want)
			}
		}
	}
	for _, unwanted := range []string{"unsafe", "http:", "https:", "*"} {
		if strings.Contains(contentPolicy, unwanted) {
			t.Errorf("the policy has %q: %s", unwanted, contentPolicy)
		}
	}
}

// TestOtherHostsAreRefused holds DNS rebinding off.
func TestOtherHostsAreRefused(t *testing.T) {
	url := serve(t, New(Options{Status: fixed(healthy(0))}))
	for host, status := range map[string]int{
		"127.0.0.1": 200, "127.0.0.1:9514": 200, "localhost": 200, "LOCALHOST:80": 200, "[::1]:9514": 200, "[::ffff:127.0.0.1]:1": 200,
		"evil.example": 421, "evil.example:9514": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "192.0.2.1": 421, "0.0.0.0:9514": 421,
	} {
		for _, path := range []string{"/", "/status.json", "/metrics", "/none"} {
			r, err := http.NewRequest("GET", url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			want := status
			if status == 200 && path == "/none" {
				want = 404
			}
			if a.StatusCode != want {
				t.Errorf("Host %s, %s: %d, want %d", host, path, a.StatusCode, want)
			}
		}
	}
}

func TestIsLoopback(t *testing.T) {
	for addr, want := range map[string]bool{"127.0.0.1:1": true, "127.3.4.5:1": true, "[::1]:1": true, "0.0.0.0:1": false, "[::]:1": false, "192.0.2.1:1": false} {
		a, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := isLoopback(a); got != want {
			t.Errorf("isLoopback(%s) = %t", addr, got)
		}
	}
}

// TestConnectionsAreBounded holds as many connections open as there may be: the next
// one is answered when one of them ends.
func TestConnectionsAreBounded(t *testing.T) {
	url := serve(t, New(Options{Status: fixed(healthy(0))}))
	addr := strings.TrimPrefix(url, "http://")
	ask := func(c net.Conn) *bufio.Reader {
		t.Helper()
		if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return bufio.NewReader(c)
	}
	var open []net.Conn
	for range maxConnections {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		a, err := http.ReadResponse(ask(c), nil)
		if err != nil || a.StatusCode != 200 {
			t.Fatalf("connection %d: %v", len(open), err)
		}
		open = append(open, c)
	}
	waiting, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	r := ask(waiting)
	const aMoment = 100 * time.Millisecond // if it is too short, the test holds less, and does not fail
	waiting.SetReadDeadline(time.Now().Add(aMoment))
	if b, err := r.Peek(1); err == nil {
		t.Errorf("one more than %d connections is answered: %q", maxConnections, b)
	}
	open[0].Close()
	waiting.SetReadDeadline(time.Now().Add(testbed.Patience))
	if a, err := http.ReadResponse(bufio.NewReader(waiting), nil); err != nil || a.StatusCode != 200 {
		t.Errorf("the one that waited: %v", err)
	}
}

func TestLongHeaderIsRefused(t *testing.T) {
	url := serve(t, New(Options{Status: fixed(healthy(0))}))
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", strings.Repeat("x", 2*maxHeader))
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.StatusCode != 431 {
		t.Errorf("%d, want 431", a.StatusCode)
	}
}

func TestServeSaysWhyItEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	err = New(Options{Status: fixed(healthy(0))}).Serve(t.Context(), l)
	if err == nil || !strings.HasPrefix(err.Error(), "serve HTTP on 127.0.0.1:") {
		t.Errorf("got %v", err)
	}
}

// TestServerTakesSamples: a server looks at the status by itself, so that there is something to draw.
func TestServerTakesSamples(t *testing.T) {
	s := New(Options{Status: fixed(healthy(0))})
	serve(t, s)
	testbed.Eventually(t, "a sample", func() bool { return len(s.history.all()) > 0 })
}

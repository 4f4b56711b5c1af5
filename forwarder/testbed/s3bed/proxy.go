package s3bed

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// direct keeps no connection, so that none is left when a test ends.
var direct s3.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// Proxy stands before a store, with the store's own name, since requests are signed with it. Where Answer is nil, or
// returns false, the request goes on to the store, and the answer back.
type Proxy struct {
	URL    string
	store  *Store
	server *http.Server
	// Answer answers in place of the store. It may be called by several goroutines.
	answer func(w http.ResponseWriter, r *http.Request) bool
	// Change changes the store's answer before it goes back; an error ends the connection without one.
	change func(*http.Response) error
}

// NewProxy starts a proxy before a store. It ends with the test.
func NewProxy(t testing.TB, s *Store, answer func(http.ResponseWriter, *http.Request) bool, change func(*http.Response) error) *Proxy {
	t.Helper()
	l := listen(t)
	return start(t, l, &Proxy{URL: "http://" + l.Addr().String(), store: s, answer: answer, change: change})
}

// NewTLSProxy starts one that speaks TLS.
func NewTLSProxy(t testing.TB, s *Store, c *tls.Config) *Proxy {
	t.Helper()
	l := listen(t)
	return start(t, tls.NewListener(l, c), &Proxy{URL: "https://" + l.Addr().String(), store: s})
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func start(t testing.TB, l net.Listener, p *Proxy) *Proxy {
	p.server = &http.Server{Handler: p, ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.server.Serve(l) // until it is closed
	}()
	t.Cleanup(func() {
		p.server.Close()
		<-done
	})
	return p
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.answer != nil && p.answer(w, r) {
		return
	}
	out := r.Clone(r.Context()) // Host stays: it is signed
	out.RequestURI, out.URL.Scheme, out.URL.Host = "", "http", p.store.Address
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	if p.change != nil && p.change(answer) != nil {
		panic(http.ErrAbortHandler)
	}
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	_ = http.NewResponseController(w).Flush() // the head goes out before a body that halts
	_, _ = io.Copy(w, answer.Body)            // who asked may have gone
}

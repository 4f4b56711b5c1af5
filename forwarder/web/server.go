package web

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/words"
)

// Options is what a Server shows. Status is needed.
type Options struct {
	Status func() (status.Status, error) // called at most once in Age, by one goroutine at a time
	// Senders are all that a collector knows; nil: nothing is collected. It is called for each page of them.
	Senders func() ([]status.Sender, error)
	Alive   func() error // returns why the process counts as standing still; may be nil. It must not block.

	Host    string // of the messages, for the page's title
	Version string // of this process
	Commit  string

	Age time.Duration // how long one reading of the Status serves all who ask; 0: a second
}

// Server answers HTTP. Its methods may be called by several goroutines.
type Server struct {
	o       Options
	reader  *statusReader
	history history
	handler http.Handler
	host    atomic.Pointer[string] // for the page's title
}

// Bounds of what a client may take.
const (
	maxConnections = 64
	maxHeader      = 16 << 10
	headerTime     = 5 * time.Second
	requestTime    = 10 * time.Second // to read a request, and to take its answer
	idleTime       = 30 * time.Second
	endTime        = 500 * time.Millisecond // for answers that are under way at the end
)

// New makes a Server, which does nothing yet.
func New(o Options) *Server {
	s := &Server{o: o, reader: &statusReader{read: o.Status, age: cmp.Or(o.Age, readingAge)}}
	s.SetHost(o.Host)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.servePage) // GET is HEAD too; other methods get 405
	mux.HandleFunc("GET /senders", s.serveSenders)
	mux.HandleFunc("GET /status.json", s.serveJSON)
	mux.HandleFunc("GET /healthz", s.serveHealth)
	mux.HandleFunc("GET /readyz", s.serveReady)
	mux.Handle("GET /metrics", metricsHandler(s.reader, o.Version, o.Commit))
	s.handler = closed(mux)
	return s
}

// SetHost changes the host that the page's title names.
func (s *Server) SetHost(host string) { s.host.Store(&host) }

// Serve samples the history and answers on l until ctx ends, and closes l. It blocks until then,
// and returns nil; any other end is an error.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	handler := s.handler
	if isLoopback(l.Addr()) {
		handler = loopbackOnly(handler)
	}
	h := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      requestTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(io.Discard, "", 0), // mistakes of clients are no news
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	sampled := make(chan struct{})
	go func() {
		defer close(sampled)
		s.sampleUntil(ctx)
	}()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-ctx.Done()
		end(h)
	}()
	err := h.Serve(limit(l, maxConnections))
	over := ctx.Err() != nil
	stop()
	<-ended
	<-sampled
	if over {
		return nil
	}
	return fmt.Errorf("serve HTTP on %s: %w", l.Addr(), err)
}

// end lets answers that are under way be finished, for a moment.
func end(h *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	if h.Shutdown(ctx) != nil {
		h.Close()
	}
}

// sampleUntil fills the history until ctx ends.
func (s *Server) sampleUntil(ctx context.Context) {
	// At full multiples of the time, as the delivery wakes up when it is idle.
	untilNext := func() time.Duration {
		now := time.Now()
		return now.Truncate(every).Add(every).Sub(now)
	}
	t := time.NewTimer(untilNext())
	defer t.Stop()
	for ctx.Err() == nil {
		s.sample(ctx)
		select {
		case <-t.C:
			t.Reset(untilNext())
		case <-ctx.Done():
		}
	}
}

// sample adds a sample to the history. A Status that cannot be read leaves a gap in the plots.
func (s *Server) sample(ctx context.Context) {
	if st, err := s.reader.get(ctx); err == nil {
		s.history.add(st)
	}
}

func (s *Server) serveJSON(w http.ResponseWriter, r *http.Request) {
	st, err := s.reader.get(r.Context())
	if err != nil {
		unable(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = words.WriteJSON(w, *st) // fails if the client has gone
}

// serveHealth answers /healthz, by which a supervisor restarts a process that hangs. It reads nothing
// from the disk: a restart does not cure a disk that stands still.
func (s *Server) serveHealth(w http.ResponseWriter, _ *http.Request) {
	if s.o.Alive != nil {
		if err := s.o.Alive(); err != nil {
			answer(w, http.StatusServiceUnavailable, words.Visible(err.Error()))
			return
		}
	}
	answer(w, http.StatusOK, "ok")
}

// serveReady answers /readyz, with every reason on a line of its own.
func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	st, err := s.reader.get(r.Context())
	if err != nil {
		unable(w, err)
		return
	}
	if reasons := words.Unready(st); len(reasons) > 0 {
		answer(w, http.StatusServiceUnavailable, strings.Join(reasons, "\n"))
		return
	}
	answer(w, http.StatusOK, "ok")
}

func unable(w http.ResponseWriter, err error) {
	answer(w, http.StatusServiceUnavailable, "the state cannot be read: "+words.Visible(err.Error()))
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // fails if the client has gone
}

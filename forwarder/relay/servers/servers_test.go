package servers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"httpd-syslog/forwarder/transport"
)

// TestRandomOrder: each connection may be to any of the servers; where one has broken, the
// others are tried first.
func TestRandomOrder(t *testing.T) {
	times := make(map[string]int)
	var all []transport.Transport
	for i := range 4 {
		all = append(all, &namedServer{name: fmt.Sprint("server ", i), dead: i == 3})
	}
	s := New(all, Options{Random: true})
	failed := func(tr transport.Transport, _ error) { times[tr.String()]++ }
	last := ""
	for range 400 {
		if s.Dial(t.Context(), failed) == nil {
			t.Fatal("nobody answers")
		}
		now := s.Current().String()
		times[now]++
		if now == last {
			t.Fatalf("%s again, though it has just broken", now)
		}
		if last = ""; times[now]%2 == 0 {
			s.Lost()
			last = now
		}
	}
	for _, tr := range all {
		if times[tr.String()] < 20 {
			t.Errorf("%s was tried %d times of 400: %v", tr, times[tr.String()], times)
		}
	}
	if s.stop != nil {
		t.Error("a preferred server is looked for")
	}
	if !slices.Equal(all, s.transports) {
		t.Error("the servers' list has changed")
	}
}

// namedServer takes everything, or nothing.
type namedServer struct {
	name string
	dead bool
}

func (s *namedServer) Dial(context.Context) (transport.Session, error) {
	if s.dead {
		return nil, errors.New("dead")
	}
	return struct{ transport.Session }{}, nil // nothing is asked of it
}
func (s *namedServer) Rewinds() bool  { return true }
func (s *namedServer) BatchSize() int { return 1 << 17 }
func (s *namedServer) String() string { return s.name }

package inlet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
)

// take takes a message of a sender that sends no other.
func take(r *Inlets, m *listener.Message) listener.Reason {
	return r.Open(new(listener.Sender)).Take(m)
}

// flush has everything written that was taken.
func flush(r *Inlets) {
	for _, in := range r.routes.Load().byName {
		in.flush()
	}
}

// TestProgress: who waits is woken when its end is reached, in whatever order the waiting has begun.
func TestProgress(t *testing.T) {
	var p progress
	stop := make(chan struct{})
	results := make(map[uint64]chan error)
	for _, end := range []uint64{30, 10, 20, 99} {
		result := make(chan error, 1)
		results[end] = result
		before := len(p.waiting)
		go func() { result <- p.await(end, stop) }()
		testbed.Eventually(t, "it waits", func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return len(p.waiting) == before+1
		})
	}
	p.add(10)
	if err := <-results[10]; err != nil {
		t.Error(err)
	}
	select {
	case <-results[20]:
		t.Error("one is woken too soon")
	default:
	}
	p.add(25)
	if err := errors.Join(<-results[20], <-results[30], p.await(35, stop)); err != nil {
		t.Error(err)
	}
	if p.has(36) || !p.has(35) {
		t.Error(p.written)
	}
	p.end()
	if err := <-results[99]; err != errLost {
		t.Error(err)
	}
	close(stop)
	if err := p.await(36, stop); err != errLost {
		t.Error(err)
	}
	var q progress
	if err := q.await(1, stop); err != errStopped || len(q.waiting) != 0 {
		t.Errorf("%v, %d", err, len(q.waiting))
	}
}

// TestAcknowledged: what Written tells of is in the spool, whichever streams the messages went into.
func TestAcknowledged(t *testing.T) {
	o := testOptions(t)
	r := newInlets(t, t.Context(), o)
	taker := r.Open(&listener.Sender{Waits: true, Repeats: true}).(*taker)
	sent := 0
	for round := range 20 {
		for n := range 1 + round {
			for _, f := range []syslogfmt.Facility{syslogfmt.Local1, syslogfmt.Local2} {
				if reason := taker.Take(messageOf(f, fmt.Sprintf("%d.%d %s", round, n, strings.Repeat("x", 300)))); reason != listener.Taken {
					t.Fatal(reason)
				}
				sent++
			}
		}
		w := taker.Written()
		if err := w.Wait(nil); err != nil || !w.IsDone() {
			t.Fatal(err)
		}
		if got := len(takenIn(t, o.StateDir)); got != sent {
			t.Fatalf("%d of %d messages are in the spool when they are acknowledged", got, sent)
		}
	}
	if w := taker.Written(); !w.IsDone() || w.Wait(nil) != nil {
		t.Error("nothing is waited for")
	}
}

// TestSendersThatWait: while there is no room they wait, and nothing of theirs is dropped, though others'
// messages are. What is not written is not acknowledged. When the listener ends, what will be repeated is
// neither taken nor counted.
func TestSendersThatWait(t *testing.T) {
	o := testOptions(t)
	o.Streams = o.Streams[:1]
	mend := breakSpool(t, o.StateDir)
	r := newInlets(t, t.Context(), o)
	l, client, end := overRELP(t, r)
	first := []byte("<141>Oct 11 22:14:15 t: first")
	if err := client.Send(first, []int{len(first)}, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "it is taken", func() bool { return l.Stats().Messages == 1 })
	kept := fill(t, r) // the next one is dropped
	waits := []byte("<141>Oct 11 22:14:15 t: waits")
	if err := client.Send(waits, []int{len(waits)}, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n := client.Accepted(); n != 0 {
		t.Fatalf("%d bytes are acknowledged that are not written", n)
	}
	mend()
	testbed.Eventually(t, "both are acknowledged", func() bool { return client.Accepted() == uint64(len(first)+len(waits)) })
	in := r.routes.Load().byName["access"]
	in.mu.Lock()
	number := in.number
	in.mu.Unlock()
	if want := uint64(kept + 1 + 2); number != want+1 { // one is dropped
		t.Errorf("the next number is %d, want %d", number, want+1)
	}
	end()
	<-client.Broken()
	if err := client.Err(); err != relp.ErrServerClose {
		t.Errorf("the client hears %v", err)
	}
}

// TestUnansweredAtTheEnd: a listener ends though the disk stands still and a sender waits; what is not
// written is not answered, and what there is no room for is neither taken nor counted.
func TestUnansweredAtTheEnd(t *testing.T) {
	o := testOptions(t)
	o.Streams = o.Streams[:1]
	mend := breakSpool(t, o.StateDir)
	r := newInlets(t, t.Context(), o)
	l, client, end := overRELP(t, r)
	kept := fill(t, r)
	message := []byte("<141>Oct 11 22:14:15 t: " + strings.Repeat("x", 1000)) // longer than what fill has found no room for
	if err := client.Send(message, []int{len(message)}, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "the connection", func() bool { return l.Stats().Connections == 1 })
	end()
	<-client.Broken()
	if n := client.Accepted(); n != 0 {
		t.Errorf("%d bytes are acknowledged that are not written", n)
	}
	in := r.routes.Load().byName["access"]
	in.mu.Lock()
	number := in.number
	in.mu.Unlock()
	if want := uint64(kept) + 2; number != want { // fill has had the last one that it tried dropped
		t.Errorf("the next number is %d, want %d", number, want)
	}
	mend()
}

// overRELP has a listener take messages in over RELP, and a client of it. end ends the listener.
func overRELP(t *testing.T, r *Inlets) (l *listener.Listener, client *relp.Client, end func()) {
	t.Helper()
	l, err := listener.Open(listener.Options{Address: listener.Address{Scheme: "relp", Host: "127.0.0.1", Port: "0"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- l.Serve(ctx, r) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if client, err = relp.Open(t.Context(), conn, relp.Options{Window: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	return l, client, func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

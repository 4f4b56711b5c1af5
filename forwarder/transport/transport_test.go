package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/trust"
)

// TestTransports: what a relay has to know of each kind of server before it connects.
func TestTransports(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		server  Server
		text    string
		rewinds bool
		batch   int
	}{
		{Server{Scheme: "tcp", Host: "logs", Port: "601"}, "tcp://logs:601", true, 128 << 10},
		{Server{Scheme: "tls", Host: "::1", Port: "6514"}, "tls://[::1]:6514", true, 128 << 10},
		{Server{Scheme: "relp", Host: "logs", Port: "2514"}, "relp://logs:2514", false, 128 << 10},
		{Server{Scheme: "relp+tls", Host: "logs", Port: "2514"}, "relp+tls://logs:2514", false, 128 << 10},
		{Server{Scheme: "udp", Host: "logs", Port: "514"}, "udp://logs:514", false, 16 << 10},
		{Server{Scheme: "unix", Path: "/dev/log"}, "unix:///dev/log", false, 16 << 10},
		{Server{Scheme: "nats", Host: "logs", Port: "4222"}, "nats://logs:4222", true, 128 << 10},
		{Server{Scheme: "nats+tls", Host: "logs", Port: "4222"}, "nats+tls://logs:4222", true, 128 << 10},
		{Server{Scheme: "s3", Host: "bucket"}, "s3://bucket", true, 128 << 10},
		{Server{Scheme: "s3", Host: "bucket", Path: "a/b"}, "s3://bucket/a/b", true, 128 << 10},
	} {
		tr, err := New(tt.server, Options{ConnectTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if tr.String() != tt.text || tr.Rewinds() != tt.rewinds || tr.BatchSize() != tt.batch {
			t.Errorf("%s: rewinds: %t, %d bytes at once; want %+v", tr, tr.Rewinds(), tr.BatchSize(), tt)
		}
		store := IsStore(tt.server.Scheme)
		if NamesStore(strings.ToUpper(tt.text)) != store || NamesStore(tt.server.Scheme) {
			t.Errorf("%s names a store: %t", tt.text, !store)
		}
		if _, err := KindOf(tt.server.Scheme); err == nil || strings.Contains(err.Error(), "httpd_syslogd_stores") != store || strings.Contains(err.Error(), "no such transport") == store {
			t.Errorf("%s: %v", tt.text, err)
		}
		if _, err := tr.Dial(t.Context()); store && (err == nil || !strings.Contains(err.Error(), tt.server.Scheme+":// takes the program")) {
			t.Errorf("%s, which this program does not have: %v", tt.text, err)
		}
	}
}

// TestCheck: a server can be tried where its scheme is known, and what its certificates need is there.
func TestCheck(t *testing.T) {
	t.Parallel()
	none := Options{TLS: trust.Options{CAFile: "/nonexistent"}}
	for scheme, want := range map[string]string{
		"tcp": "", "relp": "", "udp": "", "nats": "", "tls": "/nonexistent", "relp+tls": "/nonexistent", "nats+tls": "/nonexistent", "quic": "quic://: no such transport",
	} {
		err := Check(Server{Scheme: scheme, Host: "logs", Port: "1"}, none)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", scheme, err, want)
		}
	}
	if address, err := TryConnect(t.Context(), Server{Scheme: "quic", Host: "logs"}, none); address != "" || err == nil {
		t.Errorf("tried at %q: %v", address, err)
	}
}

// TestWhatAnErrorMeans decides whether a message is suspected, and whether what a kernel has acknowledged counts.
func TestWhatAnErrorMeans(t *testing.T) {
	t.Parallel()
	wrapped := func(err error) error { return fmt.Errorf("tcp://logs: %w", err) }
	reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", unix.ECONNRESET)}
	for _, tt := range []struct {
		err                       error
		inOrder, hangUp, unwanted bool
		reason                    string
	}{
		{wrapped(ErrPeerClosed), true, true, false, "tcp://logs: the server has closed the connection"},
		{wrapped(relp.ErrClosed), true, true, false, "tcp://logs: " + relp.ErrClosed.Error()},
		{wrapped(relp.ErrServerClose), true, true, false, "tcp://logs: " + relp.ErrServerClose.Error()},
		{wrapped(&relp.RefusedError{Code: 500}), false, true, false, ""},
		{wrapped(io.ErrUnexpectedEOF), false, true, false, "tcp://logs: unexpected EOF"},
		{reset, false, true, false, "connection reset by peer"},
		{at(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 601}, reset), false, true, false, "connection reset by peer"},
		{wrapped(unix.EPIPE), false, true, false, "tcp://logs: broken pipe"},
		{wrapped(&trust.Error{}), false, false, true, ""},
		{unix.ETIMEDOUT, false, false, false, "connection timed out"},
		{os.NewSyscallError("connect", unix.ECONNREFUSED), false, false, false, "connection refused"},
		{&net.OpError{Op: "dial"}, false, false, false, "dial"},
		{context.DeadlineExceeded, false, false, false, "context deadline exceeded"},
	} {
		if a, b, c := InGoodOrder(tt.err), IsHangUp(tt.err), IsUnwanted(tt.err); a != tt.inOrder || b != tt.hangUp || c != tt.unwanted {
			t.Errorf("%#v: in good order %t, hangs up %t, does not want us %t", tt.err, a, b, c)
		}
		if _, bare := tt.err.(*net.OpError); tt.reason != "" && (!bare || tt.reason != "dial") && Reason(tt.err).Error() != tt.reason {
			t.Errorf("%v, want %s", Reason(tt.err), tt.reason)
		}
	}
	if at(&net.TCPAddr{}, nil) != nil || addressOfError(reset) != "" || addressOfError(wrapped(at(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 601}, reset))) != "192.0.2.1:601" {
		t.Error("the address of an error is another one")
	}
}

// TestNobodyAnswers: only a connection that was tried for too long is said to be one that nobody answers.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	late := &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	if err := explainDial(late); !errors.Is(err, os.ErrDeadlineExceeded) || !strings.HasPrefix(err.Error(), "nobody answers within connect_timeout: ") {
		t.Errorf("%v", err)
	}
	for _, err := range []error{
		&net.OpError{Op: "dial", Net: "tcp", Err: unix.ECONNREFUSED}, &net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}, unix.ETIMEDOUT,
	} {
		if got := explainDial(err); got != err {
			t.Errorf("%v is explained as %v", err, got)
		}
	}
}

// TestServerThatDoesNotClose: an end in good order waits for the server as long as it may, and says whose it was.
func TestServerThatDoesNotClose(t *testing.T) {
	t.Parallel()
	for name, newPeer := range peers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t)
			if p.stream == nil {
				return
			}
			accepted := make(chan net.Conn, 1)
			go func() {
				c, err := p.stream.Accept()
				if err == nil && name == "tls" {
					_, _ = c.Read(make([]byte, 1)) // which makes the handshake
				}
				accepted <- c
			}()
			s, err := p.transport.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			sendText(t, s, "1 x")
			c := <-accepted
			if c == nil {
				t.Fatal("nobody has connected")
			}
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if err := s.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || err.Error() != fmt.Sprintf("%s has not closed the connection: %v", s.(*streamSession).RemoteAddr(), context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestReadOfAUnixSocket: bytes are accepted when the peer has read everything, and has not hung up for a while since.
func TestReadOfAUnixSocket(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	c := &plainConn{}
	for i, step := range []struct {
		write uint64
		all   bool
		after time.Duration
		want  uint64
	}{
		{10, false, 0, 0},
		{0, true, 0, 0},                // read now
		{5, true, unixSettle - 1, 0},   // not long enough ago; and more was read meanwhile
		{0, true, 1, 10},               // long enough ago
		{0, false, unixSettle - 1, 10}, // the further bytes were read when that was seen
		{0, false, 1, 15},              // and they too have settled
		{7, false, unixSettle, 15},     // never all at once
		{0, true, 0, 15},               // read now
		{0, true, unixSettle, 22},      // settled
		{0, true, 10 * unixSettle, 22}, // nothing more
		{3, true, 0, 22}, {0, true, unixSettle, 25},
	} {
		now = now.Add(step.after)
		c.written += step.write
		if got := c.readBy(step.all, now); got != step.want {
			t.Errorf("step %d: %d bytes are accepted, want %d", i, got, step.want)
		}
	}
}

// TestSentQueue has what was sent in its order, however much of it is popped meanwhile, and in bounded memory.
func TestSentQueue(t *testing.T) {
	t.Parallel()
	var q sentQueue
	pushed, popped := uint64(0), uint64(0)
	for round := range 100 {
		for range 1 + round%7 {
			pushed++
			q.push(sent{end: pushed})
		}
		for range min(pushed-popped, uint64(1+round%5)) {
			popped++
			if q.empty() || q.front().end != popped {
				t.Fatalf("front %+v, want %d", q.front(), popped)
			}
			q.pop()
		}
	}
	for ; popped < pushed; q.pop() {
		if popped++; q.front().end != popped {
			t.Fatalf("front %+v, want %d", q.front(), popped)
		}
	}
	if !q.empty() {
		t.Error("something is left")
	}
	for range 1000 {
		q.push(sent{})
		q.pop()
	}
	if len(q.all) > 2 {
		t.Errorf("%d entries are kept of none", len(q.all))
	}
}

package listener

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/testbed"
)

const opening = "1 open 30 relp_version=0\ncommands=syslog\n"

// relpSession opens one.
func (s *served) relpSession() *relp.Client {
	s.t.Helper()
	c, err := relp.Open(s.t.Context(), s.dial(), relp.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func noWait() error { return nil }

// TestRELP: messages come as over TCP, but that LF is text; they are answered; one whose facility no
// stream has is too, and is counted.
func TestRELP(t *testing.T) {
	for _, scheme := range []string{"relp", "relp+tls"} {
		t.Run(scheme, func(t *testing.T) {
			s := serve(t, Options{Address: address(t, scheme)})
			c := s.relpSession()
			s.refuseFacility(4)
			var b []byte
			var ends []int
			for _, m := range []string{"<13>Oct 11 22:14:15 t: one", "<36>Oct 11 22:14:15 t: nobody's", "<13>Oct 11 22:14:15 t: a\nb\n", "<13>Oct 11 22:14:15 t: \xff\x00x"} {
				b = append(b, m...)
				ends = append(ends, len(b))
			}
			if err := c.Send(b, ends, noWait); err != nil {
				t.Fatal(err)
			}
			if err := c.Close(t.Context()); err != nil || c.Accepted() != uint64(len(b)) {
				t.Errorf("%d of %d bytes accepted, %v", c.Accepted(), len(b), err)
			}
			s.want("one", "a\nb", "\xff\x00x")
			from := s.messages()[0].From
			if (from.Name == "localhost") != (scheme == "relp+tls") || !from.Waits || !from.Repeats {
				t.Errorf("%+v", from)
			}
			if st := s.Stats(); st.Messages != 3 || st.Refused["facility"] != 1 || st.Untrusted != 0 || st.Closed != 0 {
				t.Errorf("%+v", st)
			}
			testbed.Eventually(t, "the connection is forgotten", func() bool { return s.Stats().Connections == 0 })
		})
	}
}

// TestRELPEnd: what was sent before the end is answered, and the client is told that it is over.
func TestRELPEnd(t *testing.T) {
	for _, scheme := range []string{"relp", "relp+tls"} {
		t.Run(scheme, func(t *testing.T) {
			s := serve(t, Options{Address: address(t, scheme)})
			c := s.relpSession()
			b := []byte(strings.Repeat(strings.TrimSuffix(message, "\n"), 1000))
			var ends []int
			for end := len(message) - 1; end <= len(b); end += len(message) - 1 {
				ends = append(ends, end)
			}
			if err := c.Send(b, ends, noWait); err != nil {
				t.Fatal(err)
			}
			s.stop()
			<-c.Broken()
			if c.Accepted() != uint64(len(b)) || c.Err() != relp.ErrServerClose || len(s.messages()) != len(ends) {
				t.Errorf("%d of %d bytes accepted, %v, %d messages", c.Accepted(), len(b), c.Err(), len(s.messages()))
			}
		})
	}
}

// TestRELPFaultsAreTold: once, in words that say what the client speaks instead.
func TestRELPFaultsAreTold(t *testing.T) {
	for want, text := range map[string]string{
		"1 RELP sessions ended for what is no RELP (the last, with 127.0.0.1: it speaks TLS: its address here should be relp+tls (no RELP frame: ": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"1 RELP sessions ended for what is no RELP (the last, with 127.0.0.1: it sends syslog without RELP: ":                                      message,
		"1 RELP sessions ended for what is no RELP (the last, with 127.0.0.1: no RELP frame: DATALEN is 999999999, and 1048576 is the most: ":      opening + "2 syslog 999999999 x",
		"1 RELP sessions ended for what is no RELP (the last, with 127.0.0.1: no RELP frame: TXNR is 7 behind 1: ":                                 opening + "7 syslog 1 x\n",
	} {
		var n news
		s := serve(t, Options{Address: address(t, "relp"), Tell: n.tell})
		conn := s.dial()
		s.send(conn, text)
		conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn) // until it is closed
		testbed.Eventually(t, "it is counted", func() bool { return s.counts.broken.number.Load() == 1 })
		s.stop()
		if !n.have(want) || len(n.told) != 1 {
			t.Errorf("%q is not told, but %q", want, n.told)
		}
	}
}

// TestRELPCutsLongMessages: to what a message may have; they are answered, and the next one is whole.
func TestRELPCutsLongMessages(t *testing.T) {
	s := serve(t, Options{Address: address(t, "relp"), MaxText: 1000, MaxFrame: 2000})
	c := s.relpSession()
	long := []byte("<13>Oct 11 22:14:15 t: " + strings.Repeat("x", 5000))
	short := []byte("<13>Oct 11 22:14:15 t: y")
	if err := c.Send(append(long, short...), []int{len(long), len(long) + len(short)}, noWait); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	m := s.await(2)
	if m[0].Lost != len(long)-2000 || m[1].Lost != 0 || string(m[1].Text) != "y" || s.Stats().Cut != 1 {
		t.Errorf("%d lost, %q", m[0].Lost, m[1].Text)
	}
}

// BenchmarkRELP has a client with the usual window send to a listener whose sink does nothing.
func BenchmarkRELP(b *testing.B) {
	l, err := Open(Options{Address: Address{Scheme: "relp", Host: "127.0.0.1", Port: "0"}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, end := context.WithCancel(b.Context())
	served := make(chan error, 1)
	go func() { served <- l.Serve(ctx, nothing{}) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	c, err := relp.Open(ctx, conn, relp.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var text []byte
	var ends []int
	for n := range 500 {
		text = fmt.Appendf(text, "<141>1 2026-11-25T10:00:00.000000Z web1 httpd 7 access [meta sequenceId=\"%d\"] %s", n, strings.Repeat("x", 200))
		ends = append(ends, len(text))
	}
	b.SetBytes(int64(len(text) / len(ends)))
	var sent atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= len(ends) {
		if err := c.Send(text, ends, noWait); err != nil {
			b.Fatal(err)
		}
		sent.Add(int64(len(ends)))
	}
	if err := c.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(sent.Load())/b.Elapsed().Seconds(), "msgs/s")
	end()
	if err := <-served; err != nil {
		b.Error(err)
	}
}

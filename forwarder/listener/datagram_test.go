package listener

import (
	"strings"
	"testing"
)

// nothing is a Sink that does nothing.
type nothing struct{}

func (n nothing) Open(*Sender) Taker { return n }

func (nothing) Take(*Message) Reason { return Taken }
func (nothing) Flush()               {}

// A datagram in the form of libc's syslog() costs no allocation, nor does one of RFC
// 3164 with a host.
func TestDatagramsAllocateNothing(t *testing.T) {
	for _, scheme := range []string{"unixgram", "udp"} {
		l, err := Open(Options{Address: address(t, scheme), Host: "www1"})
		if err != nil {
			t.Fatal(err)
		}
		s := &served{t: t, Listener: l}
		defer l.Close()
		conn := s.dial()
		r := &datagramReader{l: l, taker: l.newFeed(nothing{}), buf: make([]byte, l.o.MaxFrame)}
		for _, host := range []string{"", "www1 "} {
			message := []byte("<147>Oct 11 22:14:15 " + host + "httpd[77]: [core:error] AH00126: Invalid URI in request")
			if n := testing.AllocsPerRun(1000, func() {
				if _, err := conn.Write(message); err != nil {
					t.Fatal(err)
				}
				if err := r.read(); err != nil || l.packets.IsWaiting() {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s: %v allocations for %q", scheme, n, message)
			}
		}
		if st := l.Stats(); st.Malformed != 0 || st.Messages != 2002 {
			t.Errorf("%+v", st)
		}
	}
}

// What is flushed is not only what comes after it.
func TestDatagramsAreFlushed(t *testing.T) {
	s := serve(t, Options{Address: address(t, "unixgram")})
	conn := s.dial()
	for n := range 100 {
		s.send(conn, "<13>Oct 11 22:14:15 t: x")
		s.await(n + 1)
	}
	s.send(conn, strings.Repeat("\x00", 10))
	s.send(conn, "<13>Oct 11 22:14:15 t: x\n\x00\n\x00")
	if m := s.await(101)[100]; string(m.Text) != "x" {
		t.Errorf("%q", m.Text)
	}
}

func BenchmarkDatagram(b *testing.B) {
	l := &Listener{o: Options{Address: Address{Scheme: "unixgram"}, Host: "www1"}.withDefaults()}
	for name, message := range map[string]string{
		"libc":     "<147>Oct 11 22:14:15 httpd[77]: [core:error] AH00126: Invalid URI in request",
		"RFC 5424": `<147>1 2023-10-11T22:14:15.000003Z www1 httpd 77 error [meta sequenceId="1"] [core:error] AH00126: Invalid URI in request`,
	} {
		b.Run(name, func(b *testing.B) {
			feed, raw := l.newFeed(nothing{}), &Raw{Bytes: []byte(message), Received: received, From: new(Sender)}
			b.ReportAllocs()
			for b.Loop() {
				if err := feed.Take(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

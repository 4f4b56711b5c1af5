package listener

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

// collector is a Sink that keeps what it takes.
type collector struct {
	mu      sync.Mutex
	all     []Message
	flushed int // of all
	refused map[syslogfmt.Facility]bool
}

func (c *collector) refuseFacility(f syslogfmt.Facility) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = map[syslogfmt.Facility]bool{f: true}
}

func (c *collector) Take(m *Message) Reason {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused[m.Facility] {
		return Facility
	}
	kept := *m
	for _, b := range []*[]byte{&kept.Host, &kept.Tag, &kept.ProcID, &kept.Data, &kept.Text} {
		*b = bytes.Clone(*b)
	}
	c.all = append(c.all, kept)
	return Taken
}

func (c *collector) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushed = len(c.all)
}

// messages are those that were flushed.
func (c *collector) messages() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all[:c.flushed])
}

// texts are those of the messages.
func (c *collector) texts() (all []string) {
	for _, m := range c.messages() {
		all = append(all, string(m.Text))
	}
	return all
}

// served is a Listener that serves in the background.
type served struct {
	t *testing.T
	*Listener
	collector
	cancel context.CancelFunc
	done   chan struct{} // closed when Serve has returned err
	err    error
}

// address is one that can be listened on.
func address(t *testing.T, scheme string) Address {
	switch scheme {
	case "udp", "tcp":
		return Address{Scheme: scheme, Host: "127.0.0.1", Port: "0"}
	}
	return Address{Scheme: scheme, Path: filepath.Join(t.TempDir(), "log")}
}

var schemes = []string{"unixgram", "unix", "udp", "tcp"}

// serve serves until the test ends.
func serve(t *testing.T, o Options) *served {
	t.Helper()
	s := &served{t: t, done: make(chan struct{})}
	var err error
	if o.Host == "" {
		o.Host = "www1"
	}
	if s.Listener, err = Open(o); err != nil {
		t.Fatal(err)
	}
	s.start()
	return s
}

func (s *served) start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go func() {
		s.err = s.Serve(ctx, &s.collector)
		close(s.done)
	}()
	s.t.Cleanup(s.stop)
}

// stop ends Serve, and holds that it returns without an error.
func (s *served) stop() {
	s.cancel()
	select {
	case <-s.done:
	case <-time.After(patience):
		s.t.Error("Serve does not return")
	}
	if s.err != nil {
		s.t.Error(s.err)
	}
}

func (s *served) dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial(s.Addr().Network(), s.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	return conn
}

func (s *served) send(conn net.Conn, b string) {
	s.t.Helper()
	conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, b); err != nil {
		s.t.Fatal(err)
	}
}

// eventually waits until what is true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// await waits for so many messages.
func (s *served) await(n int) []Message {
	s.t.Helper()
	eventually(s.t, fmt.Sprint(n, " messages"), func() bool { return len(s.messages()) >= n })
	all := s.messages()
	if len(all) > n {
		s.t.Errorf("%d messages, want %d", len(all), n)
	}
	return all
}

func (s *served) want(texts ...string) {
	s.t.Helper()
	s.await(len(texts))
	if got := s.texts(); !slices.Equal(got, texts) {
		s.t.Errorf("\n got %q\nwant %q", got, texts)
	}
}

func TestFramings(t *testing.T) {
	for _, scheme := range []string{"unix", "tcp"} {
		s := serve(t, Options{Address: address(t, scheme)})
		conn := s.dial()
		s.send(conn, "<13>Oct 11 22:14:15 t: one\n26 <13>Oct 11 22:14:15 t: a\nb\n\n<13>Oct 11 22:14:15 t: three\x00")
		if scheme == "tcp" {
			s.send(conn, "\n") // NUL ends nothing there
		}
		s.send(conn, "<13>Oct 11 22:14:15 t: last")
		s.await(3)
		conn.Close()
		s.want("one", "a\nb", "three", "last")
		for _, m := range s.messages() {
			if m.Lost != 0 || string(m.Tag) != "t" {
				t.Errorf("%+v", m)
			}
		}
		eventually(t, "the connection is forgotten", func() bool { return s.Stats().Connections == 0 })
	}
}

func TestForgiveness(t *testing.T) {
	s := serve(t, Options{Address: address(t, "udp")})
	s.refuseFacility(syslogfmt.User)
	conn := s.dial()
	for _, raw := range []string{"<14>Oct 11 22:14:15 h t: refused", "no PRI", "\n", "<35>t[1]: no time", "<35>1 - - bad"} {
		s.send(conn, raw)
	}
	all := s.await(2)
	if string(all[0].Text) != "no time" || string(all[0].Tag) != "t" || string(all[0].ProcID) != "1" || string(all[0].Host) != "127.0.0.1" ||
		!all[0].Time.IsZero() || time.Since(all[0].Received) > patience || string(all[1].Text) != "1 - - bad" {
		t.Errorf("%+v", all)
	}
	st := s.Stats()
	if st.Messages != 2 || st.Malformed != 2 || fmt.Sprint(st.Refused) != "map[facility:1 malformed:2]" {
		t.Errorf("%+v", st)
	}
}

// A message above the limit is cut, and nothing else.
func TestLongMessages(t *testing.T) {
	const limit = 10 << 10
	long := strings.Repeat("x", 200<<10)
	for _, scheme := range schemes {
		s := serve(t, Options{Address: address(t, scheme), MaxText: limit})
		conn := s.dial()
		text, lost := long, len(long)-limit
		switch scheme {
		case "udp":
			text, lost = long[:60<<10], 0 // as long as one can be
		case "unixgram":
			lost = -1
		case "unix", "tcp":
			raw := "<13>Oct 11 22:14:15 t: " + long
			s.send(conn, fmt.Sprint(len(raw), " "))
		}
		s.send(conn, "<13>Oct 11 22:14:15 t: "+text)
		s.send(conn, "<13>Oct 11 22:14:15 t: short\n")
		all := s.await(2)
		cut, kept := all[0], limit+overhead-len("<13>Oct 11 22:14:15 t: ")
		if lost > 0 {
			lost = len(long) - kept
		}
		if scheme == "udp" {
			kept = len(text)
		}
		if cut.Lost != lost || len(cut.Text) != kept || string(all[1].Text) != "short" || all[1].Lost != 0 {
			t.Errorf("%s: %d bytes, %d lost, want %d, %d; then %q", scheme, len(cut.Text), cut.Lost, kept, lost, all[1].Text)
		}
	}
}

// Where a connection ends within a message, what is there of it is taken.
func TestHalfFrame(t *testing.T) {
	s := serve(t, Options{Address: address(t, "tcp")})
	conn := s.dial()
	s.send(conn, "1000 <13>Oct 11 22:14:15 h t: half of it")
	conn.Close()
	if m := s.await(1)[0]; string(m.Text) != "half of it" || m.Lost != -1 {
		t.Errorf("%+v", m)
	}
	if st := s.Stats(); st.Cut != 1 {
		t.Errorf("%+v", st)
	}
}

// What is in a socket is taken when Serve ends, even at once.
func TestEndTakesDatagrams(t *testing.T) {
	for _, scheme := range []string{"unixgram", "udp"} {
		l, err := Open(Options{Address: address(t, scheme)})
		if err != nil {
			t.Fatal(err)
		}
		s := &served{t: t, Listener: l}
		conn := s.dial()
		for n := range 5 {
			s.send(conn, fmt.Sprintf("<13>Oct 11 22:14:15 t: %d\n", n))
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := l.Serve(ctx, &s.collector); err != nil {
			t.Error(err)
		}
		s.want("0", "1", "2", "3", "4")
	}
}

// So is what a connection has sent.
func TestEndTakesWhatConnectionsSent(t *testing.T) {
	for _, scheme := range []string{"unix", "tcp"} {
		s := serve(t, Options{Address: address(t, scheme)})
		conn := s.dial()
		s.send(conn, "<13>Oct 11 22:14:15 t: 0\n")
		s.await(1)
		for n := range 1000 {
			s.send(conn, fmt.Sprintf("<13>Oct 11 22:14:15 t: %d\n", n+1))
		}
		s.stop()
		if all := s.texts(); len(all) != 1001 || all[1000] != "1000" {
			t.Errorf("%s: %d messages", scheme, len(all))
		}
		conn.SetReadDeadline(time.Now().Add(patience))
		if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("%s: the peer is not told: %d, %v", scheme, n, err)
		}
	}
}

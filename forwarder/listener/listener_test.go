package listener

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/forwarder/trust/trusttest"
)

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

func (c *collector) Open(*Sender) Taker { return c }

func (c *collector) Take(m *Message) Reason {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused[m.Facility] {
		return Facility
	}
	kept := *m
	for _, b := range []*[]byte{&kept.Host, &kept.Tag, &kept.ProcID, &kept.MsgID, &kept.Data, &kept.Text} {
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
	case "udp", "tcp", "tls", "relp", "relp+tls":
		return Address{Scheme: scheme, Host: "127.0.0.1", Port: "0"}
	}
	return Address{Scheme: scheme, Path: filepath.Join(t.TempDir(), "log")}
}

// schemes are the sockets in the clear, and one that is not.
var (
	inTheClear = []string{"unixgram", "unix", "udp", "tcp"}
	schemes    = append(inTheClear[:len(inTheClear):len(inTheClear)], "tls")
)

// serve serves until the test ends.
func serve(t *testing.T, o Options) *served {
	t.Helper()
	s := &served{t: t, done: make(chan struct{})}
	var err error
	if o.Host == "" {
		o.Host = "www1"
	}
	if o.Address.IsTLS() && o.TLS == nil {
		o.TLS = certificates(t)
	}
	if s.Listener, err = Open(o); err != nil {
		t.Fatal(err)
	}
	s.start()
	return s
}

// certificates are those of a server, who lets in whom trusttest.Shared has signed.
func certificates(t *testing.T) *trust.ServerOptions {
	t.Helper()
	authority := trusttest.Shared(t)
	o := &trust.ServerOptions{ClientCAFile: authority.File(t)}
	o.CertFile, o.KeyFile = trusttest.WritePair(t, t.TempDir(), authority.Sign(t, nil))
	return o
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
	case <-time.After(testbed.Patience):
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
	if s.tls != nil {
		authority := trusttest.Shared(s.t)
		return tls.Client(conn, &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost", Certificates: []tls.Certificate{authority.Sign(s.t, nil)}})
	}
	return conn
}

func (s *served) send(conn net.Conn, b string) {
	s.t.Helper()
	conn.SetWriteDeadline(time.Now().Add(testbed.Patience))
	if _, err := io.WriteString(conn, b); err != nil {
		s.t.Fatal(err)
	}
}

// await waits for so many messages.
func (s *served) await(n int) []Message {
	s.t.Helper()
	testbed.Eventually(s.t, fmt.Sprint(n, " messages"), func() bool { return len(s.messages()) >= n })
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
	const head = "<13>Oct 11 22:14:15 t: "
	counted := func(text string) string { return fmt.Sprint(len(head+text), " ", head, text) }
	for name, tt := range map[string]struct {
		stream string
		want   []string
	}{
		"lines":                     {head + "one\n\n" + head + "two\r\n\r\n" + head + "last", []string{"one", "two", "last"}},
		"NUL":                       {head + "one\x00" + head + "two\x00" + head + "last\x00", []string{"one", "two", "last"}},
		"LF and NUL":                {head + "one\n\x00" + head + "two\n\x00", []string{"one", "two"}},
		"counted":                   {counted("one") + counted("a\nb") + counted("two\n"), []string{"one", "a\nb", "two"}},
		"counted, and ended by LF":  {counted("one") + "\n" + counted("two") + "\n", []string{"one", "two"}},
		"counted and CR LF":         {counted("one") + "\r\n" + counted("two\r\n") + "\r\n\r\n", []string{"one", "two"}},
		"counts among lines":        {head + "one\n2000000000 " + head + "b\n" + head + "two\n", []string{"one", "2000000000 " + head + "b", "two"}},
		"a number and what is none": {"2000000000 <user@example.com> said\n" + head + "two\n", []string{"2000000000 <user@example.com> said", "two"}},
	} {
		for _, scheme := range []string{"unix", "tcp", "tls"} {
			for _, step := range []int{len(tt.stream), 7, 1} {
				t.Run(fmt.Sprint(name, "/", scheme, "/", step), func(t *testing.T) {
					s := serve(t, Options{Address: address(t, scheme)})
					conn := s.dial()
					for rest := tt.stream; len(rest) > 0; rest = rest[min(step, len(rest)):] {
						s.send(conn, rest[:min(step, len(rest))])
					}
					conn.Close()
					s.want(tt.want...)
					for _, m := range s.messages() {
						if m.Lost != 0 || string(m.Tag) != "t" && !strings.HasPrefix(string(m.Text), "2000000000 <") {
							t.Errorf("%+v", m)
						}
					}
					testbed.Eventually(t, "the connection is forgotten", func() bool { return s.Stats().Connections == 0 })
				})
			}
		}
	}
}

// A message that ends with NUL is there while its connection stays open.
func TestNULNeedsNoEnd(t *testing.T) {
	for _, scheme := range []string{"unix", "tcp"} {
		s := serve(t, Options{Address: address(t, scheme)})
		conn := s.dial()
		for i, text := range []string{"one", "two\n", "thr\x00ee", "four"} {
			s.send(conn, "<13>t: "+text+"\x00")
			if scheme == "unix" && i >= 2 { // NUL ends a frame there, wherever it stands
				i++
			}
			s.await(i + 1)
		}
	}
}

// A line feed in a message's text, where it ends frames, costs no line: all go where the first
// went, as what the first was.
func TestSecondLines(t *testing.T) {
	for _, scheme := range []string{"unix", "tcp"} {
		for _, ender := range []string{"\n", "\x00"} {
			s := serve(t, Options{Address: address(t, scheme)})
			s.refuseFacility(syslogfmt.User)
			conn := s.dial()
			s.send(conn, "no PRI and nothing before it"+ender)
			s.send(conn, `<139>1 2023-10-11T22:14:15.5Z web7 app 1 ID [x@1 a="b"] Exception`+"\n\tat a.b\nCaused by: c"+ender)
			s.send(conn, "<14>Oct 11 22:14:15 t: refused\nand so is this"+ender+"<139>t: x\n2000000000 <user@example.com>\n2000 <139>t: x"+ender)
			all := s.await(4)
			for i, text := range []string{"Exception", "\tat a.b", "Caused by: c"} {
				m := all[i]
				wantData := ""
				if i == 0 {
					wantData = `[x@1 a="b"]`
				}
				if m.Facility != syslogfmt.Local1 || m.Severity != syslogfmt.Err || m.Time.Unix() != 1697062455 || s.Address().IsStream() && scheme == "tcp" && string(m.Host) != "web7" ||
					string(m.Tag) != "app" || string(m.ProcID) != "1" || string(m.MsgID) != "ID" || string(m.Data) != wantData || string(m.Text) != text {
					t.Errorf("%s, %q: %+v, text %q", scheme, ender, m, m.Text)
				}
			}
			testbed.Eventually(t, "all is counted", func() bool { return s.Stats().Refused["malformed"] == 3 })
			if st := s.Stats(); st.Messages != 4 || st.Continued != 2 || st.Malformed != 1 || fmt.Sprint(st.Refused) != "map[facility:2 malformed:3]" {
				t.Errorf("%s, %q: %+v", scheme, ender, st)
			}
			if news := fmt.Sprint(new(told).news(s.kinds(), time.Now())); !strings.Contains(news, `(one began with "no PRI and nothing before it")`) {
				t.Errorf("%s, %q: %s", scheme, ender, news)
			}
		}
	}
}

// A count that nothing can be held for ends its connection, and the event has it; the others go on.
func TestAnnouncedTooMuch(t *testing.T) {
	const message = "<13>Oct 11 22:14:15 t: x"
	for _, scheme := range []string{"unix", "tcp"} {
		for what, before := range map[string]string{"first": "", "behind a good one": fmt.Sprint(len(message), " ", message)} {
			s := serve(t, Options{Address: address(t, scheme)})
			other := s.dial()
			conn := s.dial()
			s.send(conn, before+"2000000000 <13>what was sent of it\n")
			testbed.Eventually(t, "it is closed", func() bool { return isClosed(t, conn) })
			s.send(other, message+"\n")
			testbed.Eventually(t, "the other's message", func() bool { return slices.Contains(s.texts(), "x") })
			testbed.Eventually(t, "the text is there", func() bool {
				return slices.Contains(s.texts(), "what was sent of it\n")
			})
			if st := s.Stats(); st.Closed != 1 || st.Cut != 1 {
				t.Errorf("%s, %s: %+v", scheme, what, st)
			}
			if news := fmt.Sprint(new(told).news(s.kinds(), time.Now())); !strings.Contains(news, "2000000000 bytes") || !strings.Contains(news, "more than 1048576 bytes") ||
				scheme == "tcp" && !strings.Contains(news, "from 127.0.0.1") {
				t.Errorf("%s, %s: %s", scheme, what, news)
			}
		}
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
		!all[0].Time.IsZero() || time.Since(all[0].Received) > testbed.Patience || string(all[1].Text) != "1 - - bad" {
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
		case "unix", "tcp", "tls":
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

// TestEndWithAFileThatStays: what waits is taken, too, where the socket's file cannot be removed: here it is busy.
func TestEndWithAFileThatStays(t *testing.T) {
	for _, scheme := range []string{"unixgram", "unix"} {
		a := address(t, scheme)
		l, err := Open(Options{Address: a})
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount(a.Path, a.Path, "", unix.MS_BIND, ""); err != nil {
			l.Close()
			t.Skip("nothing can be mounted: ", err)
		}
		t.Cleanup(func() { _ = unix.Unmount(a.Path, unix.MNT_DETACH) })
		s := &served{t: t, Listener: l}
		s.send(s.dial(), "<13>Oct 11 22:14:15 t: waits\n")
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := l.Serve(ctx, &s.collector); err != nil {
			t.Error(err)
		}
		s.want("waits")
		if _, err := os.Lstat(a.Path); err != nil {
			t.Error("the file could be removed: ", err)
		}
	}
}

// TestEndRemovesTheFileFirst: when datagrams that wait are taken at the end, nobody can send any more what nobody would take.
func TestEndRemovesTheFileFirst(t *testing.T) {
	a := address(t, "unixgram")
	l, err := Open(Options{Address: a})
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, Listener: l}
	conn := s.dial()
	ctx, cancel := context.WithCancel(context.Background())
	gone := false
	send := func() { s.send(conn, "<13>Oct 11 22:14:15 t: one behind the other\n") }
	send()
	err = l.Serve(ctx, takerFunc(func() {
		cancel()
		if _, err := os.Lstat(a.Path); err != nil {
			gone = true
			return
		}
		send()
	}))
	if err != nil || !gone {
		t.Errorf("%v; the file is gone while messages are taken: %v", err, gone)
	}
}

// takerFunc is a sink that takes each message by calling a function.
type takerFunc func()

func (f takerFunc) Open(*Sender) Taker { return f }

func (f takerFunc) Take(*Message) Reason {
	f()
	return Taken
}

func (takerFunc) Flush() {}

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
		conn.SetReadDeadline(time.Now().Add(testbed.Patience))
		if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("%s: the peer is not told: %d, %v", scheme, n, err)
		}
	}
}

package receiver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// patience is how long a test waits for what should come at once.
const patience = 90 * time.Second

// served is a Receiver that serves in the background.
type served struct {
	t      *testing.T
	url    string
	lines  *bufio.Reader // what it prints
	news   chan string   // what it logs
	cancel context.CancelFunc
	done   chan struct{} // closed when Serve has returned err
	err    error
}

// serve listens on rawURL and serves until the test ends.
func serve(t *testing.T, rawURL string, o Options) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	s := &served{t: t, lines: bufio.NewReader(out), news: make(chan string, 10000), cancel: cancel, done: make(chan struct{})}
	o.Out = in
	o.Log = func(format string, args ...any) { s.news <- fmt.Sprintf(format, args...) }
	r, err := Listen(rawURL, o)
	if err != nil {
		t.Fatal(err)
	}
	s.url = r.Addr()
	go func() {
		defer close(s.done)
		s.err = r.Serve(ctx)
		in.Close()
	}()
	t.Cleanup(func() {
		cancel()
		out.Close()
		<-s.done
	})
	return s
}

func (s *served) dial() net.Conn {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	network, where := u.Scheme, u.Host
	switch u.Scheme {
	case "unix", "unixgram":
		network, where = "unixgram", u.Path
	case "unixstream":
		network, where = "unix", u.Path
	}
	conn, err := net.Dial(network, where)
	if err != nil {
		s.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	s.t.Cleanup(func() { conn.Close() })
	return conn
}

func (s *served) send(conn net.Conn, b string) {
	s.t.Helper()
	if _, err := io.WriteString(conn, b); err != nil {
		s.t.Fatal(err)
	}
}

func (s *served) want(lines ...string) {
	s.t.Helper()
	for _, want := range lines {
		got, err := s.lines.ReadString('\n')
		if err != nil || got != want+"\n" {
			s.t.Fatalf("printed %q, %v, want %q", got, err, want)
		}
	}
}

// wait returns what Serve returned, having held that nothing more was printed.
func (s *served) wait() error {
	s.t.Helper()
	if more, err := io.ReadAll(s.lines); len(more) > 0 || err != nil {
		s.t.Errorf("printed also %q, %v", more, err)
	}
	select {
	case <-s.done:
		return s.err
	case <-time.After(patience):
		s.t.Fatal("Serve does not return")
		return nil
	}
}

// urls returns one URL of every kind.
func urls(t *testing.T) []string {
	dir := t.TempDir()
	return []string{
		"udp://127.0.0.1:0", "udp://[::1]:0", "tcp://127.0.0.1:0", "tcp://localhost:0",
		"unix://" + dir + "/log", "unixgram://" + dir + "/log2", "unixstream://" + dir + "/log%203",
	}
}

func isStream(url string) bool {
	return strings.HasPrefix(url, "tcp") || strings.HasPrefix(url, "unixstream")
}

func TestServeRaw(t *testing.T) {
	for _, u := range urls(t) {
		t.Run(u, func(t *testing.T) {
			s := serve(t, u, Options{Mode: Raw, Count: 3})
			conn := s.dial()
			end := ""
			if isStream(u) {
				end = "\n"
			}
			s.send(conn, "<13>one"+end)
			s.want("<13>one") // printed though nothing follows
			s.send(conn, "hello \xff"+end)
			s.want("hello \xff")
			s.send(conn, "<13>three"+end)
			s.want("<13>three")
			if err := s.wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServeText(t *testing.T) {
	for _, u := range urls(t) {
		t.Run(u, func(t *testing.T) {
			s := serve(t, u, Options{Count: 1})
			framing := syslogfmt.None
			if isStream(u) {
				framing = syslogfmt.OctetCounting
			}
			e := syslogfmt.NewEncoder(syslogfmt.RFC5424, framing, 0)
			e.SetHeader(&syslogfmt.Header{Facility: syslogfmt.Local1, Time: received, Hostname: "www1", Tag: "httpd", ProcID: "7-8", MsgID: "access"})
			s.send(s.dial(), string(e.Append(nil, syslogfmt.Notice, 9, []byte("a\nline"))))
			s.want(`2023-10-11T22:14:20.000000+02:00 www1 local1.notice httpd[7-8] #9 a\x0aline`)
			if err := s.wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEmptyDatagram(t *testing.T) {
	s := serve(t, "udp://127.0.0.1:0", Options{Mode: Raw, Count: 2})
	conn := s.dial()
	s.send(conn, "")
	s.send(conn, "x")
	s.want("", "x")
}

func TestNULEndsOnUnixStreamsOnly(t *testing.T) {
	s := serve(t, "unixstream://"+t.TempDir()+"/log", Options{Mode: Raw, Count: 2})
	s.send(s.dial(), "<13>a\x00<13>b\x00")
	s.want("<13>a", "<13>b")

	s = serve(t, "tcp://127.0.0.1:0", Options{Mode: Raw, Count: 1})
	s.send(s.dial(), "<13>a\x00b\n")
	s.want("<13>a\x00b")
}

func TestServeEndsWithContext(t *testing.T) {
	for _, u := range urls(t) {
		t.Run(u, func(t *testing.T) {
			s := serve(t, u, Options{Mode: Raw})
			conn := s.dial()
			if isStream(u) {
				<-s.news // connected
			}
			s.cancel()
			if err := s.wait(); err != nil {
				t.Error(err)
			}
			if isStream(u) {
				if _, err := conn.Read(make([]byte, 1)); err == nil {
					t.Error("the connection is still open")
				}
			}
			if parsed, _ := url.Parse(s.url); parsed.Path != "" {
				if _, err := os.Lstat(parsed.Path); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("the socket is still there: %v", err)
				}
			}
		})
	}
}

// TestExactCount floods a receiver from many connections: it prints Count messages, all whole.
func TestExactCount(t *testing.T) {
	const senders, count = 8, 5000
	s := serve(t, "tcp://127.0.0.1:0", Options{Mode: Raw, Count: count})
	conns := make([]net.Conn, senders)
	for i := range conns {
		conns[i] = s.dial()
	}
	var sending sync.WaitGroup
	for i, conn := range conns {
		sending.Go(func() {
			for n := range count { // more than are wanted, until the receiver closes
				if _, err := fmt.Fprintf(conn, "<13>%d %d\n", i, n); err != nil {
					return
				}
			}
		})
	}
	next := make([]int, senders)
	for range count {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		var sender, n int
		if _, err := fmt.Sscanf(line, "<13>%d %d\n", &sender, &n); err != nil || n != next[sender] {
			t.Fatalf("%q, %v, want number %d", line, err, next[sender])
		}
		next[sender]++
	}
	if err := s.wait(); err != nil {
		t.Error(err)
	}
	sending.Wait()
}

func TestBrokenFramesArePrinted(t *testing.T) {
	tests := []struct{ name, stream, line, news string }{
		{"half a frame", "20 <13>half", "unparsed (the connection ended within the frame: unexpected EOF): <13>half", "closed after 0 messages: unexpected EOF"},
		{"a length far above the limit", "2000000 <13>x", "unparsed (frame of 2000000 bytes exceeds the limit): <13>x", "closed after 0 messages: syslog frame of 2000000 bytes"},
		{"a frame above the limit", "21 <13>4567890123456789x", "unparsed (frame above 20 bytes, 1 more are lost): <13>4567890123456789", "closed after 0 messages"},
		{"a line above the limit", "<13>4567890123456789012\n", "unparsed (frame above 20 bytes, 3 more are lost): <13>4567890123456789", "closed after 0 messages"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, "unixstream://"+t.TempDir()+"/log", Options{MaxMessage: 20})
			conn := s.dial()
			s.send(conn, tt.stream)
			conn.(*net.UnixConn).CloseWrite()
			line, err := s.lines.ReadString('\n')
			if err != nil || !strings.HasSuffix(line, " unix "+tt.line+"\n") {
				t.Errorf("printed %q, %v, want %q", line, err, tt.line)
			}
			<-s.news // connected
			if news := <-s.news; !strings.HasPrefix(news, "unix: "+tt.news) {
				t.Errorf("logged %q, want %q", news, tt.news)
			}
		})
	}
}

func TestLongDatagram(t *testing.T) {
	for _, u := range []string{"udp://127.0.0.1:0", "unix://" + t.TempDir() + "/log"} {
		s := serve(t, u, Options{Count: 2, MaxMessage: 10})
		conn := s.dial()
		s.send(conn, "0123456789")
		s.send(conn, "0123456789x")
		for _, want := range []string{`(neither RFC 5424 nor "<PRI>Mmm dd hh:mm:ss "): 0123456789`, "(datagram above 10 bytes, the rest is lost): 0123456789"} {
			if line, err := s.lines.ReadString('\n'); err != nil || !strings.HasSuffix(line, want+"\n") {
				t.Errorf("%s: %q, %v, want %q", u, line, err, want)
			}
		}
	}
}

func TestConnectionNews(t *testing.T) {
	s := serve(t, "tcp://127.0.0.1:0", Options{Mode: Raw})
	conn := s.dial()
	s.send(conn, "<13>a\n<13>b")
	conn.Close()
	s.want("<13>a", "<13>b")
	from := conn.LocalAddr().String()
	for _, want := range []string{from + ": connected", from + ": closed after 2 messages"} {
		if got := <-s.news; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// brokenWriter fails from its first Write on.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBrokenOutputEndsServe(t *testing.T) {
	for _, u := range []string{"udp://127.0.0.1:0", "tcp://127.0.0.1:0"} {
		r, err := Listen(u, Options{Out: brokenWriter{}, Mode: Raw})
		if err != nil {
			t.Fatal(err)
		}
		result := make(chan error, 1)
		go func() { result <- r.Serve(t.Context()) }()
		s := &served{t: t, url: r.Addr()}
		s.send(s.dial(), "x\n")
		if err := <-result; !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v", u, err)
		}
	}
}

// slowWriter takes nothing until it is let go.
type slowWriter struct {
	io.Writer
	gate chan struct{}
}

func (w *slowWriter) Write(b []byte) (int, error) {
	<-w.gate
	return w.Writer.Write(b)
}

// TestPendingIsBounded holds that a writer that does not write makes readers wait.
func TestPendingIsBounded(t *testing.T) {
	var got strings.Builder
	w := &slowWriter{&got, make(chan struct{})}
	o := newOutput(w, 0, func() {})
	line := []byte(strings.Repeat("x", 1023) + "\n")
	var printing sync.WaitGroup
	const lines = 5000
	printing.Go(func() {
		for range lines {
			if err := o.print(line); err != nil {
				t.Error(err)
			}
			o.mu.Lock()
			if len(o.pending) > maxPending+len(line) {
				t.Errorf("%d bytes are pending", len(o.pending))
			}
			o.mu.Unlock()
		}
	})
	close(w.gate)
	printing.Wait()
	if err := o.close(); err != nil || got.Len() != lines*len(line) {
		t.Errorf("%d bytes written, %v", got.Len(), err)
	}
}

func TestListenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	live := serve(t, "unix://"+dir+"/live", Options{})
	liveStream := serve(t, "unixstream://"+dir+"/stream", Options{})
	tests := []struct{ url, want string }{
		{"", "unknown scheme"},
		{"http://localhost:80", "unknown scheme"},
		{"udp://localhost", "want udp://HOST:PORT"},
		{"tcp://localhost:1/x", "want tcp://HOST:PORT"},
		{"tcp://me@localhost:1", "only SCHEME"},
		{"tcp://localhost:1?x=y", "only SCHEME"},
		{"unix:relative", "only SCHEME"},
		{"unix://relative/log", "want unix:///PATH"},
		{"unix://", "want unix:///PATH"},
		{"tcp://localhost:99999", "invalid port"},
		{"unix://" + dir + "/missing/log", "no such file or directory"},
		{"unix://" + file, "is not a socket"},
		{"unixstream://" + file, "is not a socket"},
		{"unix://" + link, "is not a socket"},
		{"unix://" + dir, "is not a socket"},
		{live.url, "is in use: another process listens on it"},
		{strings.Replace(live.url, "unix:", "unixstream:", 1), "another kind of socket"},
		{liveStream.url, "is in use: another process listens on it"},
		{strings.Replace(liveStream.url, "unixstream:", "unix:", 1), "another kind of socket"},
	}
	for _, tt := range tests {
		if r, err := Listen(tt.url, Options{}); err == nil {
			r.Close()
			t.Errorf("%q: no error", tt.url)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.url, err, tt.want)
		}
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	for _, scheme := range []string{"unix", "unixstream"} {
		path := filepath.Join(t.TempDir(), "log")
		stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		stale.SetUnlinkOnClose(false)
		stale.Close()
		s := serve(t, scheme+"://"+path, Options{Mode: Raw, Count: 1})
		s.send(s.dial(), "x\n")
		s.cancel()
	}
}

// TestCloseLeavesAnothersSocket: the path may have been taken over in the meantime.
func TestCloseLeavesAnothersSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	first, err := Listen("unixstream://"+path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := Listen("unixstream://"+path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the second one's socket: %v", err)
	}
}

func BenchmarkReceive(b *testing.B) {
	line := []byte(strings.Repeat("x", 227))
	for _, u := range []string{"tcp://127.0.0.1:0", "unix://" + b.TempDir() + "/log"} {
		for mode, name := range []string{"text", "json", "raw"} {
			b.Run(u[:4]+"/"+name, func(b *testing.B) { benchReceive(b, u, Mode(mode), line) })
		}
	}
}

func benchReceive(b *testing.B, rawURL string, mode Mode, line []byte) {
	r, err := Listen(rawURL, Options{Out: io.Discard, Mode: mode, Count: b.N})
	if err != nil {
		b.Fatal(err)
	}
	result := make(chan error, 1)
	go func() { result <- r.Serve(context.Background()) }()
	framing, network, where := syslogfmt.None, "unixgram", r.l.Addr().String()
	if isStream(rawURL) {
		framing, network = syslogfmt.OctetCounting, "tcp"
	}
	conn, err := net.Dial(network, where)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	e := syslogfmt.NewEncoder(syslogfmt.RFC5424, framing, 0)
	e.SetHeader(&syslogfmt.Header{Time: received, Hostname: "www1.example.com", Tag: "httpd", ProcID: "1-2", MsgID: "access"})
	b.SetBytes(int64(len(line)))
	b.ResetTimer()
	var batch []byte
	for seq := range b.N {
		batch = e.Append(batch, syslogfmt.Info, uint64(seq)+1, line)
		if framing == syslogfmt.None || len(batch) > 32<<10 || seq == b.N-1 {
			if _, err := conn.Write(batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	if err := <-result; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
}

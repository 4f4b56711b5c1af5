package forwarder

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/influxdata/go-syslog/v3"
	"github.com/influxdata/go-syslog/v3/rfc5424"
	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/forwarder/trust/trusttest"
	"httpd-syslog/rotate"
)

// central is a central server in a test. It takes RFC 5424, octet-counted but for
// RELP.
type central struct {
	t       *testing.T
	scheme  string
	address string
	config  *tls.Config

	mu    sync.Mutex
	l     net.Listener
	conns []*net.TCPConn
	got   []message
	lined int // of got, those that are no events
}

type message struct{ stream, procID, seq, text, pri string }

func newCentral(t *testing.T) *central { return newCentralOver(t, "tcp") }

// overConnections runs a test over each transport that has connections.
func overConnections(t *testing.T, test func(t *testing.T, scheme string)) {
	for _, scheme := range []string{"tcp", "tls", "relp", "relp+tls"} {
		t.Run(scheme, func(t *testing.T) { test(t, scheme) })
	}
}

func newCentralOver(t *testing.T, scheme string) *central {
	c := &central{t: t, scheme: scheme, address: "127.0.0.1:0", config: trusttest.Shared(t).Server(t)}
	c.open()
	t.Cleanup(c.kill)
	return c
}

func (c *central) open() {
	l, err := net.Listen("tcp", c.address)
	if err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	c.l, c.address = l, l.Addr().String()
	c.mu.Unlock()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.mu.Lock()
			killed := c.l != l
			if !killed {
				c.conns = append(c.conns, conn.(*net.TCPConn))
			}
			c.mu.Unlock()
			if killed {
				_ = conn.(*net.TCPConn).SetLinger(0)
				conn.Close()
				return
			}
			if strings.HasSuffix(c.scheme, "tls") {
				conn = tls.Server(conn, c.config)
			}
			go c.serve(conn)
		}
	}()
}

func (c *central) serve(conn net.Conn) {
	p := rfc5424.NewParser()
	if strings.HasPrefix(c.scheme, "relp") {
		_ = relp.Serve(conn, relp.ServerOptions{}, func(b []byte) error { return c.take(p, b) })
		return
	}
	defer conn.Close()
	d := syslogfmt.NewDeframer(conn, 1<<20)
	for {
		b, err := d.Next()
		if err != nil || c.take(p, b) != nil {
			return
		}
	}
}

func (c *central) take(p syslog.Machine, b []byte) error {
	m, err := p.Parse(b)
	if err != nil {
		c.t.Errorf("%q: %v", b, err)
		return err
	}
	sm := m.(*rfc5424.SyslogMessage)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, message{
		stream: *sm.MsgID, procID: *sm.ProcID, text: *sm.Message,
		seq: (*sm.StructuredData)["meta"]["sequenceId"], pri: *sm.FacilityLevel() + "." + *sm.SeverityShortLevel(),
	})
	if *sm.MsgID != AuditStream {
		c.lined++
	}
	return nil
}

// kill resets all connections and stops listening.
func (c *central) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.l != nil {
		c.l.Close()
		c.l = nil
	}
	for _, conn := range c.conns {
		_ = conn.SetLinger(0)
		conn.Close()
	}
	c.conns = nil
}

func (c *central) messages() []message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]message(nil), c.got...)
}

// lines are the messages that are no events of our own.
func (c *central) lines() []message {
	return slices.DeleteFunc(c.messages(), func(m message) bool { return m.stream == AuditStream })
}

// count is how many lines there are. Who waits for many asks for no more than that,
// and so does not hold up their taking in.
func (c *central) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lined
}

// events are those that are.
func (c *central) events() (texts []string) {
	for _, m := range c.messages() {
		if m.stream == AuditStream {
			texts = append(texts, m.text)
		}
	}
	return texts
}

func (c *central) server() Server {
	host, port, _ := net.SplitHostPort(c.address)
	return Server{Scheme: c.scheme, Host: host, Port: port}
}

// site is a state directory with a log directory, and writers of lines.
type site struct {
	t       *testing.T
	o       DelivererOptions
	maxOpen int // files of the local log, where that begins alone; 0: as usual
}

func newSite(t *testing.T, relays ...RelayOptions) *site {
	dir := t.TempDir()
	o := DelivererOptions{
		StateDir: filepath.Join(dir, "state"), Host: "web1", Sync: time.Second, DrainTimeout: 10 * time.Second,
		Log: LogOptions{Dir: filepath.Join(dir, "log"), Mode: 0o640},
		Streams: []Stream{
			{Name: "access", File: "access_log", Facility: syslogfmt.Local1, Severity: syslogfmt.Notice, Tag: "httpd"},
			{Name: "error", File: "error_log", Facility: syslogfmt.Local2, Severity: syslogfmt.Err, Auto: true, Tag: "httpd"},
		},
		Relays: relays,
		Set:    statedir.ConsumerSet{Config: "test", Digest: "1", LogDir: filepath.Join(dir, "log"), Streams: []string{"access", "error"}},
	}
	for _, r := range relays {
		o.Set.Relays = append(o.Set.Relays, r.Name)
	}
	return &site{t: t, o: o}
}

func relayTo(c *central, name string) RelayOptions {
	return RelayOptions{
		TLS:  trust.Options{CAFile: trusttest.Shared(c.t).File(c.t)},
		Name: name, Servers: []Server{c.server()}, Format: syslogfmt.RFC5424, Framing: syslogfmt.OctetCounting, MaxMessage: 64 << 10,
		Rewind: 10 * time.Minute, RewindBytes: 16 << 20, ConnectTimeout: 10 * time.Second,
	}
}

// lineWriter spools numbered lines as an intake does.
type lineWriter struct {
	t *testing.T
	w *spool.Writer
	n uint64
}

func (s *site) writer(stream string) *lineWriter {
	w := spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(s.o.StateDir), Host: "web1", Stream: stream})
	s.t.Cleanup(func() { w.Close() })
	return &lineWriter{s.t, w, 1}
}

func (w *lineWriter) write(lines int) {
	w.t.Helper()
	b := make([]byte, spool.FrameHeader)
	for i := range uint64(lines) {
		b = fmt.Appendf(b, "line %d\n", w.n+i)
	}
	f := spool.Frame{Kind: spool.Lines, Severity: spool.StreamSeverity, Time: time.Now(), First: w.n, Lines: lines}
	f.Seal(b)
	if _, err := w.w.Write(b); err != nil {
		w.t.Fatal(err)
	}
	w.n += uint64(lines)
}

func (w *lineWriter) close() {
	if err := w.w.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// deliver runs a deliverer until stop is called, which returns how it ended.
func (s *site) deliver() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- RunDeliverer(ctx, s.o) }()
	return func() error {
		cancel()
		return <-ended
	}
}

func (s *site) local(file string) string {
	b, err := os.ReadFile(filepath.Join(s.o.Log.Dir, file))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return string(b)
}

func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

// checkRepeats holds what came to this: each of n lines is there, and every
// repeat is the same message again. It returns the number of repeats.
func checkRepeats(t *testing.T, got []message, stream string, n int) (repeats int) {
	t.Helper()
	seen := make(map[string]message)
	for _, m := range got {
		if m.stream != stream {
			continue
		}
		before, again := seen[m.text]
		if again {
			repeats++
			if before != m {
				t.Errorf("came as %v, and again as %v", before, m)
			}
		}
		seen[m.text] = m
	}
	if len(seen) != n {
		t.Errorf("%d of %d lines came", len(seen), n)
	}
	return repeats
}

func TestDelivererEndsWhenNoWriterIsLeftAndEverythingIsAccepted(t *testing.T) {
	c := newCentral(t)
	s := newSite(t, relayTo(c, "central"))
	w, e := s.writer("access"), s.writer("error")
	w.write(1000)
	e.write(10)
	w.close()
	e.close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if s.local("access_log") != numbered(1, 1000) || s.local("error_log") != numbered(1, 10) {
		t.Error("the local files are not what was written")
	}
	if r := checkRepeats(t, c.messages(), "access", 1000) + checkRepeats(t, c.messages(), "error", 10); r != 0 {
		t.Errorf("%d repeats on a good day", r)
	}
	for _, m := range c.messages() {
		want := map[string]string{"access": "local1.notice", "error": "local2.err"}[m.stream]
		if m.pri != want || m.procID != map[string]*lineWriter{"access": w, "error": e}[m.stream].w.ID().ProcID() {
			t.Fatalf("%v, want %s", m, want)
		}
	}
	if left, _ := os.ReadDir(statedir.SpoolDir(s.o.StateDir)); len(left) != 0 {
		t.Errorf("left in the spool: %v", left)
	}
}

// TestEventOfTheEndIsNotLeftBehind: a consumer may have something to tell while
// the deliverer comes to its end. That is delivered, or found by the look that
// follows the release of the lock.
func TestEventOfTheEndIsNotLeftBehind(t *testing.T) {
	for range 20 {
		s := newSite(t)
		w := s.writer("access")
		w.write(1)
		w.close()
		lock, err := lockDelivery(t.Context(), s.o.StateDir)
		if err != nil {
			t.Fatal(err)
		}
		d, err := newDeliverer(s.o, lock, newEventLog(s.o.StateDir, s.o.Host, 0))
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		local := d.consumers.all()[0].progress
		d.consumers.add(newConsumer(local, nil, func(_ context.Context, e ending) {
			for n := 0; ; n++ {
				select {
				case <-e.drain:
					return
				case <-time.After(20 * time.Microsecond):
				}
				d.events.log(syslogfmt.Notice, "event %d", n)
				if n == 20 {
					end()
				}
			}
		}))
		if err := d.run(ctx); err != nil {
			t.Fatal(err)
		}
		lock.Release()
		if left, _ := os.ReadDir(statedir.SpoolDir(s.o.StateDir)); len(left) > 0 && !grown(s.o.StateDir, d.left) {
			t.Fatalf("nobody will deliver %v", left)
		}
	}
}

func TestOnlyOneDelivers(t *testing.T) {
	s := newSite(t)
	w := s.writer("access")
	w.write(1)
	stop := s.deliver()
	eventually(t, "one delivers", func() bool { return statedir.Delivering(s.o.StateDir) })
	if err := RunDeliverer(t.Context(), s.o); err != ErrDelivering {
		t.Errorf("the second ends with %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestDelivererEndsWhenItsStateDirectoryIsRemoved(t *testing.T) {
	s := newSite(t)
	w := s.writer("access")
	w.write(1)
	ended := make(chan error, 1)
	go func() { ended <- RunDeliverer(t.Context(), s.o) }()
	eventually(t, "the line is delivered", func() bool { return s.local("access_log") == numbered(1, 1) })
	if err := os.RemoveAll(s.o.StateDir); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != ErrDelivering {
		t.Errorf("ends with %v", err)
	}
}

// TestResetIsFollowedByARewind: a server that is killed may have lost what its
// kernel had taken; it gets it again, with the same numbers, and nothing beyond
// what rewind allows.
func TestResetIsFollowedByARewind(t *testing.T) { overConnections(t, resetIsFollowedByARewind) }

func resetIsFollowedByARewind(t *testing.T, scheme string) {
	c := newCentralOver(t, scheme)
	s := newSite(t, relayTo(c, "central"))
	w := s.writer("access")
	w.write(500)
	stop := s.deliver()
	again := 500
	if strings.HasPrefix(scheme, "relp") {
		again = 0 // what was answered is safe
	}
	eventually(t, "all is there, and known to be", func() bool {
		p, err := readCursor(statedir.CursorPath(s.o.StateDir, statedir.RelayCursor("central")))
		return err == nil && c.count() == 500 && len(p.Accepted) > 0
	})
	c.kill()
	w.write(500)
	c.open()
	eventually(t, "everything that is not safe came once more", func() bool { return c.count() == 1000+again })
	eventually(t, "the events are there", func() bool {
		e := strings.Join(c.events(), "\n")
		return strings.Contains(e, "relay central: down: "+scheme+"://") && strings.Contains(e, "relay central: up: "+scheme+"://") &&
			strings.Contains(e, "relay central: caught up, with ")
	})
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if r := checkRepeats(t, c.messages(), "access", 1000); r != again {
		t.Errorf("%d repeats, want the %d before the break", r, again)
	}
	if s.local("access_log") != numbered(1, 1000) {
		t.Error("the local file does not have each line once")
	}
}

func TestRewindIsBoundedByBytes(t *testing.T) {
	c := newCentral(t)
	o := relayTo(c, "central")
	o.RewindBytes = 4096
	s := newSite(t, o)
	w := s.writer("access")
	stop := s.deliver()
	for i := range 100 {
		w.write(10)
		eventually(t, "they are there", func() bool { return c.count() == 10*(i+1) })
	}
	c.kill()
	c.open()
	w.write(10)
	eventually(t, "the last lines are there", func() bool {
		m := c.lines()
		return m[len(m)-1].text == "line 1010"
	})
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	const frame = 10 * 160 // bytes of ten messages, at most
	if r := checkRepeats(t, c.messages(), "access", 1010); r == 0 || r > (4096+2*frame)/100 {
		t.Errorf("%d repeats of some 110 bytes, rewind_bytes is 4096", r)
	}
}

// TestCleanEndIsNotFollowedByRepeats: a deliverer that ends in good order
// leaves nothing for the next one to send again.
func TestCleanEndIsNotFollowedByRepeats(t *testing.T) {
	overConnections(t, cleanEndIsNotFollowedByRepeats)
}

func cleanEndIsNotFollowedByRepeats(t *testing.T, scheme string) {
	c := newCentralOver(t, scheme)
	s := newSite(t, relayTo(c, "central"))
	w := s.writer("access")
	for i := range 5 {
		w.write(100)
		stop := s.deliver()
		eventually(t, "all is there", func() bool { return len(c.messages()) >= 100*(i+1) })
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	if r := checkRepeats(t, c.messages(), "access", 500); r != 0 {
		t.Errorf("%d repeats", r)
	}
	if s.local("access_log") != numbered(1, 500) {
		t.Error("the local file does not have each line once")
	}
}

// TestDeadRelayDoesNotHoldUpTheOthers: neither the local log nor a live relay.
func TestDeadRelayDoesNotHoldUpTheOthers(t *testing.T) {
	alive, dead := newCentral(t), newCentral(t)
	dead.kill()
	s := newSite(t, relayTo(alive, "alive"), relayTo(dead, "dead"))
	w := s.writer("access")
	w.write(1000)
	stop := s.deliver()
	eventually(t, "the live one has all", func() bool { return alive.count() == 1000 })
	eventually(t, "the local log has all", func() bool { return s.local("access_log") == numbered(1, 1000) })
	dead.open()
	eventually(t, "the dead one has all when it is back", func() bool { return dead.count() == 1000 })
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestRelayThatIsAwayIsNotWokenByLines: it has no use for them, and would look
// at every spool file for each.
func TestRelayThatIsAwayIsNotWokenByLines(t *testing.T) {
	dir := t.TempDir()
	catalog := spool.NewCatalog(dir)
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	r := &relay{wake: wake, catalog: catalog, progress: newProgress(dir, "relay", false, catalog)}
	r.ending.stop = t.Context()
	if !r.pause(time.Millisecond) {
		t.Error("no further attempt")
	}
	if len(wake) != 1 {
		t.Error("it took a wake-up")
	}
}

func TestRelayTakesOnlyItsStreams(t *testing.T) {
	c := newCentral(t)
	o := relayTo(c, "errors")
	o.Streams = []string{"error"}
	s := newSite(t, o)
	w, e := s.writer("access"), s.writer("error")
	w.write(100)
	e.write(5)
	w.close()
	e.close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if n := len(c.messages()); n != 5 {
		t.Errorf("%d messages came", n)
	}
	if s.local("access_log") != numbered(1, 100) {
		t.Error("the local log lacks the other stream")
	}
}

// TestLogIsCutBackToWhatIsCommitted: bytes behind the commit are those of a
// deliverer that was killed; they are written again.
func TestLogIsCutBackToWhatIsCommitted(t *testing.T) {
	s := newSite(t)
	w := s.writer("access")
	w.write(100)
	stop := s.deliver()
	eventually(t, "the local log has all", func() bool { return s.local("access_log") == numbered(1, 100) })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(s.o.Log.Dir, "access_log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(f, "line 101\nline 1")
	f.Close()
	w.write(100)
	w.close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if s.local("access_log") != numbered(1, 200) {
		t.Error("the local log does not have each line once")
	}
	if audit := s.local("audit_log"); !strings.Contains(audit, "cut back by 15 bytes") {
		t.Errorf("no event says so: %q", audit)
	}
}

// TestOtherConsumersDoNotDeliver: two configurations on one state directory.
func TestOtherConsumersDoNotDeliver(t *testing.T) {
	s := newSite(t)
	w := s.writer("access")
	w.write(1)
	w.close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	other := s.o
	other.Set.Config, other.Set.LogDir = "other", t.TempDir()
	other.Log.Dir = other.Set.LogDir
	w = s.writer("access")
	w.write(1)
	if err := RunDeliverer(t.Context(), other); !errors.Is(err, statedir.ErrOtherConsumers) {
		t.Fatalf("ends with %v", err)
	}
	if left, _ := os.ReadDir(other.Log.Dir); len(left) != 0 {
		t.Errorf("wrote %v", left)
	}
	w.close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if got := s.local("access_log"); got != "line 1\nline 1\n" {
		t.Errorf("the lines that waited: %q", got)
	}
}

// TestRecordOfANewerProgram: after a downgrade lines wait rather than being
// delivered from where an unknown record is guessed to say.
func TestRecordOfANewerProgram(t *testing.T) {
	for _, name := range []string{"consumers", "cursors/local", "cursors/relay-central"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			c := newCentral(t)
			s := newSite(t, relayTo(c, "central"))
			w := s.writer("access")
			w.write(100)
			w.close()
			if err := RunDeliverer(t.Context(), s.o); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(s.o.StateDir, name)
			ours, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			body, _, _ := bytes.Cut(ours, []byte("\n"))
			theirs := append(bytes.Clone(body), "\n2"...)
			theirs = fmt.Appendf(theirs, " %08x\n", crc32.Checksum(theirs, crc32.MakeTable(crc32.Castagnoli)))
			if err := os.WriteFile(path, theirs, 0o640); err != nil {
				t.Fatal(err)
			}
			if err := statedir.CheckConsumers(s.o.StateDir, s.o.Set); !errors.Is(err, spool.ErrRecordVersion) {
				t.Errorf("the check says %v", err)
			}
			w = s.writer("access")
			w.n = 101
			w.write(100)
			w.close()
			err = RunDeliverer(t.Context(), s.o)
			if !errors.Is(err, spool.ErrRecordVersion) || !strings.Contains(err.Error(), path) {
				t.Errorf("ends with %v", err)
			}
			if got, _ := os.ReadFile(path); !bytes.Equal(got, theirs) {
				t.Error("the record was changed")
			}
			if err := os.WriteFile(path, ours, 0o640); err != nil { // the upgrade
				t.Fatal(err)
			}
			if err := RunDeliverer(t.Context(), s.o); err != nil {
				t.Fatal(err)
			}
			if s.local("access_log") != numbered(1, 200) {
				t.Error("the local log does not have each line once")
			}
			if r := checkRepeats(t, c.messages(), "access", 200); r != 0 {
				t.Errorf("%d repeats", r)
			}
		})
	}
}

// TestChangedConfiguration: a new relay begins now, one that is gone gives up
// its lines, and both are events.
func TestChangedConfiguration(t *testing.T) {
	c := newCentral(t)
	away := newCentral(t)
	away.kill()
	s := newSite(t, relayTo(away, "away"))
	s.o.DrainTimeout = 0
	w := s.writer("access")
	w.write(100)
	stop := s.deliver()
	eventually(t, "the local log has all", func() bool { return s.local("access_log") == numbered(1, 100) })
	stop()

	s.o.Relays = []RelayOptions{relayTo(c, "central")}
	s.o.Set.Relays, s.o.Set.Digest = []string{"central"}, "2"
	s.o.DrainTimeout = 10 * time.Second
	stop = s.deliver()
	eventually(t, "the events are in the local log", func() bool { return strings.Contains(s.local("audit_log"), "relay away removed") })
	w.write(10)
	w.close()
	eventually(t, "the new relay has what came since", func() bool { return c.count() == 10 && len(c.events()) == 2 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	checkRepeats(t, c.messages(), "access", 10)
	audit := s.local("audit_log")
	if !strings.Contains(audit, "relay central added") || !strings.Contains(audit, "relay away removed; 100 lines") {
		t.Errorf("events: %s", audit)
	}
}

// TestCutMessagesAreReported: what max_message cuts is marked, counted and told, and structured data
// that it leaves out are told of as such.
func TestCutMessagesAreReported(t *testing.T) {
	c := newCentral(t)
	o := relayTo(c, "central")
	o.MaxMessage = syslogfmt.MinMaxMessage
	s := newSite(t, o)
	w := s.writer("access")
	b := append(make([]byte, spool.FrameHeader), strings.Repeat("x", 1000)+"\n"...)
	f := spool.Frame{Severity: spool.StreamSeverity, Time: time.Now(), First: 1, Lines: 1}
	f.Seal(b)
	data := spool.Origin{Data: []byte(`[x@1 a="` + strings.Repeat("v", 500) + `"]`)}
	withData := spool.Frame{Severity: 3, Time: time.Now(), First: 2, Lines: 1, Origin: data.Append(nil)}
	d := append(append(make([]byte, spool.FrameHeader), withData.Origin...), "a text\n"...)
	withData.Seal(d)
	if _, err := w.w.Write(append(b, d...)); err != nil {
		t.Fatal(err)
	}
	stop := s.deliver()
	eventually(t, "the events are at the server", func() bool { return len(c.messages()) == 4 })
	got := c.messages()
	if !strings.HasSuffix(got[0].text, syslogfmt.CutMarker) || got[1].text != "a text" || got[2].stream != AuditStream ||
		!strings.Contains(got[2].text, "1 messages longer than 576 bytes were cut") || got[2].pri != "syslog.warning" ||
		!strings.Contains(got[3].text, "the structured data of 1 messages was left out") {
		t.Errorf("%v", got)
	}
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestUnknownStreamWaits: lines of a stream that is not configured are kept.
func TestUnknownStreamWaits(t *testing.T) {
	s := newSite(t)
	w := s.writer("vhost7")
	w.write(3)
	w.close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	s.o.Streams = append(s.o.Streams, Stream{Name: "vhost7", File: "vhost7_log", Facility: syslogfmt.Local3})
	s.o.Set.Streams, s.o.Set.Digest = append(s.o.Set.Streams, "vhost7"), "2"
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if got := s.local("vhost7_log"); got != numbered(1, 3) {
		t.Errorf("the lines that waited: %q", got)
	}
}

// TestRemovedFileGetsItsLinesAgain: a file that was removed takes with it what
// was committed; what was not is written to the new one.
func TestRemovedFileGetsItsLinesAgain(t *testing.T) {
	s := newSite(t)
	w := s.writer("access")
	stop := s.deliver()
	for i := range 20 {
		w.write(50)
		eventually(t, "they are there", func() bool {
			return bytes.HasSuffix([]byte(s.local("access_log")), fmt.Appendf(nil, "line %d\n", 50*(i+1)))
		})
		if i == 10 {
			if err := os.Remove(filepath.Join(s.o.Log.Dir, "access_log")); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.close()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var first int
	if _, err := fmt.Sscanf(s.local("access_log"), "line %d\n", &first); err != nil || first > 551 {
		t.Fatalf("begins with %d, %v", first, err)
	}
	if s.local("access_log") != numbered(first, 1000) {
		t.Error("lines are missing or repeated")
	}
}

// TestFileRemovedBeforeItsFirstCommit: no record names it, and still it is begun
// anew.
func TestFileRemovedBeforeItsFirstCommit(t *testing.T) {
	s := newSite(t)
	w, e := s.writer("access"), s.writer("error")
	w.write(1)
	lock, err := lockDelivery(t.Context(), s.o.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	d, err := newDeliverer(s.o, lock, newEventLog(s.o.StateDir, s.o.Host, 0))
	if err != nil {
		t.Fatal(err)
	}
	l, err := d.newLocal()
	if err != nil {
		t.Fatal(err)
	}
	step := func() error {
		if err := d.catalog.Refresh(); err != nil {
			t.Fatal(err)
		}
		for _, f := range d.catalog.Files() {
			f.Touch()
		}
		return l.step(t.Context())
	}
	if !l.begin() {
		t.Fatal("the local log cannot be begun")
	}
	defer l.end()
	if err := step(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.o.Log.Dir, "error_log")
	file := l.fileOf("error_log", "error")
	must(t, l.settle(file))
	err = file.log.Reopen()
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	e.write(1)
	w.write(1)
	for range 3 { // the first finds that the file is gone
		err = step()
	}
	if err != nil || s.local("access_log") != numbered(1, 2) || s.local("error_log") != numbered(1, 1) {
		t.Errorf("%v; access_log has %q, error_log %q", err, s.local("access_log"), s.local("error_log"))
	}
}

func TestLogDirectoryOfAnotherDelivererIsLeftAlone(t *testing.T) {
	s := newSite(t)
	lock, err := rotate.LockDir(s.o.Log.Dir)
	if err != nil {
		t.Fatal(err)
	}
	w := s.writer("access")
	w.write(10)
	stop := s.deliver()
	eventually(t, "the event is spooled", func() bool {
		files, _ := os.ReadDir(statedir.SpoolDir(s.o.StateDir))
		return len(files) == 2
	})
	if s.local("access_log") != "" {
		t.Error("wrote into a directory that another has locked")
	}
	lock.Close()
	eventually(t, "it writes once it may", func() bool { return s.local("access_log") == numbered(1, 10) })
	w.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestFrameBehindAFailedWriteIsNotLost: the next frame has been read when it shows
// that the lines before it, of another file, cannot be written.
func TestFrameBehindAFailedWriteIsNotLost(t *testing.T) {
	s := newSite(t)
	if err := os.MkdirAll(s.o.Log.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", s.o.Log.Dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("skipped: no tmpfs can be mounted (root may): %v", err)
	}
	defer unix.Unmount(s.o.Log.Dir, unix.MNT_DETACH)
	filler := filepath.Join(s.o.Log.Dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); err == nil {
		t.Fatal("the disk is not full")
	}
	w, e := s.writer("access"), s.writer("error")
	for range 3 {
		w.write(1)
		e.write(1)
	}
	stop := s.deliver()
	eventually(t, "the failure is an event", func() bool {
		files, _ := os.ReadDir(statedir.SpoolDir(s.o.StateDir))
		return len(files) == 3
	})
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the local log has all", func() bool {
		return s.local("access_log") == numbered(1, 3) && s.local("error_log") == numbered(1, 3)
	})
	w.close()
	e.close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestLeavingOutBehindAFileThatHasGone: what a relay has accepted of a file it tells as
// long as that is there. A full disk has it removed as soon as all have its lines, and
// the local log must not wait for what is said of it no more.
func TestLeavingOutBehindAFileThatHasGone(t *testing.T) {
	s := newSite(t)
	w := s.writer("access")
	w.w = spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(s.o.StateDir), Host: "web1", Stream: "access", RollSize: 1}) // each frame has its file
	defer w.w.Close()
	w.write(1)
	other := s.writer("access")
	lock, err := lockDelivery(t.Context(), s.o.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	d, err := newDeliverer(s.o, lock, newEventLog(s.o.StateDir, s.o.Host, 0))
	if err != nil {
		t.Fatal(err)
	}
	l, err := d.newLocal()
	if err != nil {
		t.Fatal(err)
	}
	relay := newProgress(s.o.StateDir, statedir.RelayCursor("central"), false, d.catalog)
	idle := func(context.Context, ending) {}
	d.consumers.set([]*consumer{newConsumer(l.progress, nil, idle), newConsumer(relay, nil, idle)})
	if !l.begin() {
		t.Fatal("the local log cannot be begun")
	}
	defer l.end()
	l.full, l.lookedAt = true, time.Now().Add(time.Hour) // the disk
	l.toldLeft = time.Now()                              // no event of that yet
	// step has the relay accept some of the files that are there, and the local log go on.
	step := func(accepts func(spool.FileID) bool) error {
		t.Helper()
		if err := d.catalog.Refresh(); err != nil {
			t.Fatal(err)
		}
		c := cursorRecord{Accepted: spool.Positions{}}
		for _, f := range d.catalog.Files() {
			size, err := f.Size()
			if err != nil {
				t.Fatal(err)
			}
			if accepts(f.ID) {
				c.Accepted[f.ID] = spool.Position{Offset: size}
			}
		}
		relay.publish(c)
		return l.step(t.Context())
	}
	first := spool.FileID{Writer: w.w.ID(), Number: 1}
	isFirst := func(id spool.FileID) bool { return id == first }
	if err := step(isFirst); err != nil {
		t.Fatal(err)
	}
	other.write(3) // read before the end of the first file, or behind it
	w.write(2)
	if err := step(isFirst); !isFull(err) {
		t.Fatalf("left out, or %v, what the server does not have", err)
	}
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	if f := d.catalog.Find(first.String()); !d.allAccepted(f, l.done[first].Offset) || !d.remove(f) {
		t.Fatal("the first file is not removed")
	}
	if err := step(func(spool.FileID) bool { return true }); err != nil {
		t.Errorf("what every server has is not left out: %v", err)
	}
	if got := l.counts["access"].LeftOut; got != 6 {
		t.Errorf("%d lines are left out", got)
	}
}

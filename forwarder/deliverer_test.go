package forwarder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/locallog"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/relay"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/rotate"
)

// site is a state directory with a log directory, and writers of lines.
type site struct {
	t *testing.T
	o DelivererOptions
}

func newSite(t *testing.T, relays ...relay.Options) *site {
	dir := t.TempDir()
	o := DelivererOptions{
		StateDir: statedir.Dir(filepath.Join(dir, "state")), Host: "web1", Sync: time.Second, DrainTimeout: testbed.Patience, Timing: testTiming,
		Log: locallog.Options{Dir: filepath.Join(dir, "log"), Mode: 0o640, Timing: localTiming},
		Streams: []stream.Stream{
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

// serverOf is where a central server is.
func serverOf(c *testbed.Central) transport.Server {
	host, port := c.HostPort()
	return transport.Server{Scheme: c.Scheme, Host: host, Port: port}
}

// The timings of all deliverers of these tests, and of their consumers.
var (
	testTiming  = Timing{Tick: 50 * time.Millisecond, Quiet: 45 * time.Millisecond}
	localTiming = locallog.Timing{Tick: 50 * time.Millisecond}
	relayTiming = relay.Timing{StandFor: 50 * time.Millisecond, ReturnEvery: 200 * time.Millisecond}
)

func relayTo(c *testbed.Central, name string) relay.Options {
	return relay.Options{
		TLS:  trust.Options{CAFile: c.CAFile()},
		Name: name, Servers: []transport.Server{serverOf(c)}, Format: syslogfmt.RFC5424, Framing: syslogfmt.OctetCounting, MaxMessage: 64 << 10,
		Rewind: 10 * time.Minute, RewindBytes: 16 << 20, ConnectTimeout: testbed.Patience, Timing: relayTiming,
	}
}

func (s *site) writer(stream string) *testbed.LineWriter {
	return testbed.NewLineWriter(s.t, s.o.StateDir, stream)
}

// deliver runs a deliverer until stop is called, which returns how it ended. It does not end
// because there is nothing to do.
func (s *site) deliver() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	o := s.o
	o.Timing.Quiet = time.Hour
	go func() { ended <- RunDeliverer(ctx, o) }()
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

func TestDelivererEndsWhenNoWriterIsLeftAndEverythingIsAccepted(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	w, e := s.writer("access"), s.writer("error")
	w.Lines(1000)
	e.Lines(10)
	w.Close()
	e.Close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if s.local("access_log") != testbed.Numbered(1, 1000) || s.local("error_log") != testbed.Numbered(1, 10) {
		t.Error("the local files are not what was written")
	}
	if r := testbed.CheckRepeats(t, c.Messages(), "access", 1000) + testbed.CheckRepeats(t, c.Messages(), "error", 10); r != 0 {
		t.Errorf("%d repeats on a good day", r)
	}
	for _, m := range c.Messages() {
		want := map[string]string{"access": "local1.notice", "error": "local2.err"}[m.Stream]
		if m.Pri != want || m.ProcID != map[string]*testbed.LineWriter{"access": w, "error": e}[m.Stream].W.ID().ProcID() {
			t.Fatalf("%v, want %s", m, want)
		}
	}
	if left, _ := os.ReadDir(s.o.StateDir.Spool()); len(left) != 0 {
		t.Errorf("left in the spool: %v", left)
	}
}

// TestEventOfTheEndIsNotLeftBehind: a consumer may have something to tell while
// the deliverer comes to its end. That is delivered, or found by the look that
// follows the release of the lock.
func TestEventOfTheEndIsNotLeftBehind(t *testing.T) {
	t.Parallel()
	for range 20 {
		s := newSite(t)
		w := s.writer("access")
		w.Lines(1)
		w.Close()
		lock, err := lockDelivery(t.Context(), s.o.StateDir)
		if err != nil {
			t.Fatal(err)
		}
		d, err := newDeliverer(s.o, lock, audit.New(audit.Options{StateDir: s.o.StateDir, Host: s.o.Host}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		all := *d.consumers.Load()
		all.relays = append(all.relays, &member{Consumer: consumer.New(all.local.Progress, func(_ context.Context, e consumer.Ending) {
			for n := 0; ; n++ {
				select {
				case <-e.Drain:
					return
				case <-time.After(20 * time.Microsecond):
				}
				d.events.Tell(testbed.Note.With("text", n))
				if n == 20 {
					end()
				}
			}
		})})
		d.consumers.Store(&all)
		if err := d.run(ctx); err != nil {
			t.Fatal(err)
		}
		lock.Release()
		if left, _ := os.ReadDir(s.o.StateDir.Spool()); len(left) > 0 && !grown(s.o.StateDir, d.left) {
			t.Fatalf("nobody will deliver %v", left)
		}
	}
}

func TestOnlyOneDelivers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(1)
	stop := s.deliver()
	testbed.Eventually(t, "one delivers", func() bool { return s.o.StateDir.Delivering() })
	if err := RunDeliverer(t.Context(), s.o); err != ErrDelivering {
		t.Errorf("the second ends with %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestDelivererEndsWhenItsStateDirectoryIsRemoved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(1)
	ended := make(chan error, 1)
	go func() { ended <- RunDeliverer(t.Context(), s.o) }()
	testbed.Eventually(t, "the line is delivered", func() bool { return s.local("access_log") == testbed.Numbered(1, 1) })
	gone := string(s.o.StateDir) + ".gone" // at once: the deliverer writes into it
	must(t, os.Rename(string(s.o.StateDir), gone))
	must(t, os.RemoveAll(gone))
	if err := <-ended; err != ErrDelivering {
		t.Errorf("ends with %v", err)
	}
}

// TestResetIsFollowedByARewind: a server that is killed may have lost what its
// kernel had taken; it gets it again, with the same numbers, and nothing beyond
// what rewind allows.
func TestResetIsFollowedByARewind(t *testing.T) {
	t.Parallel()
	testbed.OverConnections(t, resetIsFollowedByARewind)
}

func resetIsFollowedByARewind(t *testing.T, scheme string) {
	t.Parallel()
	c := testbed.NewCentralOver(t, scheme)
	s := newSite(t, relayTo(c, "central"))
	w := s.writer("access")
	w.Lines(500)
	stop := s.deliver()
	again := 500
	if strings.HasPrefix(scheme, "relp") {
		again = 0 // what was answered is safe
	}
	testbed.Eventually(t, "all is there", func() bool { return c.Count() == 500 })
	s.awaitAccepted("central")
	c.Kill()
	w.Lines(500)
	c.Open()
	testbed.Eventually(t, "everything that is not safe came once more", func() bool { return c.Count() == 1000+again })
	testbed.Eventually(t, "the events are there", func() bool {
		e := strings.Join(c.Events(), "\n")
		return strings.Contains(e, "relay central: down: "+scheme+"://") && strings.Contains(e, "relay central: up: "+scheme+"://") &&
			strings.Contains(e, "relay central: caught up, with ")
	})
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if r := testbed.CheckRepeats(t, c.Messages(), "access", 1000); r != again {
		t.Errorf("%d repeats, want the %d before the break", r, again)
	}
	if s.local("access_log") != testbed.Numbered(1, 1000) {
		t.Error("the local file does not have each line once")
	}
}

func TestRewindIsBoundedByBytes(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	o := relayTo(c, "central")
	o.RewindBytes = 4096
	s := newSite(t, o)
	w := s.writer("access")
	stop := s.deliver()
	for i := range 100 {
		w.Lines(10)
		testbed.Eventually(t, "they are there", func() bool { return c.Count() == 10*(i+1) })
	}
	c.Kill()
	c.Open()
	w.Lines(10)
	testbed.Eventually(t, "the last lines are there", func() bool {
		m := c.Lines()
		return m[len(m)-1].Text == "line 1010"
	})
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
	const frame = 10 * 160 // bytes of ten messages, at most
	if r := testbed.CheckRepeats(t, c.Messages(), "access", 1010); r == 0 || r > (4096+2*frame)/100 {
		t.Errorf("%d repeats of some 110 bytes, rewind_bytes is 4096", r)
	}
}

// TestCleanEndIsNotFollowedByRepeats: a deliverer that ends in good order
// leaves nothing for the next one to send again.
func TestCleanEndIsNotFollowedByRepeats(t *testing.T) {
	t.Parallel()
	testbed.OverConnections(t, cleanEndIsNotFollowedByRepeats)
}

func cleanEndIsNotFollowedByRepeats(t *testing.T, scheme string) {
	t.Parallel()
	c := testbed.NewCentralOver(t, scheme)
	s := newSite(t, relayTo(c, "central"))
	w := s.writer("access")
	for i := range 5 {
		w.Lines(100)
		stop := s.deliver()
		testbed.Eventually(t, "all is there", func() bool { return len(c.Messages()) >= 100*(i+1) })
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	if r := testbed.CheckRepeats(t, c.Messages(), "access", 500); r != 0 {
		t.Errorf("%d repeats", r)
	}
	if s.local("access_log") != testbed.Numbered(1, 500) {
		t.Error("the local file does not have each line once")
	}
}

// TestDeadRelayDoesNotHoldUpTheOthers: neither the local log nor a live relay.
func TestDeadRelayDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	alive, dead := testbed.NewCentral(t), testbed.NewCentral(t)
	dead.Kill()
	s := newSite(t, relayTo(alive, "alive"), relayTo(dead, "dead"))
	w := s.writer("access")
	w.Lines(1000)
	stop := s.deliver()
	testbed.Eventually(t, "the live one has all", func() bool { return alive.Count() == 1000 })
	testbed.Eventually(t, "the local log has all", func() bool { return s.local("access_log") == testbed.Numbered(1, 1000) })
	dead.Open()
	testbed.Eventually(t, "the dead one has all when it is back", func() bool { return dead.Count() == 1000 })
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestRelayTakesOnlyItsStreams(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	o := relayTo(c, "errors")
	o.Streams = []string{"error"}
	s := newSite(t, o)
	w, e := s.writer("access"), s.writer("error")
	w.Lines(100)
	e.Lines(5)
	w.Close()
	e.Close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if n := len(c.Messages()); n != 5 {
		t.Errorf("%d messages came", n)
	}
	if s.local("access_log") != testbed.Numbered(1, 100) {
		t.Error("the local log lacks the other stream")
	}
}

// TestLogIsCutBackToWhatIsCommitted: bytes behind the commit are those of a
// deliverer that was killed; they are written again.
func TestLogIsCutBackToWhatIsCommitted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(100)
	stop := s.deliver()
	testbed.Eventually(t, "the local log has all", func() bool { return s.local("access_log") == testbed.Numbered(1, 100) })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(s.o.Log.Dir, "access_log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(f, "line 101\nline 1")
	f.Close()
	w.Lines(100)
	w.Close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if s.local("access_log") != testbed.Numbered(1, 200) {
		t.Error("the local log does not have each line once")
	}
	testbed.WantTold(t, s.audit(), "file.cut_back")
	if audit := s.local("audit_log"); !strings.Contains(audit, "cut back by 15 bytes") {
		t.Errorf("no event says so: %q", audit)
	}
}

// TestOtherConsumersDoNotDeliver: two configurations on one state directory.
func TestOtherConsumersDoNotDeliver(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(1)
	w.Close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	other := s.o
	other.Set.Config, other.Set.LogDir = "other", t.TempDir()
	other.Log.Dir = other.Set.LogDir
	w = s.writer("access")
	w.Lines(1)
	if err := RunDeliverer(t.Context(), other); !errors.Is(err, statedir.ErrOtherConsumers) {
		t.Fatalf("ends with %v", err)
	}
	if left, _ := os.ReadDir(other.Log.Dir); len(left) != 0 {
		t.Errorf("wrote %v", left)
	}
	w.Close()
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
	t.Parallel()
	for _, name := range []string{"consumers", "cursors/local", "cursors/relay-central"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			c := testbed.NewCentral(t)
			s := newSite(t, relayTo(c, "central"))
			w := s.writer("access")
			w.Lines(100)
			w.Close()
			if err := RunDeliverer(t.Context(), s.o); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(string(s.o.StateDir), name)
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
			if err := s.o.StateDir.CheckConsumers(s.o.Set); !errors.Is(err, record.ErrVersion) {
				t.Errorf("the check says %v", err)
			}
			w = s.writer("access")
			w.Next = 101
			w.Lines(100)
			w.Close()
			err = RunDeliverer(t.Context(), s.o)
			if !errors.Is(err, record.ErrVersion) || !strings.Contains(err.Error(), path) {
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
			if s.local("access_log") != testbed.Numbered(1, 200) {
				t.Error("the local log does not have each line once")
			}
			if r := testbed.CheckRepeats(t, c.Messages(), "access", 200); r != 0 {
				t.Errorf("%d repeats", r)
			}
		})
	}
}

// TestChangedConfiguration: a new relay begins now, one that is gone gives up
// its lines, and both are events.
func TestChangedConfiguration(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	away := testbed.NewCentral(t)
	away.Kill()
	s := newSite(t, relayTo(away, "away"))
	s.o.DrainTimeout = 0
	w := s.writer("access")
	w.Lines(100)
	stop := s.deliver()
	testbed.Eventually(t, "the local log has all", func() bool { return s.local("access_log") == testbed.Numbered(1, 100) })
	stop()

	s.o.Relays = []relay.Options{relayTo(c, "central")}
	s.o.Set.Relays, s.o.Set.Digest = []string{"central"}, "2"
	s.o.DrainTimeout = testbed.Patience
	stop = s.deliver()
	testbed.Eventually(t, "the events are in the local log", func() bool { return strings.Contains(s.local("audit_log"), "relay away removed") })
	w.Lines(10)
	w.Close()
	testbed.Eventually(t, "the new relay has what came since", func() bool { return c.Count() == 10 && len(c.Events()) == 2 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	testbed.CheckRepeats(t, c.Messages(), "access", 10)
	audit := s.local("audit_log")
	_, added, _ := strings.Cut(audit, "event=config.relay_added relay=central")
	added, _, _ = strings.Cut(added, "\n")
	before := fmt.Sprintf(" writer=%s first=1 last=100", w.W.ID().ProcID())
	if !strings.Contains(audit, "relay central added") || !strings.Contains(added, before) || !strings.Contains(audit, "relay away removed; 100 lines") {
		t.Errorf("events: %s", audit)
	}
}

// TestCutMessagesAreReported: what max_message cuts is marked, counted and told, and structured data
// that it leaves out are told of as such.
func TestCutMessagesAreReported(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	o := relayTo(c, "central")
	o.MaxMessage = syslogfmt.MinMaxMessage
	s := newSite(t, o)
	w := s.writer("access")
	b := append(make([]byte, frame.HeaderSize), strings.Repeat("x", 1000)+"\n"...)
	f := frame.Frame{Severity: frame.StreamSeverity, Time: time.Now(), First: 1, Lines: 1}
	f.Seal(b)
	data := frame.Origin{Data: []byte(`[x@1 a="` + strings.Repeat("v", 500) + `"]`)}
	withData := frame.Frame{Severity: 3, Time: time.Now(), First: 2, Lines: 1, Origin: data.Append(nil)}
	d := append(append(make([]byte, frame.HeaderSize), withData.Origin...), "a text\n"...)
	withData.Seal(d)
	if _, err := w.W.Write(append(b, d...)); err != nil {
		t.Fatal(err)
	}
	stop := s.deliver()
	testbed.Eventually(t, "the events are at the server", func() bool { return len(c.Messages()) == 4 })
	got := c.Messages()
	if !strings.HasSuffix(got[0].Text, syslogfmt.CutMarker) || got[1].Text != "a text" || got[2].Stream != stream.Audit ||
		!strings.Contains(got[2].Text, "1 messages longer than 576 bytes were cut") || !strings.HasSuffix(got[2].Text, " first=1 last=1}") || got[2].Pri != "syslog.warning" ||
		!strings.Contains(got[3].Text, "the structured data of 1 messages was left out") {
		t.Errorf("%v", got)
	}
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestUnknownStreamWaits: lines of a stream that is not configured are kept.
func TestUnknownStreamWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("vhost7")
	w.Lines(3)
	w.Close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	s.o.Streams = append(s.o.Streams, stream.Stream{Name: "vhost7", File: "vhost7_log", Facility: syslogfmt.Local3})
	s.o.Set.Streams, s.o.Set.Digest = append(s.o.Set.Streams, "vhost7"), "2"
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	if got := s.local("vhost7_log"); got != testbed.Numbered(1, 3) {
		t.Errorf("the lines that waited: %q", got)
	}
}

// TestRemovedFileGetsItsLinesAgain: a file that was removed takes with it what
// was committed; what was not is written to the new one.
func TestRemovedFileGetsItsLinesAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	stop := s.deliver()
	for i := range 20 {
		w.Lines(50)
		testbed.Eventually(t, "they are there", func() bool {
			return bytes.HasSuffix([]byte(s.local("access_log")), fmt.Appendf(nil, "line %d\n", 50*(i+1)))
		})
		if i == 10 {
			if err := os.Remove(filepath.Join(s.o.Log.Dir, "access_log")); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.Close()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var first int
	if _, err := fmt.Sscanf(s.local("access_log"), "line %d\n", &first); err != nil || first > 551 {
		t.Fatalf("begins with %d, %v", first, err)
	}
	if s.local("access_log") != testbed.Numbered(first, 1000) {
		t.Error("lines are missing or repeated")
	}
	testbed.WantTold(t, s.audit(), "file.gone")
}

func TestLogDirectoryOfAnotherDelivererIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	lock, err := rotate.LockDir(s.o.Log.Dir)
	if err != nil {
		t.Fatal(err)
	}
	w := s.writer("access")
	w.Lines(10)
	stop := s.deliver()
	testbed.Eventually(t, "the event is spooled", func() bool {
		files, _ := os.ReadDir(s.o.StateDir.Spool())
		return len(files) == 2
	})
	if s.local("access_log") != "" {
		t.Error("wrote into a directory that another has locked")
	}
	lock.Close()
	testbed.Eventually(t, "it writes once it may", func() bool { return s.local("access_log") == testbed.Numbered(1, 10) })
	w.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestFrameBehindAFailedWriteIsNotLost: the next frame has been read when it shows
// that the lines before it, of another file, cannot be written.
func TestFrameBehindAFailedWriteIsNotLost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if err := os.MkdirAll(s.o.Log.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", s.o.Log.Dir, "tmpfs", 0, "size=64k"); err != nil {
		testbed.Lacking(t, "no tmpfs can be mounted (root may): %v", err)
	}
	defer unix.Unmount(s.o.Log.Dir, unix.MNT_DETACH)
	filler := filepath.Join(s.o.Log.Dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o644); err == nil {
		t.Fatal("the disk is not full")
	}
	w, e := s.writer("access"), s.writer("error")
	for range 3 {
		w.Lines(1)
		e.Lines(1)
	}
	stop := s.deliver()
	testbed.Eventually(t, "the failure is an event", func() bool {
		files, _ := os.ReadDir(s.o.StateDir.Spool())
		return len(files) == 3
	})
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	testbed.Eventually(t, "the local log has all", func() bool {
		return s.local("access_log") == testbed.Numbered(1, 3) && s.local("error_log") == testbed.Numbered(1, 3)
	})
	w.Close()
	e.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

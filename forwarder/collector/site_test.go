package collector

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/collector/pattern"
	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// site is a state directory with a collector alone, and what senders put into the spool.
type site struct {
	t        testing.TB
	stateDir statedir.Dir
	o        Options
	w        *spool.Writer
	number   uint64
	received time.Time
	catalog  *spool.Catalog
	told     []string
}

func newSite(t testing.TB) *site {
	t.Helper()
	dir := t.TempDir()
	p, err := pattern.Parse("{sender}/{host}/{msgid}-{date}.log")
	must(t, err)
	s := &site{
		t: t, stateDir: statedir.Dir(filepath.Join(dir, "state")), number: 1, received: time.Now(),
		o: Options{Dir: filepath.Join(dir, "central"), File: p, Mode: 0o640, Grace: 15 * time.Minute, Sync: true},
	}
	must(t, s.stateDir.Make())
	s.w = spool.NewWriter(spool.WriterOptions{Dir: s.stateDir.Spool(), Host: "log1", Messages: true})
	t.Cleanup(func() { s.w.Close() })
	return s
}

// put puts messages of a sender into the spool, in one frame.
func (s *site) put(sender string, messages ...string) {
	s.t.Helper()
	from := frame.Sender{Name: []byte(sender), Addr: []byte("192.0.2.1")}
	origin := from.Append(nil)
	b := append(make([]byte, frame.HeaderSize), origin...)
	for _, m := range messages {
		text, part := strings.CutSuffix(m, "…")
		one := frame.Message{Bytes: []byte(text)}
		if part {
			one.Lost = -1
		}
		b = frame.AppendMessage(b, one)
	}
	f := frame.Frame{Kind: frame.Messages, Severity: frame.StreamSeverity, Time: s.received, First: s.number, Lines: len(messages), Origin: origin}
	f.Seal(b)
	s.number += uint64(len(messages))
	_, err := s.w.Write(b)
	must(s.t, err)
}

// message is line n of a writer.
func message(writer, n uint64, text string) string {
	return fmt.Sprintf("<141>1 2026-11-27T03:28:28.000000Z web1 httpd 4711-%016x access [meta sequenceId=\"%d\"] %s", writer, n, text)
}

// told is event n of a writer.
func tells(writer, n uint64, text string) string {
	return fmt.Sprintf("<46>1 2026-11-27T03:28:28.000000Z web1 httpd_syslog 4711-%016x audit [meta sequenceId=\"%d\"] %s", writer, n, text)
}

// begin makes a collector in the state of its record, and has its files be so.
func (s *site) begin() *Collector {
	s.t.Helper()
	c := s.load()
	if !c.begin() {
		s.t.Fatalf("the collector cannot be begun: %q", s.told)
	}
	return c
}

// load makes a collector in the state of its record.
func (s *site) load() *Collector {
	s.t.Helper()
	s.catalog = spool.NewCatalog(s.stateDir.Spool())
	must(s.t, s.catalog.Refresh())
	r, err := cursor.Read(s.stateDir.Cursor(statedir.CollectCursor))
	must(s.t, err)
	p := consumer.NewProgress(consumer.ProgressOptions{StateDir: s.stateDir, Name: statedir.CollectCursor, Sync: s.o.Sync, Catalog: s.catalog, CommitEvery: time.Hour})
	p.Publish(r)
	events := audit.New(audit.Options{StateDir: s.stateDir, Host: "log1", Tell: func(_ syslogfmt.Severity, text string) { s.told = append(s.told, text) }})
	must(s.t, events.Recall())
	c, err := New(s.o, &consumer.Base{
		StateDir: s.stateDir, Progress: p, Record: r, Catalog: s.catalog, Events: events, Wake: make(chan struct{}), Unsubscribe: func() {},
	})
	must(s.t, err)
	return c
}

// step has the collector write all that is in the spool.
func (s *site) step(c *Collector) {
	s.t.Helper()
	must(s.t, s.catalog.Refresh())
	for _, f := range s.catalog.Files() {
		f.Touch()
	}
	must(s.t, c.step(s.t.Context()))
}

// kill leaves everything as a kill -9 does; end ends it in good order.
func (s *site) kill(c *Collector) {
	c.Events.Close()
	c.set.Close()
	must(s.t, c.lock.Close())
	c.reader.Close()
}

func (s *site) end(c *Collector) {
	c.Events.Close()
	c.end()
}

// texts are the texts of all lines of the files whose names fit.
func (s *site) texts(names string) (texts []string) {
	s.t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.o.Dir, names))
	must(s.t, err)
	for _, path := range paths {
		b, err := os.ReadFile(path)
		must(s.t, err)
		for line := range strings.Lines(string(b)) {
			_, text, _ := strings.Cut(line, "] ")
			texts = append(texts, strings.TrimSuffix(text, "\n"))
		}
	}
	return texts
}

func (s *site) expect(names string, want ...string) {
	s.t.Helper()
	if got := s.texts(names); !slices.Equal(got, want) {
		s.t.Errorf("%s has\n%q, want\n%q", names, got, want)
	}
}

// expectTold holds which events were told: by their codes, or by all that programs read of them, with DIR for the directory
// of the test and DAY for the day of what was received, and without the names of incidents, which are other ones each time.
func (s *site) expectTold(want ...string) {
	s.t.Helper()
	var got []string
	for _, text := range s.told {
		m := block.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		said := strings.ReplaceAll(incident.ReplaceAllString(m[1], ""), filepath.Dir(s.o.Dir), "DIR")
		said = strings.ReplaceAll(said, place.DayOf(s.received).String(), "DAY")
		if n := len(got); n < len(want) && !strings.Contains(want[n], " ") {
			said, _, _ = strings.Cut(said, " ")
		}
		got = append(got, said)
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var (
	block    = regexp.MustCompile(`\{event=(.*)\}`)
	incident = regexp.MustCompile(` incident=[^ }]+`)
)

// open are the files below the directory of the test that this process has open.
func (s *site) open() (names []string) {
	s.t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	must(s.t, err)
	for _, fd := range fds {
		if name, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(name, filepath.Dir(s.o.Dir)+"/") {
			names = append(names, name)
		}
	}
	return names
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// frameOf is a frame of a sender, without messages.
func frameOf(sender string) *spool.Frame {
	from := frame.Sender{Name: []byte(sender), Addr: []byte("192.0.2.1")}
	return &spool.Frame{Frame: frame.Frame{Kind: frame.Messages, Time: time.Now(), Origin: from.Append(nil)}}
}

package journal

import (
	"strings"
	"sync"
	"testing"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/syslogfmt"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// stuck is a standard error that nobody reads, until it is let go.
type stuck struct {
	begun, letGo chan struct{}
	once         sync.Once
	text         strings.Builder
}

func newStuck() *stuck { return &stuck{begun: make(chan struct{}), letGo: make(chan struct{})} }

func (s *stuck) Write(b []byte) (int, error) {
	s.once.Do(func() { close(s.begun) })
	<-s.letGo
	return s.text.Write(b)
}

// TestJournal: events come in their order, each a line, whole at the end, and with the severity where journald reads.
func TestJournal(t *testing.T) {
	for stream, want := range map[string]string{"": "httpd_syslog: one\nhttpd_syslog: two\n", "8:1": "<3>one\n<5>two\n"} {
		t.Setenv("JOURNAL_STREAM", stream)
		var b strings.Builder
		j := New(&b)
		j.Tell(syslogfmt.Err, "one")
		j.Tell(syslogfmt.Notice, "two")
		j.Close()
		if b.String() != want {
			t.Errorf("stream %q: %q, want %q", stream, b.String(), want)
		}
	}
}

// TestNobodyReads: who tells an event does not wait for the journal, however many there are; a good number of them wait,
// and are written once somebody reads.
func TestNobodyReads(t *testing.T) {
	s := newStuck()
	j := New(s)
	j.Tell(syslogfmt.Err, "first")
	<-s.begun
	for range 10_000 {
		j.Tell(syslogfmt.Err, "more")
	}
	close(s.letGo)
	j.Close()
	if n := strings.Count(s.text.String(), "\n"); n < 100 || n > 1000 || !strings.HasPrefix(s.text.String(), "httpd_syslog: first\nhttpd_syslog: more\n") {
		t.Errorf("%d lines: %.100q", n, s.text.String())
	}
}

package testbed

import (
	"iter"
	"strings"
	"testing"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// Frames are those of a spool, and the ends of its files. Each is valid until the next.
func Frames(t testing.TB, spoolDir string) iter.Seq[*spool.Frame] {
	return func(yield func(*spool.Frame) bool) {
		t.Helper()
		c := spool.NewCatalog(spoolDir)
		if err := c.Refresh(); err != nil {
			t.Fatal(err)
		}
		r := spool.NewReader(c, nil, nil)
		defer r.Close()
		for {
			f, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if f == nil || !yield(f) {
				return
			}
		}
	}
}

// Note is a kind of events for tests, which says what a test says.
var Note = event.Kind{Code: "test.note", Severity: syslogfmt.Notice, Sentence: "{text}"}

// Sentence is what an event says to people: its text without the block for programs.
func Sentence(text string) string {
	if told, ok := event.Parse(text); ok {
		return told.Sentence
	}
	return text
}

// Events are the sentences of the events in a state directory's spool, and the numbers
// that they have.
func Events(t *testing.T, stateDir statedir.Dir) (texts []string, numbers []uint64) {
	t.Helper()
	for f := range Frames(t, stateDir.Spool()) {
		if f.Kind == frame.Event {
			texts = append(texts, Sentence(strings.TrimSuffix(string(f.Payload), "\n")))
			numbers = append(numbers, f.First)
		}
	}
	return texts, numbers
}

// Spooled are the events in a state directory's spool, each with its block, a line each.
func Spooled(t testing.TB, stateDir statedir.Dir) string {
	t.Helper()
	var all strings.Builder
	for f := range Frames(t, stateDir.Spool()) {
		if f.Kind == frame.Event {
			all.Write(f.Payload)
		}
	}
	return all.String()
}

// WantTold holds that a text, of an audit_log or the like, has an event of each code.
func WantTold(t testing.TB, log string, codes ...string) {
	t.Helper()
	for _, code := range codes {
		if !Tells(log, code) {
			t.Errorf("%s is not told, but\n%s", code, log)
		}
	}
}

// AwaitTold waits until a text has an event of each code.
func AwaitTold(t testing.TB, log func() string, codes ...string) {
	t.Helper()
	for _, code := range codes {
		Eventually(t, "the event "+code, func() bool { return Tells(log(), code) })
	}
}

// Tells reports whether a text has an event of a code.
func Tells(log, code string) bool {
	for line := range strings.Lines(log) {
		if told, ok := event.Parse(strings.TrimSuffix(line, "\n")); ok && told.Code == code {
			return true
		}
	}
	return false
}

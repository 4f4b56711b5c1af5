package testbed

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
)

// LineWriter spools lines of one stream as an intake does, each call a frame. Not for concurrent
// use.
type LineWriter struct {
	W    *spool.Writer
	Next uint64 // number of the next line, from 1
	t    *testing.T
}

// NewLineWriter writes into the spool of a state directory, from host web1. It is closed at the
// end of the test.
func NewLineWriter(t *testing.T, stateDir statedir.Dir, stream string) *LineWriter {
	w := spool.NewWriter(spool.WriterOptions{Dir: stateDir.Spool(), Host: "web1", Stream: stream})
	t.Cleanup(func() { w.Close() })
	return &LineWriter{W: w, Next: 1, t: t}
}

// Lines spools so many lines, each with its number: see Numbered.
func (w *LineWriter) Lines(n int) {
	w.t.Helper()
	w.Text(Numbered(int(w.Next), int(w.Next)+n-1))
}

// Texts spools these lines.
func (w *LineWriter) Texts(texts ...string) {
	w.t.Helper()
	w.Text(strings.Join(texts, "\n") + "\n")
}

// Text spools whole lines.
func (w *LineWriter) Text(text string) {
	w.t.Helper()
	n := strings.Count(text, "\n")
	w.put(text, frame.Frame{Kind: frame.Lines, Severity: frame.StreamSeverity, Time: time.Now(), First: w.Next, Lines: n})
	w.Next += uint64(n)
}

// Event spools an event as an intake does, among its lines.
func (w *LineWriter) Event(text string) {
	w.t.Helper()
	w.put(text+"\n", frame.Frame{Kind: frame.Event, Severity: 5, Time: time.Now(), First: 1, Lines: 1})
}

func (w *LineWriter) put(payload string, f frame.Frame) {
	w.t.Helper()
	b := append(make([]byte, frame.HeaderSize), payload...)
	f.Seal(b)
	if _, err := w.W.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// Close makes the file complete.
func (w *LineWriter) Close() {
	w.t.Helper()
	if err := w.W.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// Numbered are the lines "line 1" and so on, between two numbers.
func Numbered(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

// TextsWith are n short lines, from "line 0." on, with these among them.
func TextsWith(n int, others map[int]string) (texts []string) {
	for i := range n {
		if text, ok := others[i]; ok {
			texts = append(texts, text)
			continue
		}
		texts = append(texts, fmt.Sprintf("line %d.", i))
	}
	return texts
}

// Long is a line of more than n bytes.
func Long(n int) string { return fmt.Sprintf("long %d ", n) + strings.Repeat("y", n) }

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// line is the nth line that a test writes: about as long as Apache's, of a
// length that varies, and not to be mistaken for a part of another.
func line(n int) string {
	return fmt.Sprintf(`%08d 192.0.2.7 - - "GET /%s HTTP/1.1" 200 %08d`, n, strings.Repeat("x", 20+n%41), n)
}

// lines are the lines from one to another, as a file has them.
func lines(from, to int) string {
	var b strings.Builder
	for n := from; n <= to; n++ {
		b.WriteString(line(n) + "\n")
	}
	return b.String()
}

// writeLines writes each line with a write of its own, as Apache does. That it
// can, in the end, is part of what is tested.
func writeLines(t *testing.T, w *os.File, from, to int) {
	t.Helper()
	if err := tryLines(w, from, to); err != nil {
		t.Fatal(err)
	}
}

func tryLines(w *os.File, from, to int) error {
	if err := w.SetWriteDeadline(time.Now().Add(testbed.Patience)); err != nil {
		return err
	}
	for n := from; n <= to; n++ {
		if _, err := w.WriteString(line(n) + "\n"); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

func write(t *testing.T, w *os.File, text string) {
	t.Helper()
	if err := w.SetWriteDeadline(time.Now().Add(testbed.Patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// burden writes lines until it is stopped.
type burden struct {
	stop chan struct{}
	done chan error
	n    atomic.Int64 // lines written, or being written
}

// writeOn begins to write lines, from 1, in a goroutine.
func writeOn(w *os.File) *burden {
	l := &burden{stop: make(chan struct{}), done: make(chan error, 1)}
	go func() { l.done <- l.run(w) }()
	return l
}

func (l *burden) run(w *os.File) error {
	for {
		select {
		case <-l.stop:
			return nil
		default:
		}
		if err := w.SetWriteDeadline(time.Now().Add(testbed.Patience)); err != nil {
			return err
		}
		for range 100 {
			n := int(l.n.Add(1))
			if _, err := w.WriteString(line(n) + "\n"); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
}

// end stops it and returns how many lines were written.
func (l *burden) end(t *testing.T) int {
	t.Helper()
	close(l.stop)
	if err := <-l.done; err != nil {
		t.Fatal(err)
	}
	return int(l.n.Load())
}

// awaitBlocked waits until the pipe is full: nothing was written for a while.
func (l *burden) awaitBlocked(t *testing.T) {
	t.Helper()
	const still = 20 // looks of eventually
	last, looks := l.n.Load(), 0
	testbed.Eventually(t, "a full pipe", func() bool {
		n := l.n.Load()
		if n != last {
			last, looks = n, 0
		}
		looks++
		return looks > still
	})
}

// tally is what has become of lines 1 to n.
type tally struct {
	whole        int
	missing      int
	missingBytes int
	gaps         []int // bytes that are missing in a row
	doubled      int
	misplaced    int      // after one with a higher number
	torn         []string // what is none of the lines
}

func tallyUp(got []string, n int) (y tally) {
	seen := make([]int, n+1)
	highest := 0
	for _, text := range got {
		number, _ := strconv.Atoi(text[:min(8, len(text))]) // 0 is no line's
		if number < 1 || number > n || text != line(number) {
			y.torn = append(y.torn, text)
			continue
		}
		y.whole++
		if seen[number]++; seen[number] > 1 {
			y.doubled++
		} else if number < highest {
			y.misplaced++
		}
		highest = max(highest, number)
	}
	for number := 1; number <= n; number++ {
		if seen[number] > 0 {
			continue
		}
		if number == 1 || seen[number-1] > 0 {
			y.gaps = append(y.gaps, 0)
		}
		size := len(line(number)) + 1
		y.missing++
		y.missingBytes += size
		y.gaps[len(y.gaps)-1] += size
	}
	return y
}

func (y tally) String() string {
	return fmt.Sprintf("%d whole lines; %d missing (%d bytes), %d doubled, %d out of order, %d torn",
		y.whole, y.missing, y.missingBytes, y.doubled, y.misplaced, len(y.torn))
}

// checkAll holds that lines 1 to n are all there, whole, in order and once.
func checkAll(t *testing.T, where string, got []string, n int) {
	t.Helper()
	y := tallyUp(got, n)
	t.Logf("%s: %v", where, y)
	if y.whole != n || len(got) != n || y.misplaced > 0 || y.doubled > 0 {
		t.Errorf("%s: not each of %d lines once and in order", where, n)
	}
}

// split takes a file's text apart; its last line must have an end.
func split(t *testing.T, text string) []string {
	t.Helper()
	if text == "" {
		return nil
	}
	if !strings.HasSuffix(text, "\n") {
		t.Errorf("the last line has no end: %q", text[strings.LastIndexByte(text, '\n')+1:])
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// localLines are the lines of the local access log.
func (s *site) localLines() []string {
	s.t.Helper()
	return split(s.t, s.local("access_log"))
}

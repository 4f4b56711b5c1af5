package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/testbed"
)

// feedEnd is how each line of a feed ends: one without it was torn.
var feedEnd = strings.Repeat(" 0123456789abcdef", 5) + " end"

// feed writes numbered lines, and checks in the end what became of them.
type feed struct {
	t      *testing.T
	w      *os.File
	lines  int
	killed int // intakes of it, at most
}

func (f *feed) write(n int) {
	f.t.Helper()
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "line %d%s\n", f.lines, feedEnd)
		f.lines++
	}
	if _, err := f.w.WriteString(b.String()); err != nil {
		f.t.Fatal(err)
	}
}

// pour writes lines and returns the longest that one write of a hundred took.
func (f *feed) pour(lines int) (worst time.Duration) {
	f.t.Helper()
	for n := 0; n < lines; n += 100 {
		began := time.Now()
		f.write(100)
		worst = max(worst, time.Since(began))
	}
	return worst
}

// number is that of a line of a feed; false: it is none, or torn.
func number(line string) (n int, whole bool) {
	_, err := fmt.Sscanf(line, "line %d ", &n)
	return n, err == nil && line == fmt.Sprintf("line %d%s", n, feedEnd)
}

// logged are the lines of a file of the local log, those of its backups first.
func (s *site) logged(name string) []string {
	s.t.Helper()
	stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	backups, _ := filepath.Glob(filepath.Join(s.log, stem+"-*"+ext)) // the pattern is good
	slices.Sort(backups)
	var b strings.Builder
	for _, path := range append(backups, filepath.Join(s.log, name)) {
		b.WriteString(testbed.ReadFile(s.t, path))
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// outcome is what became of the lines of a feed.
type outcome struct {
	lost    []int // from the local log
	torn    int   // parts of lines in the local log
	repeats int   // at the server
}

// lostBytes are those of the lost lines, each with its LF.
func (o *outcome) lostBytes() (bytes int) {
	for _, n := range o.lost {
		bytes += len(fmt.Sprintf("line %d%s\n", n, feedEnd))
	}
	return bytes
}

// oneFrame is what kill -9 of an intake may cost, in bytes: the lines of what it has read
// and not yet written, 128 KiB with the frame's header, and the rest of the line that the
// read ended in.
var oneFrame = 128<<10 - frame.HeaderSize + len("line 1234567"+feedEnd)

// check holds what came to the promises: the local log has no line twice and lacks
// only what the spool never got, and what its events tell of; the server has each line that the local log has,
// and repeats are the same message again. ordered: nobody who writes was killed.
func (f *feed) check(s *site, srv *server, ordered bool) (o outcome) {
	f.t.Helper()
	local := make([]bool, f.lines)
	last := -1
	for _, line := range s.logged("access_log") {
		n, whole := number(line)
		switch {
		case !whole:
			o.torn++
			continue
		case n >= f.lines || local[n]:
			f.t.Errorf("line %d is in the local log twice, or was never written", n)
			continue
		case ordered && n < last:
			f.t.Errorf("line %d is in the local log after line %d", n, last)
		}
		local[n] = true
		if n < f.lines-1 { // the last is another intake's
			last = n
		}
	}
	arrived := make(map[int]message)
	for _, m := range srv.all("access") {
		n, whole := number(m.text)
		if !whole {
			continue
		}
		before, again := arrived[n]
		if again {
			o.repeats++
			if before != m {
				f.t.Errorf("came as %v, and again as %v", before, m)
			}
		}
		arrived[n] = m
	}
	leftOut := 0
	for n, is := range local {
		_, there := arrived[n]
		switch {
		case there && !is:
			leftOut++
		case is && !there:
			f.t.Errorf("line %d is in the local log, and not at the server", n)
			return o
		case !is:
			o.lost = append(o.lost, n)
		}
	}
	if told := told(events(srv.messages()), leftOutEvent); leftOut != told {
		f.t.Errorf("%d lines are at the server and not in the local log, and of %d it is told", leftOut, told)
	}
	return o
}

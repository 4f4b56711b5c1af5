package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// tally is what there was to count.
type tally struct {
	Tests   int // with subtests, and without those that were skipped
	Skipped []skipped
	unended []string // packages of which nobody has heard how they ended
}

// skipped is a test that was, and why.
type skipped struct{ Test, Why string }

// readLines passes lines on, and counts those that begin with the pattern.
func readLines(in io.Reader, out io.Writer, pattern string) (n tally) {
	eachLine(in, func(line string) {
		if pattern != "" && strings.HasPrefix(line, pattern) {
			n.Tests++
		}
		fmt.Fprintln(out, line)
	})
	return n
}

func eachLine(in io.Reader, do func(line string)) {
	r := bufio.NewReader(in)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			do(strings.TrimSuffix(line, "\n"))
		}
		if err != nil {
			return // its writer has ended
		}
	}
}

// event is one of `go test -json`: see `go doc test2json`.
type event struct{ Action, Package, Test, Output string }

// suite is what is known of a package whose tests run.
type suite struct {
	tests  map[string]*strings.Builder // by the test at the top: what it and its subtests printed
	said   map[string]string           // by the test: its last words
	output strings.Builder             // what no test printed
}

// readEvents prints a line for each package, and all that a test has printed that fails.
func readEvents(in io.Reader, out io.Writer) (n tally) {
	suites := map[string]*suite{}
	eachLine(in, func(line string) {
		var e event
		if json.Unmarshal([]byte(line), &e) != nil {
			fmt.Fprintln(out, line)
			return
		}
		s := suites[e.Package]
		if s == nil {
			s = &suite{tests: map[string]*strings.Builder{}, said: map[string]string{}}
			suites[e.Package] = s
		}
		s.take(e, &n, out)
		if e.Test == "" && e.over() {
			delete(suites, e.Package)
		}
	})
	n.unended = slices.Sorted(maps.Keys(suites))
	return n
}

// over reports whether there is no more of the test, or of the package.
func (e event) over() bool { return e.Action == "pass" || e.Action == "fail" || e.Action == "skip" }

func (s *suite) take(e event, n *tally, out io.Writer) {
	top, _, _ := strings.Cut(e.Test, "/")
	switch {
	case e.Action == "build-output":
		fmt.Fprint(out, e.Output)
	case e.Test == "" && e.Action == "output":
		s.output.WriteString(e.Output)
	case e.Test == "" && e.over():
		s.end(e, out)
	case e.Action == "output":
		s.of(top).WriteString(e.Output)
		if at := place.FindString(e.Output); at != "" {
			s.said[e.Test] = strings.TrimSpace(e.Output[len(at):])
		}
	case e.Test != "" && e.over():
		s.endTest(e, top, n, out)
	}
}

func (s *suite) of(top string) *strings.Builder {
	if s.tests[top] == nil {
		s.tests[top] = &strings.Builder{}
	}
	return s.tests[top]
}

// endTest counts a test, and prints one that failed when all its subtests are over.
func (s *suite) endTest(e event, top string, n *tally, out io.Writer) {
	if e.Action == "skip" {
		n.Skipped = append(n.Skipped, skipped{Test: e.Test, Why: s.said[e.Test]})
	} else {
		n.Tests++
	}
	delete(s.said, e.Test)
	if e.Test != top {
		return
	}
	if e.Action == "fail" {
		fmt.Fprint(out, s.of(top).String())
	}
	delete(s.tests, top)
}

// end prints how a package did. If it failed, that is all that it printed outside of tests, and
// what those tests printed that it did not come to the end of.
func (s *suite) end(e event, out io.Writer) {
	if e.Action != "fail" {
		for line := range strings.Lines(s.output.String()) {
			if strings.HasPrefix(line, "ok ") {
				fmt.Fprint(out, line)
			}
		}
		return
	}
	for _, top := range slices.Sorted(maps.Keys(s.tests)) {
		fmt.Fprint(out, s.tests[top].String())
	}
	fmt.Fprint(out, s.output.String())
}

// place is how a line begins that a test has logged.
var place = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

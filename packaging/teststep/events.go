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
	failed  []string // what the tests that failed have logged, in short
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
	tests  map[string]*said // those that run, and those that failed whose top has not ended
	order  []string         // the names of tests, as they began
	output strings.Builder  // what no test printed
}

// said is what a test has printed.
type said struct {
	all    strings.Builder
	logged []string // the first lines of what it has logged
	last   string   // the last one of them
}

// Of a test that failed so much is told again at the end of the step.
const (
	linesAgain = 12
	bytesAgain = 400
)

// readEvents prints a line for each package, and all that those tests and subtests have printed that fail.
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
			s = &suite{tests: map[string]*said{}}
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
	switch {
	case e.Action == "build-output":
		fmt.Fprint(out, e.Output)
	case e.Test == "" && e.Action == "output":
		s.output.WriteString(e.Output)
	case e.Test == "" && e.over():
		s.end(e, out)
	case e.Action == "output":
		s.of(e.Test).take(e.Output)
	case e.Test != "" && e.over():
		s.endTest(e, n, out)
	}
}

func (s *suite) of(test string) *said {
	if s.tests[test] == nil {
		s.tests[test] = &said{}
		s.order = append(s.order, test)
	}
	return s.tests[test]
}

func (s *said) take(output string) {
	s.all.WriteString(output)
	at := place.FindString(output)
	if at == "" {
		return
	}
	line := strings.TrimSpace(output)
	s.last = strings.TrimSpace(output[len(at):])
	if len(s.logged) < linesAgain {
		s.logged = append(s.logged, line[:min(len(line), bytesAgain)])
	}
}

// endTest counts a test. When one at the top has failed, it prints that one and its subtests that failed.
func (s *suite) endTest(e event, n *tally, out io.Writer) {
	test := s.of(e.Test)
	switch e.Action {
	case "skip":
		n.Skipped = append(n.Skipped, skipped{Test: e.Test, Why: test.last})
	case "fail":
		n.failed = append(n.failed, "--- "+e.Test)
		n.failed = append(n.failed, test.logged...)
		fallthrough
	default:
		n.Tests++
	}
	sub := strings.Contains(e.Test, "/")
	if e.Action == "fail" && sub {
		return
	}
	if e.Action == "fail" {
		s.print(e.Test, out)
	}
	s.forget(e.Test)
}

// print prints what is there of a test and its subtests.
func (s *suite) print(top string, out io.Writer) {
	for _, name := range s.order {
		if within(name, top) {
			fmt.Fprint(out, s.tests[name].all.String())
		}
	}
}

func (s *suite) forget(top string) {
	s.order = slices.DeleteFunc(s.order, func(name string) bool {
		if within(name, top) {
			delete(s.tests, name)
			return true
		}
		return false
	})
}

// within reports whether a test is the other one or a subtest of it.
func within(name, top string) bool { return name == top || strings.HasPrefix(name, top+"/") }

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
	for _, name := range s.order {
		fmt.Fprint(out, s.tests[name].all.String())
	}
	fmt.Fprint(out, s.output.String())
}

// place is how a line begins that a test has logged.
var place = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

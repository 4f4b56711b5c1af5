package e2e

import (
	"os"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// readLines returns the lines of a file, without their ends.
func readLines(t *testing.T, path string) []string {
	t.Helper()
	text := testbed.ReadFile(t, path)
	if text == "" {
		return nil
	}
	if !strings.HasSuffix(text, "\n") {
		t.Errorf("%s: the last line has no end", path)
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// tail is the end of a file, for a human.
func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	if len(b) == 0 {
		return ""
	}
	const most = 15
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	return some("…", lines[max(0, len(lines)-most):])
}

// sameLines compares as multisets: processes that write to one log at the same
// time give it no order.
func sameLines(t *testing.T, what string, want, got []string) {
	t.Helper()
	missing, extra := without(want, got), without(got, want)
	t.Logf("%s: %d of %d lines, %d missing, %d extra", what, len(got), len(want), len(missing), len(extra))
	if len(missing)+len(extra) > 0 {
		t.Errorf("%s differ:\n%s%s", what, some("missing:", missing), some("extra:", extra))
	}
}

// without returns the lines of a that b does not have, or not as often.
func without(a, b []string) (left []string) {
	count := make(map[string]int)
	for _, line := range b {
		count[line]++
	}
	for _, line := range a {
		if count[line]--; count[line] < 0 {
			left = append(left, line)
		}
	}
	return left
}

// some of the lines, each with its label.
func some(label string, lines []string) string {
	const most, long = 15, 400
	var b strings.Builder
	for i, line := range lines {
		if i == most {
			b.WriteString("  …\n")
			break
		}
		b.WriteString("  " + label + " " + line[:min(len(line), long)] + "\n")
	}
	return b.String()
}

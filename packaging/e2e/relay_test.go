package e2e

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestApacheToRsyslog: what Apache logs is in the local files and at the central
// server, every line once, byte for byte, under its facility and severity.
func TestApacheToRsyslog(t *testing.T) {
	t.Parallel()
	transports := []struct{ name, network, relay, format string }{
		{"tcp", "tcp", `framing = "octet-counting"`, ""},
		{"udp", "udp", `max_message = "60KiB"`, formatWithV}, // the default would cut the long lines
	}
	for _, mpm := range []string{"event", "prefork"} {
		for _, tr := range transports {
			t.Run(mpm+"/"+tr.name, func(t *testing.T) {
				t.Parallel()
				relay(t, mpm, tr.network, tr.relay, tr.format)
			})
		}
	}
}

func relay(t *testing.T, mpm, network, table, format string) {
	syslogd := startRsyslog(t, network)
	p := newProgram(t, syslogd.url(), table)
	httpd := startApache(t, apacheOptions{mpm: mpm, access: p.command("access"), errors: p.command("error"), format: format})

	all := requests(2000)
	sent, answered := httpd.sendInWaves(t, all, p.file("access_log"), p.file("error_log"))
	end := syscall.SIGTERM // as "apachectl stop"
	if network == "tcp" {
		end = syscall.SIGWINCH // as "apachectl graceful-stop"
	}
	httpd.end(t, end)
	p.awaitEnd(t)

	plain, access, errors := readLines(t, httpd.plain), readLines(t, p.file("access_log")), readLines(t, p.file("error_log"))
	t.Logf("%d requests sent, %d answered, %d access lines (longest %d bytes), %d error lines (longest %d)",
		sent, answered, len(plain), longest(plain), len(errors), longest(errors))
	if n := httpd.logged(t); n != sent {
		t.Errorf("Apache has logged %d of %d requests", n, sent)
	}
	sameLines(t, "local access_log and Apache's own", plain, access)
	checkLevels(t, all, errors)

	got := syslogd.finish(t, len(plain)+len(errors)+len(readLines(t, p.file("audit_log"))))
	sameLines(t, "access lines at rsyslog", prefixed("local1 notice httpd access", plain), headed(got, "local1"))
	sameLines(t, "error lines at rsyslog", classified(errors), headed(got, "local2"))
	checkOthers(t, got)
	checkNumbers(t, got)
}

func longest(lines []string) (n int) {
	for _, line := range lines {
		n = max(n, len(line))
	}
	return n
}

// checkLevels looks for the error lines that were ordered from htdocs/levels.lua,
// and that they are of every level there is.
func checkLevels(t *testing.T, all []request, errors []string) {
	t.Helper()
	var want, got []string
	for _, r := range all {
		if level, isLevel := strings.CutPrefix(r.target, "/level/"); isLevel {
			want = append(want, strings.Replace(level, "?", " ", 1))
		}
	}
	count := make(map[string]int)
	for _, line := range errors {
		if m := ordered.FindStringSubmatch(line); m != nil {
			got = append(got, m[1]+" "+m[2])
		}
		level := "none"
		if m := levelled.FindStringSubmatch(line); m != nil {
			level = m[1]
		}
		count[level]++
	}
	sameLines(t, "ordered error lines", want, got)
	t.Logf("error lines by level: %v", count)
	for _, l := range append(levels, levelName{apache: "none"}) {
		if count[l.apache] == 0 {
			t.Errorf("no error line of level %s", l.apache)
		}
	}
}

// ordered is what htdocs/levels.lua makes: Apache adds the referer.
var ordered = regexp.MustCompile(`(?:\[lua:\w+\] .* at|^\[not a time\] \[core:emerg\] raw .* on) (\w+) (n=\d+)(?:, referer: .*)?$`)

// prefixed and headed give lines with what the syslog header says of them.
func prefixed(head string, lines []string) (all []string) {
	for _, line := range lines {
		all = append(all, head+" "+line)
	}
	return all
}

func classified(errors []string) (all []string) {
	for _, line := range errors {
		all = append(all, "local2 "+severity(line)+" httpd error "+line)
	}
	return all
}

func headed(messages []message, facility string) (all []string) {
	for _, m := range messages {
		if m.facility == facility {
			all = append(all, m.String())
		}
	}
	return all
}

// checkOthers: what is neither an access nor an error line is the program's own.
func checkOthers(t *testing.T, messages []message) {
	t.Helper()
	for _, m := range messages {
		own := m.facility == "syslog" && m.program == "httpd_syslog" && m.msgID == "audit"
		if m.facility != "local1" && m.facility != "local2" && !own {
			t.Errorf("at rsyslog: %s", m)
		}
	}
}

var (
	procID = regexp.MustCompile(`^\d+-[0-9a-f]+$`)
	meta   = regexp.MustCompile(`^\[meta sequenceId="(\d+)"\]$`)
)

// checkNumbers: each writer's lines, and its events, arrive in order and without a gap.
func checkNumbers(t *testing.T, messages []message) {
	t.Helper()
	last := make(map[string]int)
	for _, m := range messages {
		number := meta.FindStringSubmatch(m.data)
		if !procID.MatchString(m.procID) || number == nil {
			t.Errorf("PROCID %q, structured data %q", m.procID, m.data)
			return
		}
		n, _ := strconv.Atoi(number[1])            // digits
		_, writer, _ := strings.Cut(m.procID, "-") // before it stands the process that the line is of
		key := writer + " " + m.msgID
		if n != last[key]+1 {
			t.Errorf("%s: line %d after line %d", key, n, last[key])
		}
		last[key] = n
	}
	t.Logf("writers and their lines: %v", slices.Sorted(maps.Values(last)))
}

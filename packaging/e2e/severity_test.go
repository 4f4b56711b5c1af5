package e2e

import (
	"regexp"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// levelled is an error line as Apache writes it, with its level.
var levelled = regexp.MustCompile(`^\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6} \d{4}\] \[[a-z0-9_]+:([a-z0-9]+)\] `)

// severities are syslog's names for Apache's levels, as rsyslog spells them.
var severities = map[string]string{
	"emerg": "emerg", "alert": "alert", "crit": "crit", "error": "err", "warn": "warning",
	"notice": "notice", "info": "info", "debug": "debug",
	"trace1": "debug", "trace2": "debug", "trace3": "debug", "trace4": "debug",
	"trace5": "debug", "trace6": "debug", "trace7": "debug", "trace8": "debug",
}

// severity is what an error line should have: worked out here by other means
// than in the program.
func severity(line string) string {
	if m := levelled.FindStringSubmatch(line); m != nil {
		return severities[m[1]]
	}
	return "err"
}

// TestErrorLogFormats: the manual says with which ErrorLogFormat a line has its level; lines
// of others have the severity that stands behind "auto:".
func TestErrorLogFormats(t *testing.T) {
	t.Parallel()
	manual := regexp.MustCompile(`\[%\{cu\}t\] \[%-m:%l\] \[pid %P\]`).FindString(testbed.ReadFile(t, "../man/httpd_syslog.toml.5"))
	for _, tt := range []struct {
		name, format string
		levels       bool
	}{
		{"manual", manual + ` %M`, true},
		{"pid first", `[pid %P] [%{u}t] [%-m:%l] %M`, false},
		{"JSON", `{\"time\":\"%{cu}t\",\"level\":\"%l\",\"text\":\"%M\"}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // most of it is waiting for the end of Apache
			errorLogFormat(t, tt.format, tt.levels)
		})
	}
}

func errorLogFormat(t *testing.T, format string, levelled bool) {
	syslogd := startRsyslog(t, "tcp")
	p := newProgram(t, syslogd.url(), "")
	testbed.WriteFile(t, p.config, testbed.ReadFile(t, p.config)+`[[stream]]
name = "access"
[[stream]]
name = "error"
facility = "local2"
severity = "auto:info"
`)
	httpd := startApache(t, apacheOptions{
		mpm: "event", access: p.command("access"), errors: p.command("error"), extra: "ErrorLogFormat \"" + format + "\"\n",
	})
	var want []string
	for _, l := range levels {
		if _, ok := httpd.get("GET /level/" + l.lua + "?n=1 HTTP/1.0\r\n\r\n"); !ok {
			t.Fatalf("no answer to %s", l.lua)
		}
		severity := "info"
		if levelled {
			severity = severities[l.apache]
		}
		want = append(want, severity+" at "+l.lua)
	}
	testbed.Eventually(t, "the error lines", func() bool { return strings.Count(testbed.ReadFile(t, p.file("error_log")), " n=1") >= len(levels) })
	httpd.end(t, syscall.SIGTERM)
	p.awaitEnd(t)
	var got []string
	for _, m := range syslogd.finish(t, len(levels)) {
		if at := regexp.MustCompile(`at \w+ n=1`).FindString(m.text); at != "" {
			got = append(got, m.severity+" "+strings.TrimSuffix(at, " n=1"))
		}
	}
	sameLines(t, "severities at rsyslog", want, got)
}

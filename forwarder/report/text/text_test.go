package text

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"httpd-syslog/forwarder/report"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func aReport() *report.Report {
	ref := func(line int64) report.Ref {
		return report.Ref{File: "/var/log/central/web1/audit.log", Line: line, Time: noon, Host: "web1", Code: "relay.down"}
	}
	long := strings.Repeat("many words and some more ", 12)
	return &report.Report{
		From: noon, To: noon.Add(time.Hour), Made: noon.Add(2 * time.Hour), Zone: time.UTC, ZoneName: "UTC", Events: 12345, Files: 3,
		Hosts: []report.Host{{Name: "web1", First: noon, Last: noon, Events: 1234, Open: 1}, {Name: "web2", First: noon, Last: noon}},
		Exceptions: []report.Statement{
			{Code: "incident_open", Host: "web1", Say: "open since then: it is down", Open: true, Refs: []report.Ref{ref(1), ref(2), ref(9)}, Requirement: "10.7.2"},
			{Code: "lines_lost", Host: "web2", Say: "5 lines lost " + long, Refs: []report.Ref{ref(2), ref(3), ref(5)}, More: 1200},
		},
		Unread: []string{"a file: " + long},
		Incidents: []report.Incident{{ID: "019ac2f4a1b9f3a1.17", Host: "web1", Code: "relay.down", Say: long, Begin: noon, End: noon.Add(time.Hour), Causes: []string{"a", "b"}, Lines: 5000,
			Notes: []report.Note{{Cause: "why", Remedy: "what", User: "ada", UID: "0", Event: ref(7)}}, Refs: []report.Ref{ref(1)}}},
		Requirements: []report.Requirement{{Number: "10.7.2", Title: "Failures", Verdict: report.InPart, Statements: []report.Statement{{Say: "one"}}, Missing: []string{long}}},
	}
}

// TestText is the report as a terminal has it, in lines that fit.
func TestText(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, aReport()); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(line) - 1; n > width {
			t.Errorf("%d columns: %s", n, line)
		}
		if line != "\n" && strings.HasSuffix(line, " \n") {
			t.Errorf("blanks at the end of %q", line)
		}
	}
	for _, want := range []string{
		"2026-03-10 12:00:00 to 2026-03-10 13:00:00, 2 hosts, 12,345 events: 1 thing is open;",
		"\nOPEN\n   1. web1: open since then: it is down (10.7.2) [1-3]\n",
		"\nOVER, OR EXPLAINED\n   2. web2: 5 lines lost many words",
		" [2,4-5,+1,200]\n",
		"\nCOULD NOT BE READ\n    - a file: many",
		"\n10.7.2  Failures ....", ". in part\n    - one\n    - not here: many words",
		"\n019ac2f4a1b9f3a1.17  relay.down  web1\n    before 2026-03-10 12:00:00 to 2026-03-10 13:00:00, 1h 0m [1]\n",
		"    5,000 lines\n    later causes: b\n    cause:  why\n    remedy: what\n    noted by ada (uid 0), 2026-03-10 12:00:00 [6]\n",
		"\nHOSTS\n" + strings.Repeat(" ", 32) + " first event          last event              events  open\n" +
			"web1                             2026-03-10 12:00:00  2026-03-10 12:00:00      1,234     1\n" +
			"web2                             2026-03-10 12:00:00  2026-03-10 12:00:00          0     0\n",
		"\nEVENTS\nFiles are below /var/log/central/web1\n[1] 2026-03-10 12:00:00 web1 relay.down audit.log:1\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
}

package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/testbed"
)

// report is the report that the program makes, and its exit status.
func (s *site) report(args ...string) (*report.Report, int) {
	s.t.Helper()
	status := 0
	out, err := s.command(nil, append([]string{"report", "--json", "--config", s.config}, args...)...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		status = exit.ExitCode()
	} else if err != nil {
		s.t.Fatal(err)
	}
	var r report.Report
	if err := json.Unmarshal(out, &r); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	return &r, status
}

// open are the sorts of exceptions that are open, but for who may read the test's files.
func open(r *report.Report) (codes []string) {
	for _, e := range r.Exceptions {
		if e.Open && e.Code != "access" {
			codes = append(codes, e.Code)
		}
	}
	return codes
}

// note notes on an incident, and returns what is said.
func (s *site) note(args ...string) (string, error) {
	out, err := s.command(nil, append(append([]string{"note"}, args...), "--config", s.config)...).CombinedOutput()
	return string(out), err
}

// TestReport: a service has an outage, and a card number comes: the report names them with the lines where
// that stands. A note on the outage is an event that arrives like all others, and is in the report.
func TestReport(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	s.configure("%s%s%s", s.places(), seals, srv.relay("central"))
	service := s.serve()
	f, w := s.pipe()
	writeLines(t, w, 1, 10)
	pour(t, w, "a line with 4111111111111111\n")
	incident := s.awaitTold("relay.down").Incident
	s.awaitTold("cards.found")

	r, status := s.report()
	if got := strings.Join(open(r), " "); status != report.Open || got != "incident_open cards_in_clear truncation_off" || len(r.Incidents) != 1 {
		t.Errorf("exit status %d, open: %s, %d incidents", status, got, len(r.Incidents))
	}
	s.checkPlaces(r)

	if out, err := s.note("019ac2f4a1b9f3a1.1", "--cause", "x"); err == nil || !strings.Contains(out, "there is no incident") || !strings.Contains(out, incident+" (relay.down of central)") {
		t.Errorf("an incident that is not known: %v: %s", err, out)
	}
	if out, err := s.note(incident, "--cause", "the switch had no power", "--remedy", "a second supply"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	s.awaitTold("incident.note")
	srv.open()
	s.awaitTold("relay.up")
	srv.awaitText("a line with 4111111111111111")
	out, _ := s.command(nil, "scan", "--tell", "--config", s.config, s.log).CombinedOutput() // its status is 1
	if scanned := s.awaitTold("cards.scan_found"); scanned.Get("count") != "1" || scanned.Get("what") != s.log || !strings.Contains(string(out), "411111******1111") {
		t.Errorf("%+v: %s", scanned, out)
	}
	w.Close()
	f.wait(0)
	service.endService()
	s.awaitTold("service.end")

	r, status = s.report()
	if got := strings.Join(open(r), " "); status != report.Open || got != "cards_in_clear scan_found truncation_off" || len(r.Incidents) != 1 {
		t.Fatalf("exit status %d, open: %s, %d incidents", status, got, len(r.Incidents))
	}
	in := r.Incidents[0]
	if in.IsOpen() || in.NeedsNote() || len(in.Notes) != 1 || in.Notes[0].Cause != "the switch had no power" || in.Notes[0].User == "" {
		t.Errorf("%+v", in)
	}
	s.checkBothCopies(srv, r)
}

// TestNoteOnFile: bytes that somebody has added to a file are an incident by themselves, and people note on it
// as on any other. It is open until cause and remedy are known.
func TestNoteOnFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s%s", s.places(), seals)
	s.serve()
	_, w := s.pipe()
	writeLines(t, w, 1, 10)
	testbed.Eventually(t, "all is sealed", func() bool {
		text := s.local("access_log")
		return strings.Count(text, "\n") == 10 && slices.ContainsFunc(s.told("seal.file"), func(e event.Told) bool {
			return e.Get("file") == "access_log" && e.Get("end") == strconv.Itoa(len(text))
		})
	})
	f, err := os.OpenFile(filepath.Join(s.log, "access_log"), os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = f.WriteString("a line by hand\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	next := 11
	testbed.Eventually(t, "seal.anew", func() bool {
		writeLines(t, w, next, next)
		next++
		return len(s.told("seal.anew")) > 0
	})
	incident := s.awaitTold("seal.anew").Incident
	altered := func() report.Statement {
		t.Helper()
		r, _ := s.report()
		i := slices.IndexFunc(r.Exceptions, func(e report.Statement) bool { return e.Code == "file_altered" })
		if i < 0 || len(r.Incidents) > 0 {
			t.Fatalf("%+v, %+v", r.Exceptions, r.Incidents)
		}
		return r.Exceptions[i]
	}
	if e := altered(); !e.Open || !slices.Equal(e.Incidents, []string{incident}) || len(e.Notes) > 0 || !strings.HasSuffix(e.Say, "httpd_syslog note "+incident) {
		t.Errorf("%+v", e)
	}
	for i, arg := range []string{"--cause", "--remedy"} {
		if out, err := s.note(incident, arg, "words"); err != nil || !strings.Contains(out, "file_altered at ") {
			t.Fatalf("%v: %s", err, out)
		}
		testbed.Eventually(t, "the note", func() bool { return len(s.told("incident.note")) == i+1 })
		if e := altered(); e.Open != (i == 0) || len(e.Notes) != i+1 || e.Notes[0].Cause != "words" {
			t.Errorf("%s: %+v", arg, e)
		}
	}
}

// checkPlaces holds that each event that the report names stands where it says.
func (s *site) checkPlaces(r *report.Report) {
	s.t.Helper()
	for _, e := range r.Exceptions {
		if len(e.Refs) == 0 && e.Code != "access" {
			s.t.Errorf("%q rests on nothing", e.Say)
		}
		for _, ref := range e.Refs {
			lines := strings.Split(testbed.ReadFile(s.t, ref.File), "\n")
			if int(ref.Line) > len(lines) || !strings.Contains(lines[ref.Line-1], "{event="+ref.Code+" ") {
				s.t.Errorf("%s is not at %s:%d", ref.Code, ref.File, ref.Line)
			}
		}
	}
}

// checkBothCopies holds that what stands in audit_log and at the server counts once.
func (s *site) checkBothCopies(srv *server, local *report.Report) {
	s.t.Helper()
	var b strings.Builder
	for _, m := range srv.messages() {
		b.WriteString(m.raw + "\n")
	}
	central := filepath.Join(s.dir, "central", "all.log")
	testbed.WriteFile(s.t, central, b.String())
	both, _ := s.report("--log-dir", s.log, "--central", central)
	again, _ := s.report("--log-dir", s.log)
	if both.Events < local.Events || both.Events != again.Events || both.Files != again.Files+1 || len(both.Incidents) != 1 {
		s.t.Errorf("%d events of both copies, %d of audit_log; %d and %d files; %d incidents", both.Events, again.Events, both.Files, again.Files, len(both.Incidents))
	}
}

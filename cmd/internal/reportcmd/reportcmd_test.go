package reportcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/testbed"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// aLog is a log directory in which a relay is down, or was.
func aLog(t *testing.T, over bool) string {
	t.Helper()
	dir := t.TempDir()
	tell := func(at string, n int, e event.Event) string {
		return at + " web1 httpd_syslog[7]: [ID " + string(rune('0'+n)) + " syslog.warning] " + e.String() + "\n"
	}
	const id = "019ac2f4a1b9f3a1.1"
	text := tell("2026-03-10T12:00:00.000000Z", 1, event.RelayDown.With("relay", "central", "server", "tls://a:6514", "cause", "refused").Of(id))
	if over {
		text += tell("2026-03-10T12:01:00.000000Z", 2, event.RelayUp.With("relay", "central", "server", "tls://a:6514", "after", "1m", "bytes", 5).Of(id))
	}
	testbed.WriteFile(t, filepath.Join(dir, "audit_log"), text)
	if err := os.Chmod(filepath.Join(dir, "audit_log"), 0o640); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestExit: statuses, and what is said where it cannot be done.
func TestExit(t *testing.T) {
	down, over, none := aLog(t, false), aLog(t, true), filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		args   []string
		status int
		out    string
		err    string
	}{
		"open":                {[]string{"--log-dir", down}, 1, "1 thing is open", ""},
		"over":                {[]string{"--log-dir", over}, 0, "all in order", ""},
		"a copy":              {[]string{"--central", filepath.Join(over, "audit_log")}, 0, "all in order", ""},
		"the day":             {[]string{"--log-dir", down, "--from", "2026-03-10T12:00Z", "--to", "2026-03-10T12:10:00Z"}, 1, "1 thing is open", ""},
		"another day":         {[]string{"--log-dir", over, "--from", "2026-03-12", "--to", "2026-03-12", "--host", "web1"}, 1, "not_covered", ""},
		"before":              {[]string{"--log-dir", over, "--from", "2026-03-01", "--to", "2026-03-02"}, 2, "nothing can be said", ""},
		"another host":        {[]string{"--log-dir", over, "--host", "web2"}, 2, "there are no events of host web2", ""},
		"no directory":        {[]string{"--log-dir", none}, 2, "no such file", ""},
		"no day":              {[]string{"--from", "yesterday"}, 2, "", "not a time such as"},
		"from behind to":      {[]string{"--from", "2026-03-12", "--to", "2026-03-10"}, 2, "", "--from must be before --to"},
		"two forms":           {[]string{"--json", "--html", "x"}, 2, "", "exclude each other"},
		"an empty host":       {[]string{"--host", ""}, 2, "", "it is empty"},
		"something else":      {[]string{"x"}, 2, "", "unexpected argument"},
		"nor for a store":     {[]string{"--config", none, "nats://store"}, 2, "", "no such file"},
		"no configuration":    {[]string{"--config", none}, 2, "", "no such file"},
		"where nobody writes": {[]string{"--log-dir", over, "--html", filepath.Join(none, "x.html")}, 2, "", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			status := Run(context.Background(), append([]string{"--json"}, c.args...), &out, &errs)
			if strings.Contains(strings.Join(c.args, " "), "--html") && c.out == "" {
				out.Reset()
				errs.Reset()
				status = Run(context.Background(), c.args, &out, &errs)
			}
			if status != c.status || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) || (c.err == "") != (errs.Len() == 0) {
				t.Errorf("status %d, %s, %s", status, &out, &errs)
			}
		})
	}
}

// TestForms: text, JSON and a page, of which a file is there whole or not at all.
func TestForms(t *testing.T) {
	dir := aLog(t, false)
	run := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if status := Run(context.Background(), append([]string{"--log-dir", dir}, args...), &out, &errs); status != 1 || errs.Len() > 0 {
			t.Fatalf("status %d, %s", status, &errs)
		}
		return out.String()
	}
	if text := run(); !strings.Contains(text, "\nOPEN\n   1. web1: open since") {
		t.Errorf("%s", text)
	}
	var r struct{ Result string }
	if err := json.Unmarshal([]byte(run("--json")), &r); err != nil || !strings.Contains(r.Result, "1 thing is open") {
		t.Errorf("%v, %+v", err, r)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	sentence := run("--html", path)
	page := testbed.ReadFile(t, path)
	if page != run("--html", "-") && len(page) < 1000 || !strings.HasPrefix(page, "<!DOCTYPE html>") || !strings.HasSuffix(page, "</html>\n") || strings.TrimSpace(sentence) != strings.TrimSpace(r.Result) {
		t.Errorf("%d bytes; %s", len(page), sentence)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%v", left)
	}
}

// TestNote: what cannot be noted is an error that says what to do, and leaves no event; what can be is there.
func TestNote(t *testing.T) {
	dir, state := aLog(t, true), t.TempDir()
	config := filepath.Join(t.TempDir(), "c.toml")
	testbed.WriteFile(t, config, "state_dir = \""+state+"\"\n[log]\ndir = \""+dir+"\"\n")
	for name, c := range map[string]struct {
		args   []string
		status int
		say    string
	}{
		"no incident":      {[]string{"--cause", "x"}, 2, "which incident?"},
		"no text":          {[]string{"a.1"}, 2, "say what is known"},
		"a text of lines":  {[]string{"a.1", "--cause", "x\ny"}, 2, "line break"},
		"not known":        {[]string{"a\x1b.1", "--cause", "x"}, 3, `there is no incident "a\x1b.1" in the state directory, nor in 1 files with events; none is open`},
		"no configuration": {[]string{"a.1", "--cause", "x", "--config", dir + "/none"}, 3, "no such file"},
		"it is known":      {[]string{"019ac2f4a1b9f3a1.1", "--cause", "x", "--remedy", "y"}, 0, "noted: relay.down of central at web1, incident 019ac2f4a1b9f3a1.1"},
	} {
		var out, errs bytes.Buffer
		args := c.args
		if !strings.Contains(strings.Join(args, " "), "--config") {
			args = append(args, "--config", config)
		}
		if status := RunNote(context.Background(), args, &out, &errs); status != c.status || !strings.Contains(out.String()+errs.String(), c.say) {
			t.Errorf("%s: status %d, %s%s", name, status, &out, &errs)
		}
	}
	if n := strings.Count(testbed.ReadDir(t, filepath.Join(state, "spool")), "event=incident.note"); n != 1 {
		t.Errorf("%d notes in the spool", n)
	}
}

// TestWhereEventsAre: without options the configuration says it, and where it collects the files of the senders are
// read, too.
func TestWhereEventsAre(t *testing.T) {
	logs, collected := aLog(t, true), t.TempDir()
	e := event.RelayDown.With("relay", "central", "server", "tls://a:6514", "cause", "refused").Of("019ac2f4a1b9f3a7.1")
	testbed.WriteFile(t, filepath.Join(collected, "web2.example.com", "web2", "audit-2026-03-10.log"),
		`<44>1 2026-03-10T12:30:00.000000Z web2 httpd_syslog 7-019ac2f4a1b9f3a7 audit [meta sequenceId="1"] `+e.String()+"\n")
	testbed.WriteFile(t, filepath.Join(collected, "web2.example.com", "web2", "access-2026-03-10.log"), "<134>1 2026-03-10T12:30:00.000000Z web2 httpd 7-019ac2f4a1b9f3a8 access [meta sequenceId=\"1\"] a line\n")
	for name, c := range map[string]struct {
		more   string
		hosts  string
		status int
	}{
		"a web server": {"", "web1", 0},
		"a centre":     {"[[listen]]\nurl = \"tcp://127.0.0.1:1\"\ncollect = true\n[collect]\ndir = \"" + collected + "\"\n", "web1 web2", 1},
	} {
		config := filepath.Join(t.TempDir(), "c.toml")
		testbed.WriteFile(t, config, "state_dir = \""+t.TempDir()+"\"\n[log]\ndir = \""+logs+"\"\n"+c.more)
		var out, errs bytes.Buffer
		status := Run(context.Background(), []string{"--json", "--config", config}, &out, &errs)
		var r struct {
			Hosts []struct{ Name string }
			Files int
		}
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v: %s%s", name, err, &out, &errs)
		}
		var hosts []string
		for _, h := range r.Hosts {
			hosts = append(hosts, h.Name)
		}
		if status != c.status || strings.Join(hosts, " ") != c.hosts || r.Files != len(hosts) {
			t.Errorf("%s: status %d, hosts %q, %d files", name, status, hosts, r.Files)
		}
	}
}

// TestUnknown: an incident that is not known is told with those that are open, twenty at most.
func TestUnknown(t *testing.T) {
	var open []one
	for n := range 22 {
		say := unknown("x\x1b.1", open, &report.Report{Files: 3}).Error()
		if !strings.Contains(say, `no incident "x\x1b.1"`) || !strings.Contains(say, "nor in 3 files") {
			t.Errorf("%q", say)
		}
		if listed := strings.Count(say, "(relay.down of r"); listed != min(n, 20) {
			t.Errorf("of %d %d are listed", n, listed)
		}
		if none, others := strings.Contains(say, "; none is open"), strings.HasSuffix(say, " and others"); none != (n == 0) || others != (n > 20) {
			t.Errorf("of %d: %q", n, say)
		}
		open = append(open, one{fmt.Sprintf("a.%d", n), fmt.Sprintf("relay.down of r%d", n)})
	}
}

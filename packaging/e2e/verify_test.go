package e2e

import (
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/verifytest"
)

// oddTexts are texts that a server could change, or take for something else.
var oddTexts = []string{
	"a\ttab, \x1b[31mred\x1b[0m, \x01\x7f, \xff\xfe and a café", "#011 is no escape", " begins with a blank", "ends with blanks  ", "", "<13>1 - - - - - - x", `[meta sequenceId="7"] x`, "%msg% ${MSG}",
	"\ufeffbegins with a byte order mark", strings.Repeat("long ", 3000), `{event=relay.up relay=x}`, "\x85\u2028",
}

// TestVerify: what rsyslog and syslog-ng have kept by the recipes, and what the web server has, is whole by
// httpd_syslog verify, whatever is in the lines. Each change of a copy, at either end, is found, and named as it
// must be.
func TestVerify(t *testing.T) {
	t.Parallel()
	for _, s := range centralServers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := gatherEvidence(t, s.name, s.file)
			out, err := exec.Command(e.p.binary, "verify", "--central", e.central, "--log-dir", e.local, "--host", "web1.example.com").CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Fatal(err)
			}
			done := 0
			for i, name := range verifytest.Changes {
				for _, atCentral := range []bool{true, false} {
					e.change(t, uint64(i), name, atCentral)
					done++
				}
			}
			t.Logf("%s: %d changes", s.name, done)
		})
	}
}

// evidence is what both ends have of some lines.
type evidence struct {
	p              *program
	central, local string
	truth          map[string]verifytest.Origin
	sealed         map[string]uint64 // by writer and class: the last number that is sealed
}

// gatherEvidence has lines logged, sealed and relayed, and both ends stopped.
func gatherEvidence(t *testing.T, name, file string) *evidence {
	t.Helper()
	c := startCentral(t, name, file)
	p := newProgram(t, "tcp://"+c.address, "")
	text := strings.Replace(testbed.ReadFile(t, p.config), "1GB", "64KiB", 1)
	testbed.WriteFile(t, p.config, "hostname = \"web1.example.com\"\n"+text+"[seal]\nevery = \"1s\"\n[http]\nlisten = \"\"\n")
	service := startServer(t, exec.Command(p.binary, "serve", "--config", p.config), filepath.Join(filepath.Dir(p.config), "service"))
	for batch := range 4 {
		var access, errors []string
		for i := range 300 {
			access = append(access, fmt.Sprintf(`www.example.com 10.0.%d.%d - - "GET /item?session=%d-%d HTTP/1.1" 200`, batch, i%250, batch, i*7919))
			if i%3 == 0 {
				errors = append(errors, fmt.Sprintf("[Fri Nov 20 10:04:00.001681 2026] [core:error] [pid %d] AH00036: access to /%d failed", i, batch*1000+i))
			}
		}
		for i, o := range oddTexts {
			if name == "syslog-ng" && strings.HasPrefix(o, "\ufeff") {
				continue // it drops the mark, which is told as an altered line
			}
			access = append(access, o, fmt.Sprintf("%s %d-%d", o, batch, i))
		}
		feed(t, exec.Command(p.binary, "--config", p.config), access)
		feed(t, exec.Command(p.binary, "--config", p.config, "--stream", "error"), errors)
		testbed.Eventually(t, "the seals", func() bool { return seals(p, "access") > batch && seals(p, "error") > batch || service.hasEnded() })
	}
	testbed.Eventually(t, "the events at "+name, func() bool {
		audit := filepath.Join(c.dir, "web1.example.com", "audit.log")
		return testbed.Exists(audit) && strings.Count(testbed.ReadFile(t, audit), "event=seal.") >= strings.Count(testbed.ReadFile(t, p.file("audit_log")), "event=seal.")
	})
	service.end(t, syscall.SIGTERM)
	p.awaitEnd(t)
	c.end(t, syscall.SIGTERM)
	e := &evidence{p: p, central: c.dir, local: p.log, truth: make(map[string]verifytest.Origin), sealed: make(map[string]uint64)}
	e.learn(t)
	for _, stream := range []string{"access", "error"} {
		e.rotate(t, filepath.Join(c.dir, "web1.example.com", stream+".log"))
	}
	return e
}

// seals is how many writers of a stream have a seal in audit_log.
func seals(p *program, stream string) int {
	b, _ := os.ReadFile(p.file("audit_log")) // it may not be there yet
	writers := make(map[string]bool)
	for line := range strings.Lines(string(b)) {
		if _, rest, ok := strings.Cut(line, " writer="); ok && strings.Contains(line, "event=seal.lines") && strings.Contains(line, " stream="+stream+" class=lines") {
			writer, _, _ := strings.Cut(rest, " ")
			writers[writer] = true
		}
	}
	return len(writers)
}

// learn reads who has written what.
func (e *evidence) learn(t *testing.T) {
	t.Helper()
	const minutes = 24
	type entry struct{ stamp, line string }
	var all []entry
	for _, stream := range []string{"access", "error", "audit"} {
		for line := range strings.Lines(testbed.ReadFile(t, filepath.Join(e.central, "web1.example.com", stream+".log"))) {
			_, rest, _ := strings.Cut(line, " ")
			stamp, _, _ := strings.Cut(rest, " ")
			all = append(all, entry{stamp, strings.TrimSuffix(line, "\n")})
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return strings.Compare(a.stamp, b.stamp) })
	var m central.Message
	for i, a := range all {
		if m.Parse([]byte(a.line)) != central.Numbered {
			t.Fatalf("%q has no number", a.line)
		}
		o := verifytest.Origin{Writer: string(m.ProcID), Number: m.Number, Minute: i * minutes / len(all), Audit: m.Row.Audit}
		if _, twice := e.truth[string(m.Text)]; twice {
			o = verifytest.Origin{} // nobody's in particular
		}
		e.truth[string(m.Text)] = o
		if s, err := seal.Parse(string(m.Text)); err == nil && s.Lines != nil {
			e.sealed[s.Lines.Writer+string(s.Lines.Class)] = max(e.sealed[s.Lines.Writer+string(s.Lines.Class)], s.Lines.Last)
		}
	}
}

// rotate has the first half of a file compressed under another name, as logrotate does.
func (e *evidence) rotate(t *testing.T, path string) {
	t.Helper()
	lines := strings.SplitAfter(testbed.ReadFile(t, path), "\n")
	half := len(lines) / 2
	var packed strings.Builder
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(strings.Join(lines[:half], "")))
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	testbed.WriteFile(t, path+"-20261127.gz", packed.String())
	testbed.WriteFile(t, path, strings.Join(lines[half:], ""))
}

// change changes a copy of one end, and looks whether it is found.
func (e *evidence) change(t *testing.T, seed uint64, name string, atCentral bool) {
	t.Helper()
	dir := t.TempDir()
	o := verify.Options{Central: []string{e.central}, LogDir: e.local}
	if atCentral {
		o.Central = []string{dir}
	} else {
		o.LogDir = dir
	}
	from := e.local
	if atCentral {
		from = e.central
	}
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	c := verifytest.NewChanger(t, seed, dir, atCentral, e.truth)
	c.Sealed = func(text string) bool {
		o := e.truth[text]
		class := seal.OfLines
		if o.Audit {
			class = seal.OfEvents
		}
		return o.Number <= e.sealed[o.Writer+string(class)] && len(text) > 20
	}
	change := c.Do(name)
	r, err := verify.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Exit() != finding.Findings || !change.IsFound(r) {
		var b strings.Builder
		_ = r.Write(&b)
		t.Errorf("%s, central %v: missed: %.1000s\n%.4000s", name, atCentral, fmt.Sprintf("%+v", change), &b)
	}
}

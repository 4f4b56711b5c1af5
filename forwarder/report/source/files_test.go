package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/gather"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify/archive"
)

// linesOf are the lines of a file, packed or not.
func linesOf(t *testing.T, path string) []string {
	t.Helper()
	var b strings.Builder
	if _, err := archive.Read(context.Background(), path, func(block archive.Block) error {
		b.Write(block.Data)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

var writer = frame.WriterID{ID: 0x019ac2f4a1b9f3a1, PID: 4711}

// forms are an event as audit_log has it, and as a central server has it.
func forms(number uint64, at time.Time, e event.Event) (local, central string) {
	f := spool.Frame{Frame: frame.Frame{Kind: frame.Event, Severity: uint8(e.Kind.Severity), Time: at, First: number}, Head: &frame.FileHeader{Host: "web1"}}
	f.Head.File.Writer = writer
	local = string(stream.AppendEvent(nil, &f, []byte(e.String())))
	encoder := syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.None, 0)
	encoder.SetHeader(&syslogfmt.Header{Facility: syslogfmt.Syslog, Time: at, Hostname: "web1", Tag: "httpd_syslog", ProcID: writer.ProcID(), MsgID: "audit"})
	return local, string(encoder.Append(nil, e.Kind.Severity, number, []byte(e.String()))) + "\n"
}

var noon = time.Date(2026, 3, 10, 12, 0, 0, 123456789, time.UTC)

// some are n events, in both forms.
func some(n int) (local, central string) {
	for i := range n {
		l, c := forms(uint64(i+1), noon.Add(time.Duration(i)*time.Second), event.LogRotated.With("file", fmt.Sprint("file", i)))
		local, central = local+l, central+c
	}
	return local, central
}

func packed(content string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(content)) // memory takes all
	_ = z.Close()
	return b.String()
}

func options(logDir string, paths ...string) Options {
	return Options{LogDir: logDir, Paths: paths, Report: gather.Options{Now: noon.Add(24 * time.Hour)}}
}

// TestCopies: an event that is in audit_log, in its packed copy, in the copy of a central server, and there
// again behind a break, counts once.
func TestCopies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	local, central := some(100)
	half := len(local) / 2
	half += strings.IndexByte(local[half:], '\n') + 1
	logs, far := filepath.Join(dir, "log"), filepath.Join(dir, "central")
	testbed.WriteFile(t, filepath.Join(logs, "audit_log"), local[half:])
	testbed.WriteFile(t, filepath.Join(logs, "audit_log-2026-03-10T12-00-00.000.gz"), packed(local))
	testbed.WriteFile(t, filepath.Join(logs, "access_log"), "a line {event=relay.down incident=a.1}\n")
	testbed.WriteFile(t, filepath.Join(far, "web1", "audit.log"), central+central[:strings.IndexByte(central, '\n')+1])
	testbed.WriteFile(t, filepath.Join(far, "web1", "audit.log-1.gz"), packed(central))
	testbed.WriteFile(t, filepath.Join(far, "web1", "access.log"), strings.ReplaceAll(strings.ReplaceAll(central, "<46>", "<134>"), " httpd_syslog ", " httpd "))
	for name, c := range map[string]struct {
		o     Options
		files int
	}{
		"local": {options(logs), 2}, "central": {options("", far), 2}, "both": {options(logs, far), 4}, "twice": {options(logs, far, far, logs), 4},
		"a file": {options("", filepath.Join(logs, "audit_log-2026-03-10T12-00-00.000.gz")), 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := read(t, c.o)
			if r.Events != 100 || len(r.Hosts) != 1 || r.Files != c.files || len(r.Unread) > 0 || r.Hosts[0].Name != "web1" || len(r.Incidents) > 0 {
				t.Errorf("%d events in %d files, %+v, %q", r.Events, r.Files, r.Hosts, r.Unread)
			}
		})
	}
}

// TestUnread: what cannot be read is told, and all else is read.
func TestUnread(t *testing.T) {
	t.Parallel()
	local, central := some(10)
	good := packed(central)
	for name, c := range map[string]struct {
		files  map[string]string
		events uint64
		say    string
	}{
		"cut":             {map[string]string{"a.log.gz": good[:len(good)-4], "b.log": central}, 10, "damaged or not whole"},
		"other bytes":     {map[string]string{"audit_log": local, "audit_log-2026-03-10T12-00-00.000.gz": "\x1f\x8b\x08\x00xxxxxxxx\xff\xff"}, 10, "damaged or not whole"},
		"not packed":      {map[string]string{"audit_log.gz": local}, 0, "not compressed"},
		"no events":       {map[string]string{"access.log": "a\nb\n"}, 0, "has events"},
		"nothing":         {nil, 0, "has no files"},
		"half a line":     {map[string]string{"audit.log": central[:len(central)-10]}, 9, ""},
		"zeros":           {map[string]string{"audit.log": central + strings.Repeat("\x00", 5000) + "\n"}, 10, ""},
		"other lines":     {map[string]string{"audit.log": "x\n" + strings.ReplaceAll(central, "\n", "\n<46>1 - - - - - - {event=}\n{event=\n\n")}, 10, ""},
		"an endless line": {map[string]string{"audit.log": central + strings.Repeat("x", 10<<20)}, 10, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range c.files {
				testbed.WriteFile(t, filepath.Join(dir, file), text)
			}
			r := read(t, options("", dir))
			if r.Events != c.events || c.say == "" && len(r.Unread) > 0 || !strings.Contains(strings.Join(r.Unread, "\n"), c.say) || c.say != "" && r.Exit() == report.OK {
				t.Errorf("%d events, exit %d, %q", r.Events, r.Exit(), r.Unread)
			}
		})
	}
}

// TestOddFiles: nothing is followed or waited for.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "audit_log")
	local, _ := some(3)
	testbed.WriteFile(t, outside, local)
	testbed.WriteFile(t, filepath.Join(dir, "audit_log"), "")
	if err := errors.Join(os.Symlink(outside, filepath.Join(dir, "audit_log-2026-03-10T12-00-00.000")), unix.Mkfifo(filepath.Join(dir, "audit_log-2026-03-11T12-00-00.000"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if r := read(t, options(dir)); r.Events != 0 || len(r.Unread) != 1 {
		t.Errorf("%d events, %q", r.Events, r.Unread)
	}
	r := read(t, options(filepath.Join(dir, "none"), filepath.Join(dir, "nor\x1bthis")))
	if len(r.Unread) != 3 || strings.Contains(strings.Join(r.Unread, ""), "\x1b") {
		t.Errorf("%q", r.Unread)
	}
}

// TestForged: a line of a log that looks like an event is none, in either form.
func TestForged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	local, central := some(1)
	line := strings.TrimSuffix(local, "\n")
	for i, forged := range []string{
		strings.Replace(central, "<46>", "<134>", 1), strings.Replace(central, " audit ", " access ", 1), strings.Replace(central, " httpd_syslog ", " httpd ", 1),
		strings.Replace(central, "sequenceId", "x", 1), line + " and more\n", "x " + local, strings.Replace(local, " httpd_syslog[", " other[", 1),
		"2026-03-10T12:00:00.000000Z web1 other[1]: [ID 1 local1.info] " + local,
	} {
		name := filepath.Join(dir, fmt.Sprint(i), "audit_log")
		testbed.WriteFile(t, name, forged)
	}
	if r := read(t, options("", dir)); r.Events != 0 {
		t.Errorf("%d of them are taken for events: %+v", r.Events, r.Requirements[1].Statements)
	}
}

// TestEnds: a report that is broken off ends, and leaves nothing behind.
func TestEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, central := some(2000)
	for i := range 20 {
		testbed.WriteFile(t, filepath.Join(dir, fmt.Sprint(i)), central)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Read(ctx, options("", dir)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// FuzzLines: whatever stands in a file, reading it ends, and what is said of it does nothing to a terminal.
func FuzzLines(f *testing.F) {
	local, central := some(2)
	f.Add([]byte(local))
	f.Add([]byte(central))
	_, note := forms(5, noon, event.IncidentNote.With("user", "a", "what", "b", "cause", "c", "remedy", "d", "uid", 0, "login", 0, "writer", "e", "last", 0, "last_event", 1).Of("x.1"))
	_, down := forms(6, noon, event.RelayDown.With("relay", "a", "server", "b", "cause", "c").Of("x.1"))
	f.Add([]byte(note + down))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "audit_log")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r := read(t, options(dir))
		var say strings.Builder
		for _, e := range r.Exceptions {
			say.WriteString(e.Host + e.Say)
		}
		for _, in := range r.Incidents {
			say.WriteString(in.Say + in.Host + in.ID + in.Subject + strings.Join(in.Causes, ""))
		}
		if strings.ContainsAny(say.String(), "\x1b\n\r\x7f\u202e") {
			t.Errorf("%q", say.String())
		}
	})
}

// TestNames: a user and a group that have names are called by them, others by their numbers, each looked up once.
func TestNames(t *testing.T) {
	t.Parallel()
	var n names
	for range 2 {
		if owner, group := n.of(0, 4321001); owner != "root" || group != "4321001" {
			t.Errorf("%s, %s", owner, group)
		}
		if owner, group := n.of(4321002, 0); owner != "4321002" || group != "root" {
			t.Errorf("%s, %s", owner, group)
		}
	}
	if len(n.users) != 2 || len(n.groups) != 2 {
		t.Errorf("%v, %v", n.users, n.groups)
	}
	path := filepath.Join(t.TempDir(), auditFile)
	testbed.WriteFile(t, path, "")
	if err := errors.Join(os.Chmod(path, 0o640), os.Chown(path, 4321002, 4321001)); err != nil {
		t.Skipf("files of others want root: %v", err)
	}
	m := gather.New(gather.Options{})
	f := finder{m: m}
	f.look(path)
	f.look(path + ".none")
	var said []string
	for _, q := range m.Report().Requirements {
		for _, s := range q.Statements {
			if s.Code == "owners" {
				said = append(said, s.Say)
			}
		}
	}
	if got := strings.Join(said, "; "); got != "1 file: owner 4321002, group 4321001, mode 0640" {
		t.Error(got)
	}
}

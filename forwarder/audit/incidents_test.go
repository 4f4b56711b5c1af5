package audit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// life is the event log of one process, which has recalled.
func life(t *testing.T, dir statedir.Dir) *Log {
	t.Helper()
	e := New(Options{StateDir: dir, Host: "web1"})
	if err := e.Recall(); err != nil {
		t.Fatal(err)
	}
	return e
}

// told are the events in the spool.
func told(t *testing.T, dir statedir.Dir) (all []event.Told) {
	t.Helper()
	for f := range testbed.Frames(t, dir.Spool()) {
		if e, ok := event.Parse(strings.TrimSuffix(string(f.Payload), "\n")); ok {
			all = append(all, e)
		}
	}
	return all
}

func down(relay string) event.Event {
	return event.RelayDown.With("relay", relay, "server", "x", "cause", "refused")
}

func up(relay string) event.Event {
	return event.RelayUp.With("relay", relay, "server", "x", "after", time.Second, "bytes", 0)
}

// TestSingle: an event that is an incident by itself has its own identity, and leaves nothing open.
func TestSingle(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	e := life(t, dir)
	gone := event.CollectGone.With("file", "a")
	e.Tell(gone)
	e.Tell(gone)
	open := e.Open()
	e.Close()
	all := told(t, dir)
	if len(all) < 2 || all[0].Incident != e.Writer()[strings.IndexByte(e.Writer(), '-')+1:]+".1" || !strings.HasSuffix(all[1].Incident, ".2") || len(open) > 0 {
		t.Errorf("%+v, open: %v", all, open)
	}
}

// TestIncidents: what ends has the incident of what has begun, whatever process tells it, and whether
// the record, the events in the spool, or both know of it.
func TestIncidents(t *testing.T) {
	for name, forget := range map[string]func(dir statedir.Dir) error{
		"both":       func(statedir.Dir) error { return nil },
		"the record": func(dir statedir.Dir) error { return os.RemoveAll(dir.Spool()) },
		"the spool":  func(dir statedir.Dir) error { return os.Remove(dir.Incidents()) },
		"a damaged record": func(dir statedir.Dir) error {
			return os.WriteFile(dir.Incidents(), []byte("{}\n1 00000000\n"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := statedir.Dir(t.TempDir())
			e := life(t, dir)
			first := e.Tell(down("a"))
			e.Tell(down("b"))
			e.Tell(up("b"))
			e.Trouble(&event.SpoolUnsynced, "", errors.New("no space left"))
			e.Close()
			if err := forget(dir); err != nil {
				t.Fatal(err)
			}
			e = life(t, dir)
			open := e.Open()
			if len(open) != 2 || open[0].ID != first || open[0].Subject != "a" || open[0].Cause != "refused" || e.Opened(&event.RelayDown, "b") != nil {
				t.Fatalf("open are %+v", open)
			}
			e.Trouble(&event.SpoolUnsynced, "", errors.New("no space left")) // told already
			e.Trouble(&event.SpoolUnsynced, "", nil)
			if ended := e.Tell(up("a")); ended != first {
				t.Errorf("the end is of %q, the begin of %q", ended, first)
			}
			e.Close()
			ends := 0
			for _, told := range told(t, dir) {
				if told.Code == "spool.synced" || told.Code == "relay.up" && told.Get("relay") == "a" {
					ends++
				}
				if told.Code == "spool.synced" && told.Incident != open[1].ID {
					t.Errorf("%+v, want incident %s", told, open[1].ID)
				}
			}
			if ends != 2 {
				t.Errorf("%d ends are told", ends)
			}
			if left := life(t, dir).Open(); len(left) != 0 {
				t.Errorf("%+v", left)
			}
		})
	}
}

// TestIncidentThatIsOver: events that tell of its begin, and are still in the spool, do not open it again.
func TestIncidentThatIsOver(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	e := life(t, dir)
	e.Tell(down("a"))
	e.Close() // a file with the begin alone
	e.Tell(up("a"))
	e.Close()
	files, err := filepath.Glob(filepath.Join(dir.Spool(), "*.000002"))
	if err != nil || len(files) != 1 || os.Remove(files[0]) != nil {
		t.Fatal(files, err)
	}
	if open := life(t, dir).Open(); len(open) != 0 {
		t.Errorf("%+v", open)
	}
}

// TestUntoldIncident: what the disk has not taken has begun nothing.
func TestUntoldIncident(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	if err := os.WriteFile(dir.Spool(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := New(Options{StateDir: dir, Host: "web1"})
	if _, written := e.TellNow(down("a")); written || len(e.Open()) != 0 {
		t.Errorf("%v, %+v", written, e.Open())
	}
}

// TestRecordOfAnotherVersion is not guessed at, and one with more in it is read.
func TestRecordOfAnotherVersion(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	more := map[string]any{"open": []any{map[string]any{"incident": "0a.1", "event": "relay.down", "subject": "a", "of_a_later_version": 1}}, "of_a_later_version": 1}
	if err := record.Write(dir.Incidents(), more, false); err != nil {
		t.Fatal(err)
	}
	if open := life(t, dir).Open(); len(open) != 1 || open[0].ID != "0a.1" {
		t.Errorf("%+v", open)
	}
}

// TestOtherProcess: what another process has begun or ended meanwhile is taken over by a second call of Recall, and what this process
// has begun itself stays.
func TestOtherProcess(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	here := life(t, dir)
	defer here.Close()
	first, own := here.Tell(down("a")), here.Tell(down("own"))
	here.Close()
	there := life(t, dir)
	if ended := there.Tell(up("a")); ended != first {
		t.Errorf("it has ended %q, not %q", ended, first)
	}
	begun := there.Tell(down("b"))
	there.Trouble(&event.FileUnrotated, "access_log", errors.New("full"))
	there.Close()
	if err := here.Recall(); err != nil {
		t.Fatal(err)
	}
	var open []string
	for _, in := range here.Open() {
		open = append(open, in.Subject)
	}
	if got := strings.Join(open, " "); got != "own b access_log" {
		t.Errorf("open are %s", got)
	}
	b := here.Opened(&event.RelayDown, "b")
	if b == nil || b.ID != begun || b.Cause != "refused" || b.Since.IsZero() || !here.Since(&event.RelayDown, "b").Equal(b.Since) || !here.Since(&event.RelayDown, "a").IsZero() {
		t.Errorf("%+v", b)
	}
	troubles := here.Troubles()
	if len(troubles) != 1 || troubles[0].What != event.FileUnrotated.Trouble("access_log") || troubles[0].Error != "full" || troubles[0].Since.IsZero() || troubles[0].Incident == "" {
		t.Errorf("%+v", troubles)
	}
	here.Tell(down("c"))
	here.Close()
	if err := os.RemoveAll(dir.Spool()); err != nil { // so that the record alone knows
		t.Fatal(err)
	}
	left, closed, err := Incidents(dir)
	if err != nil || len(left) != 4 || len(closed) != 1 || closed[0] != first {
		t.Errorf("of the directory: %+v, %v, %v", left, closed, err)
	}
	if left, _, err := Incidents(statedir.Dir(filepath.Join(string(dir), "none"))); err != nil || len(left) != 0 {
		t.Errorf("of none: %+v, %v", left, err)
	}
	if in := here.Opened(&event.RelayDown, "own"); in == nil || in.ID != own {
		t.Errorf("%+v", in)
	}
}

// TestForget: what can end no more is no trouble of anybody, and open in no later process.
func TestForget(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	e := life(t, dir)
	for _, file := range []string{"a", "b"} {
		e.Trouble(&event.FileUnrotated, file, errors.New("full"))
	}
	e.Tell(down("a"))
	e.Forget(&event.FileUnrotated, "a")
	e.Forget(&event.FileUnrotated, "c")
	if now := e.Troubles(); len(now) != 1 || now[0].What != event.FileUnrotated.Trouble("b") || now[0].Incident == "" || now[0].Incident != e.Opened(&event.FileUnrotated, "b").ID {
		t.Errorf("%+v", now)
	}
	if open := e.Open(); len(open) != 2 || open[0].Subject != "b" || open[1].Code != "relay.down" {
		t.Errorf("%+v", open)
	}
	e.Tell(up("a"))
	e.Close()
	if err := os.RemoveAll(dir.Spool()); err != nil {
		t.Fatal(err)
	}
	if open := life(t, dir).Open(); len(open) != 1 || open[0].Subject != "b" {
		t.Errorf("of the record: %+v", open)
	}
}

// TestEventsOfOtherVersions: a begin that names no incident, and codes that this version does not know, open nothing.
func TestEventsOfOtherVersions(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	e := New(Options{StateDir: dir, Host: "web1"})
	for _, text := range []string{
		"relay a: down {event=relay.down relay=a server=x cause=refused}", "something begins {event=of.a_later_version incident=019ac2f4a1b9f3a1.1 relay=a}", "no event at all",
		"lines are cut {event=lines.cut incident=019ac2f4a1b9f3a1.2 lines=1 stream=access}",
	} {
		e.Tell(event.Again(text))
	}
	e.Close()
	if texts, _ := testbed.Events(t, dir); len(texts) != 4 {
		t.Errorf("%q", texts)
	}
	if open, _, err := Incidents(dir); err != nil || len(open) != 0 {
		t.Errorf("%+v, %v", open, err)
	}
}

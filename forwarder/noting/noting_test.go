package noting

import (
	"strings"
	"testing"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// told are the notes in a state directory.
func told(t *testing.T, dir statedir.Dir) (all []event.Told) {
	t.Helper()
	for f := range testbed.Frames(t, dir.Spool()) {
		if f.Kind != frame.Event {
			continue
		}
		one, ok := event.Parse(strings.TrimSuffix(string(f.Payload), "\n"))
		if !ok {
			t.Fatalf("%q is no event", f.Payload)
		}
		all = append(all, one)
	}
	return all
}

// TestLogin: the kernel has a number for nobody, too.
func TestLogin(t *testing.T) {
	for loginuid, want := range map[string]string{"1000\n": "1000", "0": "0", "4294967295": "none", "4294967295\n": "none", "": "none"} {
		if got := loginOf(loginuid); got != want {
			t.Errorf("%q is %s, want %s", loginuid, got, want)
		}
	}
}

// TestNote: a note is one event of a writer of its own, part of the incident, and nothing in it passes for a key.
func TestNote(t *testing.T) {
	dir := statedir.Dir(t.TempDir())
	n := Note{
		Incident: "019ac2f4a1b9f3a1.17", What: "relay.down of central", Cause: `{event=relay.up} the "power" was off`, Remedy: "4111 1111 1111 1111 was the key",
		Who: Who{User: "ada uid=0", UID: 1000, Login: "none"},
	}
	if err := n.Check(); err != nil {
		t.Fatal(err)
	}
	if err := n.Tell(dir, "web1", cards.Rules{Action: cards.Truncate}); err != nil {
		t.Fatal(err)
	}
	all := told(t, dir)
	if len(all) != 1 || all[0].Code != event.IncidentNote.Code || all[0].Incident != n.Incident {
		t.Fatalf("%+v", all)
	}
	for key, want := range map[string]string{
		"cause": `(event=relay.up) the "power" was off`, "remedy": "4111 11** **** 1111 was the key", "user": "ada uid=0", "uid": "1000", "login": "none", "last": "0", "last_event": "1",
	} {
		if got := all[0].Get(key); got != want {
			t.Errorf("%s is %q, not %q", key, got, want)
		}
	}
}

// TestBounds of texts: what is too long or does something to a terminal is refused, and never cut in silence.
func TestBounds(t *testing.T) {
	for name, c := range map[string]struct {
		cause, remedy, want string
	}{
		"nothing":      {"", "", "say what is known"},
		"one alone":    {"why", "", ""},
		"long":         {strings.Repeat("x", MaxText), strings.Repeat("y", MaxText), ""},
		"too long":     {strings.Repeat("x", MaxText+1), "", "may have 400"},
		"other":        {"", strings.Repeat("x", MaxText+1), "--remedy has 401 bytes"},
		"a line break": {"a\nb", "", "line break"},
		"an escape":    {"\x1b[2J", "", "cannot be printed"},
		"turned round": {"a\u202eb", "", "cannot be printed"},
		"no UTF-8":     {"a\xff", "", "UTF-8"},
		"letters":      {"Über die Straße", "", ""},
	} {
		n := Note{Incident: "a.1", Cause: c.cause, Remedy: c.remedy, Who: Caller()}
		err := n.Check()
		if c.want == "" && err == nil {
			err = n.Tell(statedir.Dir(t.TempDir()), "h", cards.Rules{})
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, not %q", name, err, c.want)
		}
	}
	quotes := Note{Incident: "a.1", Cause: strings.Repeat(`"`, MaxText), Remedy: strings.Repeat(`\`, MaxText)}
	if err := quotes.Tell(statedir.Dir(t.TempDir()), "h", cards.Rules{}); err != nil && !strings.Contains(err.Error(), "fewer words") {
		t.Error(err)
	}
}

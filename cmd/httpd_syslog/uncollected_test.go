package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// withRelay is a centre's configuration with one more relay, to where nobody is.
func (c *centre) withRelay(more string) {
	c.t.Helper()
	c.configure("%s[[relay]]\nname = \"away\"\nservers = [\"tcp://%s\"]\n%s", testbed.ReadFile(c.t, c.config), testbed.FreeAddress(c.t), more)
}

// TestRemovedRelayGivesUpWhatIsCollected: of a relay that is removed it is told how many collected messages it had
// not delivered; and none of one that was to deliver none.
func TestRemovedRelayGivesUpWhatIsCollected(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]string{"": "3", "format = \"rfc3164\"\n": "0"} {
		c := newCentre(t, "")
		without := testbed.ReadFile(t, c.config)
		c.withRelay(more)
		c.begin()
		c.say("<13>Nov 27 03:28:28 db1 su[5]: one\n<13>Nov 27 03:28:28 db1 su[5]: two\n<13>Nov 27 03:28:28 db1 su[5]: three\n")
		testbed.Eventually(t, "the messages", func() bool { return strings.HasSuffix(c.collectedSoFar("db1", "_"), " three\n") })
		c.configure("%s", without)
		kill(t, c.service.cmd.Process.Pid, syscall.SIGHUP)
		c.awaitEvent("relay away removed; 0 lines and " + want + " collected messages that may not have arrived are given up")
		c.service.endService()
	}
}

// TestRelayOfRFC3164GetsNothingCollected: of a relay in whose form the headers and numbers of collected messages
// have no place, check says that it does not get them, and so does an event; of one that gets them neither does.
func TestRelayOfRFC3164GetsNothingCollected(t *testing.T) {
	t.Parallel()
	for format, told := range map[string]bool{"rfc3164": true, "rfc5424": false} {
		c := newCentre(t, "")
		c.withRelay("format = \"" + format + "\"\n")
		out, err := c.command(nil, "check", "--config", c.config).CombinedOutput()
		if err != nil || strings.Contains(string(out), "relay away: it gets nothing of what is collected") != told {
			t.Errorf("%s: %v\n%s", format, err, out)
		}
		c.begin()
		c.awaitEvent("event=service.begin")
		c.say("<13>Nov 27 03:28:28 db1 su[5]: one\n")
		testbed.Eventually(t, "the message", func() bool { return c.collectedSoFar("db1", "_") != "" })
		if told {
			c.awaitEvent("event=config.relay_uncollected relay=away")
		}
		c.service.endService()
		if got := strings.Contains(c.local("audit_log"), "config.relay_uncollected"); got != told {
			t.Errorf("%s: told: %v", format, got)
		}
	}
}

// TestCheckTellsWhatACentreDoesAboutCardNumbers: the packaged configuration of a central server truncates them in
// the machine's own lines; what is collected stays as it came.
func TestCheckTellsWhatACentreDoesAboutCardNumbers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	packaged, err := os.ReadFile("../../packaging/central.toml")
	if err != nil {
		t.Fatal(err)
	}
	s.configure("state_dir = %q\n%s[log]\ndir = %q\n", s.state, strings.ReplaceAll(string(packaged), "/var/log/httpd-syslog/central", filepath.Join(s.dir, "central")), s.log)
	out, _ := s.command(nil, "check", "--config", s.config).Output() // it has no certificates, which is not asked here
	var said []string
	for line := range strings.Lines(string(out)) {
		if text, ok := strings.CutPrefix(line, "card numbers   "); ok {
			said = append(said, text)
		}
	}
	const want = "in lines of this machine are truncated before lines are written, and 6+4 digits stay\n" +
		"in what is collected are not looked for: it stays as it came, else its seals would not fit; senders truncate them before they send\n"
	if got := strings.Join(said, ""); got != want {
		t.Errorf("%q\n%s", got, out)
	}
}

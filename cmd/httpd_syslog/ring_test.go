package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// newRing returns collectors that relay each to the next one, over wires, and the last to the first.
func newRing(t *testing.T, n int) (ring []*centre, wires []*wire) {
	t.Helper()
	for range n {
		c := &centre{site: newSite(t), address: testbed.FreeAddress(t)}
		c.files = c.dir + "/central"
		ring = append(ring, c)
	}
	for i, c := range ring {
		w := newWire(t, ring[(i+1)%n].address)
		wires = append(wires, w)
		c.configure("hostname = \"log%d.example.com\"\n%s%s[[listen]]\nurl = \"tcp://%s\"\ncollect = true\n[collect]\ndir = %q\nforwarders = [\"127.0.0.1\"]\n"+
			"[[relay]]\nname = \"next\"\nservers = [\"tcp://%s\"]\n", i+1, c.places(), seals, c.address, c.files, w.l.Addr())
	}
	for _, c := range ring {
		c.begin()
		c.awaitListening()
	}
	return ring, wires
}

// TestRing: where collectors relay to each other in a ring, each has each message once, with a number and without,
// and it goes over each wire once. Each collector tells of the ring.
func TestRing(t *testing.T) {
	for _, n := range []int{2, 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			ring, wires := newRing(t, n)
			s := ring[0].newSender(1)
			front, w := s.pipe()
			f := &feed{t: t, w: w}
			f.write(1000)
			w.Close()
			front.wait(0)
			s.awaitEnd()
			ring[0].say("<13>Nov 27 03:28:28 db1 su[5]: not 5424\n<13>1 2026-11-27T03:28:28Z db1 su - - [x@1 a=\"\\]\"] 5424, without a number\n")
			for i, c := range ring {
				c.awaitEvent("event=collect.ring incident=")
				testbed.Eventually(t, "the last message", func() bool { return wires[i].passed("without a number") > 0 })
			}
			testbed.Eventually(t, "the ring in the check, and in the status", func() bool {
				check, _ := ring[0].command(nil, "status", "--check", "--config", ring[0].config).Output() // its exit status says the same
				all, _ := ring[0].command(nil, "status", "--config", ring[0].config).Output()              // what is not there yet is waited for
				return strings.Contains(string(check), "comes back to it") && strings.Contains(string(all), " messages came back from where they had been sent")
			})
			for i, c := range ring {
				c.endWhenDone([]*site{s})
				c.checkRing(i, ring, s, f)
			}
			for i, w := range wires {
				for _, text := range []string{"] line 0 ", "] line 999 ", "not 5424", "without a number"} {
					if n := w.passed(text); n != 1 {
						t.Errorf("%q has gone %d times from log%d to the next", text, n, i+1)
					}
				}
			}
		})
	}
}

// checkRing holds what collector i has, and tells.
func (c *centre) checkRing(i int, ring []*centre, s *site, f *feed) {
	c.t.Helper()
	var names []string
	for n := range ring {
		names = append(names, fmt.Sprintf("log%d.example.com", n+1))
	}
	if got := c.checkCollected(s, "web1.example.com", f); got != f.lines {
		c.t.Errorf("%s: %d lines of %d", names[i], got, f.lines)
	}
	got := ""
	for _, line := range c.collected("db1", "_") {
		got += strings.SplitN(line, " ", 7)[6] + "|"
	}
	if got != "- not 5424|[x@1 a=\"\\]\"] 5424, without a number|" {
		c.t.Errorf("%s: %q", names[i], got)
	}
	way := strings.Join(slices.Concat(names[i:], names[:i+1]), " > ")
	if told := c.local("audit_log"); strings.Count(told, "event=collect.ring incident=") != 1 || !strings.Contains(told, way) {
		c.t.Errorf("%s should tell %s once:\n%s", names[i], way, told)
	}
	if own, _ := filepath.Glob(filepath.Join(c.files, "*", names[i], "*")); len(own) > 0 { // the pattern is good
		c.t.Errorf("%s has taken in its own events: %q", names[i], own)
	}
}

// TestLongMessagesGoOn: a message that is as long as relays take it goes through two collectors, and has lost
// nothing for the trail that it has on the way.
func TestLongMessagesGoOn(t *testing.T) {
	t.Parallel()
	first := newCentre(t, "forwarders = [\"127.0.0.1\"]\n")
	first.begin()
	c := newCentre(t, "")
	c.configure("%s[[relay]]\nname = \"first\"\nservers = [\"tcp://%s\"]\n", testbed.ReadFile(t, c.config), first.address)
	c.begin()
	const head = "<141>1 2026-11-27T03:28:28.000000Z web1 httpd 4711-019ac2f4a1b9f3a1 access [meta sequenceId=\"7\"] "
	message := head + strings.Repeat("x", 64<<10-len(head))
	c.awaitListening()
	c.say(message + "\n")
	testbed.Eventually(t, "the message", func() bool { return first.collectedSoFar("web1", "access") != "" })
	c.service.endService()
	first.service.endService()
	if got := first.collectedSoFar("web1", "access"); got != message+"\n" {
		t.Errorf("%d bytes of %d: …%s", len(got), len(message)+1, got[max(0, len(got)-50):])
	}
	if told := c.local("audit_log"); strings.Contains(told, "relay.cut") {
		t.Error(told)
	}
}

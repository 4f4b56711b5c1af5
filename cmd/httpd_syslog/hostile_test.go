package main

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// hostile are senders that say of themselves what costs a centre most: each makes the message n.
var hostile = map[string]func(n int) string{
	"writers without end":   func(n int) string { return forged("evil1", n+1, 1) },
	"holes without end":     func(n int) string { return forged("evil2", n%100+1, 2*(n/100)+1) },
	"numbers that go down":  func(n int) string { return forged("evil3", n%50+1, 1_000_000-n) },
	"writers that end":      func(n int) string { return ending("evil4", n+1) },
	"far promises":          func(n int) string { return promising("evil5", n+1) },
	"names that are paths":  func(n int) string { return forged(fmt.Sprint("../../", n%1000), 1, n) },
	"numbers of a good one": func(n int) string { return forged("web1.example.com", n%20+1, n/20+1) },
}

func forged(host string, writer, number int) string {
	return fmt.Sprintf("<141>1 2026-11-27T03:28:28Z %s httpd 1-%016x access [meta sequenceId=\"%d\"] forged", host, writer, number)
}

func forgedEvent(host string, writer, number int, text string) string {
	return fmt.Sprintf("<46>1 2026-11-27T03:28:28Z %s httpd_syslog 1-%016x audit [meta sequenceId=\"%d\"] %s", host, writer, number, text)
}

func ending(host string, writer int) string {
	return forgedEvent(host, writer, 1, fmt.Sprintf("x {event=intake.end writer=1-%016x stream=access last=1}", writer))
}

func promising(host string, writer int) string {
	return forgedEvent(host, 1, writer, fmt.Sprintf("x {event=deliverer.heartbeat writer=1-%016x first=1 last=1999999999}", writer))
}

// TestAttackOnACentre: senders that name themselves, their writers and their numbers as they like take bounded
// memory, and cost a good one no line; bounds are told of once each.
func TestAttackOnACentre(t *testing.T) {
	t.Parallel()
	const messages, most = 20_000, 128 << 10 // KiB
	c := newCentre(t, "file = \"{sender}-{date}.log\"\nforwarders = [\"127.0.0.1\"]\ncompress = false\n")
	c.begin()
	pid := c.service.cmd.Process.Pid
	c.awaitListening()
	s := c.newSender(1)
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	f.write(100)
	var attackers sync.WaitGroup
	for _, message := range hostile {
		attackers.Go(func() { c.attack(messages, message) })
	}
	f.write(2000)
	attackers.Wait()
	c.attack(messages, func(n int) string { return forged(fmt.Sprint("evil-", n), 1, 1) }) // senders without end
	f.write(100)
	w.Close()
	front.wait(0)
	s.awaitEnd()
	name := ""
	testbed.Eventually(t, "the good lines", func() bool {
		name = c.collectedOf("web1.example.com")
		return strings.Contains(name, fmt.Sprintf("] line %d ", f.lines-1))
	})
	seen := 0
	for line := range strings.Lines(name) {
		if n, whole := number(strings.TrimSuffix(line[max(0, strings.Index(line, "] line ")+2):], "\n")); whole {
			if n != seen {
				t.Fatalf("line %d where %d should be", n, seen)
			}
			seen++
		}
	}
	if seen != f.lines {
		t.Errorf("%d lines of %d", seen, f.lines)
	}
	testbed.Eventually(t, "nothing waits", func() bool {
		out, _ := c.command(nil, "status", "--config", c.config).Output() // what is not there yet is waited for
		return strings.Contains(string(out), "; 0 messages wait")
	})
	t.Logf("at most %d MB, %v of CPU", testbed.Process(pid).PeakMemory(t)>>10, testbed.Process(pid).CPU(t))
	if n := testbed.Process(pid).PeakMemory(t); n > most && !testbed.Raced {
		t.Errorf("%d MB of memory", n>>10)
	}
	for _, bound := range []string{"evil1 has more rows", "_other has more senders"} {
		if n := strings.Count(c.local("audit_log"), bound); n != 1 {
			t.Errorf("%q is told %d times", bound, n)
		}
	}
	c.service.endService()
}

// awaitListening waits until the centre takes connections.
func (c *centre) awaitListening() {
	c.t.Helper()
	testbed.Eventually(c.t, "the listener", func() bool {
		conn, err := net.Dial("tcp", c.address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// attack sends messages over a connection of its own.
func (c *centre) attack(messages int, message func(int) string) {
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		c.t.Error(err)
		return
	}
	defer conn.Close()
	out := bufio.NewWriter(conn)
	for n := range messages {
		m := message(n)
		fmt.Fprintf(out, "%d %s", len(m), m) // Flush says what failed
	}
	if err := out.Flush(); err != nil {
		c.t.Error(err)
	}
}

// collectedOf is what the last file of a sender has.
func (c *centre) collectedOf(sender string) string {
	paths, _ := filepath.Glob(filepath.Join(c.files, sender+"-*.log")) // the pattern is good
	if len(paths) == 0 {
		return ""
	}
	return testbed.ReadFile(c.t, paths[len(paths)-1])
}

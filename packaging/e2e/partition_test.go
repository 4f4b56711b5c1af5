package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// namespaces are two hosts with a cable between them.
type namespaces struct{ web, logs string }

const logsAddress = "10.99.0.2:5514"

func newNamespaces(t *testing.T) *namespaces {
	t.Helper()
	testbed.Need(t, "ip")
	testbed.Need(t, "nft")
	id := fmt.Sprint(os.Getpid())
	n := &namespaces{web: "httpd_syslog-web-" + id, logs: "httpd_syslog-logs-" + id}
	if err := exec.Command("ip", "netns", "add", n.web).Run(); err != nil {
		testbed.Lacking(t, "no network namespace can be made (root may): %v", err)
	}
	t.Cleanup(func() {
		_ = exec.Command("ip", "netns", "del", n.web).Run() // with the cable
		_ = exec.Command("ip", "netns", "del", n.logs).Run()
	})
	command(t, "ip", "netns", "add", n.logs)
	command(t, "ip", "link", "add", "hs0", "netns", n.web, "type", "veth", "peer", "name", "hs0", "netns", n.logs)
	command(t, "ip", "-n", n.web, "addr", "add", "10.99.0.1/24", "dev", "hs0")
	command(t, "ip", "-n", n.logs, "addr", "add", "10.99.0.2/24", "dev", "hs0")
	command(t, "ip", "-n", n.web, "link", "set", "hs0", "up")
	command(t, "ip", "-n", n.logs, "link", "set", "hs0", "up")
	command(t, "ip", "netns", "exec", n.logs, "nft", "add table inet cut")
	return n
}

// cut drops every packet without a word; heal does not any more.
func (n *namespaces) cut(t *testing.T) {
	command(t, "ip", "netns", "exec", n.logs, "nft", "add chain inet cut in { type filter hook input priority 0; policy drop; }")
}

func (n *namespaces) heal(t *testing.T) {
	command(t, "ip", "netns", "exec", n.logs, "nft", "delete chain inet cut in")
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// TestPartition: packets are dropped without a word, and then not any more. Nothing is
// lost or repeated, and stdin is read as if nothing were; the connection outlives it.
func TestPartition(t *testing.T) {
	n := newNamespaces(t)
	p := newProgram(t, "tcp://"+logsAddress, "")
	received := filepath.Join(filepath.Dir(p.config), "received")
	out, err := os.Create(received)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	receiver := exec.Command("ip", "netns", "exec", n.logs, binary, "receive", "--raw", "tcp://"+logsAddress)
	receiver.Stdout = out
	said := filepath.Join(filepath.Dir(p.config), "said")
	messages, err := os.Create(said)
	if err != nil {
		t.Fatal(err)
	}
	defer messages.Close()
	receiver.Stderr = messages
	if err := receiver.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = receiver.Process.Kill()
		_ = receiver.Wait()
	}()
	testbed.Eventually(t, "the receiver listens", func() bool { return strings.Contains(testbed.ReadFile(t, said), logsAddress) })
	count := func() int { return strings.Count(testbed.ReadFile(t, received), " access [meta ") }

	f := startPipeIn(t, p, n.web)
	const rate = 5000
	lasting := func(d time.Duration) func() bool {
		end := time.Now().Add(d)
		return func() bool { return time.Now().After(end) }
	}
	f.run(t, rate, lasting(time.Second))
	testbed.Eventually(t, "lines at the server", func() bool { return count() > 0 })
	n.cut(t)
	f.run(t, rate, lasting(time.Second)) // what was on its way may still have arrived
	before := count()
	f.run(t, rate, lasting(4*time.Second))
	if now := count(); now != before {
		t.Errorf("%d lines came through the cut", now-before)
	}
	worst := f.worst
	n.heal(t)
	healed := time.Now()
	testbed.Eventually(t, "lines at the server again", func() bool { return count() > before })
	recovered := time.Since(healed)
	f.run(t, rate, lasting(time.Second))
	testbed.Eventually(t, "all is there", func() bool { return count() >= f.sent })
	f.end(t)
	p.awaitEnd(t)
	checkLocal(t, p, f.sent)
	t.Logf("%d lines, %d at the server; longest write to the pipe %v, during the cut %v; the first line %v after it", f.sent, count(), f.worst, worst, recovered)
	if count() != f.sent {
		t.Errorf("%d messages at the server, %d lines were sent", count(), f.sent)
	}
	if worst > time.Second {
		t.Errorf("a write to the pipe took %v during the cut", worst)
	}
	if events := testbed.ReadFile(t, p.file("audit_log")); strings.Contains(events, "down") {
		t.Errorf("a cut of five seconds has broken the connection:\n%s", events)
	}
}

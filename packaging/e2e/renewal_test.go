package e2e

import (
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestPeersRenewed: connections to each kind of log server are ended in good order and made
// anew, at each reload and under load. Every line is there once, in its order, and nothing is
// told of.
func TestPeersRenewed(t *testing.T) {
	t.Parallel()
	for _, kind := range peerKinds {
		if kind.scheme == "udp" {
			continue // it has no connections
		}
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			renewed(t, kind)
		})
	}
}

func renewed(t *testing.T, kind *peerKind) {
	const rate, renewals = 5000, 8
	p := newPeer(t, kind)
	url, table := p.relay()
	prog := newProgram(t, url, "reconnect = \"1h\"\n"+table+"[http]\nlisten = \"\"\n")
	p.awaitListening(t)
	service := startServer(t, exec.Command(prog.binary, "serve", "--config", prog.config), filepath.Join(filepath.Dir(prog.config), "service"))
	f := startPipe(t, prog)
	until := func(what string, done func() bool) {
		t.Helper()
		end := time.Now().Add(testbed.Patience / 3)
		f.run(t, rate, func() bool {
			if time.Now().After(end) || service.hasEnded() {
				t.Fatalf("waited for %s\n%s", what, tail(service.console))
			}
			return done()
		})
	}
	until("the service", func() bool {
		return strings.Contains(testbed.ReadFile(t, prog.file("audit_log")), "service has begun") && p.size(t) > 0
	})
	for range renewals {
		before := p.connections(t)
		service.signal(t, syscall.SIGHUP)
		until("another connection", func() bool {
			now := p.connections(t)
			maps.DeleteFunc(now, func(ours string, _ bool) bool { return before[ours] })
			return len(now) > 0
		})
		size := p.size(t)
		until("lines over it", func() bool { return p.size(t) > size })
	}
	f.end(t)
	testbed.Eventually(t, "every line is there", func() bool { return len(p.records(t)) >= f.sent })
	service.end(t, syscall.SIGTERM)
	prog.awaitEnd(t)
	for i, r := range p.records(t) {
		if !strings.HasPrefix(r.text, fmt.Sprintf("line %d ", i)) {
			t.Fatalf("line %d is %q", i, r.text)
		}
	}
	if r := countRecords(t, p.records(t)); r.distinct != f.sent || r.repeats != 0 {
		t.Errorf("%d of %d lines, %d repeats", r.distinct, f.sent, r.repeats)
	}
	if log := testbed.ReadFile(t, prog.file("audit_log")); strings.Contains(log, "relay central") {
		t.Errorf("events: %s", log)
	}
}

// connections are those to the peer that stand, by our port.
func (p *peer) connections(t *testing.T) map[string]bool {
	t.Helper()
	const established = "01"
	peer, all := fmt.Sprintf(":%04X", p.port), make(map[string]bool)
	for _, line := range readLines(t, "/proc/net/tcp") {
		f := strings.Fields(line) // number, local address, remote address, state
		if len(f) > 3 && f[3] == established && strings.HasSuffix(f[2], peer) {
			all[f[1]] = true
		}
	}
	return all
}

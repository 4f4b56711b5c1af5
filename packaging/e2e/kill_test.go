package e2e

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// lineEnd is how each line of a feed ends: a line without it is cut off.
var lineEnd = strings.Repeat(" 0123456789abcdef", 10) + " end"

// pipe writes numbered lines to the program, at a rate, as Apache would.
type pipe struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	sent  int
	worst time.Duration // that a write to the pipe has taken
}

func startPipe(t *testing.T, p *program) *pipe {
	t.Helper()
	return startCommand(t, p, exec.Command(p.binary, "--config", p.config, "--stream", "access"))
}

// startPipeIn starts it in a network namespace.
func startPipeIn(t *testing.T, p *program, namespace string) *pipe {
	t.Helper()
	return startCommand(t, p, exec.Command("ip", "netns", "exec", namespace, p.binary, "--config", p.config, "--stream", "access"))
}

func startCommand(t *testing.T, p *program, cmd *exec.Cmd) *pipe {
	t.Helper()
	f := &pipe{cmd: cmd}
	console, err := os.Create(filepath.Join(filepath.Dir(p.config), "front"))
	if err != nil {
		t.Fatal(err)
	}
	defer console.Close()
	f.cmd.Stdout, f.cmd.Stderr = console, console
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	f.cmd.Stdin, f.stdin = r, w
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() {
		w.Close()
		_ = f.cmd.Wait() // a second time if end has been called
	})
	return f
}

// run feeds so many lines a second until stop says so, in 10 ms steps.
func (f *pipe) run(t *testing.T, rate int, stop func() bool) {
	t.Helper()
	w := bufio.NewWriterSize(f.stdin, 64<<10)
	start, base := time.Now(), f.sent
	for !stop() {
		for due := base + int(time.Since(start).Seconds()*float64(rate)); f.sent < due; f.sent++ {
			fmt.Fprintf(w, "line %d%s\n", f.sent, lineEnd)
		}
		before := time.Now()
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		f.worst = max(f.worst, time.Since(before))
		time.Sleep(10 * time.Millisecond) // the pace
	}
}

// end closes the input and waits for the front.
func (f *pipe) end(t *testing.T) {
	t.Helper()
	f.stdin.Close()
	if err := f.cmd.Wait(); err != nil {
		t.Errorf("front: %v", err)
	}
}

// rewindBytes is more than a peer's kernel holds, 6 or 32 MiB, with what the peer
// itself may have read and not written, and what is on its way to it.
var rewindBytes = sync.OnceValue(func() int {
	var least, normal, most int
	b, err := os.ReadFile("/proc/sys/net/ipv4/tcp_rmem")
	if err == nil {
		_, err = fmt.Sscan(string(b), &least, &normal, &most)
	}
	if err != nil {
		panic(err) // there is no Linux without it
	}
	return most + 8<<20
})

// TestPeersKilled: each kind of log server, killed -9 and restarted 20 times at
// random under 20,000 lines a second for 10 s, and then under fewer until it has been
// killed so often. It has every line in the end, and repeats are bounded and recognisable.
func TestPeersKilled(t *testing.T) {
	t.Parallel()
	for _, kind := range peerKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			killed(t, kind)
		})
	}
}

func killed(t *testing.T, kind *peerKind) {
	const kills, rate, later, seconds = 20, 20000, 1000, 10
	patience := time.Minute // until it gets something: twice what the relay may wait before it tries again
	if kind.scheme == "udp" {
		patience = 3 * time.Second // nothing tells the relay that the port lives again
	}
	p := newPeer(t, kind)
	url, table := p.relay()
	prog := newProgram(t, url, fmt.Sprintf("rewind_bytes = %d\n%s", rewindBytes(), table))
	p.awaitListening(t)
	f := startPipe(t, prog)
	done, idle := 0, 0 // kills; of a peer that had got nothing since the one before
	size := p.size(t)
	started := time.Now()
	next := started.Add(rand.N(time.Second))
	end := started.Add(seconds * time.Second)
	attack := func() (over bool) {
		now := time.Now()
		busy := p.size(t) > size
		if done < kills && now.After(next) && (busy || now.Sub(started) > patience) {
			if !busy {
				idle++
			}
			p.kill(t)
			size = p.size(t)
			p.start(t)
			done++
			started = time.Now()
			next = started.Add(rand.N(time.Second))
		}
		return done == kills
	}
	f.run(t, rate, func() bool {
		attack()
		return time.Now().After(end)
	})
	f.run(t, later, attack)
	p.awaitListening(t)
	f.end(t)
	prog.awaitEnd(t)
	checkLocal(t, prog, f.sent)
	r := countRecords(t, p.records(t))
	lost := f.sent - r.distinct
	if idle > 0 && kind.scheme != "udp" {
		t.Errorf("%d of %d kills were of a peer that had got nothing", idle, kills)
	}
	t.Logf("%s: %d kills, %d of them idle, %d lines, %d lost, %d repeats, at most %d bytes again after a break (rewind_bytes %d); longest write to the pipe %v",
		kind.name, done, idle, f.sent, lost, r.repeats, r.mostAgain, rewindBytes(), f.worst)
	if kind.scheme == "udp" {
		if r.distinct == 0 {
			t.Error("nothing came over UDP")
		}
		return
	}
	if lost != 0 {
		t.Errorf("%d lines are missing, the first is %d", lost, r.firstMissing)
	}
	if r.mostAgain > rewindBytes() {
		t.Errorf("%d bytes again after a break, want at most %d", r.mostAgain, rewindBytes())
	}
	const window = 10000 // messages
	if strings.HasPrefix(kind.scheme, "relp") && r.mostLinesAgain > window {
		t.Errorf("%d lines again after a break, a window of messages is %d", r.mostLinesAgain, window)
	}
}

// TestPeersStalled: a log server that stands still for seconds while its kernel
// takes lines, and is then killed, costs nothing; one that goes on afterwards is
// neither left nor sent anything twice.
func TestPeersStalled(t *testing.T) {
	t.Parallel()
	for _, kind := range peerKinds {
		if kind.scheme == "udp" {
			continue
		}
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			stalled(t, kind)
		})
	}
}

func stalled(t *testing.T, kind *peerKind) {
	const rate = 20000
	p := newPeer(t, kind)
	url, table := p.relay()
	prog := newProgram(t, url, fmt.Sprintf("rewind_bytes = %d\n%s", rewindBytes(), table))
	p.awaitListening(t)
	f := startPipe(t, prog)
	during := func(d time.Duration) func() bool {
		end := time.Now().Add(d)
		return func() bool { return time.Now().After(end) }
	}
	f.run(t, rate, during(500*time.Millisecond))
	testbed.Process(p.server.pid).Stop(t)
	f.run(t, rate, during(2*time.Second))
	testbed.Process(p.server.pid).Continue(t)
	f.run(t, rate, during(500*time.Millisecond))
	testbed.Eventually(t, "all that was sent is there", func() bool { return countRecords(t, p.records(t)).distinct == f.sent })
	r := countRecords(t, p.records(t))
	if r.repeats != 0 || strings.Contains(testbed.ReadFile(t, prog.file("audit_log")), "down") {
		t.Errorf("a stall of 2 s: %d repeats; events:\n%s", r.repeats, testbed.ReadFile(t, prog.file("audit_log")))
	}
	testbed.Process(p.server.pid).Stop(t)
	f.run(t, rate, during(2*time.Second))
	p.kill(t)
	f.run(t, rate, during(200*time.Millisecond))
	p.start(t)
	p.awaitListening(t)
	f.end(t)
	prog.awaitEnd(t)
	checkLocal(t, prog, f.sent)
	r = countRecords(t, p.records(t))
	t.Logf("%s: %d lines, %d missing, %d repeats; longest write to the pipe %v", kind.name, f.sent, f.sent-r.distinct, r.repeats, f.worst)
	if r.distinct != f.sent {
		t.Errorf("%d lines are missing, the first is %d", f.sent-r.distinct, r.firstMissing)
	}
}

// checkLocal: the local log has each line once, in order.
func checkLocal(t *testing.T, p *program, lines int) {
	t.Helper()
	local := readLines(t, p.file("access_log"))
	if len(local) != lines {
		t.Errorf("the local log has %d lines of %d", len(local), lines)
	}
	for i, l := range local {
		if l != fmt.Sprintf("line %d%s", i, lineEnd) {
			t.Errorf("line %d of the local log is %q", i, l)
			return
		}
	}
}

// count is what a peer's file comes to.
type count struct {
	distinct, repeats int
	firstMissing      int
	mostAgain         int // bytes on the wire, after one break
	mostLinesAgain    int
}

// size is that of the message on the wire, without framing.
func (r record) size() int {
	host, err := os.Hostname()
	if err != nil {
		panic(err) // the program could not have begun either
	}
	head := "<141>1 2026-01-31T00:00:00.000000+00:00 " + host + " httpd "
	return len(head) + len(r.procID) + len(" access ") + len(r.data) + len(" ") + len(r.text)
}

// countRecords also holds each repeat to being the same message again.
func countRecords(t *testing.T, all []record) (c count) {
	t.Helper()
	seen := make(map[int]record)
	highest := -1
	for _, r := range all {
		var n int
		if _, err := fmt.Sscanf(r.text, "line %d ", &n); err != nil {
			t.Fatalf("%q: %v", r.text, err)
		}
		if before, again := seen[n]; again {
			c.repeats++
			if before != r {
				t.Errorf("came as %v, and again as %v", before, r)
			}
			c.mostLinesAgain = max(c.mostLinesAgain, highest-n+1)
			c.mostAgain = max(c.mostAgain, (highest-n+1)*r.size())
		} else {
			seen[n] = r
		}
		if r.data != fmt.Sprintf(`[meta sequenceId="%d"]`, n+1) {
			t.Errorf("line %d has %s", n, r.data)
		}
		highest = max(highest, n)
	}
	c.distinct = len(seen)
	for ; c.firstMissing < c.distinct; c.firstMissing++ {
		if _, ok := seen[c.firstMissing]; !ok {
			break
		}
	}
	return c
}

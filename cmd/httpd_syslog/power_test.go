package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/smalldisk"
)

// relpSender sends numbered messages of one writer over RELP, those again that were not answered.
type relpSender struct {
	n    int // which one
	sent int

	mu       sync.Mutex // guards what follows
	answered int
	client   *relp.Client // that is in use; nil: none
	off      bool         // what is answered from now on does not count
}

// begin has answers count.
func (s *relpSender) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client, s.off = nil, false
}

// count counts what the connection has had answered; nothing more of it counts.
func (s *relpSender) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil && !s.off {
		s.answered += int(s.client.Accepted()) / len(s.message(1))
	}
	s.off = true
}

// connected begins a connection, and returns the first message to be sent.
func (s *relpSender) connected(c *relp.Client) (next int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = c
	return s.answered + 1
}

// message is one of a length that does not change.
func (s *relpSender) message(number int) string {
	return fmt.Sprintf("<141>1 2026-11-27T03:28:28.000000Z web%d httpd 4711-019ac2f4a1b9f3a%d access [meta sequenceId=\"%08d\"] GET /%d", s.n, s.n, number, s.n)
}

// send sends until the connection breaks.
func (s *relpSender) send(t *testing.T, address string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return // the power has failed before
	}
	defer conn.Close()
	c, err := relp.Open(t.Context(), conn, relp.Options{})
	if err != nil {
		return
	}
	next := s.connected(c)
	defer s.count()
	const batch = 50
	for ; err == nil; next += batch {
		var b []byte
		var ends []int
		for n := next; n < next+batch; n++ {
			b = append(b, s.message(n)...)
			ends = append(ends, len(b))
		}
		s.sent = max(s.sent, next+batch-1)
		err = c.Send(b, ends, func() error { return nil })
	}
	<-c.Broken()
}

// failures has the power fail tries times while three senders send, and returns how many messages were
// answered, and how many of these are lost at the end.
func failures(t *testing.T, acknowledge string, tries int) (answered, lost int) {
	t.Logf("-seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 11))
	c := newCentre(t, "")
	disk := filepath.Join(c.dir, "disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	power := smalldisk.NewPower(t, disk)
	c.state, c.log, c.files = filepath.Join(disk, "state"), filepath.Join(disk, "log"), filepath.Join(disk, "central")
	c.configure("hostname = \"log1.example.com\"\n%s%s[[listen]]\nurl = \"relp://%s\"\ncollect = true\n[collect]\ndir = %q\nacknowledge = %q\n",
		c.places(), seals, c.address, c.files, acknowledge)
	senders, sealed := []*relpSender{{n: 1}, {n: 2}, {n: 3}}, relpSender{n: 4}
	for try := range tries {
		c.begin()
		if acknowledge == "synced" && try%10 == 5 {
			c.sayOverRELP(sealed.message(try)) // what was sent before may all be lost
			testbed.Eventually(t, "a seal of what is there", c.isSealed)
		}
		var sending sync.WaitGroup
		for _, s := range senders {
			s.begin()
			sending.Go(func() { s.send(t, c.address) })
		}
		time.Sleep(time.Duration(r.Int64N(int64(300 * time.Millisecond)))) // so that the power fails at any moment
		for _, s := range senders {
			s.count() // nobody gets an answer when the power has failed
		}
		power.Fail()
		_ = c.service.cmd.Process.Kill()
		<-c.service.exited
		sending.Wait()
		power.Restore()
	}
	c.begin()
	there := map[string]int{}
	for _, s := range senders {
		last := s.message(s.sent + 1)
		c.sayOverRELP(last)
		host := fmt.Sprintf("web%d", s.n)
		testbed.Eventually(t, "the last message of "+host, func() bool { return c.endsWith(host, "access", last+"\n") })
		for _, line := range c.collected(host, "access") {
			there[line]++
		}
	}
	testbed.Eventually(t, "all is sealed", c.isSealed)
	c.service.endService()
	out, _ := c.verifyFiles() // nobody has sealed the senders' lines, which is a finding
	for _, code := range []string{"\nfile_", "\nchain: ", "\nunknown_file: ", "\nnot checked: "} {
		if acknowledge == "synced" && strings.Contains(out, code) || !strings.Contains(out, " bytes of central files are as ") {
			t.Errorf("the files are not as they were sealed:\n%s", out)
			break
		}
	}
	for _, s := range senders {
		answered += s.answered
		for n := range s.answered {
			if there[s.message(n+1)] == 0 {
				lost++
			}
		}
	}
	for line, times := range there {
		if times > 1 {
			t.Errorf("%d times: %s", times, line)
		}
	}
	return answered, lost
}

// sayOverRELP sends one message, and waits until it is answered.
func (c *centre) sayOverRELP(message string) {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	client, err := relp.Open(c.t.Context(), conn, relp.Options{})
	if err == nil {
		err = client.Send([]byte(message), []int{len(message)}, func() error { return nil })
	}
	if err == nil {
		err = client.Close(c.t.Context())
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// TestPowerFailures: the power of a collector's disk fails 50 times: with "synced" no message is lost that
// was answered, and all is as it was sealed; with "written" some are, so that the test would see it.
func TestPowerFailures(t *testing.T) {
	t.Run("synced", func(t *testing.T) {
		t.Parallel()
		answered, lost := failures(t, "synced", 50)
		t.Logf("50 power failures: %d messages answered, %d of these lost", answered, lost)
		if lost > 0 || answered < 50 {
			t.Error("with synced no message that was answered may be lost")
		}
	})
	t.Run("written", func(t *testing.T) {
		t.Parallel()
		answered, lost := failures(t, "written", 10)
		t.Logf("10 power failures: %d messages answered, %d of these lost", answered, lost)
		if lost == 0 {
			t.Error("nothing is lost with written: the power did not fail")
		}
	})
}

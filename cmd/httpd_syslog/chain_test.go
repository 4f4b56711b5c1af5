package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// chainSchemes are what senders speak to the second collector of a chain.
var chainSchemes = []string{"relp+tls", "tls", "tcp"}

// newSecond returns a collector that relays what it gets to a first one, and what a sender's relay is to say
// of its listeners, by scheme. The cables of all these connections are the second's.
func newSecond(t *testing.T, first *centre) (second *centre, relays map[string]string) {
	t.Helper()
	second = &centre{site: newSite(t)}
	second.files = second.dir + "/central"
	listen, relays := "", map[string]string{}
	second.cables = append(second.cables, testbed.NewCable(t, first.address))
	for _, scheme := range chainSchemes {
		address := testbed.FreeAddress(t)
		cable := testbed.NewCable(t, address)
		second.cables = append(second.cables, cable)
		serverTLS, clientTLS := certificatesFor(t, scheme)
		listen += fmt.Sprintf("[[listen]]\nurl = \"%s://%s\"\ncollect = true\n%s", scheme, address, serverTLS)
		relays[scheme] = fmt.Sprintf("[[relay]]\nservers = [\"%s://%s\"]\n%s", scheme, strings.Replace(cable.Address(), "127.0.0.1", "localhost", 1), clientTLS)
	}
	second.configure("hostname = \"log2.example.com\"\n%s%s%s[collect]\ndir = %q\n[[relay]]\nname = \"first\"\nservers = [\"relp://%s\"]\n",
		second.places(), seals, listen, second.files, second.cables[0].Address())
	return second, relays
}

// TestChain: three senders send to a collector that relays to another one; 60 faults at random: kills -9 of intakes,
// deliverers and both collectors, and connections that are reset; the second is away for about half of the time. Each
// line of each sender is in the files of both once, in its writer's order, under its own header, and sealed.
func TestChain(t *testing.T) {
	t.Parallel()
	const faults, lines = 60, 60_000
	t.Logf("-seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 13))
	first := newCentre(t, "")
	first.configure("hostname = \"log1.example.com\"\n%s[[listen]]\nurl = \"relp://%s\"\ncollect = true\n[collect]\ndir = %q\nforwarders = [\"127.0.0.1\"]\n",
		first.places(), first.address, first.files)
	first.begin()
	second, relays := newSecond(t, first)
	second.begin()
	var sites []*site
	var feeds []*feed
	var fronts []*front
	for n, scheme := range chainSchemes {
		s := newSite(t)
		s.configure("hostname = \"web%d.example.com\"\n%s%s%s", n+1, s.places(), seals, relays[scheme])
		f, w := s.pipe()
		sites, fronts, feeds = append(sites, s), append(fronts, f), append(feeds, &feed{t: t, w: w})
	}
	count, away := map[string]int{}, false
	for range faults {
		for range 10 {
			for _, f := range feeds {
				f.write(lines / faults / 10 / len(feeds))
			}
			time.Sleep(time.Duration(r.Int64N(int64(20 * time.Millisecond)))) // so that the kill comes at any moment
		}
		victim := []string{"intake", "deliver", "first", "second", "cable"}[r.IntN(5)]
		count[victim]++
		switch victim {
		case "cable":
			count["connections"] += second.cables[r.IntN(len(second.cables))].Cut()
		case "first":
			first.killed()
		case "second":
			if away = !away; !away {
				second.begin()
				continue
			}
			_ = second.service.cmd.Process.Kill()
			<-second.service.exited
		default:
			n := r.IntN(len(sites))
			pids := sites[n].pids(victim)
			if len(pids) == 0 {
				continue
			}
			_ = syscall.Kill(pids[len(pids)-1], syscall.SIGKILL) // it may just have ended
			if victim == "intake" {
				feeds[n].killed++
			}
		}
	}
	if away {
		second.begin()
	}
	for n, s := range sites {
		feeds[n].w.Close()
		fronts[n].wait(0)
		again, w := s.pipe()
		feeds[n].w = w
		feeds[n].write(1)
		w.Close()
		again.wait(0)
		s.awaitEnd()
	}
	for _, c := range []*centre{second, first} {
		c.awaitEvents(sites)
		c.endWhenDone(sites)
	}
	total := 0
	for n, s := range sites {
		host := fmt.Sprintf("web%d.example.com", n+1)
		total += first.checkCollected(s, host, feeds[n])
		second.checkCollected(s, host, feeds[n])
		if a, b := first.collected(host, "audit"), second.collected(host, "audit"); !slices.Equal(a, b) {
			t.Errorf("%s: %d events in the first's files, %d in the second's, or others", host, len(a), len(b))
		}
		first.verified(s, host)
	}
	t.Logf("%d lines, faults %v; repeats: %d to the second, %d to the first", total, count, second.repeats(), first.repeats())
}

// awaitEvents waits until all events of each sender are in the central files.
func (c *centre) awaitEvents(sites []*site) {
	c.t.Helper()
	for n, s := range sites {
		host, events := fmt.Sprintf("web%d.example.com", n+1), len(s.logged("audit_log"))
		testbed.Eventually(c.t, "the last event of "+host, func() bool { return strings.Count(c.collectedSoFar(host, "audit"), "\n") >= events })
	}
}

// repeats is how many messages came again, as the last status has it.
func (c *centre) repeats() (n int) {
	c.t.Helper()
	_, text, _ := strings.Cut(testbed.ReadFile(c.t, c.state+"/status"), `"repeated":`)
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil {
		c.t.Errorf("the status has no repeats: %v", err)
	}
	return n
}

// verified holds that the files have all that the host has sealed.
func (c *centre) verified(s *site, host string) {
	c.t.Helper()
	out, err := c.command(nil, "verify", "--central", c.files, "--log-dir", s.log, "--host", host).CombinedOutput()
	if err != nil {
		c.t.Errorf("verify: %v\n%s", err, out)
	}
}

// TestWholeMessagesGoOn: what a collector sends on is what it got: with header, number and structured data of
// its own; a relay with streams sends those.
func TestWholeMessagesGoOn(t *testing.T) {
	t.Parallel()
	const forwards = "forwarders = [\"127.0.0.1\"]\n"
	c, all, some := newCentre(t, ""), newCentre(t, forwards), newCentre(t, forwards)
	all.begin()
	some.begin()
	c.configure("hostname = \"log2.example.com\"\n%s[[listen]]\nurl = \"tcp://%s\"\ncollect = true\n[collect]\ndir = %q\n"+
		"[[relay]]\nname = \"all\"\nservers = [\"tcp://%s\"]\nframing = \"lf\"\n[[relay]]\nname = \"some\"\nservers = [\"tcp://%s\"]\nstreams = [\"error\"]\n",
		c.places(), c.address, c.files, all.address, some.address)
	c.begin()
	const access = `<141>1 2026-11-27T03:28:28.000000Z web1 httpd 4711-019ac2f4a1b9f3a1 access [meta sequenceId="7"][x@1 a="\"\]"] GET /`
	const failed = `<131>1 2026-11-27T03:28:28.000000Z web1 httpd 4712-019ac2f4a1b9f3a2 error [meta sequenceId="8"] [core:error] x`
	c.say(access + "\n" + failed + "\n<13>Nov 27 03:28:28 db1 su[5]: not 5424\n")
	testbed.Eventually(t, "the last message", func() bool { return strings.HasSuffix(all.collectedSoFar("db1", "_"), " db1 su 5 - - not 5424\n") })
	testbed.Eventually(t, "the stream", func() bool { return some.collectedSoFar("web1", "error") == failed+"\n" })
	for stream, want := range map[string]string{"access": access, "error": failed} {
		if got := all.collectedSoFar("web1", stream); got != want+"\n" {
			t.Errorf("%s: %q", stream, got)
		}
	}
	for _, one := range []*centre{c, all, some} {
		one.service.endService()
	}
	if a, b := c.collectedSoFar("db1", "_"), all.collectedSoFar("db1", "_"); a != b {
		t.Errorf("%q, then %q", a, b)
	}
	if got := some.collectedSoFar("web1", "access") + some.collectedSoFar("db1", "_"); got != "" {
		t.Errorf("not of the stream: %q", got)
	}
}

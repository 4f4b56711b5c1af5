package main

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

var seed = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of TestRandomKills")

// TestRandomKills: 200 kills -9 at random, of the intake, the deliverer and the server's
// connections, while a million lines go through, to four state directories at the same time:
// much of the time passes until those who were killed are begun again. The race detector makes
// all of that slow: with it, it is one of them.
func TestRandomKills(t *testing.T) {
	t.Parallel()
	const kills, lines = 50, 250_000
	sites := uint64(4)
	if testbed.Raced {
		sites = 1
	}
	t.Logf("-seed %d", *seed)
	for n := range sites {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			randomKills(t, rand.New(rand.NewPCG(*seed, n)), kills, lines)
		})
	}
}

func randomKills(t *testing.T, r *rand.Rand, kills, lines int) {
	s, srv := newSite(t), newServer(t)
	srv.senderDies = true
	srv.open()
	s.configure("%smax_size = \"5MB\"\ncompress = false\n[spool]\nmax_size = \"1GB\"\n%s%srewind_bytes = \"12MiB\"\n", s.places(), seals, srv.relay("central"))
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	count := make(map[string]int)
	for range kills {
		for range 10 {
			f.write(lines / kills / 10)
			time.Sleep(time.Duration(r.Int64N(int64(20 * time.Millisecond)))) // so that the kill comes at any moment
		}
		victim := []string{"intake", "deliver", "server"}[r.IntN(3)]
		if pids := s.pids(victim); len(pids) > 0 {
			_ = syscall.Kill(pids[len(pids)-1], syscall.SIGKILL) // it may just have ended
			count[victim]++
			continue
		}
		srv.reset()
		srv.open()
		count["server"]++
	}
	w.Close()
	front.wait(0)
	again, w2 := s.pipe()
	f.w = w2
	f.write(1)
	w2.Close()
	again.wait(0)
	s.awaitEnd()
	o := f.check(s, srv, false)
	t.Logf("%d lines, kills %v: %d lines lost (%d bytes; a frame for each kill of an intake would be %d), %d torn, %d repeats at the server",
		f.lines, count, len(o.lost), o.lostBytes(), count["intake"]*oneFrame, o.torn, o.repeats)
	if o.lostBytes() > count["intake"]*oneFrame || o.torn > count["intake"] {
		t.Error("that is more than the frames in hand")
	}
	s.checkNothingFound()
	s.checkSeals(srv)
}

// checkNothingFound holds that no start of the delivery has found a file of the local log other than
// recorded: nobody but the program writes to these files, and a kill loses nothing that was written.
func (s *site) checkNothingFound() {
	s.t.Helper()
	for _, line := range s.logged("audit_log") {
		if strings.Contains(line, "recorded") {
			s.t.Errorf("found: %s", line)
		}
	}
}

// TestDeliverersKilledInARow: deliverers are killed at random, one after the other, while one intake
// reads all the time and others begin and end, so that some deliverers get lines of the web server and
// no event. Each finds the files as they are recorded, and in the end they have each line and each event
// once.
func TestDeliverersKilledInARow(t *testing.T) {
	t.Parallel()
	const kills = 60
	t.Logf("-seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 0))
	s := newSite(t)
	s.configure("deliver = \"service\"\n%s", s.places()) // intakes start no deliverer
	lasting, w := s.pipe()
	f := &feed{t: t, w: w}
	intakes := 1
	for range kills {
		deliverer := s.run(s.command(nil, "deliver", "--config", s.config))
		for end := time.Now().Add(time.Duration(r.Int64N(int64(200 * time.Millisecond)))); time.Now().Before(end); {
			f.write(1)
			time.Sleep(5 * time.Millisecond) // the pace of lines
		}
		if r.IntN(3) == 0 {
			intakes++
			var short *front
			short, f.w = s.pipe()
			f.write(1)
			f.w.Close()
			short.wait(0)
			f.w = w
		}
		_ = deliverer.cmd.Process.Kill() // it may have ended, having found the lock taken
		<-deliverer.exited
	}
	w.Close()
	lasting.wait(0)
	s.run(s.command(nil, "deliver", "--config", s.config)).wait(0)
	s.awaitEnd()
	s.checkNothingFound()
	times := make(map[string]int)
	for _, line := range append(s.logged("access_log"), s.logged("audit_log")...) {
		if times[line]++; times[line] > 1 {
			t.Errorf("twice in the local log: %s", line)
		}
	}
	maps.DeleteFunc(times, func(line string, _ int) bool { return strings.Contains(line, "deliverer has begun") }) // of those that have come so far
	if want := f.lines + 2*intakes; len(times) != want {
		t.Errorf("%d lines and events in the local log, and not %d", len(times), want)
	}
}

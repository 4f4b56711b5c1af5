package main

import (
	"flag"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

var seed = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of TestRandomKills")

// TestRandomKills: 200 kills -9 at random, of the intake, the deliverer and the
// server's connections, while a million lines go through.
func TestRandomKills(t *testing.T) {
	const kills, lines = 200, 1_000_000
	t.Logf("-seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 0))
	s, srv := newSite(t), newServer(t)
	srv.senderDies = true
	srv.open()
	s.configure("%smax_size = \"5MB\"\ncompress = false\n[spool]\nmax_size = \"1GB\"\n%srewind_bytes = \"12MiB\"\n", s.places(), srv.relay("central"))
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	count := make(map[string]int)
	for range kills {
		for range 10 {
			f.write(lines / kills / 10)
			time.Sleep(time.Duration(r.Int64N(int64(20 * time.Millisecond))))
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
}

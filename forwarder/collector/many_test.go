package collector

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/pattern"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestManySendersCheap: 10,000 senders with four writers each, of whom a part sends between two records: memory
// does not grow, and a record costs what has changed; all is sealed each time. It prints what that is at 5,000 messages a second.
func TestManySendersCheap(t *testing.T) {
	if testbed.Raced {
		t.Skip("the race detector takes several times the memory")
	}
	const senders, writers, perRecord = 10_000, 4, 25_000
	s := newSite(t)
	var err error
	s.o.File, err = pattern.Parse("{sender}-{date}.log") // fewer directories to make
	must(t, err)
	s.o.Seal = time.Hour // it is called for
	s.o.Sync = false     // what it costs to wait for the disk is the disk's
	c := s.begin()
	next := make([]uint64, senders*writers)
	at, heap := 0, uint64(0)
	rounds := 6
	var taking, recording, sealing, bytes int64
	for round := range rounds {
		began := cpu(t)
		for range perRecord / writers {
			host := at % senders
			var some []string
			for w := range writers {
				next[host*writers+w]++
				some = append(some, message(uint64(host*writers+w+1), next[host*writers+w], "GET / HTTP/1.1"))
			}
			s.put(fmt.Sprintf("web%05d.example.com", host), some...)
			at++
		}
		s.step(c)
		took := cpu(t)
		before := size(t, s)
		c.state.at = time.Time{}
		c.book.Sweep(time.Now())
		c.publish()
		c.commit()
		recorded := cpu(t)
		for c.set.Grown() {
			must(t, sealAll(c))
		}
		if round >= 2 { // all are known
			taking, recording, sealing = taking+took-began, recording+recorded-took, sealing+cpu(t)-recorded
			bytes += max(0, size(t, s)-before)
		}
		switch now := heapNow(); {
		case round == 2:
			heap = now
		case round > 2 && now > heap+heap/4+4<<20:
			t.Errorf("round %d: the heap has grown from %d MB to %d MB", round, heap>>20, now>>20)
		}
	}
	if n := c.book.Find("web09999.example.com").Counts().Messages; len(c.book.Senders()) != senders || n == 0 {
		t.Errorf("%d senders, %d messages of the last one", len(c.book.Senders()), n)
	}
	t.Logf("heap %d MB; a record of 25,000 messages: %.1f ms of CPU, %.2f %% of one at 5,000 messages/s, %d KB written; taking the messages %.1f ms, sealing them %.1f ms",
		heapNow()>>20, ms(recording, rounds), ms(recording, rounds)/50, bytes/int64(rounds-2)>>10, ms(taking, rounds), ms(sealing, rounds))
	s.end(c)
	r, err := cursor.Read(s.stateDir.Cursor(statedir.CollectCursor))
	must(t, err)
	began := time.Now()
	c = s.begin()
	t.Logf("beginning again with %d KB: %v", r.Collected.Changes.Size>>10, time.Since(began))
	if len(c.book.Senders()) != senders {
		t.Errorf("%d senders are known afterwards", len(c.book.Senders()))
	}
	s.end(c)
}

func ms(ns int64, rounds int) float64 { return float64(ns) / 1e6 / float64(rounds-2) }

// size is how much of the file of changes counts.
func size(t *testing.T, s *site) int64 {
	t.Helper()
	r, err := cursor.Read(s.stateDir.Cursor(statedir.CollectCursor))
	must(t, err)
	if r.Collected == nil {
		return 0
	}
	return r.Collected.Changes.Size
}

// cpu is the time that the process has computed, in ns.
func cpu(t *testing.T) int64 {
	t.Helper()
	var u unix.Rusage
	must(t, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return u.Utime.Nano() + u.Stime.Nano()
}

func heapNow() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

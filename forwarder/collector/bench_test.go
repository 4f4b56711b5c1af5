package collector

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/pattern"
)

// BenchmarkMinute is a minute of 10,000 senders with 5,000 messages a second of 300 bytes: twelve records, and with
// seals one of all files. It reports the CPU time, which the preparation of the messages is not part of, and how long
// messages wait at most for a part of a seal.
func BenchmarkMinute(b *testing.B) {
	for _, seals := range []bool{false, true} {
		b.Run(fmt.Sprintf("seals=%v", seals), func(b *testing.B) {
			const senders, records, perRecord = 10_000, 12, 25_000
			s := newSite(b)
			s.o.File, _ = pattern.Parse("{sender}-{date}.log")
			s.o.Sync = false
			if seals {
				s.o.Seal = time.Hour // it is called for
			}
			c := s.begin()
			text := fmt.Sprintf("%0200d", 7)
			var taken, sealed int64
			var longest time.Duration
			n := uint64(0)
			for b.Loop() {
				for range records {
					for range perRecord / 5 {
						host := n / 5 % senders
						var some []string
						for range 5 {
							some = append(some, message(host+1, n/5/senders*5+n%5+1, text))
							n++
						}
						s.put(fmt.Sprintf("web%05d.example.com", host), some...)
					}
					began := cpuTime()
					s.step(c)
					c.state.at = time.Time{}
					must(b, c.commitDue(true))
					taken += cpuTime() - began
				}
				if seals {
					began := cpuTime()
					must(b, c.beginSeal())
					for c.state.seals.sealer.Reads() {
						one := time.Now()
						c.sealSome()
						longest = max(longest, time.Since(one))
					}
					sealed += cpuTime() - began
				}
			}
			b.ReportMetric(float64(taken)/1e6/float64(b.N), "ms-taking/minute")
			b.ReportMetric(float64(sealed)/1e6/float64(b.N), "ms-sealing/minute")
			b.ReportMetric(float64(longest)/1e6, "ms-longest-wait")
			s.end(c)
		})
	}
}

func cpuTime() int64 {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

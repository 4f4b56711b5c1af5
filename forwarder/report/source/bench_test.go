package source

import (
	"context"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/report/reporttest"
	"httpd-syslog/forwarder/testbed"
)

// BenchmarkYear makes the report of a year of 14 hosts with heartbeats, with a seal every five minutes
// besides, and with one every minute. Peak memory is the whole process's, with the making of the files.
func BenchmarkYear(b *testing.B) {
	for name, seals := range map[string]int{"heartbeats": 0, "seals": 12, "minutes": 60} {
		b.Run(name, func(b *testing.B) {
			y := reporttest.New(b, reporttest.Options{Seed: 1, Hosts: 13, Seals: seals})
			lines, began := 0, cpu(b)
			for b.Loop() {
				if _, err := Read(context.Background(), ofYear(y)); err != nil {
					b.Fatal(err)
				}
				lines += y.Truth.Lines
			}
			b.ReportMetric((cpu(b)-began).Seconds()/float64(b.N), "cpu-s/op")
			b.ReportMetric(float64(y.Truth.Lines), "lines")
			b.ReportMetric(float64(lines)/b.Elapsed().Seconds(), "lines/s")
			b.ReportMetric(float64(testbed.Process(os.Getpid()).PeakMemory(b))/1024, "MB-peak")
		})
	}
}

// cpu is how long processors were at work for this process.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

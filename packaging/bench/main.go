// Command bench measures what httpd_syslog costs: access-log lines on a pipe,
// until both the local file and a TCP receiver have every one. Beside it, in the
// same interleaved run, `tee FILE | socat - TCP:…`, which does none of the
// framing, durability, rotation and reconnecting, and so is about the limit.
//
//	bench [-rounds N] [-lines N] [-rate N -secs N] PROGRAM
//
// It prints benchmark lines that benchstat can read, and a line with medians.
// CPU is that of all of a contender's processes, those that outlive its first
// one included: bench is their subreaper.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

var (
	rounds = flag.Int("rounds", 5, "rounds; each runs every contender once, in turn")
	lines  = flag.Int("lines", 1000000, "lines of a throughput run")
	rate   = flag.Int("rate", 5000, "lines a second of a latency run")
	secs   = flag.Int("secs", 10, "seconds of a latency run")
)

func main() {
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [OPTIONS] PROGRAM")
		os.Exit(2)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fatal(err)
	}
	all := []contender{ours(flag.Arg(0))}
	if _, err := exec.LookPath("socat"); err == nil {
		all = append(all, teeSocat())
	} else {
		fmt.Println("skipped: tee | socat (socat is not installed)")
	}
	throughput(all)
	latency(all)
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// throughput feeds lines as fast as the contender takes them.
func throughput(all []contender) {
	input := accessLines(*lines)
	fmt.Printf("# %d lines of %d bytes on average; wall: until file and receiver have all\n", *lines, len(input)/(*lines))
	wall, cpu := make(map[string][]float64), make(map[string][]float64)
	for range *rounds {
		for _, c := range all {
			r, err := c.feed(input, *lines)
			if err != nil {
				fatal(fmt.Errorf("%s: %w", c.name, err))
			}
			fmt.Printf("BenchmarkPipe/%s 1 %d ns/op %.2f MB/s %.3f cpu-s\n", c.name, r.wall.Nanoseconds(),
				float64(len(input))/1e6/r.wall.Seconds(), r.cpu.Seconds())
			wall[c.name] = append(wall[c.name], r.wall.Seconds())
			cpu[c.name] = append(cpu[c.name], r.cpu.Seconds())
		}
	}
	for _, c := range all {
		fmt.Printf("# %-12s wall %.2f s, CPU %.2f s (medians of %d); per round against %s: wall %.2f, CPU %.2f\n",
			c.name, median(wall[c.name]), median(cpu[c.name]), *rounds, all[len(all)-1].name,
			ratio(wall[c.name], wall[all[len(all)-1].name]), ratio(cpu[c.name], cpu[all[len(all)-1].name]))
	}
}

// latency feeds lines at a steady rate, each with the time in it.
func latency(all []contender) {
	fmt.Printf("# %d lines/s for %d s; from the write to the pipe to the read by the receiver\n", *rate, *secs)
	for range max(1, *rounds/2) {
		for _, c := range all {
			l, err := c.pace(*rate, *secs)
			if err != nil {
				fatal(fmt.Errorf("%s: %w", c.name, err))
			}
			slices.Sort(l)
			at := func(q float64) time.Duration { return l[int(q*float64(len(l)-1))] }
			fmt.Printf("BenchmarkLatency/%s %d %d p50-ns %d p99-ns %d max-ns\n", c.name, len(l),
				at(.5).Nanoseconds(), at(.99).Nanoseconds(), at(1).Nanoseconds())
		}
	}
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

// ratio is the median of the ratios round by round, since the machine drifts.
func ratio(a, b []float64) float64 {
	r := make([]float64, len(a))
	for i := range a {
		r[i] = a[i] / b[i]
	}
	return median(r)
}

// Command scale measures httpd_syslog as it sends to a cluster of three NATS servers on this machine, with three replicas
// of each entry, from one web server and from many: lines a second until the cluster has acknowledged them, CPU of
// both sides for each line, and how long a line is on its way.
//
//	scale [-rounds N] [-lines N] [-senders 1,10,50] [-sync 2m,always] [-rate N -secs N] PROGRAM [OTHER]...
//
// OTHER are builds to compare with, in the same interleaved rounds. The three servers and all senders share the cores
// and the disk, so that the figures are those of a whole small site on one machine.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/packaging/bench/measure"
)

var (
	rounds  = flag.Int("rounds", 3, "rounds; each runs every program once, in turn")
	lines   = flag.Int("lines", 1_000_000, "lines of a run, of all senders together")
	senders = flag.String("senders", "1,10,50", "with so many senders each")
	syncs   = flag.String("sync", "2m,always", "sync_interval of the servers; 2m is their default")
	rate    = flag.Int("rate", 200, "lines a second of a latency run; 0: none")
	secs    = flag.Int("secs", 10, "seconds of a latency run")
)

func main() {
	flag.Parse()
	if flag.NArg() < 1 {
		fmt.Fprintln(os.Stderr, "usage: scale [OPTIONS] PROGRAM [OTHER]...")
		os.Exit(2)
	}
	if err := bench(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(programs []string) error {
	// Deliverers lose their parents, and are to be found all the same.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return err
	}
	fmt.Println("#", measure.Machine(programs[0]))
	fmt.Printf("\n| servers sync | senders | program | lines/s | µs CPU a line, ours | theirs, three servers | lines an entry |\n|---|---|---|---|---|---|---|\n")
	var failed error
	for _, sync := range strings.Split(*syncs, ",") {
		for _, text := range strings.Split(*senders, ",") {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return fmt.Errorf("-senders: %q", text)
			}
			failed = errors.Join(failed, throughput(programs, sync, n))
		}
	}
	if *rate > 0 {
		failed = errors.Join(failed, latency(programs[0]))
	}
	return failed
}

// throughput runs each program in turn, and prints medians.
func throughput(programs []string, sync string, senders int) error {
	all := make([][]result, len(programs))
	for range *rounds {
		for i, p := range programs {
			r, err := pour(p, sync, senders, *lines/senders)
			if err != nil {
				return fmt.Errorf("%s, %d senders: %w", p, senders, err)
			}
			all[i] = append(all[i], r)
		}
	}
	for i, p := range programs {
		median := func(of func(result) float64) float64 { return measure.Median(measure.Column(all[i], of)) }
		fmt.Printf("| %s | %d | %s | %.0f | %.2f | %.2f | %.0f |\n", sync, senders, p,
			median(func(r result) float64 { return float64(r.lines) / r.wall.Seconds() }),
			median(func(r result) float64 { return micro(r.ours, r.lines) }),
			median(func(r result) float64 { return micro(r.theirs, r.lines) }),
			median(func(r result) float64 { return float64(r.lines) / float64(r.entries) }))
	}
	return nil
}

func micro(d time.Duration, lines int) float64 {
	return float64(d.Nanoseconds()) / 1e3 / float64(lines)
}

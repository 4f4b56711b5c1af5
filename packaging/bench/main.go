// Command bench measures what httpd_syslog costs: access-log lines on a pipe,
// until both the local file and a receiver have every one. Beside it, in the
// same interleaved rounds, `tee FILE | socat - TCP:…`, which does none of the
// framing, durability, rotation and reconnecting, and so is about the limit;
// with -peers also the programs that one would use otherwise.
//
//	bench [-peers] [-only REGEXP] [-rounds N] [-lines N] [-rate N -secs N] PROGRAM [OTHER[=TABLES]...]
//	bench -idle | -start | -growth PROGRAM
//
// OTHER are builds to compare with: they take part in the same rounds. TABLES is a file with more tables
// for the configuration, such as [card_numbers]; the contender is then called as the file.
//
// It prints benchmark lines that benchstat can read, and tables in Markdown.
// CPU is that of all of a contender's processes, those that outlive its first
// one included: bench is their subreaper. The receiver's is not in it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"golang.org/x/sys/unix"

	"httpd-syslog/packaging/bench/measure"
)

var (
	peers  = flag.Bool("peers", false, "all peers, not tee | socat alone")
	only   = regexp.MustCompile("")
	base   = flag.String("base", "tee_socat", "what the table's ratios are against")
	rounds = flag.Int("rounds", 5, "rounds; each runs every contender once, in turn, and then all of them for latency")
	lines  = flag.Int("lines", 1000000, "lines of a throughput run; slow peers get fewer; 0: latency alone")
	rate   = flag.Int("rate", 5000, "lines a second of a latency run")
	secs   = flag.Int("secs", 4, "seconds of latency for each contender in a round, in short turns")
	idle   = flag.Bool("idle", false, "measure what waiting costs")
	starts = flag.Bool("start", false, "measure the time from exec to the first line spooled")
	growth = flag.Bool("growth", false, "measure with more lines, more pipes, and a backlog; takes 500 MB of TMPDIR for each of -millions")
	most   = flag.Int("millions", 20, "the most lines of -growth, in millions; the backlog has as many")
)

func main() {
	flag.Func("only", "of the contenders those whose names match this `regular expression`", func(s string) (err error) {
		only, err = regexp.Compile(s)
		return err
	})
	flag.Parse()
	if flag.NArg() < 1 || flag.NArg() > 1 && (*idle || *starts || *growth) {
		fmt.Fprintln(os.Stderr, "usage: bench [OPTIONS] PROGRAM")
		os.Exit(2)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fatal(err)
	}
	program, err := filepath.Abs(flag.Arg(0))
	if err != nil {
		fatal(err)
	}
	others, err := otherBuilds(flag.Args()[1:])
	if err != nil {
		fatal(err)
	}
	fmt.Println("#", measure.Machine(program))
	switch {
	case *idle:
		err = measureIdle(program)
	case *starts:
		err = measureStart(program)
	case *growth:
		err = measureGrowth(program)
	case *peers:
		throughput(present(append(all(program), others...)))
		err = latency(present(append(steady(program), others...)))
	default:
		throughput(present(append(few(program), others...)))
		err = latency(present(append(few(program), others...)))
	}
	if err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// present are the contenders that are wanted and that the machine has.
func present(all []contender) []contender {
	return slices.DeleteFunc(all, func(c contender) bool {
		if !only.MatchString(c.name) {
			return true
		}
		lacks := c.missing()
		if lacks != "" {
			fmt.Printf("# skipped: %s (%s is not installed)\n", c.name, lacks)
		}
		return lacks != ""
	})
}

// throughput feeds lines as fast as the contender takes them.
func throughput(all []contender) {
	if *lines == 0 {
		return
	}
	input := measure.AccessLines(*lines)
	ends := measure.LineEnds(input)
	fmt.Printf("# %d lines of %d bytes on average; wall: until file and receiver have all\n", *lines, len(input)/(*lines))
	t := &table{order: all, results: make(map[string][]result)}
	for round := range *rounds {
		for i := range all {
			c := all[(i+round)%len(all)] // nobody always comes after the same one
			n := c.share(*lines)
			if err := measure.Freshen(4 * int64(len(input))); err != nil {
				fatal(err)
			}
			r, err := c.feed(input[:ends[n-1]], n)
			if err != nil {
				fatal(fmt.Errorf("%s: %w", c.name, err))
			}
			fmt.Printf("BenchmarkPipe/%s %d %.1f ns/op %.2f MB/s %.3f cpu-s\n", c.name, n,
				float64(r.wall.Nanoseconds())/float64(n), float64(ends[n-1])/1e6/r.wall.Seconds(), r.cpu.Seconds())
			t.results[c.name] = append(t.results[c.name], r)
		}
	}
	fmt.Println()
	t.print(os.Stdout, *base)
	fmt.Println()
	for _, pair := range [][2]string{{"httpd_syslog", "tee_socat"}, {"httpd_syslog", "rsyslog"}, {"httpd_syslog_tls", "rsyslog_tls"},
		{"httpd_syslog_relp", "rsyslog_relp"}, {"httpd_syslog_relp", "rsyslog_relp_128"}} {
		t.compare(os.Stdout, pair[0], pair[1])
	}
}

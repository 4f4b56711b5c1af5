// Command central measures httpd_syslog as a central server beside rsyslog and syslog-ng: what one web
// server has sent is recorded once, and replayed to each of them in the same interleaved rounds, over TCP and
// RELP, from 1 sender and from 100, until files by host have every message.
//
//	central [-rounds N] [-lines N] [-only REGEXP] [-transports tcp,relp] [-connections 1,100] PROGRAM [OTHER]...
//
// OTHER are builds to compare with. It prints benchmark lines that benchstat can read, and tables in Markdown.
// CPU is that of the receiver, from the first message to its end, with all that it does behind the last one.
// The sender costs little, but it has its share of the cores.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"httpd-syslog/packaging/bench/measure"
)

var (
	only        = regexp.MustCompile("")
	rounds      = flag.Int("rounds", 5, "rounds; each runs every receiver once, in turn")
	lines       = flag.Int("lines", 1_000_000, "lines of the recording")
	transports  = flag.String("transports", "tcp,relp", "what is measured")
	connections = flag.String("connections", "1,100", "with so many senders each")
	rate        = flag.Int("rate", 200, "messages a second of a latency run; 0: none")
	secs        = flag.Int("secs", 5, "seconds of a latency run")
	perf        = flag.String("perf", "", "a `directory` for profiles, by perf record")
)

func main() {
	flag.Func("only", "of the receivers those whose names match this `regular expression`", func(s string) (err error) {
		only, err = regexp.Compile(s)
		return err
	})
	flag.Parse()
	if flag.NArg() < 1 {
		fmt.Fprintln(os.Stderr, "usage: central [OPTIONS] PROGRAM [OTHER]...")
		os.Exit(2)
	}
	if err := bench(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(programs []string) error {
	all, err := receivers(programs)
	if err != nil {
		return err
	}
	fmt.Println("#", measure.Machine(programs[0]))
	rec, err := record(programs[0], *lines)
	if err != nil {
		return err
	}
	var failed error
	for _, transport := range strings.Split(*transports, ",") {
		for _, conns := range strings.Split(*connections, ",") {
			n, err := strconv.Atoi(conns)
			if err != nil || n < 1 {
				return fmt.Errorf("-connections: %q", conns)
			}
			failed = errors.Join(failed, throughput(all, rec, transport == "relp", n))
		}
	}
	if *rate > 0 {
		failed = errors.Join(failed, latency(all))
	}
	return failed
}

// receivers are those that are wanted and that the machine has.
func receivers(programs []string) (all []receiver, err error) {
	for i, p := range programs {
		if programs[i], err = filepath.Abs(p); err != nil {
			return nil, err
		}
	}
	every := []receiver{
		rsyslog("rsyslog", queued), rsyslog("rsyslog_direct", `queue.type="Direct"`), syslogNG(),
		ours("httpd_syslog_synced", programs[0], "acknowledge = \"synced\"\n"),
	}
	for i, p := range programs {
		name := "httpd_syslog"
		if i > 0 {
			name = fmt.Sprintf("other_%d", i)
		}
		every = append(every, ours(name, p, ""))
	}
	for _, r := range every {
		switch {
		case !only.MatchString(r.name):
		case r.missing():
			fmt.Printf("# skipped: %s (%s is not installed)\n", r.name, r.needs)
		default:
			all = append(all, r)
		}
	}
	return all, nil
}

// throughput replays to each receiver as fast as it takes.
func throughput(all []receiver, rec *recording, relp bool, conns int) error {
	if relp {
		all = withRELP(all)
	}
	transport := map[bool]string{false: "TCP", true: "RELP"}[relp]
	what := fmt.Sprintf("%s, %d connections", transport, conns)
	streams := rec.streams(conns, relp)
	t := &table{what: what, results: make(map[string][]result)}
	for round := range *rounds {
		for i := range all {
			r := &all[(i+round)%len(all)] // nobody always comes after the same one
			if err := measure.Freshen(2 * total(streams)); err != nil {
				return err
			}
			profile := ""
			if *perf != "" && round == 0 {
				profile = filepath.Join(*perf, fmt.Sprintf("%s-%s-%d.perf", r.name, transport, conns))
			}
			res, err := r.feed(streams, relp, profile)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			fmt.Printf("BenchmarkCentral/%s/%s/%d %d %.1f ns/op %.3f cpu-s %.0f peak-MB\n", r.name, transport, conns, res.messages,
				float64(res.wall.Nanoseconds())/float64(res.messages), res.cpu.Seconds(), res.peak)
			t.add(r.name, res)
		}
	}
	t.print(os.Stdout)
	return t.failed()
}

func withRELP(all []receiver) (some []receiver) {
	for _, r := range all {
		if r.relp {
			some = append(some, r)
		} else {
			fmt.Printf("# %s has no RELP\n", r.name)
		}
	}
	return some
}

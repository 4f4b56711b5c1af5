package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
)

// runFront is the program as Apache starts it. On a pipe nothing that is wrong
// with the arguments keeps it from taking the lines in: a logger that exits is
// started again and again while the web server's workers wait.
func runFront(args []string, stdin *os.File, stderr io.Writer) int {
	f, err := cli.ParseFlags(args, nil)
	if err != nil {
		cli.Complain(stderr, err)
		if cli.IsTerminal(stdin) {
			return cli.ExitUsage
		}
	}
	const first = 1 // the process of a container, whose end is that of all others
	byHand := f.Wait || cli.IsTerminal(os.Stderr) || os.Getpid() == first
	o := intake.FrontOptions{Summarize: byHand}
	if !byHand {
		o.Follower = func(intake int) []string {
			return append([]string{followerCommand, strconv.Itoa(intake)}, f.Args()...)
		}
	}
	return keepIntake(f, o, stderr)
}

// runFollower is the front after it has started its intake: a process of this program without
// a signal handler, and so without the threads that one needs. The process before it has told
// of mistakes in the arguments.
func runFollower(args []string, stderr io.Writer) int {
	pid, _ := strconv.Atoi(args[0]) // without a process id another intake is started
	f, _ := cli.ParseFlags(args[1:], nil)
	return keepIntake(f, intake.FrontOptions{Intake: pid}, stderr)
}

func keepIntake(f cli.Flags, o intake.FrontOptions, stderr io.Writer) int {
	o.Args, o.Tell = append([]string{intakeCommand}, f.Args()...), func(err error) { cli.Complain(stderr, err) }
	summaries, err := intake.RunFront(o)
	sum, writers := addUp(summaries)
	if err != nil {
		s := readMyself(f, o.Summarize, err, stderr)
		sum, writers = sum.Plus(s), append(writers, s.Writer)
	}
	if !o.Summarize {
		return exitStatus(sum)
	}
	return conclude(f, sum, writers, stderr)
}

// readMyself reads standard input in the front's own process, where no intake can be started.
// The process then does not end at Apache's SIGTERM, since nobody else would read the pipe.
func readMyself(f cli.Flags, byHand bool, why error, stderr io.Writer) intake.Summary {
	intake.CloseInherited()
	cli.OneProcessor()
	cli.Complain(stderr, fmt.Errorf("%w; this process reads the lines itself", why))
	var notices intake.Notices
	notices.Add(event.FrontReads.With("cause", why))
	sum, _ := takeIn(f, byHand, &notices, stderr) // takeIn tells of its errors
	return sum
}

// conclude waits until the lines that were taken in are delivered, for drain_timeout at most,
// and tells people what became of them.
func conclude(f cli.Flags, sum intake.Summary, writers []frame.WriterID, stderr io.Writer) int {
	s, err := cli.Load(f)
	if err != nil {
		fmt.Fprintf(stderr, "httpd_syslog: %s wait in the spool %s until the configuration is mended\n",
			cli.Plural(sum.Lines-sum.Dropped, "line"), s.State().Spool())
		return exitStatus(sum)
	}
	waiting, err := awaitDelivery(s, writers, stderr)
	if err != nil {
		cli.Complain(stderr, err)
	}
	fmt.Fprintf(stderr, "httpd_syslog: %s read%s\n", cli.Plural(sum.Lines, "line"), mishaps(sum))
	for _, name := range names(waiting) {
		done := sum.Lines - sum.Dropped
		if waiting[name] == 0 {
			fmt.Fprintf(stderr, "httpd_syslog: %s: all %d delivered\n", name, done)
			continue
		}
		fmt.Fprintf(stderr, "httpd_syslog: %s: %d safe in the spool %s, not delivered yet\n",
			name, waiting[name], s.State().Spool())
	}
	return exitStatus(sum)
}

func exitStatus(sum intake.Summary) int {
	if sum.Dropped > 0 {
		return cli.ExitLost
	}
	return cli.ExitOK
}

func addUp(summaries []byte) (sum intake.Summary, writers []frame.WriterID) {
	d := json.NewDecoder(bytes.NewReader(summaries))
	for {
		var r intake.Summary
		if d.Decode(&r) != nil {
			return sum, writers
		}
		sum = sum.Plus(r)
		writers = append(writers, r.Writer)
	}
}

// awaitDelivery waits until every consumer has the writers' lines, for drain_timeout at most.
// It returns how many lines still wait, by consumer.
func awaitDelivery(s cli.Settings, writers []frame.WriterID, stderr io.Writer) (map[string]uint64, error) {
	const look, tell = 50 * time.Millisecond, time.Second
	end, told := time.Now().Add(s.DrainTimeout), time.Now()
	count := statedir.NewWaiting(s.State(), writers)
	for {
		waiting, err := count.Count()
		if err != nil || none(waiting) || time.Now().After(end) {
			return waiting, err
		}
		if time.Since(told) >= tell && cli.IsTerminal(os.Stderr) {
			told = time.Now()
			for _, name := range names(waiting) {
				fmt.Fprintf(stderr, "httpd_syslog: %s: %d still to deliver\n", name, waiting[name])
			}
		}
		s.State().AwaitRecord()
		time.Sleep(look) // the positions are in records of another process, of which a front watches none
	}
}

func none(waiting map[string]uint64) bool {
	for _, n := range waiting {
		if n > 0 {
			return false
		}
	}
	return true
}

// names are the consumers, the local log first.
func names(waiting map[string]uint64) (all []string) {
	for name := range waiting {
		all = append(all, name)
	}
	slices.SortFunc(all, func(a, b string) int {
		switch statedir.LocalLog {
		case a:
			return -1
		case b:
			return 1
		}
		return strings.Compare(a, b)
	})
	return all
}

func mishaps(sum intake.Summary) (text string) {
	if sum.Dropped > 0 {
		text += fmt.Sprintf(", %d DROPPED", sum.Dropped)
	}
	if sum.Cut > 0 {
		text += fmt.Sprintf(", %d cut to max_line", sum.Cut)
	}
	return text
}

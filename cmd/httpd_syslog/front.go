package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/intake"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
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
	reports, err := intake.RunFront(intake.FrontOptions{
		Args: append([]string{intakeCommand}, f.Args()...), Report: byHand,
		Tell: func(err error) { cli.Complain(stderr, err) },
	})
	sum, writers := addUp(reports)
	if err != nil {
		s := readMyself(f, byHand, err, stderr)
		sum, writers = sum.Plus(s), append(writers, s.Writer)
	}
	if !byHand {
		return exitStatus(sum)
	}
	return conclude(f, sum, writers, stderr)
}

// readMyself is the intake in the front's own process, for want of another. It does not
// end when Apache asks it to, since nobody else would read the pipe.
func readMyself(f cli.Flags, byHand bool, why error, stderr io.Writer) intake.Summary {
	intake.CloseInherited()
	cli.OneProcessor()
	why = fmt.Errorf("%w; this process reads the lines itself", why)
	cli.Complain(stderr, why)
	var notices intake.Notices
	notices.Add(syslogfmt.Err, why.Error())
	sum, _ := takeIn(f, byHand, &notices, stderr) // which tells of errors
	return sum
}

// conclude waits for what was taken in to be delivered, and says what became
// of it.
func conclude(f cli.Flags, sum intake.Summary, writers []spool.WriterID, stderr io.Writer) int {
	s, err := cli.Load(f)
	if err != nil {
		fmt.Fprintf(stderr, "httpd_syslog: %s wait in the spool %s until the configuration is mended\n",
			cli.Plural(sum.Lines-sum.Dropped, "line"), statedir.SpoolDir(s.StateDir))
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
			name, waiting[name], statedir.SpoolDir(s.StateDir))
	}
	return exitStatus(sum)
}

func exitStatus(sum intake.Summary) int {
	if sum.Dropped > 0 {
		return cli.ExitLost
	}
	return cli.ExitOK
}

func addUp(reports []byte) (sum intake.Summary, writers []spool.WriterID) {
	d := json.NewDecoder(bytes.NewReader(reports))
	for {
		var r intake.Summary
		if d.Decode(&r) != nil {
			return sum, writers
		}
		sum = sum.Plus(r)
		writers = append(writers, r.Writer)
	}
}

// awaitDelivery looks until nothing of the writers' waits, for drain_timeout at
// most, and returns what then still does.
func awaitDelivery(s cli.Settings, writers []spool.WriterID, stderr io.Writer) (map[string]uint64, error) {
	const look, tell = 50 * time.Millisecond, time.Second
	end, told := time.Now().Add(s.DrainTimeout), time.Now()
	count := statedir.NewWaiting(s.StateDir, writers)
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
		statedir.Knock(s.StateDir)
		time.Sleep(look)
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

// Command teststep runs one step of make test: it prints what failed whole and the rest in
// short, says at the end how many tests there were and how long they took, and leaves a record
// of that in the file that RECORDS names, if it does. From the records it prints one table.
//
//	teststep [-tests PATTERN] STEP COMMAND [ARGUMENT ...]
//	teststep -table FILE
//
// Of `go test` it reads the events (-json is added); what the tests that failed have logged it tells
// again in short at the end, where somebody looks first. Of another command it passes on the output;
// each line that begins with PATTERN is one test.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// records is the variable of the environment with the file of records.
const records = "TESTSTEP_RECORDS"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("teststep", flag.ContinueOnError)
	flags.SetOutput(stderr)
	table := flags.Bool("table", false, "print the table of a file of records")
	pattern := flags.String("tests", "", "how a line begins that tells of a test")
	if flags.Parse(args) != nil {
		return 2
	}
	args = flags.Args()
	switch {
	case *table && len(args) == 1:
		return told(printTable(args[0], stdout), stderr)
	case !*table && len(args) >= 2:
		return step(args[0], args[1:], *pattern, stdout, stderr)
	}
	fmt.Fprintln(stderr, "usage: teststep [-tests PATTERN] STEP COMMAND [ARGUMENT ...], or teststep -table FILE")
	return 2
}

// step runs the command and returns its exit status.
func step(name string, command []string, pattern string, stdout, stderr io.Writer) int {
	r := record{Step: name, Start: time.Now()}
	var read func(io.Reader, io.Writer) tally
	if isGoTest(command) {
		command = slices.Insert(slices.Clone(command), 2, "-json")
		read = readEvents
	} else {
		read = func(in io.Reader, out io.Writer) tally { return readLines(in, out, pattern) }
	}
	cmd := exec.Command(command[0], command[1:]...)
	var err error
	r.tally, err = tallied(cmd, read, stdout, stderr)
	if ended := cmd.ProcessState; ended != nil {
		r.CPU = (ended.UserTime() + ended.SystemTime()).Seconds()
	}
	r.End = time.Now()
	r.Failed = err != nil
	for _, line := range r.failed {
		fmt.Fprintln(stdout, line)
	}
	fmt.Fprintln(stdout, r)
	if path := os.Getenv(records); path != "" {
		err = errors.Join(err, r.appendTo(path))
	}
	return told(err, stderr)
}

func isGoTest(command []string) bool { return len(command) >= 2 && command[1] == "test" }

// tallied runs the command and reads what it writes.
func tallied(cmd *exec.Cmd, read func(io.Reader, io.Writer) tally, stdout, stderr io.Writer) (tally, error) {
	cmd.Stdin, cmd.Stderr = os.Stdin, stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return tally{}, err
	}
	if err := cmd.Start(); err != nil {
		return tally{}, err
	}
	n := read(out, stdout)
	err = cmd.Wait()
	if err == nil && len(n.unended) > 0 {
		err = fmt.Errorf("nothing tells how the tests of these packages ended: %s", strings.Join(n.unended, ", "))
	}
	return n, err
}

// told is the exit status of an error. That of a command needs no words: it has said why.
func told(err error, stderr io.Writer) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return max(1, exit.ExitCode())
	}
	fmt.Fprintln(stderr, "teststep:", err)
	return 1
}

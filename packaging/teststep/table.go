package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// record is what one command of a step came to.
type record struct {
	Step       string
	Start, End time.Time
	CPU        float64 // seconds, of all processes that were waited for
	Failed     bool
	tally
}

func (r record) String() string {
	word := "passed"
	if r.Failed {
		word = "FAILED"
	}
	if r.Tests > 0 {
		word += fmt.Sprintf(": %d tests, %d skipped", r.Tests, len(r.Skipped))
	}
	return fmt.Sprintf("== %s %s, %.1f s", r.Step, word, r.seconds())
}

func (r record) seconds() float64 { return r.End.Sub(r.Start).Seconds() }

// appendTo adds the record to a file. Steps that run at the same time may do so.
func (r record) appendTo(path string) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(append(b, '\n'))
	return err
}

func readRecords(path string) (all []record, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var r record
		switch err := d.Decode(&r); err {
		case nil:
			all = append(all, r)
		case io.EOF:
			return all, nil
		default:
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
}

// row is a step in the table.
type row struct {
	step         string
	seconds, cpu float64 // of all its commands
	failed       bool
	tally
}

// rows are the steps in the order in which they began.
func rows(all []record) (table []*row) {
	slices.SortStableFunc(all, func(a, b record) int { return a.Start.Compare(b.Start) })
	for _, r := range all {
		i := slices.IndexFunc(table, func(have *row) bool { return have.step == r.Step })
		if i < 0 {
			i = len(table)
			table = append(table, &row{step: r.Step})
		}
		to := table[i]
		to.seconds += r.seconds()
		to.cpu += r.CPU
		to.failed = to.failed || r.Failed
		to.Tests += r.Tests
		to.Skipped = append(to.Skipped, r.Skipped...)
	}
	return table
}

// printTable prints the steps, what all of them took together, and what was skipped and why.
func printTable(path string, out io.Writer) error {
	all, err := readRecords(path)
	if err != nil || len(all) == 0 {
		return err
	}
	table := rows(all)
	total := row{step: "together", seconds: wall(all)}
	fmt.Fprintf(out, "\n%-12s %6s %8s %8s %8s\n", "step", "tests", "seconds", "of CPU", "skipped")
	for _, r := range table {
		r.print(out)
		total.Tests += r.Tests
		total.cpu += r.cpu
		total.Skipped = append(total.Skipped, r.Skipped...)
	}
	total.print(out)
	for _, r := range table {
		printSkipped(r, out)
	}
	return nil
}

// wall is the time from the first start to the last end: some steps run side by side.
func wall(all []record) float64 {
	first, last := all[0].Start, all[0].End
	for _, r := range all {
		if r.Start.Before(first) {
			first = r.Start
		}
		if r.End.After(last) {
			last = r.End
		}
	}
	return last.Sub(first).Seconds()
}

func (r *row) print(out io.Writer) {
	note := ""
	if r.failed {
		note = "  FAILED"
	}
	fmt.Fprintf(out, "%-12s %6d %8.1f %8.1f %8d%s\n", r.step, r.Tests, r.seconds, r.cpu, len(r.Skipped), note)
}

// printSkipped prints each reason once, with the tests that gave it.
func printSkipped(r *row, out io.Writer) {
	var reasons []string
	tests := map[string][]string{}
	for _, s := range r.Skipped {
		if tests[s.Why] == nil {
			reasons = append(reasons, s.Why)
		}
		tests[s.Why] = append(tests[s.Why], s.Test)
	}
	for _, why := range reasons {
		fmt.Fprintf(out, "skipped in %s: %s: %s\n", r.step, why, strings.Join(tests[why], ", "))
	}
}

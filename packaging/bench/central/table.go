package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"httpd-syslog/packaging/bench/measure"
)

// table has the results of all rounds, those of a round at the same index.
type table struct {
	what    string
	order   []string
	results map[string][]result
}

func (t *table) add(name string, r result) {
	if t.results[name] == nil {
		t.order = append(t.order, name)
	}
	t.results[name] = append(t.results[name], r)
}

func wall(r result) float64 { return r.wall.Seconds() }
func cpu(r result) float64  { return r.cpu.Seconds() }
func peak(r result) float64 { return r.peak }

// print writes the table in Markdown.
func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "\n| %s | runs | messages | seconds (min-max) | messages/s | CPU s | peak RSS MB | lost, too many |\n|---|---|---|---|---|---|---|---|\n", t.what)
	for _, name := range t.order {
		r := t.results[name]
		walls := measure.Column(r, wall)
		lost, more := 0, 0
		for _, one := range r {
			lost, more = lost+one.lost, more+one.more
		}
		fmt.Fprintf(w, "| %s | %d | %d | %.2f (%.2f-%.2f) | %.0f | %.2f | %.0f | %d, %d |\n", name, len(r), r[0].messages, measure.Median(walls),
			slices.Min(walls), slices.Max(walls), float64(r[0].messages)/measure.Median(walls), measure.Median(measure.Column(r, cpu)),
			measure.Median(measure.Column(r, peak)), lost, more)
	}
	fmt.Fprintln(w)
	for _, peer := range t.order {
		a, b := t.results["httpd_syslog"], t.results[peer]
		if peer != "httpd_syslog" && len(a) > 0 {
			fmt.Fprintf(w, "* httpd_syslog against %s: %.2f times as fast, %.2f of its CPU\n", peer,
				1/measure.Ratio(measure.Column(a, wall), measure.Column(b, wall)), measure.Ratio(measure.Column(a, cpu), measure.Column(b, cpu)))
		}
	}
	fmt.Fprintln(w)
}

// failed says whether anything was lost.
func (t *table) failed() (err error) {
	for _, name := range t.order {
		for _, r := range t.results[name] {
			if r.lost > 0 || r.more > 0 {
				err = errors.Join(err, fmt.Errorf("%s, %s: of %d messages %d are lost, and %d too many are there", t.what, name, r.messages, r.lost, r.more))
			}
		}
	}
	return err
}

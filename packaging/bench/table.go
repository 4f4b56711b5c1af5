package main

import (
	"fmt"
	"io"
	"slices"

	"httpd-syslog/packaging/bench/measure"
)

// table has the results of all rounds, those of a round at the same index.
type table struct {
	order   []contender
	results map[string][]result
}

func wall(r result) float64 { return r.wall.Seconds() }
func cpu(r result) float64  { return r.cpu.Seconds() }

// wallPerLine and cpuPerLine compare runs of different numbers of lines.
func wallPerLine(r result) float64 { return wall(r) / float64(r.lines) }
func cpuPerLine(r result) float64  { return cpu(r) / float64(r.lines) }

// print writes the table in Markdown; ratios are per line, against base.
func (t *table) print(w io.Writer, base string) {
	fmt.Fprintf(w, "| | runs | lines | wall s (min-max) | klines/s | CPU s | RSS MB: idle, peak, largest process | lost in file / at sink | wall, CPU against %s |\n", base)
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|")
	for _, c := range t.order {
		if r := t.results[c.name]; len(r) > 0 {
			t.row(w, c, r, t.results[base])
		}
	}
}

func (t *table) row(w io.Writer, c contender, r, base []result) {
	walls := measure.Column(r, wall)
	at := measure.Median(walls)
	var lostFile, lostSink int
	for _, v := range r {
		lostFile, lostSink = lostFile+v.lostFile, lostSink+v.lostSink
	}
	sink := fmt.Sprint(lostSink)
	if c.sink == sinkNone {
		sink = "-"
	}
	fmt.Fprintf(w, "| %s | %d | %d | %.2f (%.2f-%.2f) | %.1f | %.2f | %.0f, %.0f, %.0f | %d / %s | %.2f, %.2f |\n",
		c.name, len(r), r[0].lines, at, slices.Min(walls), slices.Max(walls), float64(r[0].lines)/1000/at,
		measure.Median(measure.Column(r, cpu)), measure.Median(measure.Column(r, func(r result) float64 { return r.idle })),
		measure.Median(measure.Column(r, func(r result) float64 { return r.peak })),
		measure.Median(measure.Column(r, func(r result) float64 { return r.largest })), lostFile, sink,
		measure.Ratio(measure.Column(r, wallPerLine), measure.Column(base, wallPerLine)), measure.Ratio(measure.Column(r, cpuPerLine), measure.Column(base, cpuPerLine)))
}

// compare prints ours beside its peer.
func (t *table) compare(w io.Writer, our, peer string) {
	a, b := t.results[our], t.results[peer]
	if len(a) == 0 || len(b) == 0 {
		return
	}
	fmt.Fprintf(w, "* %s against %s: %.2f times as fast, %.2f of its CPU\n", our, peer,
		1/measure.Ratio(measure.Column(a, wallPerLine), measure.Column(b, wallPerLine)), measure.Ratio(measure.Column(a, cpuPerLine), measure.Column(b, cpuPerLine)))
}

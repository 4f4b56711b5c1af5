package web

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The size of a plot in its own units; the page stretches it.
const (
	plotWidth  = 600
	plotHeight = 100
)

// longestGap is how far apart two samples may be and still be joined by a line.
const longestGap = 3 * every

// plot is a figure over the last span.
type plot struct {
	Title string // the figure that is plotted, and whose it is
	Unit  string
	Kind  string // "backlog" or "rate": how it is drawn
	Note  string // a remark on the present state

	Min, Max, Now string // figures
	Top           string // what the upper edge stands for; empty: there is nothing but zeros
	Area, Line    string // paths; empty: there is nothing yet
}

// newPlot draws values up to the time now. write makes text of a value.
func newPlot(kind, title, unit string, values []value, now time.Time, write func(float64) string) plot {
	p := plot{Title: title, Unit: unit, Kind: kind}
	for len(values) > 0 && now.Sub(values[0].at) > span {
		values = values[1:]
	}
	if len(values) == 0 {
		return p
	}
	least, most := values[0].v, values[0].v
	for _, v := range values {
		least, most = min(least, v.v), max(most, v.v)
	}
	top := roundUp(most)
	p.Min, p.Max, p.Now = write(least), write(most), write(values[len(values)-1].v)
	if most > 0 {
		p.Top = write(top)
	}
	for len(values) > 0 {
		n := joined(values)
		line, area := paths(values[:n], now, top)
		p.Line += line
		p.Area += area
		values = values[n:]
	}
	return p
}

// Alt says what the plot shows to those who do not see it.
func (p plot) Alt() string {
	if p.Line == "" {
		return p.Title + ": no figures yet"
	}
	return fmt.Sprintf("%s over the last ten minutes: least %s, most %s, now %s %s", p.Title, p.Min, p.Max, p.Now, p.Unit)
}

// joined counts the values from the first on that have no gap between them.
func joined(values []value) int {
	for i := 1; i < len(values); i++ {
		if values[i].at.Sub(values[i-1].at) > longestGap {
			return i
		}
	}
	return len(values)
}

// paths draws values that are joined as a line, and as the area below it. A single value is as wide
// as the time between two.
func paths(values []value, now time.Time, top float64) (line, area string) {
	first, last := values[0], values[len(values)-1]
	if len(values) == 1 {
		first.at = first.at.Add(-every)
		values = []value{first, last}
	}
	var b strings.Builder
	for i, v := range values {
		command := 'L'
		if i == 0 {
			command = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", command, plotX(v.at, now), plotHeight*(1-v.v/top))
	}
	line = b.String()
	return line, fmt.Sprintf("%sL%.1f %dL%.1f %dZ", line, plotX(last.at, now), plotHeight, plotX(first.at, now), plotHeight)
}

func plotX(at, now time.Time) float64 {
	return plotWidth * max(0, min(1, 1-now.Sub(at).Seconds()/span.Seconds()))
}

// roundUp is the least of 1, 2, 5, 10, 20 … that is not below v, and not below 10:
// a plot of next to nothing is to look like it.
func roundUp(v float64) float64 {
	if v <= 10 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 10
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 5} {
		if v <= n*unit {
			return n * unit
		}
	}
	return 10 * unit
}

// Package html writes a report as one file that a browser shows and prints: it has its style in itself, no
// script, nothing from elsewhere, and no line of a log.
package html

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
)

//go:embed report.html
var page string

// Write writes the report.
func Write(w io.Writer, r *report.Report) error {
	v := &view{Report: r}
	t, err := template.New("report").Funcs(template.FuncMap{
		"marks": v.marks, "inc": func(i int) int { return i + 1 }, "group": report.Group, "plain": event.Plain,
		"count": func(n int) string { return report.Group(uint64(n)) }, "class": class,
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("the page's template: %w", err) // TestPage holds that it is none
	}
	return t.Execute(w, v)
}

// view is what the page shows: the report, and the numbers of the events that it names.
type view struct {
	*report.Report
	refs report.Refs
}

// mark is a run of events that a statement names.
type mark struct {
	First, Last int
	More        string // events besides; empty: none
}

// marks are the events that a statement names, as runs of numbers.
func (v *view) marks(refs []report.Ref, more uint64) (all []mark) {
	for _, ref := range refs {
		n := v.refs.Number(ref)
		if k := len(all); k > 0 && n == all[k-1].Last+1 {
			all[k-1].Last = n
			continue
		}
		all = append(all, mark{First: n, Last: n})
	}
	if more > 0 && len(all) > 0 {
		all[len(all)-1].More = report.Group(more)
	}
	return all
}

// Named are the events that were named, when all else is written.
func (v *view) Named() []report.Ref { return v.refs.List }

// Dir is the directory of their files.
func (v *view) Dir() string { return v.refs.Dir() }

// Below is a file's path in the directory.
func (v *view) Below(file string) string {
	if dir := v.Dir(); dir != "" {
		file = strings.TrimPrefix(file, dir+"/")
	}
	return event.Plain(file)
}

// OpenOnes are the exceptions that are open.
func (v *view) OpenOnes() []report.Statement { return v.Exceptions[:v.CountOpen()] }

// Others are the exceptions that are over or explained.
func (v *view) Others() []report.Statement { return v.Exceptions[v.CountOpen():] }

// Duration is how long an incident has taken.
func (v *view) Duration(in report.Incident) string {
	if in.IsOpen() {
		return "open"
	}
	return report.Lasted(in.End.Sub(in.Begin))
}

// class is the class of a verdict's badge.
func class(v report.Verdict) string {
	switch v {
	case report.Shown:
		return "shown"
	case report.InPart:
		return "part"
	case report.None:
		return "none"
	}
	return "yours"
}

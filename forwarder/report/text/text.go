// Package text writes a report for a terminal: what is open stands on the first screen, and the events that
// all rests on stand at the end, by number. Whatever a report says is printable already.
package text

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
)

// width is how many columns a line has at most, but for paths.
const width = 92

// Write writes the report.
func Write(w io.Writer, r *report.Report) error {
	p := printer{r: r}
	p.para("", r.Sentence())
	p.para("", fmt.Sprintf("Made %s, times in %s, out of %s. Events say it, by their numbers in brackets; none of it says that somebody complies.", r.At(r.Made), r.ZoneName, report.Count(uint64(r.Files), "file")))
	p.exceptions()
	p.unread()
	p.requirements()
	p.incidents()
	p.hosts()
	p.events()
	_, err := w.Write(p.b.Bytes())
	return err
}

// printer writes a report.
type printer struct {
	r    *report.Report
	refs report.Refs
	b    bytes.Buffer
}

func (p *printer) head(text string) {
	p.b.WriteString("\n" + text + "\n")
}

// para writes words in lines of width; lines behind the first are indented as the begin is long.
func (p *printer) para(begin, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(begin))
	line, empty := begin, true
	for word := range strings.FieldsSeq(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			p.b.WriteString(line + "\n")
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	p.b.WriteString(line + "\n")
}

// marks are the numbers of the events that a statement rests on.
func (p *printer) marks(refs []report.Ref, more uint64) string {
	if len(refs) == 0 {
		return ""
	}
	var b strings.Builder
	first, last := 0, 0
	flush := func() {
		if first == 0 {
			return
		}
		if b.Len() > 0 {
			b.WriteString(",")
		}
		fmt.Fprint(&b, first)
		if last > first {
			fmt.Fprintf(&b, "-%d", last)
		}
	}
	for _, ref := range refs {
		n := p.refs.Number(ref)
		if first > 0 && n == last+1 {
			last = n
			continue
		}
		flush()
		first, last = n, n
	}
	flush()
	if more > 0 {
		fmt.Fprintf(&b, ",+%s", report.Group(more))
	}
	return " [" + b.String() + "]"
}

func (p *printer) exceptions() {
	open := p.r.CountOpen()
	if open > 0 {
		p.head("OPEN")
	}
	for i := range p.r.Exceptions {
		if i == open {
			p.head("OVER, OR EXPLAINED")
		}
		s := &p.r.Exceptions[i]
		p.statement(fmt.Sprintf("%4d. ", i+1), s)
		p.notes("      ", s.Notes)
	}
}

// notes are what people have said.
func (p *printer) notes(indent string, notes []report.Note) {
	for _, n := range notes {
		p.para(indent+"cause:  ", n.Cause)
		p.para(indent+"remedy: ", n.Remedy)
		p.para(indent+"noted by ", fmt.Sprintf("%s (uid %s), %s%s", n.User, n.UID, p.r.At(n.Event.Time), p.marks([]report.Ref{n.Event}, 0)))
	}
}

func (p *printer) statement(begin string, s *report.Statement) {
	say := s.Say
	if s.Host != "" && !strings.HasPrefix(say, s.Host+":") {
		say = s.Host + ": " + say
	}
	if s.Requirement != "" {
		say += " (" + s.Requirement + ")"
	}
	p.para(begin, say+p.marks(s.Refs, s.More))
}

func (p *printer) unread() {
	if len(p.r.Unread) == 0 {
		return
	}
	p.head("COULD NOT BE READ")
	for _, say := range p.r.Unread {
		p.para("    - ", say)
	}
}

func (p *printer) requirements() {
	p.head("BY REQUIREMENT OF PCI DSS v4.0.1")
	for i := range p.r.Requirements {
		q := &p.r.Requirements[i]
		title := q.Number + "  " + q.Title
		fmt.Fprintf(&p.b, "%s %s %s\n", title, strings.Repeat(".", max(3, width-len(title)-len(q.Verdict)-2)), q.Verdict)
		for k := range q.Statements {
			p.statement("    - ", &q.Statements[k])
		}
		for _, say := range q.Missing {
			p.para("    - not here: ", say)
		}
	}
}

func (p *printer) incidents() {
	if len(p.r.Incidents) == 0 {
		return
	}
	p.head("INCIDENTS")
	for i := range p.r.Incidents {
		in := &p.r.Incidents[i]
		end := "open"
		if !in.IsOpen() {
			end = p.r.At(in.End) + ", " + report.Lasted(in.End.Sub(in.Begin))
		}
		begin := p.r.At(in.Begin)
		if !in.Begun {
			begin = "before " + begin
		}
		fmt.Fprintf(&p.b, "%s  %s  %s\n", in.ID, in.Code, in.Host)
		p.para("    ", begin+" to "+end+p.marks(in.Refs, in.More))
		p.para("    ", in.Say)
		if in.Lines > 0 {
			p.para("    ", report.Group(in.Lines)+" lines")
		}
		if len(in.Causes) > 1 {
			p.para("    later causes: ", strings.Join(in.Causes[1:], "; "))
		}
		if in.Closed != "" {
			p.para("    over, since ", in.Closed)
		}
		p.notes("    ", in.Notes)
	}
}

func (p *printer) hosts() {
	if len(p.r.Hosts) < 2 {
		return
	}
	p.head("HOSTS")
	fmt.Fprintf(&p.b, "%-32s %-19s  %-19s %10s %5s\n", "", "first event", "last event", "events", "open")
	for _, h := range p.r.Hosts {
		fmt.Fprintf(&p.b, "%-32s %s  %s %10s %5d\n", h.Name, p.r.At(h.First), p.r.At(h.Last), report.Group(h.Events), h.Open)
	}
}

// events lists the events that were named.
func (p *printer) events() {
	if len(p.refs.List) == 0 {
		return
	}
	p.head("EVENTS")
	dir := p.refs.Dir()
	if dir != "" {
		p.b.WriteString("Files are below " + event.Plain(dir) + "\n")
		dir += "/"
	}
	for i, ref := range p.refs.List {
		fmt.Fprintf(&p.b, "[%d] %s %s %s %s:%d\n", i+1, p.r.At(ref.Time), event.Plain(ref.Host), event.Plain(ref.Code), event.Plain(strings.TrimPrefix(ref.File, dir)), ref.Line)
	}
}

package central

import (
	"bytes"
	"fmt"
	"iter"
	"slices"

	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// lines are those of a block, without their LFs.
func lines(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines(b) {
			if !yield(bytes.TrimSuffix(line, []byte{'\n'})) {
				return
			}
		}
	}
}

// merge adds what a lane has.
func (c *Central) merge(l *lane) {
	for key, t := range l.tallies {
		r := c.rows[key]
		if r == nil {
			r = &row{Row: key, procID: t.procID, host: t.host}
			c.rows[key] = r
		}
		r.mixed = r.mixed || t.mixed || r.host != t.host
		both := r.numbers.And(t.runs)
		r.numbers = append(slices.Clip(r.numbers), t.runs...).Normal()
		r.again = append(append(r.again, t.again...), both...).Normal()
		r.bytes += t.bytes
		r.lines += t.runs.Count()
		r.tails = append(r.tails, t.tail)
		r.strays = append(r.strays, t.strays...)
	}
	for i := range l.told {
		c.o.Ledger.Add(&l.told[i])
	}
	if l.tooMany {
		c.o.Report.Cannot(fmt.Sprintf("%s has lines of more than %d writers: those of the others", finding.Plain(l.files[0].lane), maxRows))
	}
	c.tellStreams(l)
}

// tellStreams tells of lines without numbers in streams that have them.
func (c *Central) tellStreams(l *lane) {
	for _, s := range l.streams {
		if !s.numbered || s.unnumbered == 0 || !c.wanted(s.host) {
			continue
		}
		for _, p := range s.places {
			c.o.Report.Add(finding.Finding{
				Code: finding.Unnumbered, Host: s.host, File: p.file.path, Line: p.line, Text: p.text,
				Say: "a line without a number in stream " + finding.Plain(s.stream) + ", whose lines have numbers",
			})
		}
		if more := s.unnumbered - uint64(len(s.places)); more > 0 {
			c.o.Report.Add(finding.Finding{
				Code: finding.Unnumbered, Host: s.host, File: s.places[0].file.path,
				Say: fmt.Sprintf("%d more lines without a number in stream %s", more, finding.Plain(s.stream)),
			})
		}
	}
}

// tellFiles tells what is wrong with files themselves.
func (c *Central) tellFiles() {
	for _, f := range c.files {
		for _, flaw := range f.content.Flaws {
			c.o.Report.Add(finding.Finding{Code: finding.FileFlaw, File: f.path, Say: flaw})
		}
		switch {
		case f.err != nil:
			c.o.Report.Cannot(finding.Plain(f.err.Error()))
		case f.others > 0 && f.numbered == 0:
			c.o.Report.Cannot(fmt.Sprintf("%s has %d lines that are no messages of RFC 5424, the first is line %d: %s", finding.Plain(f.path), f.others, f.places[0].line, f.places[0].text))
		case f.others > 0:
			for _, p := range f.places {
				c.o.Report.Add(finding.Finding{Code: finding.Unnumbered, File: f.path, Line: p.line, Text: p.text, Say: "a line that is no message of RFC 5424"})
			}
			if more := f.others - uint64(len(f.places)); more > 0 {
				c.o.Report.Add(finding.Finding{Code: finding.Unnumbered, File: f.path, Say: fmt.Sprintf("%d more lines that are no messages of RFC 5424", more)})
			}
		}
	}
}

// wanted reports whether a host is to be checked.
func (c *Central) wanted(host string) bool {
	return len(c.o.Hosts) == 0 || slices.Contains(c.o.Hosts, host)
}

// owner is the host that a row belongs to: the one whose seals have it, else the only one that its
// lines name.
func (c *Central) owner(r *row) *ledger.Host {
	if h := c.o.Ledger.Owner(r.Row); h != nil {
		return h
	}
	other := ledger.Row{Writer: r.Writer, Audit: !r.Audit}
	if h := c.o.Ledger.Owner(other); h != nil {
		return h
	}
	if o := c.rows[other]; o != nil && r.mixed && !o.mixed {
		return c.o.Ledger.Hosts[o.host]
	}
	if r.mixed {
		return nil
	}
	return c.o.Ledger.Hosts[r.host]
}

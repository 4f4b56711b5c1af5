package central

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// maxHoles is how many holes of a row are told one by one.
const maxHoles = 1000

type rowNumber struct {
	row    ledger.Row
	number uint64
}

// account counts a row's numbers, and tells which are missing, and which no seal has.
func (c *Central) account(r *row) {
	if !c.wantedRow(r) {
		return
	}
	h := c.owner(r)
	counts := &c.o.Report.Counts
	in, out := c.sealedSpans(r.Row)
	for _, p := range c.pieces[r.Row] {
		if p.In(c.o.From, c.o.To) && p.Whole() {
			p.Checked = true
			counts.Checked += r.numbers.Within(p.Span).Count()
		}
	}
	span, ok := c.expected(r, h, in, out)
	if !ok {
		return
	}
	present := r.numbers.Within(span).Count()
	counts.Lines += present
	c.tellHoles(r, h, r.numbers.Holes(span))
	for _, s := range r.strays {
		f := c.finding(r, finding.Order, nil, "a line stands behind one with a higher number")
		f.File, f.Line, f.First, f.Text = s.place.file.path, s.place.line, s.number, s.place.text
		c.o.Report.Add(f)
	}
	c.tellLoose(r, h, r.numbers.Within(span).Minus(append(append(ledger.Spans{}, in...), out...).Normal()), in)
}

// sealedSpans are the numbers that seals have: of the time that is checked, and of other times.
func (c *Central) sealedSpans(key ledger.Row) (in, out ledger.Spans) {
	for _, p := range c.pieces[key] {
		if p.In(c.o.From, c.o.To) {
			in = append(in, p.Span)
		} else {
			out = append(out, p.Span)
		}
	}
	return in, out
}

// expected are the numbers that there should be. ok is false if the row has nothing of the time that is
// checked.
func (c *Central) expected(r *row, h *ledger.Host, in, out ledger.Spans) (s ledger.Span, ok bool) {
	if len(in) == 0 && len(out) > 0 {
		return s, false
	}
	s = ledger.Span{First: 1}
	if len(r.numbers) > 0 {
		s.Last = r.numbers[len(r.numbers)-1].Last
		if !c.o.From.IsZero() {
			s.First = r.numbers[0].First
		}
	}
	if len(in) > 0 {
		s.Last = max(s.Last, in[len(in)-1].Last)
		if !c.o.From.IsZero() {
			s.First = in[0].First
		}
	}
	if h != nil {
		s.Last = max(s.Last, lastOf(h, r.Row))
	}
	if len(out) > 0 && len(in) > 0 && out[len(out)-1].First > in[len(in)-1].Last {
		s.Last = in[len(in)-1].Last // what is behind it has seals of another time
	}
	return s, s.Last >= s.First
}

// lastOf is the last number that a writer has given, as far as events say.
func lastOf(h *ledger.Host, key ledger.Row) uint64 {
	w := h.Writers[key.Writer]
	switch {
	case w == nil || !w.Ended:
		return 0
	case key.Audit:
		return w.Events
	}
	return w.Last
}

// tellHoles counts what was lost, and tells what is missing.
func (c *Central) tellHoles(r *row, h *ledger.Host, holes ledger.Spans) {
	if len(holes) == 0 {
		return
	}
	counts := &c.o.Report.Counts
	missing := holes.Minus(h.Accounted(r.Row, event.Lost, event.LostToRelay))
	all, gone := holes.Count(), missing.Count()
	counts.Lost += all - gone
	counts.Missing += gone
	counts.Lines += all
	for i, hole := range missing {
		if i == maxHoles {
			f := c.finding(r, finding.Missing, nil, fmt.Sprintf("lines are missing in %d more places", len(missing)-i))
			c.o.Report.Add(f)
			return
		}
		c.tellHole(r, hole)
	}
}

// tellHole tells of numbers that are missing.
func (c *Central) tellHole(r *row, hole ledger.Span) {
	at, piece := c.pieces[r.Row].Find(hole.First)
	v := c.holeAt[rowNumber{r.Row, hole.First}]
	f := c.finding(r, finding.Missing, v, "lines are missing, and no event says why")
	if hole.First == hole.Last {
		f.Say = "a line is missing, and no event says why"
	}
	if v != nil {
		f.Say = "beside this line " + f.Say
	} else {
		f.File = c.fileOf(r.Row, hole.First)
	}
	f.First, f.Last = hole.First, hole.Last
	if piece != nil {
		f.Seal = piece.Name()
		end, _ := c.pieces[r.Row].Find(hole.Last)
		if more := end - at; more > 0 {
			f.Seal += fmt.Sprintf(" and %d later ones", more)
		}
		if piece.Whole() {
			f.Say += " (it was so when the others were sealed)"
		}
	}
	c.o.Report.Add(f)
}

// fileOf is the file that has the lines before a number, or else those behind it; empty: none.
func (c *Central) fileOf(key ledger.Row, n uint64) (path string) {
	best := uint64(0)
	for _, f := range c.files {
		s, ok := f.rows[key]
		if !ok {
			continue
		}
		if s.First <= n && s.First >= best || path == "" {
			path, best = f.path, s.First
		}
	}
	return path
}

// tellLoose tells of numbers that no seal has.
func (c *Central) tellLoose(r *row, h *ledger.Host, loose, in ledger.Spans) {
	counts := &c.o.Report.Counts
	if len(loose) == 0 {
		return
	}
	if h == nil || len(h.Pieces) == 0 {
		counts.NoSeal += loose.Count()
		c.unsealed[r.host]++
		return
	}
	for _, t := range r.tails {
		if at := timeOf(t.last); at.After(c.latest[r.host]) {
			c.latest[r.host] = at
		}
	}
	last := uint64(0)
	if len(in) > 0 {
		last = in[len(in)-1].Last
	}
	for _, s := range loose {
		if s.First > last {
			counts.NotSealed += s.Count()
			continue
		}
		counts.NoSeal += s.Count()
		f := c.finding(r, finding.Added, nil, "lines that no seal has, before others that have one")
		f.File, f.First, f.Last = c.fileOf(r.Row, s.First), s.First, s.Last
		c.o.Report.Add(f)
	}
	for _, t := range r.tails {
		if t.number > last && t.time.Before(h.Overdue()) {
			f := c.finding(r, finding.NotSealed, nil, fmt.Sprintf("lines from %s on have no seal, and others that came later have", t.time.UTC().Format(time.RFC3339)))
			f.File, f.First = c.fileOf(r.Row, t.number), t.number
			c.o.Report.Add(f)
			return
		}
	}
}

// tellMissingRows tells of seals without a line, and of hosts without a seal.
func (c *Central) tellMissingRows() {
	for _, key := range sortedRows(c.pieces) {
		if c.rows[key] != nil {
			continue
		}
		p := c.pieces[key][0]
		r := &row{Row: key, procID: p.ProcID, host: p.Host.Name}
		if c.wanted(p.Host.Name) {
			c.account(r)
		}
	}
	for _, name := range c.o.Ledger.Names() {
		if h := c.o.Ledger.Hosts[name]; c.wanted(name) {
			c.tellMissingWriters(h)
		}
	}
	for host, rows := range c.unsealed {
		c.o.Report.Add(finding.Finding{Code: finding.NoSeal, Host: host, Say: fmt.Sprintf("lines of %d writers, and no seal of this host", rows)})
	}
}

// tellMissingWriters tells of what writers of a host have written, as their ends say, and of which there
// is neither a line nor a seal. Of a time that is checked in part those count that are known to have begun
// in it.
func (c *Central) tellMissingWriters(h *ledger.Host) {
	for _, id := range slices.Sorted(maps.Keys(h.Writers)) {
		w := h.Writers[id]
		if w.Begun.Before(c.o.From) || !c.o.To.IsZero() && w.Begun.After(c.o.To) {
			continue
		}
		for _, audit := range []bool{false, true} {
			key := ledger.Row{Writer: id, Audit: audit}
			if c.rows[key] == nil && len(c.pieces[key]) == 0 && lastOf(h, key) > 0 {
				c.account(&row{Row: key, procID: w.ProcID, host: h.Name})
			}
		}
	}
}

// Hosts are those that lines name.
func (c *Central) Hosts() map[string]bool {
	hosts := make(map[string]bool)
	for _, r := range c.rows {
		hosts[r.host] = true
	}
	return hosts
}

// Asked are the paths of files that have lines of a host that is to be checked.
func (c *Central) Asked() (paths []string) {
	for _, f := range c.files {
		asked := f.asked
		for key := range f.rows {
			asked = asked || c.wantedRow(c.rows[key])
		}
		if asked {
			paths = append(paths, f.path)
		}
	}
	return paths
}

// LatestLoose is when the last line of a host came that is in no seal; zero: there is none.
func (c *Central) LatestLoose(host string) time.Time { return c.latest[host] }

// Lacking are the numbers of a piece that no file has, and whose lines local files can have. explained are
// those of which events say that the server does not get them; of missing no event says anything.
func (c *Central) Lacking(p *ledger.Piece) (explained, missing ledger.Spans) {
	holes := ledger.Spans{p.Span}
	if r := c.rows[p.Row]; r != nil {
		holes = r.numbers.Holes(p.Span)
	}
	holes = holes.Minus(p.Host.Accounted(p.Row, event.Lost, event.LeftOut))
	relay := p.Host.Accounted(p.Row, event.LostToRelay)
	return holes.And(relay), holes.Minus(relay)
}

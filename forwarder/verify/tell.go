package verify

import (
	"cmp"

	"httpd-syslog/forwarder/verify/finding"
)

// tell tells how the lines of a group differ.
func (x *comparison) tell(g *group) {
	d := g.differ
	d.settle()
	if len(d.atHost) == 0 && len(d.atFile) == 0 {
		return
	}
	for _, h := range d.atHost {
		if f := take(&d.atFile, h); f != nil {
			x.tellPair(g, h, f)
		} else {
			x.tellOne(g, h, len(g.files) > 0 && len(g.disputes) == 0)
		}
	}
	for _, f := range d.atFile {
		x.tellOne(g, f, len(g.disputes) > 0 && len(g.files) == 0)
	}
	d.told = len(g.disputes) > 0
	if d.told {
		x.count(g)
	}
}

// tellPair tells of a line that is another one at the other end.
func (x *comparison) tellPair(g *group, h, f *line) {
	say := "this line is not as it was sealed"
	at, other := h, f
	switch {
	case len(g.disputes) == 0:
		at, other = f, h
	case len(g.files) > 0:
		say = "this line is not the same at both ends, and neither end is as it was sealed"
	}
	found := at.finding(finding.Altered, say)
	by(&found, h)
	found.Text, found.Other, found.Where = x.r.show(at.text), x.r.show(other.text), other.where()
	x.r.report.Add(found)
}

// tellOne tells of a line that one end alone has. genuine: that end is as it was sealed, and so the other
// one lacks it.
func (x *comparison) tellOne(g *group, l *line, genuine bool) {
	found := l.finding(finding.Added, "a line that was not there when its time was sealed")
	if genuine {
		found = l.finding(finding.Missing, "this line is here, and is missing at the other end")
	}
	found.Say = cmp.Or(l.say, found.Say)
	found.Text = x.r.show(l.text)
	x.r.report.Add(found)
}

// count takes lines of disputed pieces for checked that both ends have.
func (x *comparison) count(g *group) {
	c := &x.r.report.Counts
	for _, p := range g.disputes {
		if len(p.Tell) == 0 {
			continue
		}
		altered := uint64(0)
		for _, h := range g.differ.atHost {
			if h.piece == p.Piece {
				altered++
			}
		}
		if altered > 0 && altered <= p.Lines {
			c.Altered += altered - 1
			c.Beside -= min(c.Beside, p.Lines-1)
			c.Checked += p.Lines - altered
		}
	}
}

func by(f *finding.Finding, l *line) {
	if l.piece != nil {
		f.Host, f.Writer, f.Class, f.First, f.Seal = l.piece.Host.Name, l.piece.ProcID, l.piece.Row.Class(), l.number, l.piece.Name()
	}
}

// take takes the line out of a list that has another one's number, or stands where that should, or else is most
// like it; nil: none is.
func take(list *[]*line, like *line) *line {
	best, most := -1, 0
	for i, l := range *list {
		if l.piece != nil && l.piece == like.piece && l.number == like.number {
			best = i
			break
		}
		if n := common(l.text, like.text); n > most && 2*n >= max(len(l.text), len(like.text)) {
			best, most = i, n
		}
	}
	if best < 0 {
		return nil
	}
	found := (*list)[best]
	*list = append((*list)[:best:best], (*list)[best+1:]...)
	return found
}

// common is how many bytes two texts have in common at their begin and end.
func common(a, b []byte) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	k := 0
	for k < len(a)-n && k < len(b)-n && a[len(a)-1-k] == b[len(b)-1-k] {
		k++
	}
	return n + k
}

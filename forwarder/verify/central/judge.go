package central

import (
	"cmp"
	"fmt"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// Dispute is a piece whose lines are not those that were sealed, and what is to be told of it where
// local files do not say more.
type Dispute struct {
	Piece *ledger.Piece
	Tell  []finding.Finding
	// Lines is how many lines there are of the piece.
	Lines uint64
}

func compareNumbers(a, b uint64) int { return cmp.Compare(a, b) }

func compareRows(a, b ledger.Row) int {
	if a.Audit != b.Audit {
		if b.Audit {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Writer, b.Writer)
}

// finding is one about a row, at the place of a line if there is one.
func (c *Central) finding(r *row, code finding.Code, v *variant, say string) finding.Finding {
	f := finding.Finding{Code: code, Say: say, Host: r.host, Writer: r.procID, Class: r.Class()}
	if h := c.owner(r); h != nil {
		f.Host = h.Name
	}
	if v != nil {
		f.File, f.Line = v.file.path, v.line
	}
	return f
}

// judge tells what has come of a job.
func (c *Central) judge(j *job, h *ledger.Host) {
	counts := &c.o.Report.Counts
	if j.last != nil && j.lastN < j.span.Last {
		j.before[j.lastN+1] = j.last
	}
	for n, v := range j.before {
		c.holeAt[rowNumber{j.row.Row, n}] = v
	}
	if j.piece == nil {
		c.tellTwice(j, nil)
		return
	}
	if j.over {
		c.o.Report.Cannot(fmt.Sprintf("%s: its lines are too long, or too many under one number", finding.Plain(j.piece.Name())))
		counts.Beside += j.lines
		return
	}
	if j.matches() {
		counts.Checked += j.lines
		j.piece.Checked = true
		c.tellTwice(j, make([]int, len(j.twice)))
		return
	}
	if picks, ok := j.resolve(); ok {
		counts.Checked += j.lines
		j.piece.Checked = true
		c.tellTwice(j, picks)
		return
	}
	if len(j.twice) > 0 {
		c.tellTwice(j, nil)
	}
	c.judgeMismatch(j, h)
}

// judgeMismatch tells of a piece whose sum is another.
func (c *Central) judgeMismatch(j *job, h *ledger.Host) {
	counts := &c.o.Report.Counts
	missing := j.row.numbers.Holes(j.span)
	relay := h.Accounted(j.row.Row, event.LostToRelay).And(missing)
	lost := h.Accounted(j.row.Row, event.Lost).And(missing)
	unexplained := missing.Minus(append(relay, lost...).Normal())
	f := c.finding(j.row, finding.Altered, j.first, "")
	f.First, f.Last, f.Seal = j.span.First, j.span.Last, j.piece.Name()
	if j.last != nil && j.last.file == j.first.file && j.last.line >= j.first.line {
		f.Until = j.last.line
	}
	d := &Dispute{Piece: j.piece, Lines: j.lines}
	switch {
	case j.matchesUndone():
		f.Say = "texts are not those that were sealed, but are once the server's escapes (# and three digits) are undone: turn escaping of control characters off there"
	case j.lines > j.piece.Lines:
		f.Code, f.Say = finding.Added, fmt.Sprintf("there are %d lines, and %d were sealed", j.lines, j.piece.Lines)
	case j.badCut != nil && len(unexplained) == 0:
		f = c.finding(j.row, finding.UnexplainedCut, j.badCut, "a text is not as it was sealed, ends with the mark of a cut, and no event names it")
		f.First, f.Seal, f.Text = j.badCutAt, j.piece.Name(), c.show(trimLF(j.badCut.text))
	case j.lines < j.piece.Lines:
		counts.Beside += j.lines // which is told where lines are missing
		d.Tell = nil
		c.disputes = append(c.disputes, d)
		return
	case j.cuts > 0:
		counts.Cut += j.lines
		c.disputes = append(c.disputes, d)
		return
	default:
		f.Say = "one or more of these texts are not those that were sealed"
	}
	d.Tell = append(d.Tell, f)
	c.disputes = append(c.disputes, d)
	if len(j.twice) > 0 && !j.matchesUndone() {
		d.Tell = nil // both texts are told already
	}
	counts.Altered++
	counts.Beside += j.lines - 1
}

func trimLF(b []byte) []byte {
	if len(b) > 0 && b[len(b)-1] == '\n' {
		return b[:len(b)-1]
	}
	return b
}

// tellTwice tells of numbers with several texts. picks are those that were sealed; nil: not known.
func (c *Central) tellTwice(j *job, picks []int) {
	for i, d := range j.twice {
		good := 0
		if picks != nil {
			good = picks[i]
		}
		for k, v := range d.texts {
			if k == good {
				continue
			}
			f := c.finding(j.row, finding.TwoTexts, v, "another line with this number has another text")
			if picks != nil {
				f.Say = "a line with this number has another text than was sealed"
				c.o.Report.Counts.Altered++
			}
			f.First, f.Text = d.number, c.show(trimLF(v.text))
			f.Other, f.Where = c.show(trimLF(d.texts[good].text)), fmt.Sprintf("%s, line %d", d.texts[good].file.path, d.texts[good].line)
			if j.piece != nil {
				f.Seal = j.piece.Name()
			}
			c.o.Report.Add(f)
		}
	}
}

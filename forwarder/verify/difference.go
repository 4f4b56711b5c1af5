package verify

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"slices"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
	"httpd-syslog/forwarder/verify/local"
)

// maxDiffering is how many lines of a group are told one by one.
const maxDiffering = 20

// difference is which lines of a group only one end has.
type difference struct {
	central map[numbered]bool
	local   map[uint64]int
	order   map[uint64]numbered // whose lines a file has, where it has the same ones
	atHost  []*line             // fetched
	atFile  []*line
	byOrder []*line // all of a web server's own lines among these, whatever events explain
	lacking *lacking
	last    map[ledger.Row]*line // of order
	told    bool

	files map[local.SealKey][]uint64 // texts of the files that are not as they were sealed, in order
	at    map[place]numbered         // lines of these that are altered, and what should stand there; nil: see local
	seen  map[local.SealKey]int      // how many lines were fetched
}

// line is one that only one end has.
type line struct {
	text   []byte
	path   string
	line   int64
	piece  *ledger.Piece // nil: of a local file
	number uint64

	byOrder bool // the order of lines alone says which number it has
	say     string
}

// diff finds the lines that one end alone has: not even beside the group.
func (g *group) diff() {
	d := g.differ
	d.central, d.local = make(map[numbered]bool), make(map[uint64]int)
	if g.align() {
		return
	}
	i, j := 0, 0
	for i < len(g.central) || j < len(g.local) {
		switch {
		case j == len(g.local) || i < len(g.central) && g.central[i].text < g.local[j]:
			if !g.besideLocal(g.central[i].text) && !g.leftOut(g.central[i]) {
				d.central[g.central[i]] = true
			}
			i++
		case i == len(g.central) || g.local[j] < g.central[i].text:
			if !g.besideCentral(g.local[j]) {
				d.local[g.local[j]]++
			}
			j++
		default:
			i, j = i+1, j+1
		}
	}
	if len(d.central) == 0 && len(d.local) == 0 && len(g.files) > 0 {
		d.order, d.last = make(map[uint64]numbered), make(map[ledger.Row]*line)
		for _, n := range g.central {
			d.order[n.text] = n
		}
	}
}

func (g *group) besideLocal(text uint64) bool {
	for _, h := range g.beside() {
		if _, has := slices.BinarySearch(h.local, text); has {
			return true
		}
	}
	return false
}

func (g *group) besideCentral(text uint64) bool {
	return slices.ContainsFunc(g.beside(), func(h *group) bool { return h.hasCentral(text) })
}

func (g *group) hasCentral(text uint64) bool {
	_, has := slices.BinarySearchFunc(g.central, text, func(n numbered, text uint64) int { return cmp.Compare(n.text, text) })
	return has
}

// leftOut reports whether events name the line as one that local files do not have, or that the server
// has in part.
func (g *group) leftOut(n numbered) bool {
	return n.piece.Host.Accounted(n.piece.Row, event.LeftOut, event.CutByRelay).Has(n.number)
}

// fetch reads the lines that differ once more, for their texts, and tells of them.
func (x *comparison) fetch(ctx context.Context) {
	pieces, seals := x.wanted()
	if len(x.groups) == 0 {
		return
	}
	for _, g := range x.groups {
		g.differ.lacking = x.lacking(g)
	}
	x.central.Each(ctx, pieces, func(l *central.Line) {
		d := x.byPiece[l.Piece].differ
		if d == nil || len(d.central) == 0 || len(d.atHost) >= maxDiffering {
			return
		}
		key := numbered{l.Piece, l.Number, maphash.Bytes(x.seed, l.Text)}
		if d.central[key] {
			delete(d.central, key)
			d.atHost = append(d.atHost, &line{text: bytes.Clone(l.Text), path: l.Path, line: l.Line, piece: l.Piece, number: l.Number})
		}
	})
	x.local.Each(ctx, seals, func(l *local.Line) {
		if d := x.bySeal[l.Seal].differ; d != nil && (len(d.local) > 0 || d.order != nil || d.at != nil) {
			x.fetchLocal(d, l)
		}
	})
	for _, g := range x.groups {
		x.tell(g)
	}
}

func (x *comparison) fetchLocal(d *difference, l *local.Line) {
	text := ledger.LocalText(l.Text)
	if d.at != nil && !central.IsRoutine(text) {
		if n, altered := d.at[place{l.Seal, d.seen[l.Seal]}]; altered {
			d.atFile = append(d.atFile, &line{text: bytes.Clone(text), path: l.Path, line: l.Line, piece: n.piece, number: n.number})
		}
		d.seen[l.Seal]++
	}
	key := maphash.Bytes(x.seed, text)
	if d.local[key] > 0 {
		d.local[key]--
		d.fetched(&line{text: text, path: l.Path, line: l.Line}, l.Text)
	}
	n, known := d.order[key]
	if !known {
		return
	}
	at := &line{text: bytes.Clone(text), path: l.Path, line: l.Line, piece: n.piece, number: n.number}
	if last := d.last[n.piece.Row]; last != nil && last.number > n.number {
		f := at.finding(finding.Order, "a line stands behind one that came later")
		f.Other, f.Where = x.r.show(last.text), last.where()
		f.Text = x.r.show(at.text)
		x.r.report.Add(f)
		return
	}
	d.last[n.piece.Row] = at
}

// fetched takes note of a line that a file alone has. Its text is not valid for long.
func (d *difference) fetched(at *line, whole []byte) {
	explained := d.lacking.place(at, whole)
	one := !explained && len(d.atFile) < maxDiffering
	any := at.byOrder && len(d.byOrder) < maxDiffering
	if one || any {
		at.text = bytes.Clone(at.text)
	}
	if one {
		d.atFile = append(d.atFile, at)
	}
	if any {
		d.byOrder = append(d.byOrder, at)
	}
}

// settle decides which lines of files are told of, when all have been fetched.
func (d *difference) settle() {
	k := d.lacking
	if k.isSure() {
		return
	}
	d.atFile = slices.DeleteFunc(d.atFile, func(l *line) bool { return l.byOrder })
	if k.isTold() {
		return
	}
	for _, l := range d.byOrder {
		l.piece, l.number = nil, 0
		if k.excused > 0 {
			l.say = fmt.Sprintf("one of %d lines that are here alone; events explain %d of them", k.found, k.excused)
		}
	}
	d.atFile = append(d.atFile, d.byOrder...)
}

func (l *line) where() string { return fmt.Sprintf("%s, line %d", l.path, l.line) }

func (l *line) finding(code finding.Code, say string) finding.Finding {
	f := finding.Finding{Code: code, Say: say, File: l.path, Line: l.line}
	by(&f, l)
	return f
}

package verify

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"

	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/ledger"
	"httpd-syslog/forwarder/verify/local"
)

const (
	// maxGroups is how many groups of seals are compared line by line.
	maxGroups = 200
	// maxCompared is how many lines are compared, of all groups: 16 bytes each.
	maxCompared = 3 << 20
)

// comparison holds the lines of one time at both ends against each other: those of a group of seals, and of
// the groups beside it, where a line may be whose seal came early or late.
type comparison struct {
	r       *run
	central *central.Central
	local   *local.Local
	groups  []*group
	byPiece map[*ledger.Piece]*group
	bySeal  map[local.SealKey]*group
	seed    maphash.Seed
	lines   int
}

// group is what was sealed at one time, and what is wrong in it.
type group struct {
	ledger.Group
	chain    []*group           // all of its chain
	index    int                // in chain
	disputes []*central.Dispute // central pieces that are not as they were sealed
	files    []*local.Piece     // likewise of files

	central []numbered // of lines
	local   []uint64
	differ  *difference // nil: it is not compared
}

// numbered is the hash of a central line's text.
type numbered struct {
	piece  *ledger.Piece
	number uint64
	text   uint64
}

// compare tells of all that is disputed: line by line where both ends have the lines, else as it was found.
func (r *run) compare(ctx context.Context, c *central.Central, l *local.Local, disputes []*central.Dispute) {
	x := &comparison{r: r, central: c, local: l, byPiece: make(map[*ledger.Piece]*group), bySeal: make(map[local.SealKey]*group), seed: maphash.MakeSeed()}
	x.find(disputes)
	x.read(ctx)
	x.fetch(ctx)
	for _, d := range disputes {
		if g := x.byPiece[d.Piece]; g == nil || g.differ == nil || !g.differ.told {
			for _, f := range d.Tell {
				r.report.Add(f)
			}
		}
	}
	for _, p := range l.Pieces {
		for _, f := range p.Tell {
			r.report.Add(f)
		}
	}
}

// find finds the groups that are disputed, and marks those beside them.
func (x *comparison) find(disputes []*central.Dispute) {
	bad := false
	for _, p := range x.local.Pieces {
		bad = bad || !p.Good
	}
	if len(x.r.o.Central) == 0 || len(x.local.Pieces) == 0 || !bad && len(disputes) == 0 {
		return
	}
	for chain := range x.r.ledger.Tellers {
		var all []*group
		for i, g := range x.r.ledger.Groups(chain) {
			all = append(all, &group{Group: g, index: i})
		}
		for _, g := range all {
			g.chain = all
			for _, p := range g.Lines {
				x.byPiece[p] = g
			}
			for _, n := range g.Files {
				x.bySeal[local.SealKey{Chain: chain, N: n}] = g
			}
		}
	}
	for _, d := range disputes {
		if g := x.byPiece[d.Piece]; g != nil {
			g.disputes = append(g.disputes, d)
			x.mark(g)
		}
	}
	for key, p := range x.local.Pieces {
		if g := x.bySeal[key]; g != nil && !p.Good {
			g.files = append(g.files, p)
			x.mark(g)
		}
	}
}

// mark has a group compared.
func (x *comparison) mark(g *group) {
	if g.differ != nil || len(x.groups) >= maxGroups || len(g.Lines) == 0 || len(g.Files) == 0 {
		return
	}
	for _, n := range g.Files {
		if x.local.Pieces[local.SealKey{Chain: g.Chain, N: n}] == nil {
			return // a file is gone
		}
	}
	g.differ = &difference{files: make(map[local.SealKey][]uint64)}
	x.groups = append(x.groups, g)
}

// beside are the groups before and behind.
func (g *group) beside() (all []*group) {
	if g.index > 0 {
		all = append(all, g.chain[g.index-1])
	}
	if g.index+1 < len(g.chain) {
		all = append(all, g.chain[g.index+1])
	}
	return all
}

// wanted are the pieces and seals of the groups whose lines are looked at.
func (x *comparison) wanted() (pieces []*ledger.Piece, seals []local.SealKey) {
	seen := make(map[*group]bool)
	for _, g := range x.groups {
		for _, near := range append(g.beside(), g) {
			if seen[near] {
				continue
			}
			seen[near] = true
			pieces = append(pieces, near.Lines...)
			for _, n := range near.Files {
				seals = append(seals, local.SealKey{Chain: near.Chain, N: n})
			}
		}
	}
	return pieces, seals
}

// read hashes the lines at both ends, and finds those that differ.
func (x *comparison) read(ctx context.Context) {
	if len(x.groups) == 0 {
		return
	}
	pieces, seals := x.wanted()
	x.central.Each(ctx, pieces, func(l *central.Line) {
		if x.lines++; x.lines <= maxCompared && !central.IsRoutine(l.Text) {
			g := x.byPiece[l.Piece]
			g.central = append(g.central, numbered{l.Piece, l.Number, maphash.Bytes(x.seed, l.Text)})
		}
	})
	x.local.Each(ctx, seals, func(l *local.Line) {
		if text := ledger.LocalText(l.Text); !central.IsRoutine(text) {
			if x.lines++; x.lines <= maxCompared {
				x.bySeal[l.Seal].addLocal(l.Seal, maphash.Bytes(x.seed, text), x.local.Pieces[l.Seal].Good)
			}
		}
	})
	if x.lines > maxCompared {
		x.r.report.Note("there are too many lines beside what differs: they are not compared one by one")
		x.groups = nil
	}
	for _, g := range x.groups {
		g.prepare()
	}
	for _, g := range x.groups {
		g.diff()
	}
}

// addLocal adds the hash of a local line.
func (g *group) addLocal(seal local.SealKey, text uint64, good bool) {
	g.local = append(g.local, text)
	if d := g.differ; d != nil && !good {
		d.files[seal] = append(d.files[seal], text)
	}
}

// prepare brings hashes into order, and drops what was sent twice.
func (g *group) prepare() {
	for _, h := range append(g.beside(), g) {
		slices.SortFunc(h.central, compareNumbered)
		h.central = slices.Compact(h.central)
		slices.Sort(h.local)
	}
}

func compareNumbered(a, b numbered) int {
	return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.number, b.number), cmp.Compare(a.piece.N, b.piece.N))
}

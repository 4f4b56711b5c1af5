package ledger

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Between are the numbers of a chain's seals that are about a time: from the first to the last one of lines
// that came in then, and those of files that were made with them.
func (l *Ledger) Between(chain string, from, to time.Time) (first, last uint64) {
	if from.IsZero() && to.IsZero() {
		return 0, math.MaxUint64
	}
	first, next := uint64(math.MaxUint64), uint64(math.MaxUint64)
	for p := range l.piecesOf(chain) {
		if p.In(from, to) {
			first, last = min(first, p.N), max(last, p.N)
		}
	}
	for p := range l.piecesOf(chain) { // the seals of files follow those of lines
		if p.N > last {
			next = min(next, p.N)
		}
	}
	if first == math.MaxUint64 {
		return 1, 0
	}
	return first, next - 1
}

// piecesOf are all pieces of a chain, in no order.
func (l *Ledger) piecesOf(chain string) func(yield func(*Piece) bool) {
	return func(yield func(*Piece) bool) {
		for _, h := range l.Hosts {
			for _, pieces := range h.Pieces {
				for _, p := range pieces {
					if p.Chain == chain && !yield(p) {
						return
					}
				}
			}
		}
	}
}

// Group is what was sealed at one time: lines of writers, and the bytes of files that have them.
type Group struct {
	Chain string
	Lines []*Piece
	Files []uint64 // seals
}

// Groups are those of a chain, in order. A seal of lines behind one of a file begins another group.
func (l *Ledger) Groups(chain string) (groups []Group) {
	type entry struct {
		n     uint64
		lines *Piece
	}
	var all []entry
	for p := range l.piecesOf(chain) {
		all = append(all, entry{p.N, p})
	}
	for key, f := range l.Files {
		if key.Chain == chain {
			for _, p := range f.Pieces {
				all = append(all, entry{p.N, nil})
			}
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.n, b.n) })
	for i, e := range all {
		if i == 0 || e.lines != nil && all[i-1].lines == nil {
			groups = append(groups, Group{Chain: chain})
		}
		g := &groups[len(groups)-1]
		if e.lines != nil {
			g.Lines = append(g.Lines, e.lines)
		} else {
			g.Files = append(g.Files, e.n)
		}
	}
	return groups
}

package verify

import (
	"cmp"
	"slices"

	"httpd-syslog/forwarder/verify/ledger"
	"httpd-syslog/forwarder/verify/local"
)

// place is a line of a file's piece: how many stand before it.
type place struct {
	seal  local.SealKey
	index int
}

// align finds which numbers altered lines of local files have, by the lines around them: texts may be there more
// than once, and then say nothing by themselves. It reports false where lines were not only altered, or where more
// than one writer could have written them.
func (g *group) align() bool {
	if len(g.disputes) > 0 || len(g.files) == 0 || len(g.differ.files) != len(g.files) {
		return false
	}
	at := make(map[place]numbered)
	for key, texts := range g.differ.files {
		var found []numbered // by place; without a piece: as it was
		for row := range g.rows() {
			if one := g.alignRow(row, texts); one != nil && found != nil {
				return false
			} else if one != nil {
				found = one
			}
		}
		if found == nil {
			return false
		}
		for i, n := range found {
			if n.piece != nil {
				at[place{key, i}] = n
			}
		}
	}
	if len(at) > maxDiffering {
		return false
	}
	g.differ.at, g.differ.seen = at, make(map[local.SealKey]int)
	for _, n := range at {
		g.differ.central[n] = true
	}
	return true
}

// rows are the writers of the group's lines.
func (g *group) rows() map[ledger.Row]bool {
	rows := make(map[ledger.Row]bool)
	for _, p := range g.Lines {
		rows[p.Row] = true
	}
	return rows
}

// alignRow holds the lines of a writer against those of a file that can be its, both in order. It returns the lines
// of the writer in whose places others stand; nil: it does not come out even, or none is altered.
func (g *group) alignRow(row ledger.Row, file []uint64) []numbered {
	elsewhere := counts(g.local)
	for _, text := range file {
		elsewhere[text]--
	}
	here, known := counts(file), make(map[uint64]bool)
	var mine []numbered
	left := make(map[uint64]int) // of the writer's texts
	for _, n := range g.central {
		known[n.text] = true
		if n.piece.Row != row || here[n.text] == 0 && elsewhere[n.text] > 0 || g.leftOut(n) {
			continue
		}
		mine = append(mine, n)
		left[n.text]++
	}
	slices.SortFunc(mine, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	found, i, others, surplus := make([]numbered, len(file)), 0, 0, 0
	own := counts(texts(mine))
	for k, text := range file {
		if known[text] && own[text] == 0 {
			continue // another writer's
		}
		if left[text]--; left[text] < 0 {
			surplus++
		}
		if i == len(mine) {
			return nil
		}
		if mine[i].text != text {
			found[k] = mine[i]
			others++
		}
		i++
	}
	if i < len(mine) || others == 0 || others != surplus {
		return nil
	}
	return found
}

func counts(texts []uint64) map[uint64]int {
	n := make(map[uint64]int)
	for _, text := range texts {
		n[text]++
	}
	return n
}

func texts(lines []numbered) (all []uint64) {
	for _, n := range lines {
		all = append(all, n.text)
	}
	return all
}

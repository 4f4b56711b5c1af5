package seal

import (
	"cmp"
	"maps"
	"slices"
)

// Checker finds out whether seals hang together. They may come in any order, and more than once. It
// holds about 100 bytes for each. The zero value is ready. Not for concurrent use.
type Checker struct {
	chains map[string]map[uint64]link
	forks  map[place]bool
}

// link is what a seal has to do with its neighbours.
type link struct{ sum, prev Sum }

type place struct {
	chain string
	n     uint64
}

// Add takes a seal and the text that it was read from. It reports whether the seal is a new one, and not
// one that was told before.
func (c *Checker) Add(s *Seal, text string) bool {
	if c.chains == nil {
		c.chains, c.forks = make(map[string]map[uint64]link), make(map[place]bool)
	}
	links := c.chains[s.Chain]
	if links == nil {
		links = make(map[uint64]link)
		c.chains[s.Chain] = links
	}
	sum := SumOf(text)
	was, known := links[s.N]
	switch {
	case !known:
		links[s.N] = link{sum, s.Prev}
	case was.sum != sum:
		c.forks[place{s.Chain, s.N}] = true
		return true
	}
	return !known
}

// Sum is the sum of the text of a seal; false: it was not added.
func (c *Checker) Sum(chain string, n uint64) (Sum, bool) {
	l, ok := c.chains[chain][n]
	return l.sum, ok
}

// Flaw is what is wrong in a chain.
type Flaw string

// The flaws.
const (
	Missing Flaw = "missing" // seals are missing between those that are there
	Forked  Flaw = "forked"  // two texts have one number
	Spliced Flaw = "spliced" // a seal does not hang on the one before
)

// Finding is a flaw at the seals First to Last of a chain.
type Finding struct {
	Chain       string
	Flaw        Flaw
	First, Last uint64
}

// Findings are the flaws of all chains, in order. What is before the first and behind the last seal of a
// chain is not known here: see Extents.
func (c *Checker) Findings() (all []Finding) {
	for _, chain := range slices.Sorted(maps.Keys(c.chains)) {
		links := c.chains[chain]
		numbers := slices.Sorted(maps.Keys(links))
		for i, n := range numbers {
			switch {
			case i > 0 && numbers[i-1] != n-1:
				all = append(all, Finding{chain, Missing, numbers[i-1] + 1, n - 1})
			case i > 0 && links[n-1].sum != links[n].prev && !c.forks[place{chain, n - 1}],
				n == 1 && links[n].prev != Sum{}:
				all = append(all, Finding{chain, Spliced, n, n})
			}
			if c.forks[place{chain, n}] {
				all = append(all, Finding{chain, Forked, n, n})
			}
		}
	}
	return all
}

// Extent is what there is of a chain.
type Extent struct {
	Chain       string
	First, Last uint64 // numbers of seals
	Sum         Sum    // of the text of the last one
}

// Extents are those of all chains, in the order of their IDs.
func (c *Checker) Extents() (all []Extent) {
	for chain, links := range c.chains {
		e := Extent{Chain: chain}
		for n := range links {
			if e.First == 0 || n < e.First {
				e.First = n
			}
			e.Last = max(e.Last, n)
		}
		e.Sum = links[e.Last].sum
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Extent) int { return cmp.Compare(a.Chain, b.Chain) })
	return all
}

package numbers

import "slices"

// span is a run of numbers that are accounted for, both ends included.
type span struct {
	first, last uint64
	lost        bool // an event has explained that they do not come; else they have come
}

// hole is a run of numbers that have not come.
type hole struct {
	first, last uint64
	since       int64 // s since 1970, when it was opened
	told        bool  // that it is missing
}

// find is the index of the first span that ends at n or behind it.
func find(spans []span, n uint64) int {
	i, _ := slices.BinarySearchFunc(spans, n, func(s span, n uint64) int {
		if s.last < n {
			return -1
		}
		return 1
	})
	return i
}

// cutHole takes the numbers first to last out of the holes. It returns how many of
// them were told to be missing.
func cutHole(holes []hole, first, last uint64) (left []hole, closed uint64) {
	i, _ := slices.BinarySearchFunc(holes, first, func(h hole, n uint64) int {
		if h.last < n {
			return -1
		}
		return 1
	})
	for i < len(holes) && holes[i].first <= last {
		h := holes[i]
		before, behind := h, h
		before.last, behind.first = first-1, last+1
		var rest []hole
		if h.first < first {
			rest = append(rest, before)
		}
		if h.last > last {
			rest = append(rest, behind)
		}
		if h.told {
			closed += min(h.last, last) - max(h.first, first) + 1
		}
		if len(rest) == 1 {
			holes[i] = rest[0] // the usual case: the next line of a row that is behind
		} else {
			holes = slices.Replace(holes, i, i+1, rest...)
		}
		i += len(rest)
	}
	return holes, closed
}

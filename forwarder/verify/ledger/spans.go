package ledger

import (
	"cmp"
	"slices"
)

// Span is a run of numbers, both ends included.
type Span struct{ First, Last uint64 }

// Count is how many numbers it has.
func (s Span) Count() uint64 { return s.Last - s.First + 1 }

// Spans are numbers. After Normal they are in order, apart from each other, and of each number there is one.
type Spans []Span

// Normal brings spans into order, in place.
func (s Spans) Normal() Spans {
	if len(s) < 2 {
		return s
	}
	slices.SortFunc(s, func(a, b Span) int { return cmp.Compare(a.First, b.First) })
	n := 0
	for _, next := range s[1:] {
		if next.First <= s[n].Last || next.First == s[n].Last+1 {
			s[n].Last = max(s[n].Last, next.Last)
			continue
		}
		n++
		s[n] = next
	}
	return s[:n+1]
}

// Count is how many numbers there are in normal spans.
func (s Spans) Count() (n uint64) {
	for _, span := range s {
		n += span.Count()
	}
	return n
}

// from is the index of the first span that does not end before n.
func (s Spans) from(n uint64) int {
	i, _ := slices.BinarySearchFunc(s, n, func(span Span, n uint64) int { return cmp.Compare(span.Last, n) })
	return i
}

// Has reports whether a number is in normal spans.
func (s Spans) Has(n uint64) bool {
	i := s.from(n)
	return i < len(s) && s[i].First <= n
}

// At is the number of normal spans at an index, from 0 on; 0: they have fewer.
func (s Spans) At(i uint64) uint64 {
	for _, span := range s {
		if i < span.Count() {
			return span.First + i
		}
		i -= span.Count()
	}
	return 0
}

// Within are the parts of normal spans that are in a span.
func (s Spans) Within(in Span) (parts Spans) {
	for i := s.from(in.First); i < len(s) && s[i].First <= in.Last; i++ {
		parts = append(parts, Span{max(s[i].First, in.First), min(s[i].Last, in.Last)})
	}
	return parts
}

// Holes are the parts of a span that normal spans do not have.
func (s Spans) Holes(in Span) (holes Spans) {
	next := in.First
	for i := s.from(in.First); i < len(s) && s[i].First <= in.Last; i++ {
		if s[i].First > next {
			holes = append(holes, Span{next, s[i].First - 1})
		}
		if next = s[i].Last + 1; next == 0 || next > in.Last {
			return holes
		}
	}
	return append(holes, Span{next, in.Last})
}

// Minus are the numbers of normal spans that other normal spans do not have.
func (s Spans) Minus(other Spans) (rest Spans) {
	for _, span := range s {
		rest = append(rest, other.Holes(span)...)
	}
	return rest
}

// And are the numbers that two normal spans have both.
func (s Spans) And(other Spans) (both Spans) {
	for _, span := range s {
		both = append(both, other.Within(span)...)
	}
	return both
}

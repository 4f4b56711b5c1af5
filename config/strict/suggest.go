package strict

import "strings"

// Suggest says which of known the unknown s was meant to be, or which there are. A wrong guess is
// worse than none: one slip in a short word, two in a long one.
func Suggest(s string, known []string) string {
	near := 1
	switch {
	case len(s) < 3:
		near = 0
	case len(s) >= 10:
		near = 2
	}
	best := ""
	for _, k := range known {
		if d := editDistance(strings.ToLower(s), strings.ToLower(k)); d <= near {
			best, near = k, d-1
		}
	}
	if best != "" {
		return "did you mean " + Quote(best) + "?"
	}
	return "known here: " + strings.Join(known, ", ")
}

// editDistance counts the slips that make b of a: a byte inserted, deleted or replaced, or two
// neighbours swapped. Keys are short; a long text is far from all of them.
func editDistance(a, b string) int {
	if len(a) > maxKey || len(b) > maxKey {
		return max(len(a), len(b))
	}
	var above, row []int // the rows for a[:i-1] and a[:i]
	for j := range len(b) + 1 {
		row = append(row, j)
	}
	for i := range len(a) {
		next := []int{i + 1}
		for j := range len(b) {
			d := min(row[j+1], next[j]) + 1
			if a[i] == b[j] {
				d = min(d, row[j])
			} else {
				d = min(d, row[j]+1)
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, above[j-1]+1)
			}
			next = append(next, d)
		}
		above, row = row, next
	}
	return row[len(b)]
}

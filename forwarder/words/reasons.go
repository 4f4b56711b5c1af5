package words

import (
	"cmp"
	"maps"
	"slices"
)

// Reasons are those for which messages were refused, the most frequent first.
func Reasons(refused map[string]uint64) []string {
	all := slices.DeleteFunc(slices.Collect(maps.Keys(refused)), func(r string) bool { return refused[r] == 0 })
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(refused[b], refused[a]), cmp.Compare(a, b))
	})
	return all
}

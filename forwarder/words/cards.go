package words

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"httpd-syslog/forwarder/status"
)

// CardNumbers are those that were in a stream's lines, in words; empty: none were.
func CardNumbers(s *status.Stream) string {
	var all []string
	if n := byNetwork(s.Stored); n != "" {
		all = append(all, "stored in clear: "+n)
	}
	if n := byNetwork(s.Truncated); n != "" {
		all = append(all, "truncated: "+n)
	}
	return strings.Join(all, "; ")
}

// CardNumbersOf has a line for each stream in whose lines there were card numbers.
func CardNumbersOf(st *status.Status) string {
	var b strings.Builder
	for i := range st.Streams {
		if found := CardNumbers(&st.Streams[i]); found != "" {
			fmt.Fprintf(&b, "card numbers in %s, %s\n", Visible(st.Streams[i].Name), found)
		}
	}
	return b.String()
}

// byNetwork has the greatest number first.
func byNetwork(n map[string]uint64) string {
	names := slices.SortedFunc(maps.Keys(n), func(a, b string) int {
		return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b))
	})
	for i, name := range names {
		names[i] = Count(n[name]) + " " + Visible(name)
	}
	return strings.Join(names, ", ")
}

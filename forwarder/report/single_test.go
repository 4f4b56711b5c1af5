package report

import (
	"slices"
	"strings"
	"testing"
)

// TestSinglesOfOthers: what is no identity of this program's is not shown as one, which people would put into a command,
// and is not kept; the statement is open.
func TestSinglesOfOthers(t *testing.T) {
	t.Parallel()
	const ours = "019ac2f4a1b9f3a1.1"
	noted := []Note{{Cause: "why", Remedy: "what"}}
	for _, id := range []string{"$(reboot)", "a b", "--help", "x;y", "019ac2f4a1b9f3a1", "." + ours, ours + "x", strings.Repeat("0", 1<<16) + ".1", "a|b.1", "é.1"} {
		var s Singles
		of := Statement{Say: "altered"}
		s.Add(id)
		s.Add(ours)
		s.Finish(&of, map[string][]Note{ours: noted, id: noted}, func(text string) string { return text })
		if !of.Open || !slices.Equal(of.Incidents, []string{ours}) || of.Say != "altered" {
			t.Errorf("%.20q: %+.200v", id, of)
		}
	}
}

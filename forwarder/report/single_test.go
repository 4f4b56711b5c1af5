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

// TestSinglesInOrder: they stand in the order of their identities, each once, with what was noted on them, and the first of
// those without a note is what the command is for.
func TestSinglesInOrder(t *testing.T) {
	t.Parallel()
	const one, two, three = "019ac2f4a1b9f3a1.1", "019ac2f4a1b9f3a2.1", "019ac2f4a1b9f3a3.1"
	noted := []Note{{Cause: "why", Remedy: "what"}}
	for say, notes := range map[string]map[string][]Note{
		"altered; nobody has noted cause and remedy: httpd_syslog note " + two + " and others": {one: noted},
		"altered; nobody has noted cause and remedy: httpd_syslog note " + three:               {one: noted, two: noted},
		"altered; somebody has noted cause and remedy":                                         {one: noted, two: noted, three: noted},
	} {
		var s Singles
		for _, id := range []string{three, one, two, one} {
			s.Add(id)
		}
		of := Statement{Say: "altered"}
		s.Finish(&of, notes, func(text string) string { return "<" + text + ">" })
		if !slices.Equal(of.Incidents, []string{"<" + one + ">", "<" + two + ">", "<" + three + ">"}) || of.Say != say || of.Open != (len(notes) < 3) || len(of.Notes) != len(notes) {
			t.Errorf("%+v", of)
		}
	}
}

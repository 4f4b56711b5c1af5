package central

import (
	"fmt"
	"strings"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// examined are the cases of TestExamine: six lines in two seals, and two more, as a rule.
var examined = map[string]struct {
	do     func(s *server)
	o      Options
	window bool // which text was sealed is found out where all are in memory alone
	counts finding.Counts
	lines  []string
	more   int // lines
}{
	"as it was": {do: func(s *server) {
		s.sealSome(1, 3)
		s.sealSome(4, 6)
		s.put("access.log", some(1, 2, 3, 4, 5, 6, 7, 8))
	}, counts: finding.Counts{Lines: 8, Checked: 6, NotSealed: 2}},
	"a torn line has the next one's header": {do: func(s *server) {
		s.sealSome(1, 3)
		whole := message("web2", two, 1, "x")
		torn, _, _ := strings.Cut(whole, "equenceId")
		s.put("access.log", some(1, 2)+torn+"\n"+whole+some(3))
	}, counts: finding.Counts{Lines: 4, Checked: 3, NoSeal: 1}, lines: []string{
		`unnumbered access.log:3: a line that is no message of RFC 5424: "<141>1 2026-01-01T00:00:01Z web2 httpd 9-00000000000000b0 access [meta s"`,
	}, more: 1},
	"a text altered": {do: func(s *server) {
		s.sealSome(1, 3)
		s.sealSome(4, 6)
		s.put("access.log", some(1, 2, 3, 4)+message("web1", one, 5, "Line 5")+some(6))
	}, counts: finding.Counts{Lines: 6, Checked: 3, Altered: 1, Beside: 2}, lines: []string{
		`dispute: 3 lines of seal 2; altered web1 access.log:4-6 7-00000000000000af lines 4-6 seal 2 of chain ID: one or more of these texts are not those that were sealed`,
	}},
	"lines are missing": {do: func(s *server) {
		s.sealSome(1, 3)
		s.sealSome(4, 6)
		s.sealSome(7, 9)
		s.sealSome(10, 12)
		s.put("access.log", some(2, 3, 5, 9, 10, 11))
	}, counts: finding.Counts{Lines: 12, Missing: 6, Beside: 6}, lines: []string{
		`missing web1 access.log:1 7-00000000000000af lines 1-1 seal 1 of chain ID: beside this line a line is missing, and no event says why`,
		`missing web1 access.log:3 7-00000000000000af lines 4-4 seal 2 of chain ID: beside this line a line is missing, and no event says why`,
		`missing web1 access.log:3 7-00000000000000af lines 6-8 seal 2 of chain ID and 1 later ones: beside this line lines are missing, and no event says why`,
		`missing web1 access.log:6 7-00000000000000af lines 12-12 seal 4 of chain ID: beside this line a line is missing, and no event says why`,
		`dispute: 2 lines of seal 1`,
		`dispute: 1 lines of seal 2`,
		`dispute: 1 lines of seal 3`,
		`dispute: 2 lines of seal 4`,
	}},
	"a seal has no line": {do: func(s *server) {
		s.sealSome(1, 3)
		s.sealSome(4, 6)
		s.put("access.log", some(4, 5, 6))
	}, counts: finding.Counts{Lines: 6, Checked: 3, Missing: 3}, lines: []string{
		`missing web1 access.log 7-00000000000000af lines 1-3 seal 1 of chain ID: lines are missing, and no event says why`,
	}},
	"no line of a writer": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", message("web2", two, 1, "x"))
	}, counts: finding.Counts{Lines: 4, Missing: 3, NoSeal: 1}, lines: []string{
		`missing web1 7-00000000000000af lines 1-3 seal 1 of chain ID: lines are missing, and no event says why`,
		`no_seal web2: lines of 1 writers, and no seal of this host`,
	}},
	"it was so when it was sealed": {do: func(s *server) {
		s.seal("web1", one, 1, "line 1", "", "line 3")
		s.put("access.log", some(1, 3))
	}, counts: finding.Counts{Lines: 3, Checked: 2, Missing: 1}, lines: []string{
		`missing web1 access.log 7-00000000000000af lines 2-2 seal 1 of chain ID: a line is missing, and no event says why (it was so when the others were sealed)`,
	}},
	"a line that was lost has come": {do: func(s *server) {
		s.seal("web1", one, 1, "line 1", "", "line 3")
		s.put("access.log", some(1, 2, 3))
	}, counts: finding.Counts{Lines: 3, Altered: 1, Beside: 2}, lines: []string{
		`dispute: 3 lines of seal 1; added web1 access.log:1-3 7-00000000000000af lines 1-3 seal 1 of chain ID: there are 3 lines, and 2 were sealed`,
	}},
	"events say why lines are missing": {do: func(s *server) {
		s.seal("web1", one, 1, "line 1", "", "line 3")
		s.sealSome(4, 6)
		s.sealSome(7, 9)
		e := event.LinesMissing.With()
		e.Ranges = []event.Range{{Writer: one, First: 2, Last: 2}}
		s.tell("web1", e.String())
		e = event.RelayGivenUp.With("relay", "central")
		e.Ranges = []event.Range{{Writer: one, First: 5, Last: 5}}
		s.tell("web1", e.String())
		s.put("access.log", some(1, 3, 4, 6, 7, 8))
	}, counts: finding.Counts{Lines: 9, Checked: 2, Missing: 1, Lost: 2, Beside: 4}, lines: []string{
		`missing web1 access.log:6 7-00000000000000af lines 9-9 seal 3 of chain ID: beside this line a line is missing, and no event says why`,
		`dispute: 2 lines of seal 2`,
		`dispute: 2 lines of seal 3`,
	}},
	"sent again": {do: func(s *server) {
		s.sealSome(1, 3)
		s.sealSome(4, 6)
		s.put("access.log", some(1, 2, 3, 4, 5, 2, 3, 4, 5, 6, 7, 6, 7, 8))
	}, counts: finding.Counts{Lines: 8, Checked: 6, NotSealed: 2}},
	"at two servers": {do: func(s *server) {
		s.sealSome(1, 3)
		s.sealSome(4, 6)
		s.put("access.log", some(1, 2, 3, 4, 5))
		s.put("other.log", some(3, 4, 5, 6))
	}, counts: finding.Counts{Lines: 6, Checked: 6}},
	"two texts, the first was sealed": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1, 2, 3)+message("web1", one, 2, "a lie"))
	}, counts: finding.Counts{Lines: 3, Checked: 3, Altered: 1}, lines: []string{
		`two_texts web1 access.log:4 7-00000000000000af lines 2 seal 1 of chain ID: a line with this number has another text than was sealed: "a lie" / "line 2" at access.log, line 2`,
	}},
	"two texts, the second was sealed": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1)+message("web1", one, 2, "a lie")+some(3, 2))
	}, counts: finding.Counts{Lines: 3, Checked: 3, Altered: 1}, window: true, lines: []string{
		`two_texts web1 access.log:2 7-00000000000000af lines 2 seal 1 of chain ID: a line with this number has another text than was sealed: "a lie" / "line 2" at access.log, line 4`,
	}},
	"two texts, none was sealed": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1)+message("web1", one, 2, "a lie")+some(3)+message("web1", one, 2, "another"))
	}, counts: finding.Counts{Lines: 3, Altered: 1, Beside: 2}, lines: []string{
		`two_texts web1 access.log:4 7-00000000000000af lines 2 seal 1 of chain ID: another line with this number has another text: "another" / "a lie" at access.log, line 2`,
		`dispute: 3 lines of seal 1`,
	}},
	"several numbers with several texts": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", message("web1", one, 1, "a lie")+message("web1", one, 2, "a lie")+some(3, 1)+message("web1", one, 2, "another")+some(2))
	}, counts: finding.Counts{Lines: 3, Checked: 3, Altered: 3}, window: true, lines: []string{
		`two_texts web1 access.log:1 7-00000000000000af lines 1 seal 1 of chain ID: a line with this number has another text than was sealed: "a lie" / "line 1" at access.log, line 4`,
		`two_texts web1 access.log:2 7-00000000000000af lines 2 seal 1 of chain ID: a line with this number has another text than was sealed: "a lie" / "line 2" at access.log, line 6`,
		`two_texts web1 access.log:5 7-00000000000000af lines 2 seal 1 of chain ID: a line with this number has another text than was sealed: "another" / "line 2" at access.log, line 6`,
	}},
	"two texts, of no seal": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1, 2, 3, 4, 5)+message("web1", one, 4, "a lie"))
	}, counts: finding.Counts{Lines: 5, Checked: 3, NotSealed: 2}, lines: []string{
		`two_texts web1 access.log:6 7-00000000000000af lines 4: another line with this number has another text: "a lie" / "line 4" at access.log, line 4`,
	}},
	"a line has changed its place": {do: func(s *server) {
		s.sealSome(1, 6)
		s.put("access.log", some(1, 2, 4, 5, 3, 6))
	}, counts: finding.Counts{Lines: 6, Checked: 6}, lines: []string{
		`order web1 access.log:5 7-00000000000000af lines 3: a line stands behind one with a higher number: "line 3"`,
	}},
	"lines between seals": {do: func(s *server) {
		s.sealSome(1, 3)
		s.sealSome(6, 8)
		s.put("access.log", some(1, 2, 3, 4, 5, 6, 7, 8, 9))
	}, counts: finding.Counts{Lines: 9, Checked: 6, NotSealed: 1, NoSeal: 2}, lines: []string{
		`added web1 access.log 7-00000000000000af lines 4-5: lines that no seal has, before others that have one`,
	}},
	"cut for the server, as an event says": {do: func(s *server) {
		s.sealSome(1, 3)
		e := event.RelayCut.With("relay", "central")
		e.Ranges = []event.Range{{Writer: one, First: 2, Last: 2}}
		s.tell("web1", e.String())
		s.put("access.log", some(1)+message("web1", one, 2, "lin"+strings.TrimSuffix(string(cutMark), "\n"))+some(3))
	}, counts: finding.Counts{Lines: 3, Cut: 3}, lines: []string{
		`dispute: 3 lines of seal 1`,
	}},
	"and sent whole too": {do: func(s *server) {
		s.sealSome(1, 3)
		e := event.RelayCut.With("relay", "central")
		e.Ranges = []event.Range{{Writer: one, First: 2, Last: 2}}
		s.tell("web1", e.String())
		s.put("access.log", some(1)+message("web1", one, 2, "lin"+strings.TrimSuffix(string(cutMark), "\n"))+some(3, 2))
	}, counts: finding.Counts{Lines: 3, Checked: 3}},
	"and another text too": {do: func(s *server) {
		s.sealSome(1, 3)
		e := event.RelayCut.With("relay", "central")
		e.Ranges = []event.Range{{Writer: one, First: 2, Last: 2}}
		s.tell("web1", e.String())
		s.put("access.log", some(1)+message("web1", one, 2, "LIN"+strings.TrimSuffix(string(cutMark), "\n"))+some(3, 2))
	}, counts: finding.Counts{Lines: 3, Checked: 3, Altered: 1}, window: true, lines: []string{
		`two_texts web1 access.log:2 7-00000000000000af lines 2 seal 1 of chain ID: a line with this number has another text than was sealed: "LIN...[cut]" / "line 2" at access.log, line 4`,
	}},
	"cut, and no event says so": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1)+message("web1", one, 2, "lin"+strings.TrimSuffix(string(cutMark), "\n"))+some(3))
	}, counts: finding.Counts{Lines: 3, Altered: 1, Beside: 2}, lines: []string{
		`dispute: 3 lines of seal 1; cut web1 access.log:2 7-00000000000000af lines 2 seal 1 of chain ID: a text is not as it was sealed, ends with the mark of a cut, and no event names it: "lin...[cut]"`,
	}},
	"two lines made one by the escape of an LF": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1)+message("web1", one, 2, "line 2#012line 3"))
	}, counts: finding.Counts{Lines: 3, Missing: 1, Beside: 2}, lines: []string{
		`missing web1 access.log:2 7-00000000000000af lines 3-3 seal 1 of chain ID: beside this line a line is missing, and no event says why`,
		`dispute: 2 lines of seal 1`,
	}},
	"cut, and no event says so, and sent whole too": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1)+message("web1", one, 2, "lin"+strings.TrimSuffix(string(cutMark), "\n"))+some(3, 2))
	}, window: true, counts: finding.Counts{Lines: 3, Checked: 3, Altered: 1}, lines: []string{
		`two_texts web1 access.log:2 7-00000000000000af lines 2 seal 1 of chain ID: a line with this number has another text than was sealed: "lin...[cut]" / "line 2" at access.log, line 4`,
	}},
	"writers of a time, without a line or a seal": {o: Options{From: at(10), To: at(20)}, do: func(s *server) {
		for n, writer := range []string{"7-0000000000000001", "7-0000000000000002", "7-0000000000000003"} {
			s.told = append(s.told, &ledger.Told{Host: "web1", Time: at(5 + 10*uint64(n)), Text: event.IntakeBegin.With("stream", "access", "pid", 7, "writer", writer).String()})
			s.tell("web1", event.IntakeEnd.With("stream", "access", "writer", writer, "last", n+1).String())
		}
		s.put("access.log", message("web2", two, 1, "x"))
	}, counts: finding.Counts{Lines: 3, Missing: 2, NoSeal: 1}, lines: []string{
		`missing web1 7-0000000000000002 lines 1-2: lines are missing, and no event says why`,
		`no_seal web2: lines of 1 writers, and no seal of this host`,
	}},
	"cut before it was sealed": {do: func(s *server) {
		s.seal("web1", one, 1, "line 1", "lin"+strings.TrimSuffix(string(cutMark), "\n"))
		s.put("access.log", some(1)+message("web1", one, 2, "lin"+strings.TrimSuffix(string(cutMark), "\n")))
	}, counts: finding.Counts{Lines: 2, Checked: 2}},
	"escaped by the server": {do: func(s *server) {
		s.seal("web1", one, 1, "line 1", "a\tb", "line 3")
		s.put("access.log", some(1)+message("web1", one, 2, "a#011b")+some(3))
	}, counts: finding.Counts{Lines: 3, Altered: 1, Beside: 2}, lines: []string{
		`dispute: 3 lines of seal 1; altered web1 access.log:1-3 7-00000000000000af lines 1-3 seal 1 of chain ID: texts are not those that were sealed, but are once the server's escapes (# and three digits) are undone: turn escaping of control characters off there`,
	}},
	"not escaped by the server": {do: func(s *server) {
		s.seal("web1", one, 1, "line 1", "a#011b", "line 3")
		s.put("access.log", some(1)+message("web1", one, 2, "a#011b")+some(3))
	}, counts: finding.Counts{Lines: 3, Checked: 3}},
	"no seal of the host": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1, 2, 3)+message("web2", two, 1, "x")+message("web2", two, 2, "x"))
	}, counts: finding.Counts{Lines: 5, Checked: 3, NoSeal: 2}, lines: []string{
		`no_seal web2: lines of 1 writers, and no seal of this host`,
	}},
	"no seal for long": {do: func(s *server) {
		s.sealSome(1, 3)
		s.seal("web1", two, 2000, "x")
		s.put("access.log", some(1, 2, 3, 4, 5)+message("web1", two, 2000, "x"))
	}, counts: finding.Counts{Lines: 2005, Checked: 4, Missing: 1999, NotSealed: 2}, lines: []string{
		`not_sealed web1 access.log 7-00000000000000af lines 4: lines from 2026-01-01T00:00:04Z on have no seal, and others that came later have`,
		`missing web1 access.log 9-00000000000000b0 lines 1-1999: lines are missing, and no event says why`,
	}},
	"not messages of a writer": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", "no message\n"+some(1, 2)+"<141>1 - web1 httpd - access - by hand\n"+some(3)+"<141>1 - web1 other - x - of others\n")
	}, counts: finding.Counts{Lines: 3, Checked: 3}, lines: []string{
		`unnumbered access.log:1: a line that is no message of RFC 5424: "no message"`,
		`unnumbered web1 access.log:4: a line without a number in stream access, whose lines have numbers: "by hand"`,
	}},
	"the lines of one host are asked for": {o: Options{Hosts: []string{"web2"}}, do: func(s *server) {
		s.sealSome(1, 3)
		s.seal("web2", two, 1, "x", "y")
		s.put("access.log", some(1, 3)+message("web2", two, 1, "x")+message("web2", two, 2, "z"))
	}, counts: finding.Counts{Lines: 2, Altered: 1, Beside: 1}, lines: []string{
		`dispute: 2 lines of seal 2; altered web2 access.log:3-4 9-00000000000000b0 lines 1-2 seal 2 of chain ID: one or more of these texts are not those that were sealed`,
	}},
	"from a time on": {o: Options{From: at(4)}, do: func(s *server) {
		s.sealSome(1, 3)
		s.sealSome(4, 6)
		s.put("access.log", some(1, 4, 6, 7))
	}, counts: finding.Counts{Lines: 4, Missing: 1, Beside: 2, NotSealed: 1}, lines: []string{
		`missing web1 access.log:2 7-00000000000000af lines 5-5 seal 2 of chain ID: beside this line a line is missing, and no event says why`,
		`dispute: 2 lines of seal 2`,
	}},
	"up to a time": {o: Options{To: at(3)}, do: func(s *server) {
		s.sealSome(1, 3)
		s.sealSome(4, 6)
		s.put("access.log", some(1, 3, 4, 7))
	}, counts: finding.Counts{Lines: 3, Missing: 1, Beside: 2}, lines: []string{
		`missing web1 access.log:1 7-00000000000000af lines 2-2 seal 1 of chain ID: beside this line a line is missing, and no event says why`,
		`dispute: 2 lines of seal 1`,
	}},
	"of another time": {o: Options{From: at(100)}, do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1))
	}},
	"a writer that has ended": {do: func(s *server) {
		s.sealSome(1, 3)
		s.tell("web1", event.IntakeEnd.With("stream", "access", "writer", one, "last", 5).String())
		s.tell("web1", event.IntakeEnd.With("stream", "access", "writer", two, "last", 2, "last_event", 1).String())
		s.put("access.log", some(1, 2, 3))
	}, counts: finding.Counts{Lines: 8, Checked: 3, Missing: 5}, lines: []string{
		`missing web1 9-00000000000000b0 audit 1-1: a line is missing, and no event says why`,
		`missing web1 9-00000000000000b0 lines 1-2: lines are missing, and no event says why`,
		`missing web1 access.log 7-00000000000000af lines 4-5: lines are missing, and no event says why`,
	}},
	"hosts in one row": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("access.log", some(1)+message("web9", one, 2, "line 2")+some(3, 4))
	}, counts: finding.Counts{Lines: 4, Checked: 3, NotSealed: 1}},
	"of several days": {do: func(s *server) {
		s.sealSome(1, 6)
		s.put("access-2026-01-02.log", some(4, 5, 6, 9))
		s.put("access-2026-01-01.log", some(1, 2, 3))
		s.put("access-2026-01-03.log", some(11))
	}, counts: finding.Counts{Lines: 11, Checked: 6, Missing: 3, NotSealed: 2}, lines: []string{
		`missing web1 access-2026-01-02.log 7-00000000000000af lines 7-8: lines are missing, and no event says why`,
		`missing web1 access-2026-01-02.log 7-00000000000000af lines 10-10: a line is missing, and no event says why`,
	}},
	"events in a file of their own": {do: func(s *server) {
		s.sealSome(1, 3)
		s.tell("web1", event.RelayUp.With("relay", "central").String())
		s.receive("audit.log")
		s.put("access.log", some(1, 2, 3))
	}, counts: finding.Counts{Lines: 5, Checked: 3, NotSealed: 2}},
	"events among lines": {do: func(s *server) {
		s.sealSome(1, 3)
		s.put("all.log", some(1, 2))
		s.receive("all.log")
		s.put("all.log", some(3, 4))
	}, counts: finding.Counts{Lines: 5, Checked: 3, NotSealed: 2}},
	"events after lines that have no seal": {do: func(s *server) {
		s.sealSome(1, 3)
		s.tell("web1", event.RelayUp.With("relay", "central").String())
		s.seal("web1", two, 2000, "x")
		s.receive("audit.log")
		s.put("access.log", some(1, 2, 3))
	}, counts: finding.Counts{Lines: 2006, Checked: 3, Missing: 2000, NotSealed: 3}, lines: []string{
		`missing web1 9-00000000000000b0 lines 1-2000: lines are missing, and no event says why`,
		`not_sealed web1 audit.log 5-00000000000000c0 audit 2: lines from 2026-01-01T00:00:01Z on have no seal, and others that came later have`,
	}},
	"holes without number": {do: func(s *server) {
		s.sealSome(1, 1)
		var text strings.Builder
		for n := range uint64(maxHoles + 3) {
			text.WriteString(some(1 + 2*n))
		}
		s.put("access.log", text.String())
	}, counts: finding.Counts{Lines: 2005, Checked: 1, Missing: 1002, NotSealed: 1002}, lines: []string{
		`missing web1 7-00000000000000af lines 0: lines are missing in 2 more places`,
		`missing web1 access.log 7-00000000000000af lines 2-2: a line is missing, and no event says why`,
		`missing web1 access.log 7-00000000000000af lines 4-4: a line is missing, and no event says why`,
		`missing web1 access.log 7-00000000000000af lines 6-6: a line is missing, and no event says why`,
		`missing web1 access.log 7-00000000000000af lines 8-8: a line is missing, and no event says why`,
	}, more: 996},
	"many lines that are no messages": {do: func(s *server) {
		s.sealSome(1, 1)
		s.put("access.log", some(1)+strings.Repeat("no message\n", maxPlaces+2)+strings.Repeat("<141>1 - web1 httpd - access - by hand\n", maxPlaces+3))
	}, counts: finding.Counts{Lines: 1, Checked: 1}, lines: []string{
		`unnumbered access.log: 2 more lines that are no messages of RFC 5424`,
		`unnumbered access.log:2: a line that is no message of RFC 5424: "no message"`,
		`unnumbered access.log:3: a line that is no message of RFC 5424: "no message"`,
		`unnumbered access.log:4: a line that is no message of RFC 5424: "no message"`,
		`unnumbered access.log:5: a line that is no message of RFC 5424: "no message"`,
	}, more: 37},
	"no message at all": {do: func(s *server) {
		s.put("access.log", "first\nsecond\n")
	}, lines: []string{
		`unchecked: access.log has 2 lines that are no messages of RFC 5424, the first is line 1: "first"`,
	}},
	"a line without its end": {do: func(s *server) {
		s.sealSome(1, 2)
		s.put("access.log", strings.TrimSuffix(some(1, 2), "\n"))
	}, counts: finding.Counts{Lines: 2, Missing: 1, Beside: 1}, lines: []string{
		`missing web1 access.log:1 7-00000000000000af lines 2-2 seal 1 of chain ID: beside this line a line is missing, and no event says why`,
		`dispute: 1 lines of seal 1`,
	}},
	"texts under one number without end": {do: func(s *server) {
		s.sealSome(1, 2)
		s.put("access.log", some(1, 2))
		for n := range 5 {
			s.put("access.log", message("web1", one, 2, strings.Repeat("x", archive.MaxLine-1000)+fmt.Sprint(n)))
		}
	}, o: Options{Memory: 1}, window: true, counts: finding.Counts{Lines: 2, Beside: 2}, lines: []string{
		`unchecked: seal 1 of chain ID: its lines are too long, or too many under one number`,
	}},
	"many lines moved": {do: func(s *server) {
		s.sealSome(1, 60)
		var text strings.Builder
		for n := uint64(1); n <= 60; n += 2 {
			text.WriteString(some(n+1, n))
		}
		s.put("access.log", text.String())
	}, counts: finding.Counts{Lines: 60, Checked: 60}, lines: []string{
		`order web1 access.log:2 7-00000000000000af lines 1: a line stands behind one with a higher number: "line 1"`,
		`order web1 access.log:4 7-00000000000000af lines 3: a line stands behind one with a higher number: "line 3"`,
		`order web1 access.log:6 7-00000000000000af lines 5: a line stands behind one with a higher number: "line 5"`,
		`order web1 access.log:8 7-00000000000000af lines 7: a line stands behind one with a higher number: "line 7"`,
		`order web1 access.log:10 7-00000000000000af lines 9: a line stands behind one with a higher number: "line 9"`,
	}, more: 15},
}

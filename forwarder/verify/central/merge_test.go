package central

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// TestMerge: what lanes have of one row is added up, and a number that two of them have is there twice.
func TestMerge(t *testing.T) {
	report := new(finding.Report)
	c := New(Options{Report: report, Ledger: ledger.New()})
	key, other := ledger.Row{Writer: 0xaf}, ledger.Row{Writer: 0xaf, Audit: true}
	of := func(host string, again ledger.Spans, bytes uint64, at uint64, runs ...ledger.Span) *tally {
		return &tally{procID: "7-00000000000000af", host: host, runs: runs, again: again, bytes: bytes, tail: tail{number: at}, strays: []stray{{number: at}}}
	}
	told := ledger.Told{Host: "web1", Text: event.LinesMissing.With("lines", 2, "stream", "access", "why", "x").String()}
	c.merge(&lane{tallies: map[ledger.Row]*tally{key: of("web1", nil, 100, 5, ledger.Span{First: 1, Last: 5}), other: of("web1", nil, 1, 9, ledger.Span{First: 9, Last: 9})}, told: []ledger.Told{told}})
	c.merge(&lane{tallies: map[ledger.Row]*tally{key: of("web1", ledger.Spans{{First: 6, Last: 6}}, 50, 8, ledger.Span{First: 4, Last: 8})}, files: []*file{{lane: "a"}}, tooMany: true})
	r := c.rows[key]
	want := row{
		Row: key, procID: "7-00000000000000af", host: "web1", numbers: ledger.Spans{{First: 1, Last: 8}}, again: ledger.Spans{{First: 4, Last: 6}}, bytes: 150, lines: 10,
		tails: []tail{{number: 5}, {number: 8}}, strays: []stray{{number: 5}, {number: 8}},
	}
	if r == nil || !reflect.DeepEqual(*r, want) {
		t.Errorf("%+v, want\n%+v", r, want)
	}
	if len(c.rows) != 2 || c.rows[other].numbers.Count() != 1 || c.o.Ledger.Hosts["web1"] == nil {
		t.Errorf("%d rows, hosts %v", len(c.rows), c.o.Ledger.Names())
	}
	if len(report.Unchecked) != 1 || !strings.Contains(report.Unchecked[0], fmt.Sprintf("a has lines of more than %d writers", maxRows)) {
		t.Errorf("%q", report.Unchecked)
	}
	c.merge(&lane{tallies: map[ledger.Row]*tally{key: of("web2", nil, 1, 20, ledger.Span{First: 20, Last: 20})}})
	c.merge(&lane{tallies: map[ledger.Row]*tally{key: of("web1", nil, 1, 21, ledger.Span{First: 21, Last: 21})}})
	if !r.mixed || r.host != "web1" || r.lines != 12 {
		t.Errorf("of two hosts: %+v", r)
	}
}

// TestTellStreams: lines without a number are told where others of their stream have one, some with their places, and the rest counted.
func TestTellStreams(t *testing.T) {
	f := &file{path: "a.log"}
	places := []place{{f, 3, "x"}, {f, 7, "y"}}
	for name, tt := range map[string]struct {
		hosts []string
		s     streamLines
		want  []string
	}{
		"others have none": {s: streamLines{host: "web1", stream: "access", unnumbered: 2, places: places}},
		"all have one":     {s: streamLines{host: "web1", stream: "access", numbered: true}},
		"another host":     {hosts: []string{"web2"}, s: streamLines{host: "web1", stream: "access", numbered: true, unnumbered: 2, places: places}},
		"two": {hosts: []string{"web1"}, s: streamLines{host: "web1", stream: "access", numbered: true, unnumbered: 2, places: places},
			want: []string{"web1 a.log 3 x a line without a number in stream access, whose lines have numbers", "web1 a.log 7 y a line without a number in stream access, whose lines have numbers"}},
		"more": {s: streamLines{host: "web1", stream: "access", numbered: true, unnumbered: 9, places: places[:1]},
			want: []string{"web1 a.log 3 x a line without a number in stream access, whose lines have numbers", "web1 a.log 0  8 more lines without a number in stream access"}},
	} {
		report := new(finding.Report)
		c := New(Options{Report: report, Ledger: ledger.New(), Hosts: tt.hosts})
		c.tellStreams(&lane{streams: map[string]*streamLines{"": &tt.s}})
		var got []string
		for _, f := range report.Findings {
			got = append(got, fmt.Sprint(f.Host, " ", f.File, " ", f.Line, " ", f.Text, " ", f.Say))
			if f.Code != finding.Unnumbered {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestTellFiles: a file that cannot be read, or has no message, is not checked; of others lines that are no messages are told.
func TestTellFiles(t *testing.T) {
	report := new(finding.Report)
	c := New(Options{Report: report, Ledger: ledger.New()})
	damaged := &file{path: "flaw.log", numbered: 1}
	damaged.content.Flaws = []string{"its end is missing"}
	mixed := &file{path: "mixed.log", numbered: 1, others: 5}
	mixed.places = []place{{mixed, 4, "x"}}
	none := &file{path: "none.log", others: 2}
	none.places = []place{{none, 1, "y"}}
	c.files = []*file{{path: "gone.log", err: fmt.Errorf("open gone.log: no such file")}, damaged, mixed, none, {path: "good.log", numbered: 3}}
	c.tellFiles()
	var got []string
	for _, f := range report.Findings {
		got = append(got, fmt.Sprint(f.Code, " ", f.File, " ", f.Line, " ", f.Text, " ", f.Say))
	}
	if want := []string{"file_flaw flaw.log 0  its end is missing", "unnumbered mixed.log 4 x a line that is no message of RFC 5424", "unnumbered mixed.log 0  4 more lines that are no messages of RFC 5424"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if len(report.Unchecked) != 2 || !strings.Contains(report.Unchecked[0], "open gone.log") || !strings.Contains(report.Unchecked[1], "none.log has 2 lines that are no messages of RFC 5424, the first is line 1: y") {
		t.Errorf("%q", report.Unchecked)
	}
}

// TestOwner: a row is the host's whose seals have it or the writer's other row, else the only one's that its lines name.
func TestOwner(t *testing.T) {
	key, other := ledger.Row{Writer: 0xaf}, ledger.Row{Writer: 0xaf, Audit: true}
	for name, tt := range map[string]struct {
		row   row
		other *row
		want  string
	}{
		"one host":                 {row{Row: key, host: "web1"}, nil, "web1"},
		"two hosts":                {row{Row: key, host: "web1", mixed: true}, nil, ""},
		"its events are of one":    {row{Row: key, host: "web1", mixed: true}, &row{Row: other, host: "web2"}, "web2"},
		"its events are of two":    {row{Row: key, host: "web1", mixed: true}, &row{Row: other, host: "web2", mixed: true}, ""},
		"events count for nothing": {row{Row: key, host: "web1"}, &row{Row: other, host: "web2"}, "web1"},
	} {
		l := ledger.New()
		for _, host := range []string{"web1", "web2"} {
			l.Add(&ledger.Told{Host: host, Text: "no event"})
		}
		l.Finish()
		c := New(Options{Report: new(finding.Report), Ledger: l})
		if c.rows[key] = &tt.row; tt.other != nil {
			c.rows[other] = tt.other
		}
		got := ""
		if h := c.owner(&tt.row); h != nil {
			got = h.Name
		}
		if got != tt.want {
			t.Errorf("%s: it is of %q, want %q", name, got, tt.want)
		}
	}
}

package central

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// server is the files of a central server, and the events of those who have sent them.
type server struct {
	t     *testing.T
	dir   string
	chain seal.Chain
	told  []*ledger.Told
}

// The writers of the tests.
const one, two = "7-00000000000000af", "9-00000000000000b0"

// begun is when the first line came in: line N comes N seconds later.
var begun = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(n uint64) time.Time { return begun.Add(time.Duration(n) * time.Second) }

// message is a line of a file.
func message(host, procID string, n uint64, text string) string {
	return fmt.Sprintf("<141>1 %s %s httpd %s access [meta sequenceId=\"%d\"] %s\n", at(n).Format(time.RFC3339Nano), host, procID, n, text)
}

// some are the messages of web1's first writer, each with its number as its text.
func some(numbers ...uint64) (text string) {
	for _, n := range numbers {
		text += message("web1", one, n, fmt.Sprint("line ", n))
	}
	return text
}

// put adds lines to a file.
func (s *server) put(name, text string) {
	s.t.Helper()
	f, err := os.OpenFile(filepath.Join(s.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	f.Close()
}

// tell tells an event of a host.
func (s *server) tell(host, text string) {
	s.told = append(s.told, &ledger.Told{Host: host, Time: begun, Text: text})
}

// seal has the host of a writer seal lines that have these texts; empty: there is none.
func (s *server) seal(host, procID string, first uint64, texts ...string) {
	l := seal.Lines{Writer: procID, Stream: "access", Class: seal.OfLines, First: first, Last: first + uint64(len(texts)) - 1}
	h := sha256.New()
	for _, text := range texts {
		if text != "" {
			fmt.Fprintln(h, text)
			l.Lines++
		}
	}
	l.From, l.To, l.Sum = at(l.First), at(l.Last), seal.Sum(h.Sum(nil))
	s.tell(host, s.chain.Lines(l))
}

// receive has the events that were told come to the server, in a file; told are they no more.
func (s *server) receive(name string) {
	for n, told := range s.told {
		s.put(name, fmt.Sprintf("<46>1 %s %s httpd_syslog 5-00000000000000c0 audit [meta sequenceId=\"%d\"] %s\n", at(uint64(n)).Format(time.RFC3339Nano), told.Host, n+1, told.Text))
	}
	s.told = nil
}

// sealSome seals lines as some has them.
func (s *server) sealSome(first, last uint64) {
	var texts []string
	for n := first; n <= last; n++ {
		texts = append(texts, fmt.Sprint("line ", n))
	}
	s.seal("web1", one, first, texts...)
}

// result is what is found, in words.
type result struct {
	counts finding.Counts
	lines  []string
}

// examine reads and examines the files.
func (s *server) examine(o Options) (r result, c *Central) {
	s.t.Helper()
	o.Paths, o.Ledger, o.Report = []string{s.dir}, ledger.New(), new(finding.Report)
	for _, told := range s.told {
		o.Ledger.Add(told)
	}
	c = New(o)
	c.ReadEvents(s.t.Context())
	o.Ledger.Finish()
	c.Read(s.t.Context())
	disputes := c.Examine(s.t.Context())
	o.Report.Sort()
	for _, f := range o.Report.Findings {
		r.lines = append(r.lines, s.words(&f))
	}
	for _, say := range o.Report.Unchecked {
		r.lines = append(r.lines, "unchecked: "+strings.NewReplacer(s.dir+"/", "", s.chain.ID, "ID").Replace(say))
	}
	for _, d := range disputes {
		text := fmt.Sprintf("dispute: %d lines of seal %d", d.Lines, d.Piece.N)
		for _, f := range d.Tell {
			text += "; " + s.words(&f)
		}
		r.lines = append(r.lines, text)
	}
	r.counts = o.Report.Counts
	return r, c
}

// words are a finding in a line.
func (s *server) words(f *finding.Finding) string {
	b := fmt.Sprint(f.Code)
	if f.Host != "" {
		b += " " + f.Host
	}
	if f.File != "" {
		b += " " + strings.TrimPrefix(f.File, s.dir+"/")
	}
	if f.Line > 0 {
		b += fmt.Sprintf(":%d", f.Line)
	}
	if f.Until > 0 {
		b += fmt.Sprintf("-%d", f.Until)
	}
	if f.Writer != "" {
		b += fmt.Sprintf(" %s %s %d", f.Writer, f.Class, f.First)
	}
	if f.Last > 0 {
		b += fmt.Sprintf("-%d", f.Last)
	}
	if f.Seal != "" {
		b += " " + strings.ReplaceAll(f.Seal, s.chain.ID, "ID")
	}
	b += ": " + f.Say
	if f.Text != "" {
		b += ": " + f.Text
	}
	if f.Other != "" {
		b += " / " + f.Other + " at " + strings.TrimPrefix(f.Where, s.dir+"/")
	}
	return b
}

// TestExamine: what the files of a server can have of lines that were sealed, and what is said and counted of it; with
// little memory it is the same.
func TestExamine(t *testing.T) {
	for name, tt := range examined {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{t: t, dir: t.TempDir(), chain: seal.NewChain()}
			tt.do(s)
			got, _ := s.examine(tt.o)
			if n := len(tt.lines); got.counts != tt.counts || len(got.lines) != n+tt.more || !slices.Equal(got.lines[:n], tt.lines) {
				t.Errorf("%+v\n%s", got.counts, strings.Join(got.lines, "\n"))
			}
			if tt.window {
				return
			}
			few := tt.o
			few.Memory = 1
			again, _ := s.examine(few)
			if again.counts != got.counts || !slices.Equal(again.lines, got.lines) {
				t.Errorf("with little memory: %+v\n%q\nand with more: %+v\n%q", again.counts, again.lines, got.counts, got.lines)
			}
		})
	}
}

// TestFilesOfHosts: of which hosts there are lines, and which files have lines of those that are asked for; lines with an
// owner are that one's, whatever host they name.
func TestFilesOfHosts(t *testing.T) {
	s := &server{t: t, dir: t.TempDir(), chain: seal.NewChain()}
	s.sealSome(1, 3)
	s.put("first.log", some(1, 2, 3))
	s.put("second.log", message("web2", two, 1, "x"))
	s.put("third.log", message("web9", one, 4, "of web1"))
	s.put("fourth.log", "<141>1 - web3 httpd - access - not numbered\n")
	s.put("fifth.log", "no message\n")
	for host, want := range map[string][]string{"web1": {"first.log", "third.log"}, "web2": {"second.log"}, "web3": {"fourth.log"}, "web9": {"third.log"}, "web4": nil} {
		_, c := s.examine(Options{Hosts: []string{host}})
		var asked []string
		for _, path := range c.Asked() {
			asked = append(asked, filepath.Base(path))
		}
		if slices.Sort(asked); !slices.Equal(asked, want) {
			t.Errorf("%s has lines in %q, want %q", host, asked, want)
		}
		if hosts := c.Hosts(); len(hosts) != 2 || !hosts["web2"] || !hosts["web1"] && !hosts["web9"] {
			t.Errorf("hosts: %v", hosts)
		}
	}
}

// TestLatestLoose: when the last line of a host came that is in no seal.
func TestLatestLoose(t *testing.T) {
	s := &server{t: t, dir: t.TempDir(), chain: seal.NewChain()}
	s.sealSome(1, 3)
	s.seal("web1", two, 1, "x")
	s.seal("web2", "9-00000000000000b1", 1, "x")
	s.put("access.log", some(1, 2, 3, 4, 7, 2, 3)+message("web1", two, 1, "x")+message("web2", "9-00000000000000b1", 1, "x"))
	s.put("other.log", message("web1", two, 5, "x"))
	_, c := s.examine(Options{})
	if got := c.LatestLoose("web1"); !got.Equal(at(7)) {
		t.Errorf("the last one came at %v", got)
	}
	if got := c.LatestLoose("web2"); !got.IsZero() {
		t.Errorf("of a host whose lines are all sealed: %v", got)
	}
}

// TestEventsHaveTheirPlace: a seal that cannot be read is told of with file and line, also where it stands among lines.
func TestEventsHaveTheirPlace(t *testing.T) {
	s := &server{t: t, dir: t.TempDir(), chain: seal.NewChain()}
	s.put("lines.log", some(1))
	for _, name := range []string{"audit.log", "lines.log"} {
		s.tell("web1", "x "+name+" {event=seal.file n=0}")
		s.receive(name)
	}
	_, c := s.examine(Options{})
	flaws := c.o.Ledger.Flaws
	if len(flaws) != 2 || !strings.HasPrefix(flaws[0], s.dir+"/audit.log, line 1: ") || !strings.HasPrefix(flaws[1], s.dir+"/lines.log, line 2: ") {
		t.Errorf("%q", flaws)
	}
}

// TestLacking: the numbers of a piece that no file has, without those that local files lack, too, and apart those of which
// events say that the server does not get them.
func TestLacking(t *testing.T) {
	s := &server{t: t, dir: t.TempDir(), chain: seal.NewChain()}
	s.sealSome(1, 9)
	s.seal("web1", two, 1, "x", "y")
	for number, kind := range map[uint64]*event.Kind{2: &event.LinesMissing, 4: &event.RelayGivenUp, 5: &event.LogLeftOut} {
		e := kind.With()
		e.Ranges = []event.Range{{Writer: one, First: number, Last: number}}
		s.tell("web1", e.String())
	}
	s.put("access.log", some(1, 3, 8))
	_, c := s.examine(Options{})
	h := c.o.Ledger.Hosts["web1"]
	for writer, want := range map[uint64]string{0xaf: "[{4 4}] [{6 7} {9 9}]", 0xb0: "[] [{1 2}]"} {
		explained, missing := c.Lacking(h.Pieces[ledger.Row{Writer: writer}][0])
		if got := fmt.Sprint(explained, missing); got != want {
			t.Errorf("%x: %s, want %s", writer, got, want)
		}
	}
}

// TestEach: each line of some pieces comes with its place, in the order of the files, repeats too, and no other.
func TestEach(t *testing.T) {
	s := &server{t: t, dir: t.TempDir(), chain: seal.NewChain()}
	s.sealSome(1, 3)
	s.sealSome(4, 6)
	s.sealSome(7, 9)
	s.put("a.log", "no message\n"+some(1, 2, 3, 4, 5))
	s.put("b.log", some(5)+message("web1", two, 8, "of another")+some(6, 7, 8))
	s.put("c.log", some(7, 8, 9))
	s.put("d.log", some(1, 2))
	_, c := s.examine(Options{})
	pieces := c.o.Ledger.Hosts["web1"].Pieces[ledger.Row{Writer: 0xaf}]
	for _, some := range [][]*ledger.Piece{{pieces[2], pieces[0]}, {pieces[0], pieces[2]}} {
		var got []string
		c.Each(t.Context(), some, func(l *Line) {
			got = append(got, fmt.Sprintf("%s:%d %d %d %s", filepath.Base(l.Path), l.Line, l.Piece.N, l.Number, l.Text))
		})
		want := []string{"a.log:2 1 1 line 1", "a.log:3 1 2 line 2", "a.log:4 1 3 line 3", "b.log:4 3 7 line 7", "b.log:5 3 8 line 8", "c.log:1 3 7 line 7", "c.log:2 3 8 line 8", "c.log:3 3 9 line 9", "d.log:1 1 1 line 1", "d.log:2 1 2 line 2"}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	}
	for _, f := range c.files { // which of them are read at all
		e := each{pieces: map[ledger.Row]ledger.Pieces{{Writer: 0xaf}: {pieces[2]}}}
		if is := e.concerns(f); is != (filepath.Base(f.path) == "b.log" || filepath.Base(f.path) == "c.log") {
			t.Errorf("%s is read: %v", f.path, is)
		}
	}
}

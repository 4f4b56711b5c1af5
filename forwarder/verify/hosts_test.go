package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/central"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// telling is what hosts have told, from an hour on; all of web1's is in one chain.
type telling struct {
	run
	chain seal.Chain
	began time.Time
}

const writer = "7-00000000000000af"

// tell tells an event, some minutes after the begin.
func (s *telling) tell(minutes int, host, text string) {
	s.ledger.Add(&ledger.Told{Host: host, Time: s.began.Add(time.Duration(minutes) * time.Minute), Text: text, File: "audit.log", Line: int64(minutes)})
}

// begin begins the chain, and makes some seals, of which those are told that are not left out.
func (s *telling) seals(minutes int, n uint64, leftOut ...uint64) {
	for s.chain.N < n {
		at := s.began.Add(time.Duration(minutes) * time.Minute)
		text := s.chain.Lines(seal.Lines{Writer: writer, Class: seal.OfLines, First: s.chain.N + 1, Last: s.chain.N + 1, Lines: 1, From: at, To: at})
		if !slices.Contains(leftOut, s.chain.N) {
			s.tell(minutes, "web1", text)
		}
	}
}

func (s *telling) beginChain() {
	s.tell(0, "web1", event.SealChain.With("chain", s.chain.ID).String())
}

func (s *telling) beat(minutes int, n uint64, open ...event.Range) {
	h := seal.Heartbeat{N: n, Chain: s.chain.ID, Writers: open}
	e := h.Event()
	s.tell(minutes, "web1", e.String())
}

// TestHosts: what is told of what hosts have told, and of those that have told nothing.
func TestHosts(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	minute := func(n int) time.Time { return began.Add(time.Duration(n) * time.Minute) }
	begins := event.IntakeBegin.With("stream", "access", "pid", 7, "writer", "9-00000000000000b0").String()
	for name, tt := range map[string]struct {
		do    func(s *telling)
		o     Options
		until int // minutes; 0: nothing was checked
		words []string
	}{
		"well":    {do: func(s *telling) { s.beginChain(); s.seals(1, 3); s.beat(5, 3) }, until: 5},
		"nothing": {do: func(*telling) {}, words: []string{"unchecked: there is nothing of any host"}},
		"nothing of a host that is asked for": {do: func(s *telling) { s.beginChain(); s.seals(1, 3) }, o: Options{Hosts: []string{"web1", "web2"}}, until: 1,
			words: []string{"unchecked: there is nothing of host web2"}},
		"lines alone of a host that is asked for": {do: func(s *telling) { s.beginChain(); s.seals(1, 3) }, o: Options{Hosts: []string{"web1", "web3"}}, until: 1,
			words: []string{"no_seal web3: there are no events of this host, and so no seals"}},
		"another host's events": {do: func(s *telling) { s.seals(1, 3, 2); s.tell(1, "web2", event.RelayUp.With("relay", "x").String()) }, o: Options{Hosts: []string{"web2"}},
			words: []string{"no_seal web2: there is no seal"}},
		"no seal":                            {do: func(s *telling) { s.tell(1, "web1", event.RelayUp.With("relay", "x").String()) }, words: []string{"no_seal web1: there is no seal"}},
		"a seal is missing":                  {do: func(s *telling) { s.beginChain(); s.seals(1, 3, 2) }, until: 1, words: []string{"chain web1 2: a seal is missing"}},
		"seals are missing":                  {do: func(s *telling) { s.beginChain(); s.seals(1, 6, 2, 3, 4) }, until: 1, words: []string{"chain web1 2: seals are missing, up to number 4"}},
		"the first ones":                     {do: func(s *telling) { s.beginChain(); s.seals(1, 6, 1, 2) }, until: 1, words: []string{"chain web1 1: seals are missing, up to number 2"}},
		"the first ones, of before the time": {do: func(s *telling) { s.seals(1, 6, 1, 2) }, o: Options{From: began}, until: 1},
		"the last ones":                      {do: func(s *telling) { s.beginChain(); s.seals(1, 3); s.beat(5, 5) }, until: 5, words: []string{"chain web1 4: seals are missing at the end, up to number 5, which other events name"}},
		"the begin of the chain":             {do: func(s *telling) { s.seals(1, 3) }, until: 1, words: []string{"chain web1 1: no event tells that this chain begins"}},
		"the begin of the chain, of before":  {do: func(s *telling) { s.seals(1, 3) }, o: Options{From: began}, until: 1},
		"two seals of a number": {do: func(s *telling) {
			s.beginChain()
			was := s.chain
			s.seals(1, 3)
			s.chain = was
			s.seals(2, 1)
		}, until: 2, words: []string{"chain web1 1: there are two seals with this number: somebody has made one, or the state directory was copied"}},
		"spliced": {do: func(s *telling) { s.beginChain(); s.seals(1, 2); s.chain.Prev = seal.Sum{}; s.seals(2, 3) }, until: 2,
			words: []string{"chain web1 3: this seal does not hang on the one before it: the chain was spliced"}},
		"a seal that is none": {do: func(s *telling) { s.beginChain(); s.seals(1, 1); s.tell(2, "web1", "x {event=seal.lines n=0}") }, until: 1,
			words: []string{`chain: "audit.log, line 2: a seal that is none: prev=\"\""`}},
		"told by itself": {do: func(s *telling) {
			s.beginChain()
			s.seals(1, 1)
			for minutes := range 4 {
				s.tell(minutes, "web1", event.SealAnew.With("file", "access_log", "begin", minutes, "cause", "x", "end", 1).String())
			}
		}, o: Options{From: minute(1), To: minute(2)}, until: 1, words: []string{
			"reported web1 audit.log:1: the web server itself has told: the seals of access_log begin anew at byte 1: x",
			"reported web1 audit.log:2: the web server itself has told: the seals of access_log begin anew at byte 2: x"}},
		"nothing of the time before": {do: func(s *telling) { s.beginChain(); s.seals(16, 1) }, o: Options{From: began.Add(-time.Minute)}, until: 16,
			words: nil},
		"nothing of the first quarter": {do: func(s *telling) { s.seals(16, 1) }, o: Options{From: began}, until: 16,
			words: []string{"not_covered web1: nothing is known of the time before 2026-01-01T00:16:00Z"}},
		"nothing of the last quarter": {do: func(s *telling) { s.beginChain(); s.seals(10, 1) }, o: Options{To: minute(26)}, until: 10,
			words: []string{"not_covered web1: nothing is known of the time behind 2026-01-01T00:10:00Z"}},
		"little of the last quarter":   {do: func(s *telling) { s.beginChain(); s.seals(10, 1) }, o: Options{To: minute(25)}, until: 10},
		"a time that is to come":       {do: func(s *telling) { s.beginChain(); s.seals(10, 1) }, o: Options{To: minute(100), Now: minute(25)}, until: 10},
		"now is later":                 {do: func(s *telling) { s.beginChain(); s.seals(10, 1) }, o: Options{To: minute(100), Now: minute(26)}, until: 10, words: []string{"not_covered web1: nothing is known of the time behind 2026-01-01T00:10:00Z"}},
		"a writer has told no end":     {do: func(s *telling) { s.beginChain(); s.seals(1, 1); s.tell(1, "web1", begins); s.beat(16, 1) }, until: 16, words: []string{"unfinished web1 9-00000000000000b0: this writer has begun, has told no end, and is not among those that are open: what it wrote last is not known"}},
		"it may have told nothing yet": {do: func(s *telling) { s.beginChain(); s.seals(1, 1); s.tell(2, "web1", begins); s.beat(16, 1) }, until: 16},
		"it is open": {do: func(s *telling) {
			s.beginChain()
			s.seals(1, 1)
			s.tell(1, "web1", begins)
			s.beat(16, 1, event.Range{Writer: "9-00000000000000b0", First: 1, Last: 1})
		}, until: 16},
		"it has ended": {do: func(s *telling) {
			s.beginChain()
			s.seals(1, 1)
			s.tell(1, "web1", begins)
			s.tell(2, "web1", event.IntakeEnd.With("writer", "9-00000000000000b0", "last", 0).String())
			s.beat(16, 1)
		}, until: 16},
		"it has begun at another time": {do: func(s *telling) { s.beginChain(); s.seals(1, 1); s.tell(1, "web1", begins); s.beat(16, 1) }, o: Options{From: minute(2), To: minute(20)}, until: 16},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.o.Now.IsZero() {
				tt.o.Now = minute(1000)
			}
			s := &telling{run: run{o: tt.o, ledger: ledger.New(), report: &finding.Report{}, show: func(text []byte) string {
				text, _, _ = cutBlock(text)
				return string(text)
			}}, chain: seal.NewChain(), began: began}
			tt.do(s)
			dir := t.TempDir()
			line := "<141>1 2026-01-01T00:00:00Z web3 httpd 5-00000000000000c0 access [meta sequenceId=\"1\"] x\n"
			if err := os.WriteFile(filepath.Join(dir, "web3.log"), []byte(line), 0o600); err != nil {
				t.Fatal(err)
			}
			s.ledger.Finish()
			c := central.New(central.Options{Paths: []string{dir}, Ledger: s.ledger, Report: s.report})
			c.Read(t.Context())
			s.hosts(c)
			s.report.Sort()
			var words []string
			for _, f := range s.report.Findings {
				text := strings.Join(strings.Fields(fmt.Sprint(f.Code, " ", f.Host, " ", f.File)), " ")
				if f.Line > 0 {
					text += fmt.Sprintf(":%d", f.Line)
				}
				if f.Writer != "" {
					text += " " + f.Writer
				}
				if n, ok := strings.CutPrefix(f.Seal, "seal "); ok {
					text += " " + strings.TrimSuffix(n, " of chain "+s.chain.ID)
				}
				words = append(words, text+": "+f.Say)
			}
			for _, say := range s.report.Unchecked {
				words = append(words, "unchecked: "+say)
			}
			if !slices.Equal(words, tt.words) {
				t.Errorf("%s", strings.Join(words, "\n"))
			}
			if until := s.report.Until; until.IsZero() != (tt.until == 0) || tt.until > 0 && !until.Equal(minute(tt.until)) {
				t.Errorf("checked until %v", until)
			}
		})
	}
}

// cutBlock cuts the block off an event's text.
func cutBlock(text []byte) (sentence, block []byte, ok bool) {
	i := strings.LastIndex(string(text), " {")
	if i < 0 {
		return text, nil, false
	}
	return text[:i], text[i:], true
}

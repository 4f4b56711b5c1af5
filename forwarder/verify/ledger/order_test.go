package ledger

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// sealedMinutes is a ledger of a chain that seals, in each of three minutes, lines of two writers and then bytes of two files.
func sealedMinutes(t *testing.T) (l *Ledger, chain *seal.Chain, begin time.Time) {
	t.Helper()
	l, begin = New(), time.Unix(1e9, 0).UTC()
	made := seal.NewChain()
	chain = &made
	add := func(text string) { l.Add(&Told{Host: "web1", Time: begin, Text: text}) }
	for minute := range uint64(3) {
		from := begin.Add(time.Duration(minute) * time.Minute)
		for _, class := range []seal.Class{seal.OfLines, seal.OfEvents} {
			add(chain.Lines(seal.Lines{Writer: "7-00000000000000af", Stream: "access", Class: class, First: 10*minute + 1, Last: 10*minute + 10, Lines: 9, From: from, To: from.Add(30 * time.Second)}))
		}
		for _, file := range []string{"access_log", "audit_log"} {
			add(chain.File(seal.File{File: file, Since: 3, Begin: int64(100 * minute), End: int64(100*minute + 100)}))
		}
	}
	l.Finish()
	return l, chain, begin
}

// TestBetween: the seals of a time are those of the lines that came in then, with those of files behind them.
func TestBetween(t *testing.T) {
	t.Parallel()
	l, chain, begin := sealedMinutes(t)
	at := func(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }
	for name, tt := range map[string]struct {
		from, to    time.Time
		first, last uint64
	}{
		"all":         {first: 0, last: math.MaxUint64},
		"from":        {from: at(60), first: 5, last: math.MaxUint64 - 1},
		"up to":       {to: at(60), first: 1, last: 8},
		"the second":  {at(60), at(90), 5, 8},
		"its end":     {at(90), at(91), 5, 8},
		"its begin":   {at(31), at(60), 5, 8},
		"in between":  {at(31), at(59), 1, 0},
		"before":      {to: at(-1), first: 1, last: 0},
		"behind":      {from: at(151), first: 1, last: 0},
		"two of them": {at(70), at(130), 5, math.MaxUint64 - 1},
	} {
		if first, last := l.Between(chain.ID, tt.from, tt.to); first != tt.first || last != tt.last {
			t.Errorf("%s: seals %d to %d, want %d to %d", name, first, last, tt.first, tt.last)
		}
	}
	if first, last := l.Between("another", at(0), at(9)); first <= last {
		t.Errorf("of another chain: %d to %d", first, last)
	}
}

// TestGroups: what was sealed at one time is one group, with its lines and the seals of its files.
func TestGroups(t *testing.T) {
	t.Parallel()
	l, chain, _ := sealedMinutes(t)
	var got []string
	for _, g := range l.Groups(chain.ID) {
		text := ""
		for _, p := range g.Lines {
			text += fmt.Sprint(p.N, " ")
		}
		got = append(got, text+fmt.Sprint(g.Files))
		if g.Chain != chain.ID {
			t.Errorf("a group of %s", g.Chain)
		}
	}
	if want := []string{"1 2 [3 4]", "5 6 [7 8]", "9 10 [11 12]"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := l.Groups("another"); len(got) != 0 {
		t.Errorf("of another chain: %v", got)
	}
}

// TestFilesOfSeals: pieces of a file are in the order of its bytes, whatever order they are read in, and each once.
func TestFilesOfSeals(t *testing.T) {
	t.Parallel()
	chain := seal.NewChain()
	var texts []string
	for _, begin := range []int64{0, 10, 20} {
		texts = append(texts, chain.File(seal.File{File: "access_log", Since: 1, Begin: begin, End: begin + 10}))
	}
	texts = append(texts, chain.File(seal.File{File: "access_log", Since: 4, Begin: 0, End: 10})) // behind a rotation
	l := New()
	for _, i := range []int{2, 0, 3, 1, 2} {
		l.Add(&Told{Host: "web1", Text: texts[i]})
	}
	l.Finish()
	f := l.Files[FileKey{"access_log", chain.ID, 1}]
	if f == nil || len(l.Files) != 2 || len(f.Pieces) != 3 || f.Pieces[0].Begin != 0 || f.Pieces[1].Begin != 10 || f.Pieces[2].End != 30 || f.Pieces[2].N != 3 {
		t.Fatalf("%+v of %d files", f, len(l.Files))
	}
	if got := f.Name(&f.Pieces[1]); got != "seal 2 of chain "+chain.ID {
		t.Error(got)
	}
}

// TestTwoHostsOfAWriter: seals of one writer from two hosts are told, and the host that tells of the writer's life has it.
func TestTwoHostsOfAWriter(t *testing.T) {
	t.Parallel()
	const procID = "7-00000000000000af"
	row := Row{Writer: 0xaf}
	for owner, life := range map[string]event.Event{
		"a": event.SealChain.With("chain", "x"), "b": event.IntakeBegin.With("writer", procID, "stream", "access"), "b ended": event.IntakeEnd.With("writer", procID, "last", 3),
	} {
		l := New()
		for _, host := range []string{"a", "b"} {
			chain := seal.NewChain()
			l.Add(&Told{Host: host, Time: time.Unix(1e9, 0), Text: chain.Lines(seal.Lines{Writer: procID, Class: seal.OfLines, First: 1, Last: 3, Lines: 3})})
			if l.Tellers[chain.ID] != host {
				t.Errorf("chain of %s is told by %s", host, l.Tellers[chain.ID])
			}
		}
		l.Add(&Told{Host: owner[:1], Time: time.Unix(1e9, 0), Text: life.String()})
		l.Finish()
		if got := l.Owner(row); got == nil || got.Name != owner[:1] {
			t.Errorf("%s: it is of %+v", owner, got)
		}
		if len(l.Flaws) != 1 || !strings.Contains(l.Flaws[0], `seals of two hosts, "a" and "b", are of writer 00000000000000af`) {
			t.Errorf("%s: %q", owner, l.Flaws)
		}
		if got := l.Names(); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("hosts %q", got)
		}
	}
}

// TestFlawOfASeal: one that cannot be read is told with its place, and is no event.
func TestFlawOfASeal(t *testing.T) {
	t.Parallel()
	l := New()
	l.Add(&Told{Host: "web1", Text: "x {event=seal.lines n=x}", File: "audit_log", Line: 7})
	l.Add(&Told{Host: "web1", Text: "no event"})
	if len(l.Flaws) != 1 || !strings.HasPrefix(l.Flaws[0], "audit_log, line 7: ") {
		t.Errorf("%q", l.Flaws)
	}
}

// TestCollectors: what one has told of its files is known by the chains that it has made, whichever host tells it.
func TestCollectors(t *testing.T) {
	t.Parallel()
	l := New()
	c := &l.Central
	one, two := seal.NewChain(), seal.NewChain()
	last := one.Central(seal.Central{List: "2026-03-10.list", Begin: 10, End: 30, Files: 1})
	c.Add("log1", last)
	c.Add("log1", one.Central(seal.Central{List: "2026-03-10.list", Begin: 0, End: 10, Files: 1})) // less counts for nothing
	c.Add("log2", two.Central(seal.Central{List: "other.list", Begin: 0, End: 5, Files: 1}))
	c.Add("log1", event.CollectRemoved.With("file", "a.log.gz").String())
	c.Add("log2", event.CollectRemoved.With("file", "b.log").String())
	c.Add("log3", event.CollectGone.With("file", "c.log").String())
	c.Add("log3", "no event")
	l.Add(&Told{Host: "log1", Text: last}) // what stands in a central file is not believed
	if len(l.Tellers) != 0 || len(l.Flaws) != 0 {
		t.Errorf("%v, %q", l.Tellers, l.Flaws)
	}
	if !c.IsIn(one.ID, "2026-03-10.list") || c.IsIn(two.ID, "2026-03-10.list") || c.IsIn("none", "other.list") {
		t.Error("lists are those of other chains")
	}
	of := c.Of(slices.Values([]string{one.ID}))
	if !maps.Equal(of.Lists, map[string]int64{"2026-03-10.list": 30}) || !maps.Equal(of.Removed, map[string]bool{"a.log": true}) {
		t.Errorf("%+v", of)
	}
	if both := c.Of(slices.Values([]string{one.ID, two.ID})); len(both.Lists) != 2 || len(both.Removed) != 2 {
		t.Errorf("%+v", both)
	}
}

// TestLocalText: the head of an event's line is no part of its text; any other line is as it is.
func TestLocalText(t *testing.T) {
	t.Parallel()
	const stamp = "2026-11-22T10:00:00.000001+01:00"
	for line, want := range map[string]string{
		stamp + " web1 httpd_syslog[12]: [ID 41 syslog.info] a [b] c": "a [b] c",
		stamp + " web1 httpd_syslog[12]: [ID 4x syslog.info] a":       stamp + " web1 httpd_syslog[12]: [ID 4x syslog.info] a",
		"10.0.0.1 - - [x] GET": "10.0.0.1 - - [x] GET",
		"":                     "",
	} {
		if got := string(LocalText([]byte(line))); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	for id, want := range map[string]uint64{"0": 0, "41": 41, fmt.Sprint(uint64(maxNumber)): maxNumber, strings.Repeat("9", 30): 0} {
		if _, n, ok := ParseLocal([]byte(stamp + " web1 x: [ID " + id + " a.b] c")); n != want && ok {
			t.Errorf("%s is read as %d", id, n)
		} else if ok == (len(id) > 20) {
			t.Errorf("%s is a number: %t", id, ok)
		}
	}
}

package ledger

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// tellOf has a ledger of one host, to which events are told a minute apart.
func tellOf(t *testing.T) (h *Host, tell func(e event.Event)) {
	t.Helper()
	l, at := New(), time.Unix(1e9, 0)
	tell = func(e event.Event) {
		at = at.Add(time.Minute)
		l.Add(&Told{Host: "web1", Time: at, Text: e.String()})
		l.Finish()
	}
	return l.host("web1"), tell
}

// TestAccounts: each kind of event that names numbers accounts for them in the way of its kind, in no other way, and for no other
// row; writers and numbers that cannot be are passed over.
func TestAccounts(t *testing.T) {
	t.Parallel()
	const procID = "7-00000000000000af"
	lines, events := Row{Writer: 0xaf}, Row{Writer: 0xaf, Audit: true}
	ranges := []event.Range{
		{Writer: procID, First: 3, Last: 4}, {Writer: procID, First: maxNumber, Last: maxNumber}, {Writer: procID, First: 9, Last: maxNumber + 1},
		{Writer: "x", First: 20, Last: 21}, {Writer: procID, Audit: true, First: 7, Last: 7},
	}
	ways := []event.Account{event.Nothing, event.Lost, event.LostToRelay, event.LeftOut, event.Cut, event.CutByRelay, event.Missing, event.Given, event.Begun, event.Ended}
	seen := map[event.Account]bool{}
	for _, k := range event.Kinds() {
		h, tell := tellOf(t)
		e := event.Event{Kind: k, Ranges: ranges}
		tell(e)
		tell(e) // from another place: it counts once
		for _, as := range ways {
			n, m := uint64(0), uint64(0)
			if as == k.Accounts && as.HasRanges() && k != &event.Heartbeat {
				n, m = 3, 1
				seen[as] = true
			}
			if got := h.Accounted(lines, as); got.Count() != n || n > 0 && (!got.Has(4) || !got.Has(maxNumber)) {
				t.Errorf("%s as %d: lines %v", k.Code, as, got)
			}
			if got := h.Accounted(events, as); got.Count() != m || m > 0 && !got.Has(7) {
				t.Errorf("%s as %d: events %v", k.Code, as, got)
			}
		}
		if got := h.Accounted(Row{}, ways...); len(got) != 0 {
			t.Errorf("%s: %v of nobody", k.Code, got)
		}
	}
	for _, as := range ways[1:7] { // all that has numbers but for those that were given
		if !seen[as] {
			t.Errorf("no kind accounts for numbers as %d", as)
		}
	}
	var nobody *Host
	if nobody.Accounted(lines, event.Lost) != nil {
		t.Error("a host that is not known accounts for numbers")
	}
}

// TestWriters: who gives numbers is known by each event of a begin and of an end.
func TestWriters(t *testing.T) {
	t.Parallel()
	const procID = "7-00000000000000af"
	for _, k := range event.Kinds() {
		h, tell := tellOf(t)
		pairs := []event.Pair{{Name: "stream", Value: "access"}, {Name: "last", Value: "9"}, {Name: "last_event", Value: "5"}, {Name: "writer", Value: procID}}
		tell(event.Event{Kind: k, Pairs: pairs})
		w := h.Writers[0xaf]
		var want Writer
		switch k.Accounts {
		case event.Begun:
			want = Writer{ProcID: procID, Stream: "access", Begun: time.Unix(1e9+60, 0)}
		case event.Ended:
			want = Writer{ProcID: procID, Ended: true, Last: 9, Events: 5}
		default:
			if w != nil {
				t.Errorf("%s tells of a writer: %+v", k.Code, *w)
			}
			continue
		}
		if w == nil || *w != want {
			t.Fatalf("%s: %+v, want %+v", k.Code, w, want)
		}
		pairs[1].Value, pairs[2].Value = "4", fmt.Sprint(uint64(maxNumber)+1) // less, and what cannot be
		tell(event.Event{Kind: k, Pairs: pairs})
		if *w != want && k.Accounts == event.Ended {
			t.Errorf("%s: %+v, want %+v", k.Code, *w, want)
		}
	}
}

// TestWhatAHostTells: of chains, of rotated files, of files that were removed, and of what it has found itself.
func TestWhatAHostTells(t *testing.T) {
	t.Parallel()
	h, tell := tellOf(t)
	rotated := func(k *event.Kind, file string, until int, more ...any) {
		tell(k.With(append([]any{"file", file, "chain", "c1", "since", 1, "until", until, "size", 10, "compared", 10, "sha256", fmt.Sprintf("%064x", 1)}, more...)...))
	}
	rotated(&event.SealRotated, "a", 7)
	rotated(&event.SealDiffers, "b", 5, "cause", "altered")
	tell(event.SealRotated.With("file", "c"))
	tell(event.SealAnew.With("file", "a", "begin", 3, "cause", "x", "end", 3))
	tell(event.SealChain.With("chain", "c1"))
	tell(event.SealBroken.With("former", "c1", "cause", "x", "n", 12, "chain", "c2"))
	tell(event.SealBroken.With("former", "", "cause", "x", "n", 99, "chain", "c3"))
	tell(event.RotatedRemoved.With("file", "old.gz", "time", 1, "bytes", 1, "why", "keep"))
	tell(event.Event{Kind: &event.Kind{Code: "of.a_later_version", Sentence: "x"}, Ranges: []event.Range{{Writer: "7-00000000000000af", First: 1, Last: 1}}})
	if len(h.Rotated) != 2 || h.Rotated[0].File != "a" || h.Rotated[1].Why != "altered" {
		t.Errorf("rotated: %+v", h.Rotated)
	}
	var reported []string
	for _, r := range h.Reported {
		told, _ := event.Parse(r.Text)
		reported = append(reported, told.Code)
	}
	if got := fmt.Sprint(reported); got != "[seal.differs seal.anew seal.broken seal.broken]" {
		t.Errorf("it has told itself: %s", got)
	}
	if !maps.Equal(h.Begun, map[string]string{"c1": "", "c2": "c1", "c3": ""}) {
		t.Errorf("chains: %v", h.Begun)
	}
	for chain, want := range map[string]uint64{"c1": 12, "c2": 0, "c3": 0, "": 0} {
		if got := h.Promised(chain); got != want {
			t.Errorf("chain %q is said to have %d seals, want %d", chain, got, want)
		}
	}
	if !h.Removed("old") || h.Removed("old.gz") || h.Removed("a") {
		t.Error("what was removed is not known")
	}
}

// TestHeartbeats: the last one counts, which may be told in several events, in whatever order they are read.
func TestHeartbeats(t *testing.T) {
	t.Parallel()
	l := New()
	begin := time.Unix(1e9, 0)
	beat := func(after time.Duration, n uint64, writers ...int) {
		e := event.Heartbeat.With("n", n, "chain", "c1", "relays", "", "clock", "x", "clock_error", 1)
		for _, w := range writers {
			e.Ranges = append(e.Ranges, event.Range{Writer: fmt.Sprintf("7-%016x", w), First: 1, Last: 5})
		}
		l.Add(&Told{Host: "web1", Time: begin.Add(after), Text: e.String()})
	}
	beat(5*time.Minute, 8, 1, 2)
	beat(10*time.Minute, 9, 2)
	beat(10*time.Minute+time.Second, 9, 3)
	beat(0, 7, 4) // of before, and read behind them
	l.Add(&Told{Host: "web1", Text: "an event that has no time"})
	h := l.Hosts["web1"]
	for writer, want := range map[uint64]bool{1: false, 2: true, 3: true, 4: false} {
		if h.Open(writer) != want {
			t.Errorf("writer %d is open: %t", writer, !want)
		}
	}
	if !h.Beat.Equal(begin.Add(10*time.Minute+time.Second)) || h.Promised("c1") != 9 {
		t.Errorf("last one at %v, %d seals", h.Beat, h.Promised("c1"))
	}
	if !h.First.Equal(begin) || !h.Last.Equal(h.Beat) {
		t.Errorf("events from %v to %v", h.First, h.Last)
	}
}

// TestSealedUpTo: what is sealed is known by lines, and by heartbeats, which vouch for less.
func TestSealedUpTo(t *testing.T) {
	t.Parallel()
	l := New()
	line, beat := time.Unix(1e9, 0).UTC(), time.Unix(1e9, 0).Add(30*time.Minute)
	chain := seal.NewChain()
	l.Add(&Told{Host: "web1", Time: line, Text: chain.Lines(seal.Lines{Writer: "7-00000000000000af", Stream: "access", Class: seal.OfLines, First: 1, Last: 2, Lines: 2, From: line, To: line})})
	h := l.Hosts["web1"]
	want := func(sealed, overdue time.Time) {
		t.Helper()
		if !h.Sealed().Equal(sealed) || !h.Overdue().Equal(overdue) {
			t.Errorf("sealed up to %v, all before %v; want %v and %v", h.Sealed(), h.Overdue(), sealed, overdue)
		}
	}
	want(line, line.Add(-10*time.Minute))
	tell := func(at time.Time) {
		l.Add(&Told{Host: "web1", Time: at, Text: event.Heartbeat.With("n", 1, "chain", "c", "relays", "", "clock", "x", "clock_error", 1).String()})
	}
	tell(beat)
	want(beat, line.Add(-10*time.Minute))
	beat = beat.Add(2 * time.Hour)
	tell(beat)
	want(beat, beat.Add(-70*time.Minute))
}

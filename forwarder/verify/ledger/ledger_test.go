package ledger

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// TestSpans are numbers: what is done to them is compared with what is done to a set.
func TestSpans(t *testing.T) {
	const most = 60
	r := rand.New(rand.NewPCG(1, 2))
	make2 := func() (s Spans, set [most + 2]bool) {
		for range r.IntN(8) {
			first := 1 + r.IntN(most)
			last := min(most, first+r.IntN(9))
			s = append(s, Span{uint64(first), uint64(last)})
			for n := first; n <= last; n++ {
				set[n] = true
			}
		}
		return s.Normal(), set
	}
	same := func(name string, got Spans, want func(n int) bool) {
		t.Helper()
		for i, s := range got {
			if s.Last < s.First || i > 0 && s.First <= got[i-1].Last {
				t.Fatalf("%s: %v", name, got)
			}
		}
		for n := 1; n <= most; n++ {
			if got.Has(uint64(n)) != want(n) {
				t.Fatalf("%s: %v at %d", name, got, n)
			}
		}
	}
	for range 2000 {
		a, as := make2()
		b, bs := make2()
		in := Span{uint64(1 + r.IntN(most)), most}
		in.Last = min(most, in.First+uint64(r.IntN(30)))
		within := func(n int) bool { return uint64(n) >= in.First && uint64(n) <= in.Last }
		same("normal", a, func(n int) bool { return as[n] })
		same("within", a.Within(in), func(n int) bool { return as[n] && within(n) })
		same("holes", a.Holes(in), func(n int) bool { return !as[n] && within(n) })
		same("minus", a.Minus(b), func(n int) bool { return as[n] && !bs[n] })
		same("and", a.And(b), func(n int) bool { return as[n] && bs[n] })
	}
}

// TestOtherHostsExplainNothing: what an event of one host says of a writer is that host's.
func TestOtherHostsExplainNothing(t *testing.T) {
	l := New()
	const procID = "7-00000000000000af"
	row := Row{Writer: 0xaf}
	chain := seal.NewChain()
	l.Add(&Told{Host: "web1", Time: time.Unix(1e9, 0), Text: chain.Lines(seal.Lines{Writer: procID, Class: seal.OfLines, First: 1, Last: 9, Lines: 5})})
	l.Add(&Told{Host: "web2", Time: time.Unix(1e9, 0), Text: fmt.Sprintf("2 lines of access are missing in the spool: dropped {event=lines.missing lines=2 stream=access why=dropped writer=%s first=3 last=4}", procID)})
	l.Finish()
	owner := l.Owner(row)
	if owner == nil || owner.Name != "web1" || len(owner.Accounted(row, event.Lost)) != 0 || l.Hosts["web2"].Accounted(row, event.Lost).Count() != 2 {
		t.Errorf("%+v", owner)
	}
	if _, p := owner.Pieces[row].Find(9); p == nil || p.Lines != 5 {
		t.Errorf("%+v", p)
	}
}

// TestParseLocal reads what package stream writes into audit_log.
func TestParseLocal(t *testing.T) {
	told, n, ok := ParseLocal([]byte("2026-11-22T10:00:00.000001+01:00 web1 httpd_syslog[12]: [ID 41 syslog.info] a [b] c {event=x}"))
	if !ok || n != 41 || told.Host != "web1" || told.Text != "a [b] c {event=x}" || told.Time.UnixMicro()%10 != 1 {
		t.Errorf("%+v, %d, %v", told, n, ok)
	}
	for _, line := range []string{"", "a b c", "2026-11-22T10:00:00Z web1 httpd: [ID x y.z] t", "10.0.0.1 - - [x] \"GET /: [ID 1 a.b] c\""} {
		if _, _, ok := ParseLocal([]byte(line)); ok {
			t.Errorf("%q is an event", line)
		}
	}
}

// FuzzAdd: whatever an event says, it is entered or passed over, and spans stay spans.
func FuzzAdd(f *testing.F) {
	chain := seal.NewChain()
	f.Add("web1", chain.Lines(seal.Lines{Writer: "7-00000000000000af", Class: seal.OfLines, First: 1, Last: 9, Lines: 5}), "x {event=lines.missing lines=1 stream=a why=dropped writer=7-00000000000000af first=3 last=4 first=9 last=18446744073709551615}")
	f.Add("web1", chain.File(seal.File{File: "a", Begin: 3, End: 5}), "2026-11-22T10:00:00Z web1 httpd_syslog[1]: [ID 3 syslog.info] x {event=deliverer.heartbeat n=9 chain=a relays=\"\" clock=x clock_error=1 writer=7-00000000000000af first=1 last=2}")
	f.Add("", "x {event=intake.end stream=a pid=1 lines=1 dropped=0 cut=0 writer=00000000000000af last=18446744073709551615}", "x {event=seal.rotated file=a chain=b since=1 until=2 size=3 compared=3 sha256=00}")
	f.Fuzz(func(t *testing.T, host, a, b string) {
		l := New()
		for _, text := range []string{a, b, a} {
			l.Add(&Told{Host: host, Time: time.Unix(1e9, 0), Text: text})
			if told, _, ok := ParseLocal([]byte(text)); ok {
				l.Add(&told)
			}
		}
		l.Finish()
		for chain := range l.Tellers {
			l.Groups(chain)
			l.Between(chain, time.Unix(1, 0), time.Time{})
		}
		for _, h := range l.Hosts {
			for row, pieces := range h.Pieces {
				for i, p := range pieces {
					if p.Last < p.First || i > 0 && p.First <= pieces[i-1].Last {
						t.Fatalf("%+v", p)
					}
				}
				h.Accounted(row, event.Lost)
			}
		}
	})
}

// TestPiecesInOrder: in whatever order seals are read, the pieces of a row are in that of its numbers, and of those that
// are about the same numbers the one that was sealed first counts.
func TestPiecesInOrder(t *testing.T) {
	const procID = "7-00000000000000af"
	chain := seal.NewChain()
	var texts []string
	for _, s := range []Span{{1, 3}, {4, 6}, {7, 9}, {5, 8}, {4, 4}} {
		texts = append(texts, chain.Lines(seal.Lines{Writer: procID, Stream: "access", Class: seal.OfLines, First: s.First, Last: s.Last, Lines: s.Count()}))
	}
	for range 20 {
		l := New()
		for _, i := range rand.Perm(len(texts)) {
			l.Add(&Told{Host: "web1", Time: time.Unix(1e9, 0), Text: texts[i]})
		}
		l.Finish()
		var got []uint64
		pieces := l.Hosts["web1"].Pieces[Row{Writer: 0xaf}]
		for _, p := range pieces {
			got = append(got, p.N)
		}
		if !slices.Equal(got, []uint64{1, 2, 3}) || pieces[0].Overlaps || !pieces[1].Overlaps {
			t.Fatalf("seals %v", got)
		}
		for n, want := range map[uint64]uint64{1: 1, 3: 1, 5: 2, 7: 3, 9: 3} {
			if _, p := pieces.Find(n); p == nil || p.N != want {
				t.Errorf("number %d is in %+v, want seal %d", n, p, want)
			}
		}
		if _, p := pieces.Find(10); p != nil {
			t.Errorf("number 10 is in seal %d", p.N)
		}
	}
}

// TestGreatNumbers: numbers up to a bound are taken, and none beyond it, whoever names them; nor is anything of a writer that
// nobody can be.
func TestGreatNumbers(t *testing.T) {
	const procID = "7-00000000000000af"
	for name, tt := range map[string]struct {
		procID string
		last   uint64
		taken  bool
	}{
		"the greatest": {procID, 1 << 60, true},
		"a greater":    {procID, 1<<60 + 1, false},
		"nobody's":     {"nobody", 5, false},
	} {
		l, chain := New(), seal.NewChain()
		add := func(text string) { l.Add(&Told{Host: "web1", Time: time.Unix(1e9, 0), Text: text}) }
		at := time.Unix(1e9, 0)
		add(chain.Lines(seal.Lines{Writer: tt.procID, Class: seal.OfLines, First: tt.last, Last: tt.last, Lines: 1, From: at, To: at}))
		e := event.LinesMissing.With()
		e.Ranges = []event.Range{{Writer: tt.procID, First: tt.last, Last: tt.last}}
		add(e.String())
		add(event.IntakeEnd.With("stream", "access", "writer", tt.procID, "last", tt.last, "last_event", tt.last).String())
		beat := seal.Heartbeat{Writers: e.Ranges}
		told := beat.Event()
		add(told.String())
		l.Finish()
		h := l.Hosts["web1"]
		pieces, lost, open := 0, h.Accounted(Row{Writer: WriterOf(tt.procID)}, event.Lost).Count(), h.Open(WriterOf(tt.procID))
		for _, of := range h.Pieces {
			pieces += len(of)
		}
		var w Writer
		if h.Writers[0xaf] != nil {
			w = *h.Writers[0xaf]
		}
		want := uint64(0)
		if tt.taken {
			want = tt.last
		}
		if (pieces == 1) != tt.taken || (lost == 1) != tt.taken || open != tt.taken || w.Last != want || w.Events != want {
			t.Errorf("%s: %d pieces, %d lost, open: %v, %+v", name, pieces, lost, open, w)
		}
	}
}

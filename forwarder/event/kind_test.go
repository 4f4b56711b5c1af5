package event

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// TestRoutine: a journal goes without the events that come all the time, and has all others.
func TestRoutine(t *testing.T) {
	var routine []string
	for _, k := range Kinds() {
		if k.Routine {
			routine = append(routine, k.Code)
		}
	}
	if got := fmt.Sprint(routine); got != "[seal.lines seal.file seal.central deliverer.heartbeat]" {
		t.Errorf("routine are %s", got)
	}
}

// TestSeverities: what begins is worth a look, and that it is over is worth knowing.
func TestSeverities(t *testing.T) {
	for _, k := range Kinds() {
		if k.Begins && k.Severity > syslogfmt.Warning {
			t.Errorf("%s begins something, as %s", k.Code, k.Severity)
		}
		if k.Ends != nil && k.Severity != syslogfmt.Notice {
			t.Errorf("%s ends something, as %s", k.Code, k.Severity)
		}
	}
}

// TestAccountsWithRanges: what names ranges of numbers is what accounts for single lines; begins and ends name a writer alone.
func TestAccountsWithRanges(t *testing.T) {
	for a, want := range map[Account]bool{
		Nothing: false, Lost: true, LostToRelay: true, LeftOut: true, Cut: true, CutByRelay: true, Missing: true, Given: true, Begun: false, Ended: false,
	} {
		if a.HasRanges() != want {
			t.Errorf("%d has ranges: %t", a, !want)
		}
	}
}

// TestTrouble: what fails again and again is told from what is told once, and has an end of its own, a subject and a sentence.
func TestTrouble(t *testing.T) {
	for _, tt := range []struct {
		kind, end         *Kind
		subject, sentence string
	}{
		{&SpoolUnsynced, &SpoolSynced, "", "the spool cannot be put on the disk"},
		{&CollectUnsealed, &CollectSealed, "", "collector: its files cannot be sealed"},
		{&RelayDown, &RelayUp, "relay", ""},
		{&FileUnrotated, &FileRotated, "file", "local log: central cannot be rotated"},
	} {
		if tt.kind.End() != tt.end || tt.kind.Subject() != tt.subject || tt.end.Subject() != tt.subject || tt.kind.IsTrouble() != (tt.sentence != "") {
			t.Errorf("%s: ended by %s, subject %q and %q, trouble: %t", tt.kind.Code, tt.kind.End().Code, tt.kind.Subject(), tt.end.Subject(), tt.kind.IsTrouble())
		}
		if got := tt.kind.Trouble("central"); tt.sentence != "" && got != tt.sentence {
			t.Errorf("%s: %q", tt.kind.Code, got)
		}
	}
}

// TestAddRange: numbers that go on make one range of each writer and class, and however many there are, the ranges are bounded
// and leave no number out.
func TestAddRange(t *testing.T) {
	var all []Range
	for n := range uint64(100) {
		for w := range maxLookBack / 2 {
			for _, audit := range []bool{false, true} {
				all = AddRange(all, Range{fmt.Sprint(w), 2*n + 1, 2*n + 2, audit})
			}
		}
	}
	if len(all) != maxLookBack || all[0] != (Range{"0", 1, 200, false}) || all[1] != (Range{"0", 1, 200, true}) {
		t.Errorf("%v", all)
	}
	all = AddRange(all, Range{"0", 300, 300, false}) // behind a hole
	all = AddRange(all, Range{"0", 201, 201, false}) // too far back, now
	all = AddRange(all, Range{"0", 301, 301, false})
	if got := all[maxLookBack:]; !reflect.DeepEqual(got, []Range{{"0", 300, 301, false}, {"0", 201, 201, false}}) {
		t.Errorf("%v", got)
	}
	all = nil
	for n := range uint64(2 * mostRanges) {
		all = AddRange(all, Range{"w", 2*n + 1, 2*n + 1, false})
	}
	if len(all) != mostRanges || all[mostRanges-1].Last != 4*mostRanges-1 || all[mostRanges-2].Last != 2*mostRanges-3 {
		t.Errorf("%d ranges, the last %v", len(all), all[len(all)-1])
	}
	if got := len(AddRange(all, Range{"w", 1, 1, false})); got != mostRanges+1 {
		t.Errorf("a number before the others: %d ranges", got)
	}
}

// TestCount: lines are counted where there are some, and else events.
func TestCount(t *testing.T) {
	lines, events := Range{"w", 3, 5, false}, Range{"w", 7, 7, true}
	for want, ranges := range map[uint64][]Range{0: nil, 3: {lines, events}, 1: {events}, 6: {lines, lines}} {
		if got := Count(ranges); got != want {
			t.Errorf("%v: %d", ranges, got)
		}
	}
	e := LinesMissing.With("lines", 9, "stream", "3", "why", "x")
	for n := range uint64(MaxRanges + 3) {
		e.Ranges = append(e.Ranges, Range{"w", 3*n + 1, 3*n + 2, false})
	}
	parts := e.Split()
	if len(parts) != 2 || parts[0].Value("lines") != "100" || parts[1].Value("lines") != "6" || parts[1].Value("stream") != "3" || e.Value("lines") != "9" {
		t.Errorf("%d parts: %+v", len(parts), parts)
	}
	e.Ranges = e.Ranges[:MaxRanges]
	if parts := e.Split(); len(parts) != 1 || parts[0].Value("lines") != "9" {
		t.Errorf("one part: %+v", parts)
	}
}

// TestRangesIn: as many ranges as fit, one at least, and no more than one event tells.
func TestRangesIn(t *testing.T) {
	e := LinesMissing.With("lines", uint64(math.MaxUint64), "stream", strings.Repeat("s", 32), "why", "memory")
	for bytes, want := range map[int]int{0: 1, 400: 1, 576: 2, 1 << 20: MaxRanges} {
		if got := RangesIn(bytes); got != want {
			t.Errorf("%d bytes have room for %d ranges, want %d", bytes, got, want)
		}
	}
	for bytes := 576; bytes < MaxText; bytes += 100 {
		e.Ranges = slices.Repeat([]Range{{"4294967295-019ac2f4a1b9f3a1", 2_000_000_000, 2_000_000_000, false}}, RangesIn(bytes))
		if got := len(e.String()); got > bytes {
			t.Errorf("%d bytes are told in %d", bytes, got)
		}
	}
}

// TestIdentity: what is no identity of ours is offered in no command.
func TestIdentity(t *testing.T) {
	const writer = "019ac2f4a1b9f3a1"
	for text, want := range map[string]bool{
		writer + ".1": true, writer + ".18446744073709551615": true, writer + ".0123456789": true, "abcdef0123456789.7": true,
		writer: false, writer + ".": false, writer + ".184467440737095516150": false, writer + ".1a": false, writer + "0.1": false, writer[1:] + ".1": false,
		"019AC2F4A1B9F3A1.1": false, writer + ".1.2": false, "$(reboot)aaaaaaa.1": false, "": false, ".1": false,
	} {
		if IsIdentity(text) != want {
			t.Errorf("%q is an identity: %t", text, !want)
		}
	}
}

// TestWords: on a terminal there is the sentence alone, and nothing in a value moves the terminal or takes its room.
func TestWords(t *testing.T) {
	long := strings.Repeat("é", 300)
	for cause, want := range map[string]string{
		"refused": "refused", "a\nb": "a; b", "{x}": "(x)", "\x1b[2J \"q\"": `\x1b[2J "q"`, "\xff": `\xff`, "é": "é", "\u202e": `\u202e`, "\ufffd": "\ufffd",
		long[:512]: long[:512], long: long[:508] + "…", "x" + long: "x" + long[:508] + "…", "\xff" + long[:100]: `\xff` + long[:100],
	} {
		e := RelayDown.With("relay", "central", "server", "x", "cause", cause).Of("019ac2f4a1b9f3a1.1")
		if got := e.Words(); got != "relay central: down: x: "+want+"; lines wait in the spool" {
			t.Errorf("%q: %q", cause, got)
		}
		if got := Plain(cause); got != want {
			t.Errorf("%q: %q, want %q", cause, got, want)
		}
	}
}

// TestReadBack: what a value lacks is none, whatever a newer version may write.
func TestReadBack(t *testing.T) {
	told, ok := Parse(`x {event=a.b incident=i n=18446744073709551615 bad=1x writer=w first=3 last=2 last=9 first=4 last=x first=5 last=18446744073709551615 incident=j}`)
	if !ok || told.Sentence != "x" || told.Incident != "i" || told.Get("incident") != "j" || told.Get("none") != "" {
		t.Errorf("%+v", told)
	}
	if n, ok := told.Uint("n"); !ok || n != math.MaxUint64 {
		t.Errorf("%d, %t", n, ok)
	}
	for _, name := range []string{"bad", "none"} {
		if _, ok := told.Uint(name); ok {
			t.Errorf("%s is a number", name)
		}
	}
	if got := told.Ranges(); !reflect.DeepEqual(got, []Range{{"w", 3, 9, false}, {"w", 5, math.MaxUint64, false}}) {
		t.Errorf("%v", got)
	}
	again := Again("another chain {event=seal.broken incident=i former=a why=b}").Of("k")
	if again.Incident != "k" || again.Value("former") != "a" || again.Kind != &SealBroken {
		t.Errorf("%+v", again)
	}
	if e := RelayUp.With("after", time.Second, "odd"); len(e.Pairs) != 1 || e.Value("after") != "1s" || e.Value("odd") != "" {
		t.Errorf("%+v", e)
	}
}

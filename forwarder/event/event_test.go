package event

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"httpd-syslog/forwarder/syslogfmt"
)

// TestText is the form, byte for byte, and read back.
func TestText(t *testing.T) {
	lost := Kind{Code: "lines.lost", Sentence: "{lines} lines of {stream} are lost", More: "why", Accounts: Lost}
	for _, tt := range []struct {
		e    Event
		want string
	}{
		{RelayDown.With("relay", "central", "server", "udp://log:514", "cause", "refused"),
			"relay central: down: udp://log:514: refused; lines wait in the spool {event=relay.down relay=central server=udp://log:514 cause=refused}"},
		{Event{Kind: &RelayDown, Incident: "019ac2f4a1b9f3a1.17", Pairs: []Pair{{"relay", "a b"}, {"server", ""}, {"cause", `say "x"`}}},
			`relay a b: down: : say "x"; lines wait in the spool {event=relay.down incident=019ac2f4a1b9f3a1.17 relay="a b" server="" cause="say \"x\""}`},
		{RelayDown.With("relay", "", "server", "x", "cause", "a {event=relay.up relay=x}\n\x1b[2J\u202e\xff"),
			`relay : down: x: a (event=relay.up relay=x); \x1b[2J\u202e\xff; lines wait in the spool {event=relay.down relay="" server=x cause="a (event=relay.up relay=x)\n\x1b[2J\u202e\xff"}`},
		{Event{Kind: &lost, Pairs: []Pair{{"lines", "23"}, {"stream", "access"}, {"why", "memory"}},
			Ranges: []Range{{"7-0a", 1, 20, false}, {"7-0a", 30, 30, false}, {"7-0a", 8, 9, true}, {"8-0b", 4, 5, false}}},
			"23 lines of access are lost {event=lines.lost lines=23 stream=access why=memory writer=7-0a first=1 last=20 first=30 last=30 writer=7-0a class=audit first=8 last=9 writer=8-0b first=4 last=5}"},
	} {
		if got := tt.e.String(); got != tt.want {
			t.Errorf("\n%s, want\n%s", got, tt.want)
		}
		told, ok := Parse(tt.e.String())
		if !ok || told.Code != tt.e.Kind.Code || told.Incident != tt.e.Incident || !reflect.DeepEqual(told.Ranges(), tt.e.Ranges) {
			t.Errorf("%s: read back: %+v, %v", tt.want, told, ok)
		}
		for _, p := range tt.e.Pairs {
			if got := told.Get(p.Name); got != withoutBraces(p.Value) {
				t.Errorf("%s: %s is %q", tt.want, p.Name, got)
			}
		}
	}
}

// TestOtherTexts are no events.
func TestOtherTexts(t *testing.T) {
	for _, text := range []string{
		"", "relay central: down", "x {event=}", "x {event=a", "x {event=a b}", `x {event=a b="}`, "x {event=a b=c}.", "x {event=a b=}",
		"{x} {event=a}", "x {event=a} {event=b}", `x {event=a b="{"}`, "x {event=a  b=c}", `x {event=a b="c"d=e}`,
	} {
		if told, ok := Parse(text); ok {
			t.Errorf("%q: %+v", text, told)
		}
	}
}

// TestSplit: all ranges are told, at most MaxRanges at a time.
func TestSplit(t *testing.T) {
	for _, n := range []int{0, 1, MaxRanges, MaxRanges + 1, 3*MaxRanges + 7} {
		e := Event{Kind: &RelayDown}
		for i := range n {
			e.Ranges = append(e.Ranges, Range{"w", uint64(i + 1), uint64(i + 1), false})
		}
		var all []Range
		events := e.Split()
		for _, part := range events {
			all = append(all, part.Ranges...)
		}
		if len(events) != max(1, (n+MaxRanges-1)/MaxRanges) || !reflect.DeepEqual(all, e.Ranges) {
			t.Errorf("%d ranges: %d events with %d", n, len(events), len(all))
		}
	}
}

// TestSplitByLength: ranges of many writers, too, end up in events that fit into a datagram.
func TestSplitByLength(t *testing.T) {
	e := LinesDropped.With("lines", 1<<40, "stream", strings.Repeat("s", 255), "max", 1<<40, "memory", 1<<40)
	for i := range 1000 {
		e.Ranges = append(e.Ranges, Range{fmt.Sprintf("%d-%016x", 1<<22+i, i), 2_000_000_000, 2_000_000_000, i%2 == 0})
	}
	var all []Range
	for _, part := range e.Split() {
		told, _ := Parse(part.String())
		all = append(all, told.Ranges()...)
		if n := len(part.String()); n > MaxText || n < MaxText-100 && len(all) < len(e.Ranges) {
			t.Errorf("%d ranges in %d bytes", len(part.Ranges), n)
		}
	}
	if !reflect.DeepEqual(all, e.Ranges) {
		t.Errorf("%d of %d ranges", len(all), len(e.Ranges))
	}
}

// TestTable: codes are of one form and stand once; keys have a meaning; what begins is ended by one
// kind, which begins nothing.
func TestTable(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(\.[a-z_]+)+$`)
	seen, unused, ends := map[string]bool{}, KeyMeanings(), map[*Kind]int{}
	for _, k := range Kinds() {
		if !form.MatchString(k.Code) || seen[k.Code] || k.Sentence == "" {
			t.Errorf("%+v", k)
		}
		seen[k.Code] = true
		for i, name := range k.Keys() {
			if KeyMeanings()[name] == "" || slices.Contains(k.Keys()[:i], name) {
				t.Errorf("%s: key %q", k.Code, name)
			}
			delete(unused, name)
		}
		if k.Ends != nil {
			ends[k.Ends]++
		}
		if k.Single && (k.Begins || k.Ends != nil || k.During != nil) {
			t.Errorf("%s belongs to an incident, and is one by itself", k.Code)
		}
		if k.Begins && k.Ends != nil || Find(k.Code) != k {
			t.Errorf("%+v", k)
		}
	}
	for _, k := range Kinds() {
		if n := ends[k]; k.Begins != (n == 1) {
			t.Errorf("%s is ended by %d kinds", k.Code, n)
		}
		if k.IsTrouble() && (k.End().Subject() != k.Subject() || len(k.Keys()) > 2 || !slices.Contains(k.End().Keys(), "after")) {
			t.Errorf("trouble %s: %q, over: %q", k.Code, k.Keys(), k.End().Keys())
		}
	}
	for name := range unused {
		if name != "first" && name != "class" {
			t.Errorf("no event has the key %q", name)
		}
	}
}

// TestLongTexts: an event fits into a datagram, whatever its values are, and its block is whole.
func TestLongTexts(t *testing.T) {
	for _, long := range []string{strings.Repeat("x", 5000), strings.Repeat("\x1b", 5000), strings.Repeat("é\n\"", 3000)} {
		for _, k := range Kinds() {
			e := Event{Kind: k, Incident: "019ac2f4a1b9f3a1.2000000000"}
			for _, name := range k.Keys() {
				e.Pairs = append(e.Pairs, Pair{name, long})
			}
			text := e.String()
			if told, ok := Parse(text); !ok || len(text) > MaxText || told.Code != k.Code || len(told.Pairs) != len(k.Keys()) {
				t.Errorf("%s: %d bytes, %v", k.Code, len(text), ok)
			}
		}
	}
}

// FuzzText: whatever a peer says stays within its value, and nothing of it moves a terminal.
func FuzzText(f *testing.F) {
	f.Add("central", "refused")
	f.Add(`a" relay="b`, "x} {event=relay.up")
	f.Add("\\", "\x1b]0;\a\u0085\u2028")
	f.Fuzz(func(t *testing.T, relay, cause string) {
		e := RelayDown.With("relay", relay, "server", "", "cause", cause)
		text := e.String()
		for _, r := range text {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q has %q", text, r)
			}
		}
		told, ok := Parse(text)
		if !ok || told.Code != "relay.down" || told.Incident != "" || len(told.Pairs) != 3 || strings.Count(text, "{") != 1 {
			t.Fatalf("%q: %+v, %v", text, told, ok)
		}
		most := maxValue
		for len(e.text(most)) > MaxText {
			most /= 2
		}
		if got, want := told.Get("cause"), withoutBraces(cut(cause, most)); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

// TestAgain: a text is told again as it is, by whatever version it was made.
func TestAgain(t *testing.T) {
	for text, want := range map[string]syslogfmt.Severity{
		"another chain {event=seal.broken former=a why=b n=1 chain=c}": syslogfmt.Alert,
		"of another version {event=seal.unknown x=y}":                  syslogfmt.Info,
	} {
		if e := Again(text); e.String() != text || e.Kind.Severity != want {
			t.Errorf("%v: %s", e.Kind.Severity, e.String())
		}
	}
}

package seal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
)

// The sums of the vectors were made with sha256sum.

var (
	someTime = time.Date(2026, 11, 27, 3, 28, 28, 123456789, time.UTC)
	someLine = Lines{
		Writer: "4711-019ac2f4a1b9f3a1", Stream: "access", Class: OfLines, First: 4801, Last: 4803, Lines: 2,
		From: someTime.Truncate(time.Microsecond), To: someTime.Add(time.Second).Truncate(time.Microsecond), Sum: sha256.Sum256([]byte("GET /\nGET /a\n")),
	}
	someFile = File{File: "access_log", Begin: 1048576, End: 1048589, Sum: sha256.Sum256([]byte("GET /\nGET /a\n"))}
)

const (
	textOfLines = "seal 1 of lines {event=seal.lines n=1 prev=0000000000000000000000000000000000000000000000000000000000000000 chain=00112233445566778899aabbccddeeff " +
		"writer=4711-019ac2f4a1b9f3a1 stream=access class=lines first=4801 last=4803 lines=2 from=2026-11-27T03:28:28.123456Z to=2026-11-27T03:28:29.123456Z " +
		"sha256=c3817c5e6e7c174069b380357589712bdc8aca15251e38af677fadd27c131473}"
	textOfFile = "seal 2 of a file {event=seal.file n=2 prev=29ecbe8bc45d39451bd93b66f7d8aa95c3eab8f3b52c6ee04efc0c53006e55b4 chain=00112233445566778899aabbccddeeff " +
		"file=access_log since=2 begin=1048576 end=1048589 sha256=c3817c5e6e7c174069b380357589712bdc8aca15251e38af677fadd27c131473}"
)

// TestVectors: the texts of two seals that hang together, byte for byte, and read back.
func TestVectors(t *testing.T) {
	c := Chain{ID: "00112233445566778899aabbccddeeff"}
	for i, tt := range []struct{ text, want string }{
		{c.Lines(someLine), textOfLines},
		{c.File(someFile), textOfFile},
	} {
		if tt.text != tt.want {
			t.Errorf("\n%s, want\n%s", tt.text, tt.want)
		}
		s, err := Parse(tt.text)
		if err != nil || s.N != uint64(i+1) || s.Chain != c.ID {
			t.Errorf("%+v, %v", s, err)
		}
		e := s.Event()
		if e.String() != tt.text {
			t.Errorf("again: %s", e.String())
		}
	}
	s, _ := Parse(textOfLines)
	if !reflect.DeepEqual(*s.Lines, someLine) {
		t.Errorf("%+v", s.Lines)
	}
	if c.N != 2 || c.Prev != SumOf(textOfFile) {
		t.Errorf("%+v", c)
	}
}

// TestNoSeals: what is not a seal, and what says that it is one and is none.
func TestNoSeals(t *testing.T) {
	for _, text := range []string{"", "GET /", "relay a: down {event=relay.down}", textOfLines + " ", "a " + textOfFile[:len(textOfFile)-1]} {
		if _, err := Parse(text); !errors.Is(err, ErrOther) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, change := range []string{
		"n=1 n=0", "n=1 n=x", "n=1 n=-1", "prev=0 prev=", "chain=0 chain=\"\" x=0", "class=lines class=other", "first=4801 first=4804", "first=4801 first=0",
		"lines=2 lines=0", "lines=2 lines=4", "from=2026 from=", "sha256= sha256=A", "writer=4711 writer=\"\" x=4711",
	} {
		from, to, _ := strings.Cut(change, " ")
		text := strings.Replace(textOfLines, " "+from, " "+to, 1)
		if _, err := Parse(text); err == nil || errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, change := range []string{"end=1048589 end=1048576", "begin=1048576 begin=99999999999999999999", "file=access_log file=\"\"", "since=2 since=x"} {
		from, to, _ := strings.Cut(change, " ")
		if _, err := Parse(strings.Replace(textOfFile, from, to, 1)); err == nil || errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", change, err)
		}
	}
}

// chainOf are the texts of a chain of n seals.
func chainOf(c Chain, n int) (texts []string) {
	for i := range n {
		l := someLine
		l.Lines += uint64(i % 2)
		texts = append(texts, c.Lines(l))
	}
	return texts
}

// TestChecker: each flaw is found, and what is told again is none.
func TestChecker(t *testing.T) {
	a, b := chainOf(Chain{ID: "aa"}, 9), chainOf(Chain{ID: "aa", Prev: Sum{1}}, 9)
	other := chainOf(NewChain(), 9)
	for name, tt := range map[string]struct {
		texts []string
		want  []Finding
	}{
		"whole":         {a, nil},
		"two chains":    {append(other[3:], a...), nil},
		"told again":    {append(a[:9:9], a[4:]...), nil},
		"out of order":  {[]string{a[3], a[1], a[2], a[1], a[0]}, nil},
		"from the 4th":  {a[3:], nil},
		"gap":           {append(a[:3:3], a[5:]...), []Finding{{"aa", Missing, 4, 5}}},
		"fork":          {append(a[:9:9], b[8]), []Finding{{"aa", Forked, 9, 9}}},
		"fork, longer":  {append(a[:5:5], b[3:6]...), []Finding{{"aa", Forked, 4, 4}, {"aa", Forked, 5, 5}}},
		"spliced":       {append(a[:3:3], b[3:]...), []Finding{{"aa", Spliced, 4, 4}}},
		"another first": {b, []Finding{{"aa", Spliced, 1, 1}}},
	} {
		var c Checker
		seen := map[string]bool{}
		for _, text := range tt.texts {
			s, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if isNew := c.Add(&s, text); isNew == seen[text] {
				t.Errorf("%s: seal %d: new: %v", name, s.N, isNew)
			}
			seen[text] = true
		}
		if got := c.Findings(); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	var c Checker
	s, _ := Parse(a[3])
	c.Add(&s, a[3])
	s, _ = Parse(a[2])
	c.Add(&s, a[2])
	if got, want := c.Extents(), []Extent{{"aa", 3, 4, SumOf(a[3])}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestRotated and its text.
func TestRotated(t *testing.T) {
	for _, why := range []string{"", "bytes 0 to 12 are others"} {
		r := Rotated{File: "access_log-2026-11-27T03-28-28.123", Chain: "aa", Since: 2, Until: 9, Size: 13, Compared: 12, Sum: someFile.Sum, Why: why}
		e := r.Event()
		told, ok := event.Parse(e.String())
		back, err := ParseRotated(&told)
		if !ok || err != nil || back != r || (e.Kind == &event.SealDiffers) != (why != "") {
			t.Errorf("%s: %+v, %v", e.String(), back, err)
		}
	}
}

// TestHeartbeat and its text, with as many writers as there may be.
func TestHeartbeat(t *testing.T) {
	h := Heartbeat{
		N: 812, Chain: "aa", Relays: []Relay{{"central", 1048576, 12500 * time.Millisecond}, {"second", 0, 0}},
		Clock:   Clock{"synchronised", 1234 * time.Microsecond},
		Writers: []event.Range{{Writer: "1-0a", First: 1, Last: 9600}},
	}
	const want = `a deliverer is at work {event=deliverer.heartbeat n=812 chain=aa relays=central:1048576:12.500000,second:0:0.000000 clock=synchronised clock_error=0.001234 writer=1-0a first=1 last=9600}`
	events := h.Event().Split()
	if len(events) != 1 || events[0].String() != want {
		t.Errorf("%s, want\n%s", events[0].String(), want)
	}
	told, _ := event.Parse(want)
	if back, err := ParseHeartbeat(&told); err != nil || !reflect.DeepEqual(back, h) {
		t.Errorf("%+v, %v", back, err)
	}
	for i := range 2 * event.MaxRanges {
		h.Writers = append(h.Writers, event.Range{Writer: fmt.Sprint("2-", i), First: 1, Last: 1})
	}
	if events := h.Event().Split(); len(events) != 3 {
		t.Errorf("%d events", len(events))
	}
	h = Heartbeat{Clock: Clock{State: "unknown"}}
	told, _ = event.Parse(h.Event().String())
	if back, err := ParseHeartbeat(&told); err != nil || !reflect.DeepEqual(back, h) {
		t.Errorf("%+v, %v", back, err)
	}
}

// FuzzParse: what is read as a seal has the same text again, whatever the sentence says.
func FuzzParse(f *testing.F) {
	f.Add(textOfLines)
	f.Add(textOfFile)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		e := s.Event()
		again, err := Parse(e.String())
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Fatalf("%q: %+v, then %+v, %v", text, s, again, err)
		}
	})
}

// TestDamagedFields: an event whose keys are whole, one with a value that cannot be, is not taken for what it tells.
func TestDamagedFields(t *testing.T) {
	c := Chain{ID: "aa"}
	rotated := Rotated{File: "a", Chain: "aa", Since: 2, Until: 9, Size: 13, Compared: 12, Sum: someFile.Sum}
	beat := Heartbeat{N: 8, Chain: "aa", Relays: []Relay{{"central", 1, time.Second}}, Clock: Clock{"synchronised", time.Millisecond}}
	rotatedText, beatText := rotated.Event(), beat.Event()
	central := c.Central(Central{List: "_seals/2026-11-27.log", End: 200, Files: 1, Sum: SumOf("x")})
	parse := func(text string) error {
		told, ok := event.Parse(text)
		if !ok {
			t.Fatalf("%q is no event", text)
		}
		_, rotatedErr := ParseRotated(&told)
		_, beatErr := ParseHeartbeat(&told)
		_, sealErr := Parse(text)
		for _, err := range []error{rotatedErr, beatErr, sealErr} {
			if !errors.Is(err, ErrOther) {
				return err
			}
		}
		return ErrOther
	}
	for text, wrong := range map[string][]string{
		c.Lines(someLine):    {"n=x", "first=x", "last=x", "lines=x", "from=x", "to=x", "sha256=x", "prev=x"},
		c.File(someFile):     {"since=x", "begin=x", "end=x", "begin=9223372036854775808", "end=9223372036854775808", "sha256=x"},
		central:              {"begin=x", "end=x", "files=x", "end=9223372036854775808", "sha256=x"},
		rotatedText.String(): {"since=x", "until=x", "size=x", "size=9223372036854775808", "compared=x", "sha256=x"},
		beatText.String(): {
			"n=x", "clock_error=x", "clock_error=-0.1", "clock_error=1000000000", "clock_error=NaN",
			"relays=central", "relays=central:1", "relays=central:x:1", "relays=central:1:x", "relays=central:1:1:1", "relays=central:1:1,",
		},
	} {
		if err := parse(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, change := range wrong {
			key, _, _ := strings.Cut(change, "=")
			damaged := regexp.MustCompile(" "+key+"=[^ }]*").ReplaceAllLiteralString(text, " "+change)
			if err := parse(damaged); err == nil || errors.Is(err, ErrOther) || !strings.Contains(err.Error(), key) {
				t.Errorf("%s: %v", damaged, err)
			}
		}
	}
}

package intake

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/testbed"
)

const cardNumber, truncatedCard = "4111111111111111", "411111******1111"

func truncating(o *Options) { o.Cards.Action = cards.Truncate }

// spooled are all bytes of an intake's spool files, its lines, and the texts of its events.
func spooled(t *testing.T, in *intake) (raw, lines []byte, events []string) {
	t.Helper()
	for f := range testbed.Frames(t, in.writer.Dir()) {
		switch f.Kind {
		case frame.Lines:
			lines = append(lines, f.Payload...)
		default:
			events = append(events, string(bytes.TrimSuffix(f.Payload, newline)))
		}
	}
	paths, _ := filepath.Glob(filepath.Join(in.writer.Dir(), "*"))
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, b...)
	}
	return raw, lines, events
}

// TestCardNumbersAtBorders: a number is truncated wherever reads and frames end within it, and no
// byte of the spool, paddings included, has a whole one.
func TestCardNumbersAtBorders(t *testing.T) {
	var input, want []byte
	for i := 0; len(input) < 8<<20; i++ {
		filler := strings.Repeat("x", i%97)
		input = fmt.Appendf(input, "%s pan=%s %d\n", filler, cardNumber, i%10)
		want = fmt.Appendf(want, "%s pan=%s %d\n", filler, truncatedCard, i%10)
	}
	in := intakeOf(t, input, truncating)
	if _, err := in.run(); err != nil {
		t.Fatal(err)
	}
	raw, lines, events := spooled(t, in)
	if !bytes.Equal(lines, want) {
		t.Errorf("%d bytes of lines are not as they should be (%d)", len(lines), len(want))
	}
	if n := bytes.Count(raw, []byte("11111111111")); n > 0 {
		t.Errorf("%d whole numbers, or nearly, are in the spool", n)
	}
	told := 0
	for _, text := range events {
		if e, ok := event.Parse(text); ok && e.Code == event.CardsTruncated.Code {
			var n int
			fmt.Sscan(e.Get("count"), &n)
			told += n
			if e.Get("network") != "visa" || e.Get("stream") != "access" {
				t.Errorf("told: %s", text)
			}
		}
	}
	if n := bytes.Count(input, newline); told != n {
		t.Errorf("%d numbers are told, %d were there", told, n)
	}
}

// TestPaddingIsZero: the start of the line behind a frame, which nobody has looked at, is not in the
// frame's padding.
func TestPaddingIsZero(t *testing.T) {
	in := intakeOf(t, bytes.Repeat(append(bytes.Repeat([]byte("y"), 997), '\n'), 4000))
	if _, err := in.run(); err != nil {
		t.Fatal(err)
	}
	padded := 0
	for f := range testbed.Frames(t, in.writer.Dir()) {
		padded += f.Padding
	}
	raw, lines, _ := spooled(t, in)
	if padded == 0 || bytes.Count(raw, []byte("yyyy")) != bytes.Count(lines, []byte("yyyy")) {
		t.Errorf("%d bytes of padding; %d of lines in the spool, %d are lines'", padded, bytes.Count(raw, []byte("yyyy")), bytes.Count(lines, []byte("yyyy")))
	}
}

// TestCardNumberAtACut: of a number that a cut has shortened six digits stay.
func TestCardNumberAtACut(t *testing.T) {
	const limit = 1000
	for left := range 17 {
		text := strings.Repeat("z", limit-CutMark-left-1) + " " + cardNumber + strings.Repeat("z", 200) + "\n"
		in := intakeOf(t, []byte(text+text[:limit+90]), truncating, func(o *Options) { o.MaxLine = limit })
		if _, err := in.run(); err != nil {
			t.Fatal(err)
		}
		_, lines, _ := spooled(t, in)
		want := " " + cardNumber[:min(left, 6)] + strings.Repeat("*", max(0, left-6)) + " [httpd_syslog: cut here"
		if got := strings.Count(string(lines), want); got != 2 {
			t.Errorf("%d digits before the cut: %d times %q in %q", left, got, want, lines[limit-CutMark-30:])
		}
	}
}

// TestCardNumbersAreReported: without a word of it in the configuration lines stay as they are, and
// it is told that card numbers are stored.
func TestCardNumbersAreReported(t *testing.T) {
	for action, code := range map[cards.Action]string{cards.Report: event.CardsFound.Code, cards.Off: ""} {
		const input = "pan=" + cardNumber + "\npan=" + cardNumber + "&cvv=123\n"
		in := intakeOf(t, []byte(input), func(o *Options) { o.Cards.Action = action })
		if _, err := in.run(); err != nil {
			t.Fatal(err)
		}
		_, lines, events := spooled(t, in)
		if string(lines) != input {
			t.Errorf("%q became %q", input, lines)
		}
		told := strings.Join(events, "\n")
		if strings.Contains(told, "event=cards.") != (code != "") || !strings.Contains(told, code) {
			t.Errorf("told: %s", told)
		}
		if code != "" && (!strings.Contains(told, "count=2 network=visa") || !strings.Contains(told, "count=1 network=code")) {
			t.Errorf("told: %s", told)
		}
	}
}

// TestExceptedNumbersAreTold: what stands behind a text of except is left as it is, and counted.
func TestExceptedNumbersAreTold(t *testing.T) {
	in := intakeOf(t, []byte("order_id="+cardNumber+" pan="+cardNumber+"\n"), func(o *Options) {
		o.Cards.Action, o.Cards.Numbers.Except = cards.Truncate, []string{"order_id="}
	})
	if _, err := in.run(); err != nil {
		t.Fatal(err)
	}
	_, lines, events := spooled(t, in)
	if want := "order_id=" + cardNumber + " pan=" + truncatedCard + "\n"; string(lines) != want {
		t.Errorf("%q, want %q", lines, want)
	}
	testbed.WantTold(t, strings.Join(events, "\n"), "cards.excepted", "cards.truncated", "intake.begin", "intake.end")
}

// TestReportedNumbersAreTold: nothing is altered, and somebody hears of it.
func TestReportedNumbersAreTold(t *testing.T) {
	text := "pan=" + cardNumber + "\n"
	in := intakeOf(t, []byte(text), func(o *Options) { o.Cards.Action = cards.Report })
	if _, err := in.run(); err != nil {
		t.Fatal(err)
	}
	_, lines, events := spooled(t, in)
	if string(lines) != text {
		t.Errorf("%q, want %q", lines, text)
	}
	testbed.WantTold(t, strings.Join(events, "\n"), "cards.found")
}

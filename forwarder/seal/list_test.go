package seal

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestListLines: what is written is read; nothing else is.
func TestListLines(t *testing.T) {
	h := Heading{N: 17, Chain: "0123456789abcdef0123456789abcdef", Time: time.Date(2026, 11, 27, 12, 34, 56, 0, time.UTC), Pieces: 2, Prev: SumOf("x")}
	p := Piece{Path: "web1/web1/access-2026-11-27.log", From: 0, To: 1 << 40, Lines: 3, Sum: SumOf("y")}
	heading, piece := strings.TrimSuffix(string(h.Append(nil)), "\n"), strings.TrimSuffix(string(p.Append(nil)), "\n")
	if got, err := ParseHeading([]byte(heading)); err != nil || got != h || !IsHeading([]byte(heading)) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := ParsePiece([]byte(piece)); err != nil || got != p || IsHeading([]byte(piece)) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, line := range []string{
		"", heading[:40], heading + " ", heading + " x", strings.Replace(heading, " 17 ", " 017 ", 1), strings.Replace(heading, " 17 ", " +17 ", 1), strings.Replace(heading, "Z", "+00:00", 1),
		strings.Replace(heading, "seal", "Seal", 1), piece[:70], strings.Replace(piece, " 0 ", " -1 ", 1), strings.Replace(piece, " 3 ", " 3  ", 1), strings.ToUpper(piece),
		strings.Replace(piece, " 0 1099511627776 ", " 5 5 ", 1), strings.Replace(piece, " 3 ", " 99999999999999999999 ", 1),
	} {
		if _, err := ParseHeading([]byte(line)); !errors.Is(err, ErrList) {
			t.Errorf("heading %q: %v", line, err)
		}
		if _, err := ParsePiece([]byte(line)); !errors.Is(err, ErrList) {
			t.Errorf("piece %q: %v", line, err)
		}
	}
}

// TestSealOfCentralFiles: its text is the same whoever makes it of the list.
func TestSealOfCentralFiles(t *testing.T) {
	c := Chain{ID: "0123456789abcdef0123456789abcdef"}
	of := Central{List: "_seals/2026-11-27.log", Begin: 0, End: 200, Files: 1, Sum: SumOf("x")}
	text := c.Central(of)
	one, err := Parse(text)
	if err != nil || one.Central == nil || *one.Central != of || one.N != 1 || one.Lines != nil || one.File != nil || one.Event().String() != text {
		t.Errorf("%q: %+v, %v", text, one, err)
	}
	if c.N != 1 || c.Prev != SumOf(text) {
		t.Errorf("%+v", c)
	}
	for _, wrong := range []string{strings.Replace(text, "end=200", "end=0", 1), strings.Replace(text, "files=1", "files=x", 1), strings.Replace(text, "file=_seals/2026-11-27.log ", "", 1)} {
		if _, err := Parse(wrong); err == nil || errors.Is(err, ErrOther) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

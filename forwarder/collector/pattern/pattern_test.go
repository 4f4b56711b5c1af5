package pattern

import (
	"reflect"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	for _, tt := range []struct {
		text   string
		behind string
		pieces []Piece
	}{
		{"{sender}/{host}/{msgid}-{date}.log", ".log", []Piece{{"", Sender}, {"/", Host}, {"/", MsgID}, {"-", Date}, {".log", ""}}},
		{"all-{date}", "", []Piece{{"all-", Date}}},
		{"0.a_b-/z{date}x", "x", []Piece{{"0.a_b-/z", Date}, {"x", ""}}},
	} {
		p, err := Parse(tt.text)
		if err != nil || p.String() != tt.text || p.Behind() != tt.behind || !reflect.DeepEqual(p.Pieces, tt.pieces) {
			t.Errorf("%q: %+v, behind %q, %v", tt.text, p, p.Behind(), err)
		}
	}
}

// TestBadPattern: a path that could lead out of the directory, that two files could have, or that does not say of which
// day a file is.
func TestBadPattern(t *testing.T) {
	for text, want := range map[string]string{
		"": "not a clean path", "/a/{date}": "not a clean path", "../{date}": "not a clean path", "a//{date}": "not a clean path", "a/../{date}": "not a clean path",
		"{sender}.log": "{date} must be", "{date}/{sender}": "{date} must be", "{date}-{date}": "{date} must be", "{date}{sender}": "{date} must be",
		"{sender}-{host}/{date}": `"{sender}-{host}" has two names`, "{sender}{host}/{date}": "two names",
		"{who}/{date}": `"{who}" is none of`, "{sender/{date}": "is none of", "{}/{date}": "is none of",
		"A-{date}": "other characters", "a b/{date}": "other characters", "é{date}": "other characters",
		".x/{date}": "does not begin", "a/-{date}": "does not begin", "_{date}": "does not begin",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestNameBytes(t *testing.T) {
	const first, others = "abcdefghijklmnopqrstuvwxyz0123456789", "._-"
	for i := range 256 {
		c := byte(i)
		isFirst := strings.IndexByte(first, c) >= 0
		if IsFirst(c) != isFirst || IsNameByte(c) != (isFirst || strings.IndexByte(others, c) >= 0) {
			t.Errorf("%q: first %t, in a name %t", c, IsFirst(c), IsNameByte(c))
		}
	}
}

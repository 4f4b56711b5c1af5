package render

import (
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/trail"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/verify/central"
)

var (
	received = time.Date(2026, 11, 27, 4, 28, 28, 500_000_000, time.FixedZone("", 3600))
	from     = frame.Sender{Name: []byte("web1.example.com"), Addr: []byte("192.0.2.1")}
)

const (
	numbered = `<141>1 2026-11-27T03:28:28.000000Z web1 httpd 4711-00000000000000a1 access [meta sequenceId="7"]`
	foreign  = "<13>1 2026-11-27T03:28:28.500000Z "
)

// TestRender: a message of RFC 5424 stays as it came, in one line, and anything else gets such a header; a cut one says so.
func TestRender(t *testing.T) {
	for name, tt := range map[string]struct {
		message string
		lost    int
		want    string
		form    central.Form
		data    string // up to where STRUCTURED-DATA ends
	}{
		"numbered":                 {numbered + " a\nb\n", 0, numbered + " a#012b", central.Numbered, numbered},
		"no text":                  {numbered, 0, numbered, central.Numbered, numbered},
		"cut by 20 bytes":          {numbered + " a", 20, numbered + " a [httpd_syslog: cut here, 20 bytes]", central.Numbered, numbered},
		"cut by nobody knows what": {"hello", -1, foreign + "192.0.2.1 - - - - hello [httpd_syslog: cut here]", central.Unnumbered, foreign + "192.0.2.1 - - - -"},
		"without a time":           {"<13>1 - h a - - - x", 0, "<13>1 - h a - - - x", central.Unnumbered, "<13>1 - h a - - -"},
		"with no time at all":      {"<13>1 2026x11 h a - - - x", 0, foreign + "192.0.2.1 - - - - 1 2026x11 h a - - - x", central.Unnumbered, foreign + "192.0.2.1 - - - -"},
		"of RFC 3164": {"<30>Nov 27 03:28:28 switch7 kernel[12]: hello\nyou", 0, "<30>1 2026-11-27T03:28:28.000000+01:00 switch7 kernel 12 - - hello#012you",
			central.Unnumbered, "<30>1 2026-11-27T03:28:28.000000+01:00 switch7 kernel 12 - -"},
	} {
		t.Run(name, func(t *testing.T) {
			r := New()
			r.Render(frame.Message{Bytes: []byte(tt.message), Lost: tt.lost}, &from, received)
			if got := string(r.Line); got != tt.want+"\n" || r.Form != tt.form || got[:r.DataEnd] != tt.data {
				t.Errorf("form %v, data %q\n%s, want\n%s", r.Form, got[:r.DataEnd], got, tt.want)
			}
		})
	}
}

// TestWordsOfAHeader: what a header has no place for does not get into it.
func TestWordsOfAHeader(t *testing.T) {
	for word, want := range map[string]string{
		"": "-", "web1": "web1", "a b": "a_b", "a\x00\x7f~": "a__~", "\u00e4": "__", strings.Repeat("x", 300): strings.Repeat("x", 255),
	} {
		if got := string(appendWord(nil, []byte(word))); got != want {
			t.Errorf("%q is %q, want %q", word, got, want)
		}
	}
}

// TestTrailIsNoPart: the trail of a message is known, and is not in its line.
func TestTrailIsNoPart(t *testing.T) {
	r, hop := New(), trail.NewHop("log1")
	var none trail.Trail
	way := string(none.Append(nil, []byte(numbered+" a"), len(numbered), hop))
	r.Render(frame.Message{Bytes: []byte(way)}, &from, received)
	if string(r.Line) != numbered+" a\n" || !r.Trail.Has(hop) || !r.Fresh || r.DataEnd != len(numbered) || r.Form != central.Numbered {
		t.Errorf("%q, %s, data to %d", r.Line, &r.Trail, r.DataEnd)
	}
	r.Render(frame.Message{Bytes: []byte(numbered + " b")}, &from, received)
	if r.Trail.Has(hop) {
		t.Error("the next message has it")
	}
}

// TestFresh: the header of a message is compared with that of the one before, whatever has to be made of it first.
func TestFresh(t *testing.T) {
	const web2 = "<141>1 2026-11-27T03:28:28.000000Z web2 httpd 4711 error"
	for _, tt := range []struct {
		before, message string
		want            bool
	}{
		{numbered + " a", numbered + " b", false},
		{numbered + " a", web2 + " - b", true},
		{numbered + " a", web2 + ` [meta sequenceId="1" b`, true},
		{numbered + " a", web2 + " b", true},
		{web2 + " b", web2 + " - c", false},
		{numbered + " a", "<141>1 x 192.0.2.1 - - - - b", true},
		{numbered + " a", "b", true},
		{"a", "b", false},
	} {
		r := New()
		r.Render(frame.Message{Bytes: []byte(tt.before)}, &from, received)
		if r.Render(frame.Message{Bytes: []byte(tt.message)}, &from, received); r.Fresh != tt.want {
			t.Errorf("%s behind %s: %v", tt.message, tt.before, r.Fresh)
		}
	}
}

// TestIsPart: what a connection has broken off is a part where it is of a writer, and a message where it is not.
func TestIsPart(t *testing.T) {
	header, _, _ := strings.Cut(numbered, " access")
	for _, tt := range []struct {
		message string
		lost    int
		want    bool
	}{
		{numbered + " a", -1, true},
		{numbered + " a", 0, false},
		{numbered + " a", 20, false},
		{header + " acc", -1, true},
		{"<13>1 - h a - - - x", -1, false},
		{"hello", -1, false},
	} {
		r, m := New(), frame.Message{Bytes: []byte(tt.message), Lost: tt.lost}
		if r.Render(m, &from, received); r.IsPart(m) != tt.want {
			t.Errorf("%q, of which %d bytes are lost: %v", tt.message, tt.lost, !tt.want)
		}
	}
}

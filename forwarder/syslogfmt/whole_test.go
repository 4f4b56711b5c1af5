package syslogfmt

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestWholeMessages have a header of their own: nothing is put before them, and no data has a place of its own. They
// are framed and cut like others, with the room that SetMore gives, until another header is set.
func TestWholeMessages(t *testing.T) {
	long := strings.Repeat("x", MinMaxMessage)
	for _, format := range []Format{RFC5424, RFC3164, RFC3164Local} {
		for _, tt := range []struct {
			framing    Framing
			more       int
			text, want string
			cut        uint64
		}{
			{None, 0, "<13>1 - - - - - - text\nmore", "<13>1 - - - - - - text\nmore", 0},
			{OctetCounting, 0, "<13>text", "8 <13>text", 0},
			{LF, 0, "<13>text\nmore", "<13>text more\n", 0},
			{None, 0, "", "", 0},
			{None, 0, long, long, 0},
			{None, 0, long + "yz", long[:MinMaxMessage-len(CutMarker)] + CutMarker, 1},
			{None, 2, long + "yz", long + "yz", 0},
			{None, 1, long + "yz", long[:MinMaxMessage+1-len(CutMarker)] + CutMarker, 1},
		} {
			e := NewEncoder(format, tt.framing, MinMaxMessage)
			h := testHeader()
			h.Data = []byte(`[a b="c"]`)
			e.SetHeader(h)
			h.Whole = true
			e.SetHeader(h)
			e.SetMore(tt.more)
			for range 2 {
				if got := string(e.Append(nil, Notice, 7, []byte(tt.text))); got != tt.want {
					t.Errorf("%v, %v: %q, want %q", format, tt.framing, got, tt.want)
				}
			}
			if e.Cut() != 2*tt.cut || e.LeftOut() != 0 {
				t.Errorf("%v, %v: %d cut, %d without data", format, tt.framing, e.Cut(), e.LeftOut())
			}
			other := testHeader()
			e.SetHeader(other)
			if got := string(e.Append(nil, Notice, 7, []byte(long+"yz"))); !strings.Contains(got, "httpd") || e.Cut() != 2*tt.cut+1 {
				t.Errorf("%v, %v: behind it %q", format, tt.framing, got)
			}
		}
	}
}

// TestOwnDataIsNotSentTwice: an SD-ID of the encoder's own is not sent again for a header that has it too.
func TestOwnDataIsNotSentTwice(t *testing.T) {
	e := NewEncoder(RFC5424, None, 0)
	e.SetData(`[own@1 x="1"]`)
	h := testHeader()
	h.Data = []byte(`[own@1 x="2"][other@1 x="3"]`)
	e.SetHeader(h)
	if got := string(e.Append(nil, Notice, 0, nil)); !strings.HasSuffix(got, `access [own@1 x="1"][other@1 x="3"]`) {
		t.Errorf("%s", got)
	}
	e.SetData("no data")
	h.Data = nil
	e.SetHeader(h)
	if got := string(e.Append(nil, Notice, 0, nil)); !strings.HasSuffix(got, "access -") {
		t.Errorf("%s", got)
	}
}

// TestLooksCounted: a number, a blank and '<' are what a frame with a count begins with.
func TestLooksCounted(t *testing.T) {
	for text, want := range map[string]bool{
		"5 <1>ab": true, "5 <": true, "12345 <x": true, "": false, "5": false, "5 ": false, " <1>": false, "<1>": false, "5<1>": false, "x5 <1>": false, "5  <": false,
	} {
		if LooksCounted([]byte(text)) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

// TestDeframerDefaults: without a limit there is the default one, and what exceeds it is named in the error.
func TestDeframerDefaults(t *testing.T) {
	for _, max := range []int{0, -1} {
		d := NewDeframer(strings.NewReader(fmt.Sprintf("%d <1>", DefaultMaxFrame+1)), max)
		if d.CountLimit() != DefaultMaxFrame {
			t.Errorf("%d: the limit is %d", max, d.CountLimit())
		}
	}
	for stream, want := range map[string]string{
		"11 <1>abcdefgh":        `syslog frame of 11 bytes exceeds the limit of 10: "<1>abcdefgh"`,
		"<1>abcdefghijklmnop\n": `syslog frame without an end in 10 bytes: "<1>abcdefghijklmnop\n"`,
	} {
		d := NewDeframer(strings.NewReader(stream), 10)
		_, err := d.Next()
		var frame *FrameError
		if !errors.As(err, &frame) || err.Error() != want || frame.Max != 10 {
			t.Errorf("%q: %v, want %s", stream, err, want)
		}
		if b, again := d.Next(); again != err || b != nil {
			t.Errorf("%q: then %q, %v", stream, b, again)
		}
	}
	d := NewDeframer(strings.NewReader(""), 100)
	if d.CutLong(4096, nil); d.CountLimit() != leastCountLimit {
		t.Errorf("the limit of those that are cut is %d", d.CountLimit())
	}
	if d = NewDeframer(strings.NewReader(""), leastCountLimit); d.Begun() || d.Framing() != None {
		t.Error("something has begun")
	}
	if d.CutLong(4096, nil); d.CountLimit() != 4*leastCountLimit {
		t.Errorf("the limit of long ones is %d", d.CountLimit())
	}
	if _, err := d.Next(); err != io.EOF {
		t.Errorf("%v", err)
	}
}

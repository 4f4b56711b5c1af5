package syslogfmt

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestAppendCut: a message is cut to a limit of its own, below MinMaxMessage too, and those behind it
// are as ever. A header that is too long loses the structured data, and then nothing is appended.
func TestAppendCut(t *testing.T) {
	line := []byte(strings.Repeat("é", 5000))
	short := Header{Facility: Local1, Time: time.Unix(1e9, 0).UTC(), Hostname: "web1", Tag: "httpd", ProcID: "1", MsgID: "access"}
	long := short
	long.Hostname, long.ProcID, long.Tag = strings.Repeat("h", 255), strings.Repeat("p", 128), strings.Repeat("t", 48)
	data := short
	data.Data = []byte(`[a@1 b="` + strings.Repeat("c", 400) + `"]`)
	for name, c := range map[string]struct {
		head  Header
		limit int
		fits  bool
	}{
		"8 KiB":                           {short, 8192, true},
		"480":                             {short, 480, true},
		"480, with structured data":       {data, 480, true},
		"480, with a header that is long": {long, 480, false},
	} {
		for _, framing := range []Framing{None, OctetCounting, LF} {
			e := NewEncoder(RFC5424, framing, 64<<10)
			e.SetHeader(&c.head)
			before := e.Append(nil, Notice, 7, []byte("x"))
			got, fits := e.AppendCut([]byte("before"), Notice, 7, line, c.limit)
			if fits != c.fits {
				t.Errorf("%s: fits is %t", name, fits)
			}
			m := bytes.TrimPrefix(got, []byte("before"))
			if _, rest, counted := bytes.Cut(m, []byte(" <")); counted && framing == OctetCounting {
				m = append([]byte("<"), rest...)
			}
			m = bytes.TrimSuffix(m, []byte("\n"))
			switch {
			case !fits && len(m) > 0:
				t.Errorf("%s: %q was appended", name, m)
			case fits && (len(m) > c.limit || len(m) < c.limit-1 || !bytes.HasSuffix(m, []byte("é"+CutMarker)) || !bytes.Contains(m, []byte(`sequenceId="7"`))):
				t.Errorf("%s: %d bytes: %.100q", name, len(m), m)
			}
			if after := e.Append(nil, Notice, 7, []byte("x")); !bytes.Equal(before, after) || e.Cut() != 0 {
				t.Errorf("%s: behind it %q, before %q; %d cut", name, after, before, e.Cut())
			}
		}
	}
}

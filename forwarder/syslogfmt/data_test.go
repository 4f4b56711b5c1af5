package syslogfmt

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"httpd-syslog/forwarder/syslogfmt/sdata"
)

// TestData: what is set for all messages is in each, behind our own and before the header's,
// and counts towards the limit.
func TestData(t *testing.T) {
	const own = `[token@41058 tag="x"]`
	for _, c := range []struct {
		format  Format
		own     string
		header  string
		seq     uint64
		max     int
		want    string // between MSGID and the text
		comment string
	}{
		{RFC5424, own, "", 5, 2048, ` [meta sequenceId="5"]` + own + " ", "alone"},
		{RFC5424, own, "", 0, 2048, " " + own + " ", "without a number"},
		{RFC5424, own, `[a@1 v="]"]`, 5, 2048, ` [meta sequenceId="5"]` + own + " ", "the header's is not valid"},
		{RFC5424, own, `[a@1 v="b"]`, 5, 2048, ` [meta sequenceId="5"]` + own + `[a@1 v="b"] `, "with the header's"},
		{RFC5424, own, `[b@1][token@41058 tag="forged"][a@1 v="b"]`, 5, 2048, ` [meta sequenceId="5"]` + own + `[b@1][a@1 v="b"] `, "the same SD-ID in the header's"},
		{RFC5424, own, "[a@1 v=\"" + strings.Repeat("x", 800) + "\"]", 5, 2048, ` [meta sequenceId="5"]` + own + " ", "no room for the header's"},
		{RFC5424, own, "", 5, MinMaxMessage, ` [meta sequenceId="5"] `, "no room"},
		{RFC5424, "[token]", "", 5, 2048, ` [meta sequenceId="5"] `, "not good"},
		{RFC5424, "", "", 5, 2048, ` [meta sequenceId="5"] `, "none"},
		{RFC3164, own, "", 5, 2048, " ", "no structured data in the format"},
	} {
		e := NewEncoder(c.format, None, c.max)
		e.SetData(c.own)
		for range 2 { // with a header of its own for each frame
			e.SetHeader(&Header{Hostname: "h", Tag: "t", MsgID: "m", Data: []byte(c.header)})
			got := string(e.Append(nil, Notice, c.seq, []byte("text")))
			if !strings.HasSuffix(got, c.want+"text") || strings.Count(got, own) > 1 || c.format == RFC3164 && strings.Contains(got, "token") {
				t.Errorf("%s: %s\nwant …%stext", c.comment, got, c.want)
			}
		}
	}
}

// TestCutKeepsData: a message that is cut for a server keeps what is set for all, or is not
// cut so short.
func TestCutKeepsData(t *testing.T) {
	const own = `[token@41058 tag="x"]`
	e := NewEncoder(RFC5424, None, 2048)
	e.SetData(own)
	e.SetHeader(&Header{Hostname: "h", Tag: "t", MsgID: "m", Data: []byte(fmt.Sprintf("[a@1 v=%q]", strings.Repeat("y", 600)))})
	for limit, fits := range map[int]bool{480: true, 100: true, 60: false} {
		got, ok := e.AppendCut(nil, Notice, 5, bytes.Repeat([]byte("x"), 1000), limit)
		if ok != fits || len(got) > limit || fits && (!bytes.Contains(got, []byte(own)) || bytes.Contains(got, []byte("a@1"))) {
			t.Errorf("limit %d, fits %v: %s", limit, ok, got)
		}
	}
}

// TestDataCounts: with data of one's own no message is above its limit, each number of a
// line has it, and nothing is allocated for a line.
func TestDataCounts(t *testing.T) {
	for _, limit := range []int{600, 2048} {
		own := fmt.Sprintf("[a@1 v=%q]", strings.Repeat("x", sdata.Room(limit)-len(`[a@1 v=""]`)))
		e := NewEncoder(RFC5424, None, limit)
		e.SetData(own)
		e.SetHeader(&Header{Hostname: strings.Repeat("h", 255), Tag: strings.Repeat("t", 48), ProcID: strings.Repeat("p", 128), MsgID: strings.Repeat("m", 32)})
		text := bytes.Repeat([]byte("x"), 4096)
		var b []byte
		for seq := uint64(8); seq < 12; seq++ {
			b = e.Append(b[:0], Notice, seq, text)
			if len(b) > limit || !bytes.Contains(b, fmt.Appendf(nil, `[meta sequenceId="%d"]%s `, seq, own)) || !bytes.HasSuffix(b, []byte(CutMarker)) {
				t.Errorf("limit %d: %d bytes: %s", limit, len(b), b)
			}
		}
		seq := uint64(12)
		if n := testing.AllocsPerRun(100, func() { seq++; b = e.Append(b[:0], Notice, seq, text) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
	if sdata.Room(MinMaxMessage) != 0 || sdata.Room(MinMaxMessage+2) != 1 || sdata.Room(0) != 0 {
		t.Error("the room is not half of what the longest header leaves")
	}
}

package finding

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestText is what people read, line by line.
func TestText(t *testing.T) {
	r := Report{OneHand: true, Counts: Counts{Lines: 9312446, Checked: 9310000, Lost: 1204, Cut: 1242}}
	r.Add(Finding{Code: Altered, Say: "it is not", Host: "web1\x1b\u202e\U0001f600\x7f", File: "/a b/c\n", Line: 7, Writer: "7-af", Class: "audit", First: 3, Seal: "seal 1", Text: Show([]byte("\x1b[2J")), Other: Show([]byte("é")), Where: "x"})
	r.Add(Finding{Code: FileAltered, Say: "bytes", File: "/a", Begin: 5, End: 9})
	r.Add(Finding{Code: Missing, Say: "gone", Writer: "7-af", First: 3, Last: 1003, Line: 2, Until: 4, File: "z"})
	r.Add(Finding{Code: Missing, Say: "gone", Writer: "7-af", First: 3, Last: 1003, Line: 2, Until: 4, File: "z"})
	r.Cannot("no")
	r.Note("that")
	r.Sort()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	const want = `9,310,000 of 9,312,446 lines checked: 0 altered, 0 missing, 1,204 lost and explained; 1,242 cannot be checked (cut); 3 findings. Seals from the same place as the lines: they show accidents, not a dishonest administrator.
file_altered: /a, bytes 5 to 9: bytes
missing: z, lines 2 to 4: gone; writer 7-af, numbers 3 to 1003
altered: "/a b/c\n", line 7: it is not; host "web1\x1b\u202e😀\x7f"; writer 7-af, events, number 3; seal 1; there: "\x1b[2J"; x: "é"
not checked: no
note: that
`
	if b.String() != want {
		t.Errorf("\n%s\nwant\n%s", &b, want)
	}
	b.Reset()
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.String() {
		if c != '\n' && (c < ' ' || c >= 0x7f) {
			t.Errorf("%q in JSON", c)
		}
	}
	var back struct {
		Exit     int
		Result   string
		Findings []Finding
		Counts   Counts
	}
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back.Exit != Findings || len(back.Findings) != 3 || back.Counts != r.Counts || !strings.HasPrefix(back.Result, "9,310,000") {
		t.Errorf("%v, %+v", err, back)
	}
}

// TestOneFinding: a finding alone is told as one.
func TestOneFinding(t *testing.T) {
	var r Report
	if s := r.Sentence(); strings.Contains(s, "finding") {
		t.Errorf("of none: %s", s)
	}
	r.Add(Finding{Code: Missing})
	if s := r.Sentence(); !strings.Contains(s, "; 1 finding.") {
		t.Errorf("of one: %s", s)
	}
}

// TestExit: findings weigh more than what could not be checked.
func TestExit(t *testing.T) {
	var r Report
	if r.Exit() != OK || r.First() != "" {
		t.Error("nothing is something")
	}
	r.Cannot("why")
	if r.Exit() != Partial || r.First() != "why" {
		t.Error("what could not be checked is nothing")
	}
	for range maxFindings + 5 {
		r.Add(Finding{Code: Missing, Say: "x"})
	}
	if r.Exit() != Findings || r.Found() != maxFindings+5 || r.More != 5 {
		t.Errorf("%d found, %d more", r.Found(), r.More)
	}
}

// TestShow: long texts are cut at a character.
func TestShow(t *testing.T) {
	text := strings.Repeat("é", maxText)
	got := Show([]byte(text))
	if !strings.HasSuffix(got, `é"… (4000 bytes)`) || strings.Contains(got, `\x`) {
		t.Errorf("%q", got[len(got)-30:])
	}
}

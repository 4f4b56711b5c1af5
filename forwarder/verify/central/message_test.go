package central

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/verify/ledger"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// TestMessages are read as servers write them.
func TestMessages(t *testing.T) {
	const head = "<141>1 2026-11-22T10:00:00.123456+00:00 web1 httpd "
	for _, tt := range []struct {
		line   string
		form   Form
		writer uint64
		number uint64
		audit  bool
		text   string
	}{
		{head + `7-00000000000000af access [meta sequenceId="12"] GET /`, Numbered, 0xaf, 12, false, "GET /"},
		{head + `00000000000000af access [meta sequenceId="12"] GET /`, Numbered, 0xaf, 12, false, "GET /"},
		{head + `db-1-00000000000000af access [x@1 a="\"] [meta sequenceId=\"5\"]"][meta sequenceId="12"][b c="d"]  x `, Numbered, 0xaf, 12, false, " x "},
		{head + `7-00000000000000af access [meta sequenceId="12"]`, Numbered, 0xaf, 12, false, ""},
		{head + `7-00000000000000af access [meta sequenceId="12"] `, Numbered, 0xaf, 12, false, ""},
		{head + `7-00000000000000af access - GET /`, Unnumbered, 0xaf, 0, false, "GET /"},
		{head + `7-00000000000000AF access [meta sequenceId="12"] x`, Unnumbered, 0, 12, false, "x"},
		{head + `700000000000000af access [meta sequenceId="12"] x`, Unnumbered, 0, 12, false, "x"},
		{head + `- - - x`, Unnumbered, 0, 0, false, "x"},
		{head + `7-00000000000000af access [meta sequenceId="99999999999999999999"] x`, Unnumbered, 0xaf, 0, false, "x"},
		{head + `7-00000000000000af access [meta sequenceId="1x"] x`, Unnumbered, 0xaf, 0, false, "x"},
		{"<45>1 - web1 httpd_syslog 7-00000000000000af audit [meta sequenceId=\"1\"] told", Numbered, 0xaf, 1, true, "told"},
		{"<141>1 - web1 httpd_syslog 7-00000000000000af audit [meta sequenceId=\"1\"] told", Numbered, 0xaf, 1, false, "told"},
		{head + `7-00000000000000af access [meta sequenceId="12"]x`, Other, 0, 0, false, ""},
		{head + `7-00000000000000af access [meta sequenceId="12" x`, Other, 0, 0, false, ""},
		{"<141>Nov 22 10:00:00 web1 httpd[1]: x", Other, 0, 0, false, ""},
		{"Nov 22 10:00:00 web1 httpd[1]: x", Other, 0, 0, false, ""},
		{"", Other, 0, 0, false, ""},
		{"<141>1 ", Other, 0, 0, false, ""},
		{"<1411>1 - a b c d - x", Other, 0, 0, false, ""},
		{"<141>1 -  a b c d - x", Other, 0, 0, false, ""},
	} {
		var m Message
		for range 2 { // the header is known the second time
			form := m.Parse([]byte(tt.line))
			if form != tt.form || form != Other && (m.Row != ledger.Row{Writer: tt.writer, Audit: tt.audit} || m.Number != tt.number || string(m.Text) != tt.text) {
				t.Errorf("%s: form %d, %+v, text %q", tt.line, form, m, m.Text)
			}
		}
	}
}

// TestEncoded: what the encoder of relays makes is read back, and nothing is allocated for it.
func TestEncoded(t *testing.T) {
	e := syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.None, 0)
	e.SetHeader(&syslogfmt.Header{Facility: syslogfmt.Local1, Time: time.Unix(1e9, 0), Hostname: "web1", Tag: "httpd", ProcID: "7-00000000000000af", MsgID: "access"})
	var m Message
	line := e.Append(nil, syslogfmt.Notice, 41, []byte(`www 10.0.0.1 "GET / [x] "`))
	if m.Parse(line) != Numbered || m.Number != 41 || string(m.Text) != `www 10.0.0.1 "GET / [x] "` || !m.Time().Equal(time.Unix(1e9, 0)) {
		t.Errorf("%+v", m)
	}
	if n := testing.AllocsPerRun(100, func() { m.Parse(line) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// stamps are times as they may stand in a message, and what is none.
var stamps = []string{
	"2026-11-22T10:00:00.123456+00:00", "2024-02-29T23:59:59.999999+00:00", "2026-02-29T00:00:00.000000+00:00", "2026-02-28T00:00:00.000000+00:00", "2026-12-31T23:59:59.999999+00:00",
	"2026-04-31T00:00:00.000000+00:00", "2026-00-01T00:00:00.000000+00:00", "2026-13-01T00:00:00.000000+00:00", "2026-01-00T00:00:00.000000+00:00", "2026-01-01T24:00:00.000000+00:00",
	"2026-01-01T00:60:00.000000+00:00", "2026-01-01T00:00:60.000000+00:00", "0000-01-01T00:00:00.000000+00:00", "2026-11-22T10:00:00.12345x+00:00", "2026-11-22 10:00:00.123456+00:00",
	"2026-11-22T10:00:00,123456+00:00", "2026-11-22T10:00:00.123456-00:00", "2026-11-22T10:00:00.123456+01:00", "2026-11-22T10:00:00.123456Z", "2026-11-22T10:00:00Z", "2026-11-22T10:00:00.1+02:00", "-", "",
}

// TestMoment: it is Time, whatever stands there.
func TestMoment(t *testing.T) {
	t.Parallel()
	for _, stamp := range stamps {
		checkMoment(t, []byte(stamp))
	}
	for day := time.Date(2023, 12, 31, 23, 59, 59, 999999000, time.UTC); day.Year() < 2029; day = day.Add(23 * time.Hour) {
		checkMoment(t, day.AppendFormat(nil, "2006-01-02T15:04:05.000000+00:00"))
	}
}

func checkMoment(t *testing.T, stamp []byte) {
	t.Helper()
	m := Message{Stamp: stamp}
	if got, want := m.Moment(), m.Time(); !got.Equal(want) {
		t.Errorf("%q: %v, not %v", stamp, got, want)
	}
}

func FuzzMoment(f *testing.F) {
	for _, stamp := range stamps {
		f.Add([]byte(stamp))
	}
	f.Fuzz(checkMoment)
}

// TestUnescape undoes what rsyslog makes of control characters, and nothing else.
func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{
		"a": "a", "a#011b": "a\tb", "#033[1m#177": "\x1b[1m\x7f", "#041 #1 #": "#041 #1 #", "#01": "#01", "#018": "#018", "##011": "#\t", "#351": "\xe9",
	} {
		got, escaped := unescape([]byte(text))
		if string(got) != want || escaped != (text != want) {
			t.Errorf("%q: %q, %v", text, got, escaped)
		}
	}
}

// FuzzMessage: whatever a line is, reading it does not fail, what is read is part of it, and a header that
// is known from the line before changes nothing.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(`<141>1 - web1 httpd 7-00000000000000af access [meta sequenceId="12"] GET /`), []byte(`<141>1 - web1 httpd 7-00000000000000af access [meta sequenceId="13"] GET /a`))
	f.Add([]byte(`<45>1 2026-11-22T10:00:00Z a httpd_syslog 00000000000000af audit [x y="\"]"][meta sequenceId="1"]`), []byte("<1>1 - - - - - -"))
	f.Fuzz(func(t *testing.T, before, line []byte) {
		var fresh, warm Message
		warm.Parse(before)
		form := fresh.Parse(line)
		if again := warm.Parse(line); again != form {
			t.Fatalf("%q after %q: %d, else %d", line, before, again, form)
		}
		if form == Other {
			return
		}
		if fresh.Row != warm.Row || fresh.Number != warm.Number || !bytes.Equal(fresh.Text, warm.Text) || !bytes.Equal(fresh.Host, warm.Host) {
			t.Fatalf("%q after %q: %+v, else %+v", line, before, warm, fresh)
		}
		if !bytes.HasSuffix(line, fresh.Text) || form == Numbered && (fresh.Number == 0 || !bytes.Contains(line, fmt.Appendf(nil, "%d\"", fresh.Number))) && !bytes.Contains(line, []byte(`sequenceId="0`)) {
			t.Fatalf("%q: %+v", line, fresh)
		}
	})
}

func BenchmarkMessage(b *testing.B) {
	line := []byte(`<141>1 2026-11-22T10:00:00.123456+00:00 web1.example.com httpd 4711-019ac2f4a1b9f3a1 access [meta sequenceId="123456"] www.example.com 10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1234 "-" "curl"`)
	var m Message
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		m.Parse(line)
	}
}

// TestRoutine: seals and heartbeats are routine, as the programs tell them; other events are not, nor is a text that names one.
func TestRoutine(t *testing.T) {
	for text, want := range map[string]bool{
		event.SealLines.With("chain", "aa").String(): true, event.SealFile.With("chain", "aa").String(): true,
		event.SealCentral.With("chain", "aa").String(): true, event.Heartbeat.With("writers", 1).String(): true,
		event.RelayDown.With("chain", "aa").String(): false, "GET /" + event.SealLines.Code: false, "": false,
	} {
		if got := IsRoutine([]byte(text)); got != want {
			t.Errorf("%q is routine: %v", text, got)
		}
	}
}

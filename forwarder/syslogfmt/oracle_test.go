package syslogfmt

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/influxdata/go-syslog/v3/rfc5424"
)

// The oracle: what the encoder builds in RFC 5424 must parse, strictly, to what went in.

// unframe takes the framing off the one message in b.
func unframe(t *testing.T, framing Framing, b []byte) []byte {
	t.Helper()
	switch framing {
	case OctetCounting:
		count, msg, ok := bytes.Cut(b, []byte(" "))
		if !ok || string(count) != strconv.Itoa(len(msg)) {
			t.Fatalf("octet count %q for %d bytes", count, len(msg))
		}
		return msg
	case LF:
		msg, ok := bytes.CutSuffix(b, []byte("\n"))
		if !ok || bytes.IndexByte(msg, '\n') >= 0 {
			t.Fatalf("not one LF-framed message: %q", b)
		}
		return msg
	}
	return b
}

// checkOracle encodes one line and compares what the parser makes of it with what went in.
func checkOracle(t *testing.T, framing Framing, limit int, h *Header, s Severity, seq uint64, line []byte) {
	t.Helper()
	if repeatsID(h.Data) {
		return // Header wants each once
	}
	e := NewEncoder(RFC5424, framing, limit)
	e.SetHeader(h)
	before := bytes.Clone(line)
	msg := unframe(t, framing, e.Append(nil, s, seq, line))
	if !bytes.Equal(before, line) {
		t.Fatal("the line was altered")
	}
	if limit == 0 {
		limit = DefaultMaxMessage
	}
	if len(msg) > max(limit, MinMaxMessage) {
		t.Fatalf("%d bytes, limit %d", len(msg), limit)
	}
	parsed, err := rfc5424.NewParser().Parse(msg)
	if err != nil {
		t.Fatalf("%v: %q", err, msg)
	}
	bom := []byte("\xef\xbb\xbf")
	if !bytes.HasPrefix(line, bom) || utf8.Valid(line) { // else no message could carry it: 6.4
		if _, err := rfc5424.NewParser(rfc5424.WithCompliantMsg()).Parse(msg); err != nil {
			t.Fatalf("MSG: %v: %q", err, msg)
		}
	}
	m := parsed.(*rfc5424.SyslogMessage)
	if int(*m.Priority) != PRI(h.Facility, s) || m.Version != 1 {
		t.Errorf("PRI %d, version %d: %q", *m.Priority, m.Version, msg)
	}
	procID := h.ProcID
	if procID == "" && h.PID > 0 {
		procID = strconv.Itoa(h.PID)
	}
	checkField(t, "HOSTNAME", m.Hostname, h.Hostname, 255)
	checkField(t, "APP-NAME", m.Appname, h.Tag, 48)
	checkField(t, "PROCID", m.ProcID, procID, 128)
	checkField(t, "MSGID", m.MsgID, h.MsgID, 32)
	checkTime(t, m.Timestamp, h.Time)
	checkData(t, m.StructuredData, seq, sentData(framing, limit, h.Data), h.Data)
	if framing == LF {
		line = bytes.ReplaceAll(line, []byte("\n"), []byte(" "))
	}
	dataCut := len(h.Data) > (max(limit, MinMaxMessage)-MinMaxMessage)/2
	if dataCut != (e.LeftOut() == 1) {
		t.Errorf("left out data was not counted: %d", e.LeftOut())
	}
	checkText(t, m.Message, line, e.Cut() > 0)
}

// checkField compares a parsed field, nil for "-", with the one sent. The sanitising is written
// here a second time, from the RFC.
func checkField(t *testing.T, name string, got *string, sent string, limit int) {
	t.Helper()
	var want string
	for i := 0; i < len(sent) && i < limit; i++ {
		if sent[i] >= 33 && sent[i] <= 126 {
			want += string(rune(sent[i]))
		} else {
			want += "_"
		}
	}
	if want == "-" {
		want = ""
	}
	if got == nil {
		got = new(string)
	}
	if *got != want {
		t.Errorf("%s %q, want %q", name, *got, want)
	}
}

func checkTime(t *testing.T, got *time.Time, sent time.Time) {
	t.Helper()
	if got == nil {
		if y := sent.Year(); !sent.IsZero() && y > 0 && y < 9999 {
			t.Errorf("no timestamp for %v", sent)
		}
		return
	}
	if !got.Equal(sent.Truncate(time.Microsecond)) && !got.Equal(sent.Add(-time.Duration(sent.Nanosecond()%1000))) {
		t.Errorf("timestamp %v, want %v", got, sent)
	}
}

// repeatsID reports whether an SD-ID is in data twice, or is ours.
func repeatsID(data []byte) bool {
	_, err := rfc5424.NewParser().Parse(append([]byte("<0>1 - - - - - [meta]"), data...))
	return err != nil && strings.Contains(err.Error(), "duplicate")
}

// sentData is what is to be sent of a header's structured data: all, if it is valid by the parser,
// and if it fits.
func sentData(framing Framing, limit int, data []byte) map[string]map[string]string {
	limit = max(limit, MinMaxMessage)
	message := append([]byte("<0>1 - - - - - "), data...)
	parsed, err := rfc5424.NewParser().Parse(message)
	if err != nil || len(data) == 0 || data[0] != '[' || data[len(data)-1] != ']' || len(data) > (limit-MinMaxMessage)/2 {
		return nil
	}
	m := parsed.(*rfc5424.SyslogMessage)
	if m.Message != nil { // there was a text behind it
		return nil
	}
	for _, params := range *m.StructuredData {
		for name, value := range params {
			if framing == LF {
				params[name] = strings.ReplaceAll(value, "\n", " ")
			}
		}
	}
	return *m.StructuredData
}

func checkData(t *testing.T, got *map[string]map[string]string, seq uint64, want map[string]map[string]string, data []byte) {
	t.Helper()
	if want == nil {
		want = make(map[string]map[string]string)
	}
	if seq > 0 {
		for seq > 2147483647 {
			seq -= (seq - 1) / 2147483647 * 2147483647
		}
		if want["meta"] == nil {
			want["meta"] = make(map[string]string)
		}
		want["meta"]["sequenceId"] = strconv.FormatUint(seq, 10)
	}
	if got == nil {
		got = new(map[string]map[string]string)
	}
	if !reflect.DeepEqual(*got, want) && len(*got)+len(want) > 0 {
		t.Fatalf("structured data %q, want %q of %q", *got, want, data)
	}
}

func checkText(t *testing.T, got *string, line []byte, cut bool) {
	t.Helper()
	if got == nil {
		got = new(string)
	}
	if !cut {
		if *got != string(line) {
			t.Errorf("text %q, want %q", *got, line)
		}
		return
	}
	text, marked := strings.CutSuffix(*got, CutMarker)
	if !marked || !strings.HasPrefix(string(line), text) {
		t.Errorf("cut text %q of %q", *got, line)
	}
}

var hardLines = []string{
	"", " ", "a", "-", "\x00", "\t", "a\tb", "\r", "\n", "a\nb\n", "\x00\x00", "\x7f", "\x80", "\xff\xfe",
	"\xef\xbb\xbfwith a BOM", "\xef\xbb\xbf\xff", "\xef\xbb", "\xef", "<13>1 - - - - - -", "[meta sequenceId=\"1\"]", `"]\`,
	"12 <13>x", "grüße €", "\xc3", "a\x00b", string(accessLine),
}

func TestOracleTable(t *testing.T) {
	headers := []Header{
		{}, *testHeader(),
		{Facility: Local7, Time: rfcTime, Hostname: "-", Tag: "--", ProcID: `"]\`, MsgID: "[x]"},
		{Time: rfcTime, Data: []byte(`[x@1 a="\"\]\\x" a="2"][y][z b="` + "\n€\t" + `"]`)},
		{Facility: 200, Time: rfcTime, Hostname: strings.Repeat("h", 256), Tag: strings.Repeat("é", 25), PID: -1, MsgID: strings.Repeat(" ", 33)},
	}
	for _, framing := range []Framing{None, OctetCounting, LF} {
		for i := range headers {
			for _, line := range hardLines {
				for _, seq := range []uint64{0, 1, 9, 10, 1<<31 - 1, 1 << 31, 1<<64 - 1} {
					checkOracle(t, framing, 0, &headers[i], Severity(i*2), seq, []byte(line))
				}
			}
		}
	}
}

func TestOracleRandom(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 20000 {
		h := &Header{
			Facility: Facility(r.Uint32()), PID: int(r.Int32()) - 1<<30,
			Time:     time.Unix(r.Int64N(8e9)-4e9, r.Int64N(1e9)).In(time.FixedZone("", r.IntN(200000)-100000)),
			Hostname: randomBytes(r, 300), Tag: randomBytes(r, 60), ProcID: randomBytes(r, 150), MsgID: randomBytes(r, 40),
			Data: randomData(r),
		}
		checkOracle(t, Framing(r.UintN(3)), r.IntN(2000), h, Severity(r.Uint32()), r.Uint64()>>r.UintN(64), []byte(randomBytes(r, 3000)))
		if t.Failed() {
			t.FailNow()
		}
	}
}

// randomBytes returns up to n bytes: of any value, printable only, or UTF-8.
func randomBytes(r *rand.Rand, n int) string {
	n = r.IntN(n) >> r.IntN(8)
	b := make([]byte, 0, n)
	kind := r.IntN(3)
	for len(b) < n {
		switch kind {
		case 0:
			b = append(b, byte(r.Uint32()))
		case 1:
			b = append(b, byte(' '+r.IntN(95)))
		default:
			b = append(b, string(rune(r.IntN(0x11000)))...)
		}
	}
	return string(b)
}

// randomData returns structured data, or what is nearly that.
func randomData(r *rand.Rand) []byte {
	parts := []string{"[", "]", "x@1", " a=\"", "\"", "\\", "\"]", "[x", "é", "\n", " ", "=", "[y b=\"1\"]", strings.Repeat("n", 32), "\xff"}
	var b []byte
	for range r.IntN(12) {
		b = append(b, parts[r.IntN(len(parts))]...)
	}
	return b
}

func FuzzEncode(f *testing.F) {
	for i, line := range hardLines {
		f.Add(uint8(i), uint8(i), uint8(i), uint64(i), int64(i)*1e9, i*100, "host", "tag", i, "procid", "msgid", []byte(line), []byte(`[x@1 a="\]"]`))
	}
	f.Add(uint8(1), uint8(17), uint8(5), uint64(1)<<31, int64(-6e10), -100000, "a b", "", 7, "", "\n", bytes.Repeat([]byte("€"), 300), []byte("[x][x"))
	f.Fuzz(func(t *testing.T, framing, facility, severity uint8, seq uint64, seconds int64, zone int,
		host, tag string, pid int, procID, msgID string, line, data []byte) {
		const years = 9000 * 365 * 24 * 60 * 60
		h := &Header{
			Facility: Facility(facility), Time: time.Unix(seconds%years, 0).In(time.FixedZone("", zone%100000)),
			Hostname: host, Tag: tag, PID: pid, ProcID: procID, MsgID: msgID, Data: data,
		}
		checkOracle(t, Framing(framing%3), int(seq%2000), h, Severity(severity), seq, line)
	})
}

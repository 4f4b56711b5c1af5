package syslogfmt

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// accessLine is 227 bytes long, as the average line of the bench corpus.
var accessLine = []byte(`www.example.com www.example.com 203.0.113.195 - - [11/Oct/2023:14:32:52 +0200] "GET /catalogue/item?id=4711&ref=home HTTP/1.1" 200 5316 "https://www.example.com/catalogue" "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Firefox/118.0"`)[:227]

// rfcTime is the time of RFC 5424, 6.2.3.1, example 4.
var rfcTime = time.Date(2003, 8, 24, 5, 14, 15, 3000, time.FixedZone("", -7*60*60))

func testHeader() *Header {
	return &Header{
		Facility: Local1, Time: rfcTime, Hostname: "www1.example.com",
		Tag: "httpd", PID: 4711, ProcID: "4711-1697034772", MsgID: "access",
	}
}

func TestGolden(t *testing.T) {
	rfc3164Time := time.Date(2003, 10, 11, 22, 14, 15, 0, time.UTC)
	tests := []struct {
		name    string
		format  Format
		framing Framing
		header  Header
		sev     Severity
		seq     uint64
		line    string
		want    string
	}{
		{"RFC 5424, 6.5, example 1, without BOM", RFC5424, None,
			Header{Facility: Auth, Time: time.Date(2003, 10, 11, 22, 14, 15, 3e6, time.UTC), Hostname: "mymachine.example.com", Tag: "su", MsgID: "ID47"},
			Crit, 0, "'su root' failed for lonvick on /dev/pts/8",
			"<34>1 2003-10-11T22:14:15.003000+00:00 mymachine.example.com su - ID47 - 'su root' failed for lonvick on /dev/pts/8"},
		{"RFC 5424, 6.5, example 2", RFC5424, None,
			Header{Facility: Local4, Time: rfcTime, Hostname: "192.0.2.1", Tag: "myproc", PID: 8710},
			Notice, 0, "%% It's time to make the do-nuts.",
			"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts."},
		{"RFC 3164, 5.4, example 1", RFC3164, None,
			Header{Facility: Auth, Time: rfc3164Time, Hostname: "mymachine", Tag: "su"},
			Crit, 1, "'su root' failed for lonvick on /dev/pts/8",
			"<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8"},
		{"what we send", RFC5424, OctetCounting, *testHeader(), Notice, 42, "a line",
			"115 <141>1 2003-08-24T05:14:15.000003-07:00 www1.example.com httpd 4711-1697034772 access [meta sequenceId=\"42\"] a line"},
		{"LF", RFC5424, LF, *testHeader(), Notice, 42, "a line",
			"<141>1 2003-08-24T05:14:15.000003-07:00 www1.example.com httpd 4711-1697034772 access [meta sequenceId=\"42\"] a line\n"},
		{"LF in the text, LF framing", RFC3164Local, LF, *testHeader(), Notice, 1, "\na\n\nb\n",
			"<141>Aug 24 05:14:15 httpd[4711]:  a  b \n"},
		{"LF in the text, other framing", RFC3164Local, OctetCounting, *testHeader(), Notice, 1, "a\nb",
			"37 <141>Aug 24 05:14:15 httpd[4711]: a\nb"},
		{"local, day padded", RFC3164Local, None,
			Header{Facility: Daemon, Time: time.Date(2003, 8, 4, 5, 14, 15, 0, time.UTC), Tag: "httpd", PID: 1},
			Info, 1, "x", "<30>Aug  4 05:14:15 httpd[1]: x"},
		{"empty header, empty line", RFC5424, None, Header{}, Emerg, 1, "",
			`<0>1 - - - - - [meta sequenceId="1"]`},
		{"nothing at all", RFC5424, None, Header{}, Emerg, 0, "", `<0>1 - - - - - -`},
		{"out of range", RFC5424, None, Header{Facility: 24}, 8, 1<<31 - 1, "x",
			`<191>1 - - - - - [meta sequenceId="2147483647"] x`},
		{"sequence begins again", RFC5424, None, Header{}, Emerg, 1 << 31, "x",
			`<0>1 - - - - - [meta sequenceId="1"] x`},
		{"bad bytes", RFC5424, None, Header{Hostname: "a b\x00", Tag: "ö", ProcID: "\x7f", MsgID: "\n"}, Emerg, 0, "x",
			"<0>1 - a_b_ __ _ _ - x"},
		{"bad tag", RFC3164, None, Header{Time: rfcTime, Hostname: "a b", Tag: "a[1]: b"}, Emerg, 0, "x",
			"<0>Aug 24 05:14:15 a_b a_1___b: x"},
		{"structured data of another program", RFC5424, LF, Header{Data: []byte("[x@1 a=\"1\n2\"][y]")}, Emerg, 7, "x",
			`<0>1 - - - - - [meta sequenceId="7"][x@1 a="1 2"][y] x` + "\n"},
		{"and without a number or a text", RFC5424, None, Header{Data: []byte("[y]")}, Emerg, 0, "", `<0>1 - - - - - [y]`},
		{"structured data that is none", RFC5424, None, Header{Data: []byte(`[y] <0>1`)}, Emerg, 0, "x", `<0>1 - - - - - - x`},
		{"pid that is no number", RFC3164Local, None, Header{Time: rfcTime, Tag: "t", TagPID: "w 1]"}, Emerg, 0, "x",
			"<0>Aug 24 05:14:15 t[w_1_]: x"},
		{"long tag", RFC3164Local, None, Header{Time: rfcTime, Tag: strings.Repeat("t", 40)}, Emerg, 0, "x",
			"<0>Aug 24 05:14:15 " + strings.Repeat("t", 32) + ": x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := NewEncoder(tt.format, tt.framing, 0)
			e.SetHeader(&tt.header)
			if got := e.Append(nil, tt.sev, tt.seq, []byte(tt.line)); string(got) != tt.want {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
			if e.Cut() != 0 {
				t.Error("counted as cut")
			}
		})
	}
}

func TestTimestamp(t *testing.T) {
	zone := func(seconds int) *time.Location { return time.FixedZone("", seconds) }
	at := func(l *time.Location) time.Time { return time.Date(2023, 12, 31, 23, 59, 59, 999999999, l) }
	tests := []struct {
		name string
		time time.Time
		want string
	}{
		{"UTC", at(time.UTC), "2023-12-31T23:59:59.999999+00:00"},
		{"east", at(zone(5*3600 + 45*60)), "2023-12-31T23:59:59.999999+05:45"},
		{"west", at(zone(-3*3600 - 30*60)), "2023-12-31T23:59:59.999999-03:30"},
		{"local mean time", at(zone(53*60 + 28)), "2023-12-31T23:59:31.999999+00:53"},
		{"seconds west", at(zone(-28)), "2024-01-01T00:00:27.999999+00:00"},
		{"a day off", at(zone(24 * 3600)), "2023-12-30T23:59:59.999999+00:00"},
		{"year 0", time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), "0000-01-01T00:00:00.000000+00:00"},
		{"zero", time.Time{}, "-"},
		{"year 10000", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "-"},
		{"year 10000 in its zone", time.Date(9999, 12, 31, 23, 59, 0, 0, zone(-3600)).In(zone(3600)), "-"},
		{"before year 0", time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), "-"},
	}
	for _, tt := range tests {
		if got := string(appendTimestamp(nil, tt.time)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, framing := range []Framing{None, OctetCounting, LF} {
		for _, text := range []string{"a", "é", "€", "𝄞", "\ufffd", "\xff", "\x80", "\xe2\x82", "a€é𝄞\x80"} {
			for size := MinMaxMessage; size < MinMaxMessage+8; size++ {
				checkCut(t, framing, text, size)
			}
		}
	}
}

func checkCut(t *testing.T, framing Framing, unit string, size int) {
	t.Helper()
	line := []byte(strings.Repeat(unit, size))
	e := NewEncoder(RFC5424, framing, size)
	e.SetHeader(testHeader())
	got := unframe(t, framing, e.Append(nil, Info, 7, line))
	if len(got) > size || len(got) < size-utf8.UTFMax+1 {
		t.Errorf("%q, limit %d: %d bytes", unit, size, len(got))
	}
	if e.Cut() != 1 {
		t.Errorf("%q: cut %d, want 1", unit, e.Cut())
	}
	_, text, _ := bytes.Cut(got, []byte("] "))
	text, marked := bytes.CutSuffix(text, []byte(CutMarker))
	if !marked || !bytes.HasPrefix(line, text) {
		t.Errorf("%q, limit %d: not a marked beginning: %q", unit, size, got)
	}
	if utf8.ValidString(unit) && !utf8.Valid(text) {
		t.Errorf("%q, limit %d: cut inside a character", unit, size)
	}
}

func TestNotCutAtTheLimit(t *testing.T) {
	e := NewEncoder(RFC5424, None, 1000)
	e.SetHeader(testHeader())
	header := len(e.Append(nil, Info, 1, []byte("x"))) - 1
	exact := bytes.Repeat([]byte("x"), 1000-header)
	if got := e.Append(nil, Info, 1, exact); len(got) != 1000 || e.Cut() != 0 {
		t.Errorf("%d bytes, %d cut", len(got), e.Cut())
	}
	if got := e.Append(nil, Info, 1, append(exact, 'x')); len(got) != 1000 || e.Cut() != 1 {
		t.Errorf("%d bytes, %d cut", len(got), e.Cut())
	}
}

// TestLongestHeader holds MinMaxMessage to its promise: a limit that is never exceeded.
func TestLongestHeader(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for _, format := range []Format{RFC5424, RFC3164, RFC3164Local} {
		e := NewEncoder(format, None, 1)
		e.SetHeader(&Header{Facility: Local7, Time: rfcTime, Hostname: long, Tag: long, PID: 1 << 62, ProcID: long, MsgID: long})
		got := e.Append(nil, Debug, 1<<31-1, bytes.Repeat(accessLine, 3))
		if len(got) > MinMaxMessage || !bytes.HasSuffix(got, []byte(CutMarker)) {
			t.Errorf("%d bytes: %q", len(got), got)
		}
	}
}

// TestOctetCount: the count is the message's length, whatever the number of its digits.
func TestOctetCount(t *testing.T) {
	counted, plain := NewEncoder(RFC3164Local, OctetCounting, 0), NewEncoder(RFC3164Local, None, 0)
	for size := range 10_100 {
		line := bytes.Repeat([]byte{'x'}, size)
		message := plain.Append(nil, Notice, 1, line)
		want := fmt.Sprintf("%d %s", len(message), message)
		if got := counted.Append(nil, Notice, 1, line); string(got) != want {
			t.Fatalf("a line of %d bytes is\n%.80q, want\n%.80q", size, got, want)
		}
	}
}

func TestAppendKeepsDst(t *testing.T) {
	e := NewEncoder(RFC3164Local, LF, 0)
	e.SetHeader(testHeader())
	got := e.Append([]byte("a\nb"), Notice, 1, []byte("x\ny"))
	got = e.Append(got, Err, 2, []byte("z"))
	const want = "a\nb<141>Aug 24 05:14:15 httpd[4711]: x y\n<139>Aug 24 05:14:15 httpd[4711]: z\n"
	if string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAllocations(t *testing.T) {
	for _, format := range []Format{RFC5424, RFC3164, RFC3164Local} {
		e := NewEncoder(format, OctetCounting, 0)
		h := testHeader()
		h.Time = time.Now()
		e.SetHeader(h)
		dst := make([]byte, 0, 1<<10)
		if n := testing.AllocsPerRun(100, func() { e.SetHeader(h) }); n != 0 {
			t.Errorf("SetHeader: %v allocations", n)
		}
		if n := testing.AllocsPerRun(100, func() { dst = e.Append(dst[:0], Notice, 1<<40, accessLine) }); n != 0 {
			t.Errorf("Append: %v allocations", n)
		}
	}
}

// TestAppendAfterAppend holds an encoder that has encoded other lines against a new one.
func TestAppendAfterAppend(t *testing.T) {
	other := testHeader()
	other.Hostname, other.Data = "other.example", []byte(`[x@1 a="b"]`)
	steps := []struct {
		header *Header // nil: the one before
		s      Severity
		seq    uint64
		line   string
	}{
		{testHeader(), Notice, 1, "first"}, {nil, Notice, 2, ""}, {nil, Notice, 3, "third"}, {nil, Err, 4, "other severity"},
		{nil, Err, 5, "the same"}, {nil, Err, 5, "again"}, {nil, Err, 0, "without"}, {nil, Err, 1, "with"},
		{nil, Err, 8, "gap"}, {nil, Err, 9, "9"}, {nil, Err, 10, "a digit more"}, {nil, Err, 11, "11"},
		{nil, Err, 99, "99"}, {nil, Err, 100, "100"}, {nil, Err, 1999, "1999"}, {nil, Err, 2000, "carry"},
		{other, Err, 2001, "other header"}, {nil, Err, 2002, "its second"}, {nil, Err, 0, "data alone"}, {nil, Err, 1, "and one"},
		{nil, Err, maxSequence - 1, "before the last"}, {nil, Err, maxSequence, "last"}, {nil, Err, maxSequence + 1, "1 again"},
		{nil, Err, maxSequence + 2, "2 again"}, {nil, Err, 2 * maxSequence, "last again"}, {nil, Err, 2*maxSequence + 1, "and 1"},
		{nil, Err, math.MaxUint64, "largest"}, {nil, Err, 0, "none"},
	}
	for _, format := range []Format{RFC5424, RFC3164, RFC3164Local} {
		for _, framing := range []Framing{None, OctetCounting, LF} {
			used, header := NewEncoder(format, framing, 0), testHeader()
			for i, step := range steps {
				if step.header != nil {
					header = step.header
					used.SetHeader(header)
				}
				fresh := NewEncoder(format, framing, 0)
				fresh.SetHeader(header)
				got := used.Append(nil, step.s, step.seq, []byte(step.line))
				if want := fresh.Append(nil, step.s, step.seq, []byte(step.line)); !bytes.Equal(got, want) {
					t.Errorf("format %d, framing %d, step %d: %q, want %q", format, framing, i, got, want)
				}
			}
		}
	}
}

// TestHeaderAfterHeader holds an encoder that has had other headers against a new one: what a header has in common
// with the one before is not made anew.
func TestHeaderAfterHeader(t *testing.T) {
	zone := time.FixedZone("", 3600)
	at := func(t time.Time) func(*Header) { return func(h *Header) { h.Time = t } }
	steps := []func(*Header){
		at(rfcTime), at(rfcTime.Add(7 * time.Microsecond)), at(rfcTime.Add(time.Second)), at(rfcTime.Add(time.Second - time.Microsecond)),
		at(rfcTime.In(zone)), at(rfcTime.In(zone).Add(999990 * time.Microsecond)), at(rfcTime.UTC()), at(rfcTime.UTC().Add(time.Hour)),
		at(time.Time{}), func(h *Header) { h.Hostname = "timeless" }, at(time.Time{}.Add(time.Millisecond)), at(time.Time{}), at(rfcTime),
		at(rfcTime.AddDate(9000, 0, 0)), func(h *Header) { h.Tag = "late" }, at(rfcTime),
		func(h *Header) { h.Hostname = "" }, func(h *Header) { h.Tag = "other" }, func(h *Header) { h.ProcID = "" },
		func(h *Header) { h.PID = 12 }, func(h *Header) { h.PID = 0 }, func(h *Header) { h.MsgID = "error" }, func(h *Header) { h.Facility = Local2 },
		func(h *Header) { h.Data = []byte(`[x@1 a="b"]`) }, at(rfcTime.Add(8 * time.Microsecond)), func(h *Header) { h.Data = nil },
		func(h *Header) { h.Whole = true }, func(h *Header) { h.Hostname = "web2" }, func(h *Header) { h.Whole = false }, at(rfcTime.Add(9 * time.Microsecond)),
	}
	for _, format := range []Format{RFC5424, RFC3164, RFC3164Local} {
		used, h := NewEncoder(format, None, 0), testHeader()
		for i, step := range steps {
			step(h)
			used.SetHeader(h)
			fresh := NewEncoder(format, None, 0)
			fresh.SetHeader(h)
			got, want := used.Append(nil, Notice, 7, []byte("text")), fresh.Append(nil, Notice, 7, []byte("text"))
			if !bytes.Equal(got, want) {
				t.Errorf("format %d, step %d: %q, want %q", format, i, got, want)
			}
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{60, 227, 1024, 8190} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			line := bytes.Repeat(accessLine, size/len(accessLine)+1)[:size]
			e := NewEncoder(RFC5424, OctetCounting, 0)
			e.SetHeader(testHeader())
			dst := make([]byte, 0, 16<<10)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for seq := uint64(1); b.Loop(); seq++ {
				dst = e.Append(dst[:0], Notice, seq, line)
			}
		})
	}
	for name, format := range map[string]Format{"RFC3164": RFC3164, "RFC3164Local": RFC3164Local} {
		b.Run(name, func(b *testing.B) {
			e := NewEncoder(format, LF, 0)
			e.SetHeader(testHeader())
			dst := make([]byte, 0, 16<<10)
			b.SetBytes(int64(len(accessLine)))
			b.ReportAllocs()
			for seq := uint64(1); b.Loop(); seq++ {
				dst = e.Append(dst[:0], Notice, seq, accessLine)
			}
		})
	}
}

func BenchmarkSetHeader(b *testing.B) {
	e := NewEncoder(RFC5424, OctetCounting, 0)
	h := testHeader()
	h.Time = time.Now()
	b.ReportAllocs()
	for b.Loop() {
		e.SetHeader(h)
	}
}

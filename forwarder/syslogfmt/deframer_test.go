package syslogfmt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// readers cuts one stream in the ways a network may.
var readers = map[string]func(io.Reader) io.Reader{
	"whole":     func(r io.Reader) io.Reader { return r },
	"one byte":  iotest.OneByteReader,
	"half":      iotest.HalfReader,
	"with EOF":  iotest.DataErrReader,
	"seven":     func(r io.Reader) io.Reader { return &stepReader{r: r, steps: []byte{7}} },
	"irregular": func(r io.Reader) io.Reader { return &stepReader{r: r, steps: []byte{1, 2, 0, 1, 3, 200, 1}} },
}

// stepReader returns at most steps[i] bytes in its i-th read, then begins again.
type stepReader struct {
	r     io.Reader
	steps []byte
	next  int
}

func (s *stepReader) Read(p []byte) (int, error) {
	n := len(p)
	if len(s.steps) > 0 {
		n = min(n, int(s.steps[s.next%len(s.steps)]))
		s.next++
	}
	return s.r.Read(p[:n])
}

// frames reads d to its end and returns all frames, with the error unless it is io.EOF.
func frames(d *Deframer) (all []string, err error) {
	for {
		frame, err := d.Next()
		switch {
		case err == io.EOF && len(frame) == 0:
			return all, nil
		case err != nil:
			if len(frame) > 0 {
				all = append(all, "broken: "+string(frame))
			}
			return all, err
		}
		all = append(all, string(frame))
	}
}

func TestDeframer(t *testing.T) {
	tests := []struct {
		name, stream string
		want         []string
		err          error
	}{
		{"nothing", "", nil, nil},
		{"counted", "5 <1>ab7 <2>\nxyz", []string{"<1>ab", "<2>\nxyz"}, nil},
		{"LF", "<1>ab\n<2>cd\n", []string{"<1>ab", "<2>cd"}, nil},
		{"NUL", "<1>ab\x00<2>cd\x00", []string{"<1>ab", "<2>cd"}, nil},
		{"NUL after LF", "<1>ab\n\x00<2>cd\n\x00", []string{"<1>ab", "<2>cd"}, nil},
		{"counts among lines", "<1>a\n4 <2>b<3>c\x00" + "2000000000 <4>\n<5>e\n", []string{"<1>a", "4 <2>b<3>c", "2000000000 <4>", "<5>e"}, nil},
		{"counts behind lines without PRI", "a\n4 <2>b\n", []string{"a", "4 <2>b"}, nil},
		{"counts behind NUL", "<1>a\x004 <2>b\n", []string{"<1>a", "4 <2>b"}, nil},
		{"lines among counts", "4 <2>b<3>c\x004 <4>\n<5>e\n", []string{"<2>b", "<3>c", "<4>\n", "<5>e"}, nil},
		{"enders behind counted frames", "4 <1>a\n4 <2>b\r\n4 <3>c\x00 4 <4>d\r\n\r\n\x00", []string{"<1>a", "<2>b", "<3>c", "<4>d"}, nil},
		{"enders before the first counted frame", "\r\n\x00\n4 <1>a4 <2>b", []string{"<1>a", "<2>b"}, nil},
		{"counts too small", "4 <1>abc5 <2>de5 <3>fgh\n4 <4>i", []string{"<1>a", "bc", "<2>de", "<3>fg", "h", "<4>i"}, nil},
		{"counts too small by one", "4 <1>a]17 <2>b, a text of i4 <3>c", []string{"<1>a", "]", "<2>b, a text of i", "<3>c"}, nil},
		{"no count between counted frames", "4 <1>a12 < 3 monkeys\n4 <2>b", []string{"<1>a", "12 < 3 monkeys", "<2>b"}, nil},
		{"half a count", "4 <1>a12 <", []string{"<1>a", "broken: 12 <"}, io.ErrUnexpectedEOF},
		{"a count before a mail address", "2000000000 <user@example.com> said\n<1>a\n", []string{"2000000000 <user@example.com> said", "<1>a"}, nil},
		{"a count before a PRI of four digits", "5 <1234>\n<1>a\n", []string{"5 <1234>", "<1>a"}, nil},
		{"a count before no digits", "5 <>x\n<1>a\n", []string{"5 <>x", "<1>a"}, nil},
		{"two spaces behind a count", "4  <1>a\n<1>a\n", []string{"4  <1>a", "<1>a"}, nil},
		{"a count of 21 digits", "100000000000000000000 <1>a\n", []string{"100000000000000000000 <1>a"}, nil},
		{"CR LF alone", "<1>a\r\n\r\n<2>b\r\n\r\n", []string{"<1>a\r", "<2>b\r"}, nil},
		{"last line without LF", "<1>a\n<2>b", []string{"<1>a", "<2>b"}, nil},
		{"empty lines", "\n\n<1>a\n\n\x00\n<2>b\n\n", []string{"<1>a", "<2>b"}, nil},
		{"CR stays", "<1>a\r\n", []string{"<1>a\r"}, nil},
		{"digits without a space", "12<1>a\n", []string{"12<1>a"}, nil},
		{"digits and no PRI", "12 monkeys\n4 <1>a", []string{"12 monkeys", "4 <1>a"}, nil},
		{"leading zero", "04 <1>a\n", []string{"04 <1>a"}, nil},
		{"only digits", "123\n456", []string{"123", "456"}, nil},
		{"digits and a space at the end", "123 ", []string{"123 "}, nil},
		{"digits, NUL", "123\x00<1>a\x00", []string{"123", "<1>a"}, nil},
		{"many digits, no length", "20231011143252123456789 x\n", []string{"20231011143252123456789 x"}, nil},
		{"half a counted frame", "4 <1>a9 <2>b", []string{"<1>a", "broken: <2>b"}, io.ErrUnexpectedEOF},
		{"count above what follows", "4 <1>", []string{"broken: <1>"}, io.ErrUnexpectedEOF},
		{"a count, and what may be a PRI", "4 <", []string{"4 <"}, nil},
	}
	for _, tt := range tests {
		for how, cut := range readers {
			t.Run(tt.name+"/"+how, func(t *testing.T) {
				got, err := frames(NewDeframer(cut(strings.NewReader(tt.stream)), 100))
				if !errors.Is(err, tt.err) || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
					t.Errorf("%q, %v, want %q, %v", got, err, tt.want, tt.err)
				}
			})
		}
	}
}

// NUL ends what Python's SysLogHandler and Perl's Sys::Syslog send over TCP, and is text elsewhere.
func TestDeframerTextNUL(t *testing.T) {
	for stream, want := range map[string]string{
		"<1>a\x00<2>b\x00<13>c\x00":            `["<1>a" "<2>b" "<13>c"]`,
		"<1>a\n\x00<2>b\n\x00":                 `["<1>a" "<2>b"]`,
		"<1>a\x00b\n\x00\n<2>\x00":             `["<1>a\x00b" "<2>"]`,
		"<1>a\x00<b>\n<2>c\x00<1234>\n":        `["<1>a\x00<b>" "<2>c\x00<1234>"]`,
		"<1>a\x00\x00<2>b\x00\x00":             `["<1>a\x00" "<2>b\x00"]`,
		"<1>a\nsecond\x00<2>b\nsecond\x00":     `["<1>a" "second" "<2>b" "second"]`,
		"4 <1>a\x004 <2>b\x00":                 `["<1>a" "<2>b"]`,
		"<1>a\x00<2":                           `["<1>a\x00<2"]`,
		"\x00\x00<1>a\x00\x00\x00\x00\x00<2>b": `["<1>a\x00\x00\x00\x00" "<2>b"]`,
	} {
		for how, cut := range readers {
			r := strings.NewReader(stream)
			d := NewDeframer(cut(r), 100)
			d.TextNUL(func() bool { return r.Len() > 0 })
			if got, err := frames(d); fmt.Sprintf("%q", got) != want || err != nil {
				t.Errorf("%q, %s: %q, %v", stream, how, got, err)
			}
		}
	}
}

// A NUL behind which nothing waits ends a frame: its sender may send nothing more for hours.
func TestDeframerEndsAtTheLastNUL(t *testing.T) {
	unread := iotest.ErrReader(errors.New("read once more"))
	for _, waiting := range []func() bool{nil, func() bool { return false }} {
		d := NewDeframer(io.MultiReader(strings.NewReader("<1>a\x00<2>b\n\x00"), unread), 100)
		d.TextNUL(waiting)
		for _, want := range []string{"<1>a", "<2>b"} {
			if frame, err := d.Next(); string(frame) != want || err != nil {
				t.Errorf("%q, %v, want %q", frame, err, want)
			}
		}
	}
}

func TestDeframerLimit(t *testing.T) {
	const limit = 10
	exact := strings.Repeat("x", limit)
	tests := []struct {
		name, stream, digits string
		tooLong              bool
	}{
		{"line at the limit", exact + "\n", "", false},
		{"line at the limit, at the end", exact, "", false},
		{"line above it", exact + "x\n", "", true},
		{"line above it, at the end", exact + "x", "", true},
		{"counted at the limit", "10 <2>5678901", "", false},
		{"counted above it", "11 <2>56789011", "11", true},
		{"length beyond any number", "99999999999999999999 <1>", "99999999999999999999", true},
		{"counted above it behind a good one", "4 <1>a11 <2>56789011", "11", true},
		{"digits at the limit as a line", "1234567890\n", "", false},
		{"digits without end", strings.Repeat("1", 100000), "", true},
		{"digits of a length without end", strings.Repeat("1", 100000) + " <1>", "", true},
	}
	for _, tt := range tests {
		for how, cut := range readers {
			t.Run(tt.name+"/"+how, func(t *testing.T) {
				d := NewDeframer(cut(strings.NewReader(tt.stream)), limit)
				_, err := frames(d)
				var tooLong *FrameError
				if errors.As(err, &tooLong) != tt.tooLong {
					t.Fatalf("error %v", err)
				}
				if !tt.tooLong {
					return
				}
				if tooLong.Digits != tt.digits || tooLong.Max != limit || len(tooLong.Seen) > maxSeen {
					t.Errorf("%+v", tooLong)
				}
				if _, again := d.Next(); again != err {
					t.Errorf("then %v", again)
				}
			})
		}
	}
}

func TestDeframerReaderErrors(t *testing.T) {
	broken := errors.New("connection reset")
	got, err := frames(NewDeframer(io.MultiReader(strings.NewReader("<1>a\n<2>b"), iotest.ErrReader(broken)), 100))
	if err != broken || fmt.Sprint(got) != "[<1>a broken: <2>b]" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := frames(NewDeframer(&stepReader{r: strings.NewReader("x"), steps: []byte{0}}, 100)); err != io.ErrNoProgress {
		t.Errorf("a reader that reads nothing: %v", err)
	}
}

// TestDeframerReturnsBeforeReading holds that a whole frame is not kept back for the next read.
func TestDeframerReturnsBeforeReading(t *testing.T) {
	for _, stream := range []string{"5 <1>ab", "<1>ab\n", "<1>ab\x00"} {
		unread := iotest.ErrReader(errors.New("read once more"))
		frame, err := NewDeframer(io.MultiReader(strings.NewReader(stream), unread), 100).Next()
		if string(frame) != "<1>ab" || err != nil {
			t.Errorf("%q: %q, %v", stream, frame, err)
		}
	}
}

// TestDeframerMemory feeds long frames and garbage: the buffer stays within its bound.
func TestDeframerMemory(t *testing.T) {
	const limit = 200 << 10
	frame := "<1>" + strings.Repeat("x", limit-3)
	counted := strconv.Itoa(limit) + " " + frame
	for _, stream := range []string{frame + "\n" + counted + frame, strings.Repeat("y", 2*limit)} {
		for how, cut := range map[string]func(io.Reader) io.Reader{"whole": readers["whole"], "seven": readers["seven"]} {
			d := NewDeframer(cut(strings.NewReader(stream)), limit)
			frames(d)
			if len(d.buf) > limit+readSize {
				t.Errorf("%s: buffer of %d bytes", how, len(d.buf))
			}
		}
	}
}

// FuzzDeframer frames the pieces of data, cuts the stream at any boundaries and wants them back;
// then it takes data itself for the stream.
func FuzzDeframer(f *testing.F) {
	f.Add([]byte("<1>ab|<2>|12 <3>|<4>\n\x00|xyz"), []byte{0b10110, 3}, []byte{1, 2})
	f.Add([]byte("4 <1>a9999999999 <1>"), []byte{0xff}, []byte{})
	f.Add(bytes.Repeat([]byte("1"), 300), []byte{1}, []byte{255})
	f.Fuzz(func(t *testing.T, data, kinds, steps []byte) {
		if len(steps) > 0 {
			steps = append(bytes.Clone(steps), 1) // some read must make progress
			if len(steps) > maxEmptyReads/2 {
				steps = steps[:0]
			}
		}
		roundTrip(t, data, kinds, steps)
		garbage(t, data, steps)
	})
}

func roundTrip(t *testing.T, data, kinds, steps []byte) {
	var stream []byte
	var want []string
	octets := len(kinds) > 0 && kinds[0]&1 == 1
	for i, text := range bytes.Split(data, []byte("|")) {
		msg := "<13>" + string(text)
		if octets {
			between := ""
			if n := i % len(kinds); kinds[n]&2 == 2 { // some senders end their frames besides
				between = "\r\n\x00 "[:kinds[n]>>2%5]
			}
			stream = append(stream, strconv.Itoa(len(msg))+" "+msg+between...)
		} else {
			msg = strings.ReplaceAll(msg, "\n", " ")
			stream = append(stream, msg+"\n"...)
			msg = cutAtNUL(msg, &want)
		}
		want = append(want, msg)
	}
	r := bytes.NewReader(stream)
	d := NewDeframer(&stepReader{r: r, steps: steps}, len(data)+8)
	d.TextNUL(func() bool { return r.Len() > 0 })
	got, err := frames(d)
	if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Fatalf("%q, %v, want %q from %q", got, err, want, stream)
	}
}

var nulAndPRI = regexp.MustCompile(`\x00<[0-9]{1,3}>`)

// cutAtNUL appends what NUL and PRI end within msg, and returns the rest.
func cutAtNUL(msg string, frames *[]string) string {
	for {
		at := nulAndPRI.FindStringIndex(msg)
		if at == nil {
			return msg
		}
		if frame := msg[:at[0]]; !isNothing([]byte(frame)) {
			*frames = append(*frames, frame)
		}
		msg = msg[at[0]+1:]
	}
}

// garbage holds that any stream ends without a panic, within the bounds, that its frames do not
// depend on where reads end, and that no byte of it is lost but enders and counts.
func garbage(t *testing.T, data, steps []byte) {
	const limit = 50
	cut := func(steps []byte) (*Deframer, []string, error) {
		r := bytes.NewReader(data)
		d := NewDeframer(&stepReader{r: r, steps: steps}, limit)
		if len(steps)%2 == 1 {
			d.TextNUL(func() bool { return r.Len() > 0 })
		}
		got, err := frames(d)
		return d, got, err
	}
	d, got, err := cut(steps)
	if len(d.buf) > limit+readSize {
		t.Fatalf("buffer of %d bytes", len(d.buf))
	}
	_, whole, wholeErr := cut(bytes.Repeat([]byte{255}, len(steps)))
	var a, b *FrameError
	if errors.As(err, &a) && errors.As(wholeErr, &b) {
		if a.Digits != b.Digits {
			t.Fatalf("%v, as a whole %v", err, wholeErr)
		}
		got, whole = dropBroken(got), dropBroken(whole) // how much of it was read differs
	} else if err != wholeErr {
		t.Fatalf("%v, as a whole %v", err, wholeErr)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", whole) {
		t.Fatalf("%q, as a whole %q", got, whole)
	}
	for _, frame := range dropBroken(got) {
		if len(frame) > limit || len(frame) == 0 {
			t.Fatalf("frame of %d bytes", len(frame))
		}
	}
	if a == nil {
		nothingLost(t, string(data), got)
	}
}

// nothingLost holds that what is between the frames of a stream is enders and counts alone.
func nothingLost(t *testing.T, stream string, frames []string) {
	t.Helper()
	rest := stream
	for _, frame := range frames {
		before, behind, ok := strings.Cut(rest, strings.TrimPrefix(frame, "broken: "))
		if !ok || !between.MatchString(before) {
			t.Fatalf("%q of %q is lost before the frame %q", before, stream, frame)
		}
		rest = behind
	}
	if !between.MatchString(rest) {
		t.Fatalf("%q of %q is lost at the end", rest, stream)
	}
}

var between = regexp.MustCompile("^[\r\n\x00 ]*([1-9][0-9]* )?$")

func dropBroken(all []string) []string {
	if n := len(all); n > 0 && strings.HasPrefix(all[n-1], "broken: ") {
		return all[:n-1]
	}
	return all
}

func BenchmarkDeframer(b *testing.B) {
	const lines = 1000
	for name, framing := range map[string]Framing{"octets": OctetCounting, "LF": LF} {
		b.Run(name, func(b *testing.B) {
			var stream []byte
			e := NewEncoder(RFC5424, framing, 0)
			e.SetHeader(testHeader())
			for seq := range uint64(lines) {
				stream = e.Append(stream, Notice, seq+1, accessLine)
			}
			r := bytes.NewReader(stream)
			d := NewDeframer(r, 0)
			b.SetBytes(int64(len(stream) / lines))
			b.ReportAllocs()
			for b.Loop() {
				if r.Len() == 0 && d.start == d.end {
					r.Reset(stream)
				}
				if _, err := d.Next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

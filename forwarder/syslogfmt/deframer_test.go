package syslogfmt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
		{"mixed", "<1>a\n4 <2>b<3>c\x004 <4>\n<5>e\n", []string{"<1>a", "<2>b", "<3>c", "<4>\n", "<5>e"}, nil},
		{"last line without LF", "<1>a\n<2>b", []string{"<1>a", "<2>b"}, nil},
		{"empty lines", "\n\n<1>a\n\n\x00\n<2>b\n\n", []string{"<1>a", "<2>b"}, nil},
		{"CR stays", "<1>a\r\n", []string{"<1>a\r"}, nil},
		{"digits without a space", "12<1>a\n", []string{"12<1>a"}, nil},
		{"digits and no PRI", "12 monkeys\n4 <1>a", []string{"12 monkeys", "<1>a"}, nil},
		{"leading zero", "04 <1>a\n", []string{"04 <1>a"}, nil},
		{"only digits", "123\n456", []string{"123", "456"}, nil},
		{"digits and a space at the end", "123 ", []string{"123 "}, nil},
		{"digits, NUL", "123\x00<1>a\x00", []string{"123", "<1>a"}, nil},
		{"many digits, no length", "20231011143252123456789 x\n", []string{"20231011143252123456789 x"}, nil},
		{"half a counted frame", "4 <1>a9 <2>b", []string{"<1>a", "broken: <2>b"}, io.ErrUnexpectedEOF},
		{"count above what follows", "4 <", []string{"broken: <"}, io.ErrUnexpectedEOF},
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

func TestDeframerKeepNUL(t *testing.T) {
	d := NewDeframer(strings.NewReader("<1>a\x00b\n\x00\n<2>\x00"), 100)
	d.KeepNUL()
	if got, err := frames(d); fmt.Sprintf("%q", got) != `["<1>a\x00b" "\x00" "<2>\x00"]` || err != nil {
		t.Errorf("%q, %v", got, err)
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
		{"counted at the limit", "10 <2345678901", "", false},
		{"counted above it", "11 <23456789011", "11", true},
		{"length beyond any number", "9999999999 <1>", "9999999999", true},
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
	for i, text := range bytes.Split(data, []byte("|")) {
		msg := "<13>" + string(text)
		octets := len(kinds) > 0 && kinds[i%len(kinds)]>>(i%8)&1 == 1
		if !octets {
			msg = strings.ReplaceAll(msg, "\n", " ")
		}
		want = append(want, msg)
		if octets {
			stream = append(stream, strconv.Itoa(len(msg))+" "+msg...)
		} else {
			stream = append(stream, msg+"\n"...)
		}
	}
	d := NewDeframer(&stepReader{r: bytes.NewReader(stream), steps: steps}, len(data)+8)
	d.KeepNUL()
	got, err := frames(d)
	if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Fatalf("%q, %v, want %q from %q", got, err, want, stream)
	}
}

// garbage holds that any stream ends without a panic, within the bounds, and that its frames do not
// depend on where reads end.
func garbage(t *testing.T, data, steps []byte) {
	const limit = 50
	d := NewDeframer(&stepReader{r: bytes.NewReader(data), steps: steps}, limit)
	got, err := frames(d)
	if len(d.buf) > limit+readSize {
		t.Fatalf("buffer of %d bytes", len(d.buf))
	}
	whole, wholeErr := frames(NewDeframer(bytes.NewReader(data), limit))
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
}

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

package syslogfmt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	cutLimit = 10
	cutFirst = 8
)

// cutting returns a Deframer of frames up to cutLimit bytes that may grow up to room.
func cutting(r io.Reader, room int) *Deframer {
	d := NewDeframer(r, cutLimit)
	d.CutLong(cutFirst, func(size int) bool { return size <= room })
	return d
}

// cutFrames reads d to its end; a frame that lacks bytes is marked with '~'.
func cutFrames(d *Deframer) (all []string, err error) {
	for {
		frame, err := d.Next()
		text := string(frame)
		if d.Lost() != 0 {
			text += "~"
		}
		switch {
		case err == io.EOF && text == "":
			return all, nil
		case err != nil:
			if text != "" {
				all = append(all, "broken: "+text)
			}
			return all, err
		}
		all = append(all, text)
	}
}

func TestCutLong(t *testing.T) {
	for _, tt := range []struct {
		name, stream string
		want         []string
		err          error
	}{
		{"short ones", "5 <1>ab5 <1>cd", []string{"<1>ab", "<1>cd"}, nil},
		{"at the limit", "10 <1>4567890y234567890\n", []string{"<1>4567890", "y234567890"}, nil},
		{"counted above it", "12 <1>456789012<1>b\n", []string{"<1>4567890~", "<1>b"}, nil},
		{"counted far above it", "1000 <1>" + strings.Repeat("x", 997) + "4 <1>b", []string{"<1>xxxxxxx~", "<1>b"}, nil},
		{"line above it", "<1>45678901\n<1>b\n", []string{"<1>4567890~", "<1>b"}, nil},
		{"line far above it", strings.Repeat("x", 1000) + "\x00<1>b", []string{"xxxxxxxxxx~", "<1>b"}, nil},
		{"long between counted frames", "4 <1>a" + strings.Repeat("x", 25) + "\n4 <1>b", []string{"<1>a", "xxxxxxxxxx", "xxxxxxxxxx", "xxxxx", "<1>b"}, nil},
		{"line above it, at the end", "<1>45678901", []string{"<1>4567890~"}, nil},
		{"endless digits", strings.Repeat("1", 1000) + "\n<1>b\n", []string{"1111111111~", "<1>b"}, nil},
		{"half a counted frame above it", "1000 <1>4567890123", []string{"<1>4567890~"}, io.ErrUnexpectedEOF},
		{"half a counted frame", "9 <1>4", []string{"broken: <1>4"}, io.ErrUnexpectedEOF},
	} {
		for how, cut := range readers {
			t.Run(tt.name+"/"+how, func(t *testing.T) {
				got, err := cutFrames(cutting(cut(strings.NewReader(tt.stream)), 1000))
				if !errors.Is(err, tt.err) || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
					t.Errorf("%q, %v, want %q, %v", got, err, tt.want, tt.err)
				}
			})
		}
	}
}

func TestCutLongLost(t *testing.T) {
	for stream, want := range map[string]int{"5 <1>ab": 0, "12 <1>456789012": 2, "1048576 <1>4567890": 1<<20 - 10, "<1>4567890\n": 0, "<1>4567890abc\n": 3} {
		d := cutting(strings.NewReader(stream), 1000)
		if _, err := d.Next(); err != nil || d.Lost() != want {
			t.Errorf("%q: %d lost, %v, want %d", stream, d.Lost(), err, want)
		}
	}
	var tooLong *FrameError
	if _, err := cutFrames(cutting(strings.NewReader("1048577 <1>x"), 1000)); !errors.As(err, &tooLong) || tooLong.Digits != "1048577" || tooLong.Max != 1<<20 {
		t.Errorf("%v", err)
	}
}

// Where the buffer may not grow, frames are cut to it, and none is lost.
func TestCutLongWithoutRoom(t *testing.T) {
	for stream, want := range map[string]string{
		"9 <1>abcdef4 <1>g12345678901234\n": "[<1>abcde~ <1>g 12345678 901234]",
		"<1>abcdef\n1234567890\n<1>\n":      "[<1>abcde~ 12345678~ <1>]",
	} {
		for how, cut := range readers {
			got, err := cutFrames(cutting(cut(strings.NewReader(stream)), cutFirst))
			if err != nil || fmt.Sprint(got) != want {
				t.Errorf("%q, %s: %q, %v", stream, how, got, err)
			}
		}
	}
}

// The buffer is told of before it grows, and when it is small again.
func TestCutLongSizes(t *testing.T) {
	var sizes []int
	d := NewDeframer(io.MultiReader(strings.NewReader("<1>4567890\n"), strings.NewReader("<1>\n")), cutLimit)
	d.CutLong(cutFirst, func(size int) bool { sizes = append(sizes, size); return true })
	if got, err := cutFrames(d); err != nil || len(got) != 2 || fmt.Sprint(sizes) != "[16 8]" {
		t.Errorf("%q, %v, sizes %v", got, err, sizes)
	}
}

func TestBegun(t *testing.T) {
	for stream, want := range map[string]bool{
		"": false, "<1>a\n": false, "4 <1>a": false, "<": true, "4 <": true, "<1>a\n<": true, "12 <1>4567890": true, "12345678901": true, "4 <1>a\r\n": false,
	} {
		d := cutting(io.MultiReader(strings.NewReader(stream), iotest.ErrReader(iotest.ErrTimeout)), 1000)
		for d.readErr == nil {
			if d.cutFrame(); d.readErr == nil {
				d.fill()
			}
		}
		if d.cutFrame(); d.Begun() != want {
			t.Errorf("%q: %v", stream, d.Begun())
		}
	}
}

// FuzzCutLong holds that frames do not depend on where reads end, and that of short ones none is
// touched, whatever is between them.
func FuzzCutLong(f *testing.F) {
	f.Add([]byte("<1>ab\n12 <1>456789012<1>45678901\n"), []byte{1, 2})
	f.Add(bytes.Repeat([]byte("1"), 300), []byte{255})
	f.Fuzz(func(t *testing.T, data, steps []byte) {
		if len(steps) > maxEmptyReads/2 {
			steps = nil
		}
		steps = append(bytes.Clone(steps), 1)
		stream := append(data, "\n\x00<13>ok\n"...)
		d := cutting(&stepReader{r: bytes.NewReader(stream), steps: steps}, cutLimit+cutFirst)
		got, err := cutFrames(d)
		whole, wholeErr := cutFrames(cutting(bytes.NewReader(stream), cutLimit+cutFirst))
		if fmt.Sprintf("%q%v", got, err) != fmt.Sprintf("%q%v", whole, wholeErr) && !isTooLong(err) {
			t.Fatalf("%q, %v, as a whole %q, %v", got, err, whole, wholeErr)
		}
		if len(d.buf) > cutLimit+cutFirst {
			t.Fatalf("buffer of %d bytes", len(d.buf))
		}
		for _, frame := range got {
			if len(strings.TrimPrefix(frame, "broken: ")) > cutLimit+len("~") {
				t.Fatalf("frame %q", frame)
			}
		}
	})
}

func isTooLong(err error) bool {
	var tooLong *FrameError
	return errors.As(err, &tooLong)
}

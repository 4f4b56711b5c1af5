package intake

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"httpd-syslog/forwarder/spool/frame"
)

// cutAll feeds input to a lineCutter in pieces of the given sizes, as the
// intake does, and returns all that comes out.
func cutAll(t *testing.T, limit int, input string, pieces func() int) string {
	t.Helper()
	c := lineCutter{max: limit}
	var out []byte
	room := make([]byte, 1<<16)
	end := 0
	for len(input) > 0 {
		n := min(pieces(), len(input))
		from := end
		if c.over > 0 {
			from += CutMark
		}
		copy(room[from:], input[:n])
		input = input[n:]
		end = c.add(room, 0, end, from, from+n)
		if i := bytes.LastIndexByte(room[:end], '\n'); i >= 0 {
			out = append(out, room[:i+1]...)
			end = copy(room, room[i+1:end])
		}
	}
	if end > 0 || c.over > 0 {
		end = c.finish(room, 0, end)
		out = append(out, room[:end]...)
	}
	return string(out)
}

// wantCut is what cutAll must give, computed line by line.
func wantCut(limit int, input string) string {
	var b strings.Builder
	for line := range strings.Lines(input) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) > limit {
			kept := limit - CutMark
			line = fmt.Sprintf("%s [httpd_syslog: cut here, %d bytes]", line[:kept], len(line)-kept)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func TestLineCutterGivesTheSameHoweverTheInputIsSplit(t *testing.T) {
	const limit = 100
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 2000 {
		var in strings.Builder
		for range 1 + rng.IntN(8) {
			length := []int{0, 1, 35, 36, 37, 99, 100, 101, 102, 153, 300, 1000}[rng.IntN(12)]
			in.WriteString(strings.Repeat(string(rune('a'+rng.IntN(26))), length))
			if rng.IntN(10) > 0 {
				in.WriteByte('\n')
			}
		}
		got := cutAll(t, limit, in.String(), func() int { return 1 + rng.IntN(200) })
		if want := wantCut(limit, in.String()); got != want {
			t.Fatalf("round %d: input %q\n got %q\nwant %q", round, in.String(), got, want)
		}
	}
}

// FuzzLineCutter: any input, in pieces of any sizes, comes out line by line as a
// look at the whole of it would have it.
func FuzzLineCutter(f *testing.F) {
	f.Add([]byte("one\n\n"+strings.Repeat("x", 300)+"\nlast"), uint8(36), uint64(1))
	f.Add([]byte(strings.Repeat("y", 101)), uint8(0), uint64(7))
	f.Add([]byte("\x00\xff\r\n"), uint8(255), uint64(0))
	f.Fuzz(func(t *testing.T, in []byte, over uint8, seed uint64) {
		if len(in) > 1<<12 {
			return
		}
		limit := CutMark + int(over) // package config allows no less
		rng := rand.New(rand.NewPCG(seed, 0))
		got := cutAll(t, limit, string(in), func() int { return 1 + rng.IntN(200) })
		if want := wantCut(limit, string(in)); got != want {
			t.Fatalf("limit %d: input %q\n got %q\nwant %q", limit, in, got, want)
		}
	})
}

func TestLineCutterMarkFits(t *testing.T) {
	c := lineCutter{max: 100, over: 1<<63 - 1}
	room := make([]byte, 1000)
	if n := c.finish(room, 0, 0) - 1; n > CutMark {
		t.Errorf("the mark takes %d bytes, CutMark is %d", n, CutMark)
	}
}

// TestCutLinesAreKnownByNumber: each line that was cut, and no other, is counted from the begin of its frame.
func TestCutLinesAreKnownByNumber(t *testing.T) {
	c := lineCutter{max: 100}
	in := "one\n" + strings.Repeat("x", 200) + "\ntwo\nthree\n" + strings.Repeat("y", 200) + "\n" + strings.Repeat("z", 150)
	space := make([]byte, frame.HeaderSize+len(in)+CutMark)
	from := frame.HeaderSize
	copy(space[from:], in)
	end := c.add(space, from, from, from, from+len(in))
	if fmt.Sprint(c.at) != "[1 4]" || c.over == 0 {
		t.Errorf("cut are %v, %d bytes over", c.at, c.over)
	}
	c.at = c.at[:0]
	last := bytes.LastIndexByte(space[:end], '\n') + 1 // the line that is left begins the next frame
	copy(space[frame.HeaderSize:], space[last:end])
	c.finish(space, frame.HeaderSize, frame.HeaderSize+end-last)
	if fmt.Sprint(c.at) != "[0]" {
		t.Errorf("cut are %v", c.at)
	}
}

package intake

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"httpd-syslog/forwarder/spool"
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
		end = c.finish(room, end)
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
	if n := c.finish(room, 0) - 1; n > CutMark {
		t.Errorf("the mark takes %d bytes, CutMark is %d", n, CutMark)
	}
}

func TestRingKeepsFramesInOrder(t *testing.T) {
	r, err := NewRing(1 << 16)
	if err != nil {
		t.Fatal(err)
	}
	const frames = 20000
	go func() {
		defer r.Close()
		rng := rand.New(rand.NewPCG(3, 4))
		keep := spool.FrameHeader
		for i := range uint64(frames) {
			n := 1 + rng.IntN(3000)
			room := r.Wait(keep, n+spool.FrameHeader)
			copy(room[spool.FrameHeader:], bytes.Repeat([]byte{byte(i)}, n))
			f := spool.Frame{First: i + 1, Lines: n}
			f.Seal(room[:spool.FrameHeader+n])
			r.Add(spool.FrameHeader + n)
		}
	}()
	var all []byte
	var lines uint64
	for b := r.Next(); b != nil; b = r.Next() {
		whole := spool.Whole(b)
		if whole == 0 {
			t.Fatalf("next gives %d bytes that do not start with a frame", len(b))
		}
		all = append(all, b[:whole]...)
		r.Taken(whole)
		lines += spool.CountLines(all)
		all = all[:0]
	}
	rng := rand.New(rand.NewPCG(3, 4))
	var want uint64
	for range frames {
		want += uint64(1 + rng.IntN(3000))
	}
	if lines != want {
		t.Errorf("%d lines came out, %d went in", lines, want)
	}
}

func TestRingIsNotWaitedForWhenNothingIsTaken(t *testing.T) {
	r, err := NewRing(1 << 16)
	if err != nil {
		t.Fatal(err)
	}
	for r.Room(0, 4096) != nil {
		r.Add(4096)
	}
	if r.WaitBriefly(0, 4096, 1) != nil {
		t.Fatal("room in a ring that is full")
	}
	if !r.stuck {
		t.Error("the ring is not known to be stuck: the next wait would be a wait again")
	}
	r.Next()
	r.Taken(4096)
	if r.stuck {
		t.Error("something was taken, and the ring still counts as stuck")
	}
}

func TestRingGivesMemoryBackAfterAStall(t *testing.T) {
	r, err := NewRing(16 << 20)
	if err != nil {
		t.Fatal(err)
	}
	for r.Room(0, 1<<20) != nil {
		clear(r.Room(0, 1<<20)[:1<<20])
		r.Add(1 << 20)
	}
	for r.head != r.tail || r.wrapped {
		r.Taken(min(1<<20, len(r.buf)))
	}
	r.Room(0, 4096)
	if r.tail != 0 || r.peak != 0 {
		t.Errorf("an empty ring does not begin at its start: tail %d, peak %d", r.tail, r.peak)
	}
}

package varint

import (
	"math"
	"testing"
	"time"
)

// TestBack: all values come back as they were, in order, and nothing else is there.
func TestBack(t *testing.T) {
	now := time.Unix(1e9, 123456789)
	var w Encoder
	w.Uint(math.MaxUint64)
	w.Int(math.MinInt64)
	w.Text("")
	w.Text("a text")
	w.Bool(true)
	w.Bool(false)
	w.Time(now)
	w.Time(time.Time{})
	r := Decoder{B: w.B}
	if n, i := r.Uint(), r.Int(); n != math.MaxUint64 || i != math.MinInt64 {
		t.Errorf("%d, %d", n, i)
	}
	if a, b := r.Text(), r.Text(); a != "" || b != "a text" {
		t.Errorf("%q, %q", a, b)
	}
	if yes, no := r.Bool(), r.Bool(); !yes || no {
		t.Errorf("%v, %v", yes, no)
	}
	if r.Ends() {
		t.Error("it ends before all was read")
	}
	if at, none := r.Time(), r.Time(); !at.Equal(now) || !none.IsZero() {
		t.Errorf("%v, %v", at, none)
	}
	if !r.Ends() || r.Bad {
		t.Errorf("%+v", r)
	}
}

// TestBad: what was not written is bad, and so is all behind it, which reads as nothing.
func TestBad(t *testing.T) {
	for name, read := range map[string]func(r *Decoder){
		"number": func(r *Decoder) { r.Uint() }, "signed": func(r *Decoder) { r.Int() }, "text": func(r *Decoder) { r.Text() }, "spoilt": (*Decoder).Spoil,
	} {
		for _, b := range []string{"", "\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"} {
			r := Decoder{B: []byte(b)}
			read(&r)
			if !r.Bad || r.Ends() || r.Uint() != 0 || r.Int() != 0 || r.Text() != "" || r.Bool() || !r.Time().IsZero() {
				t.Errorf("%s of %q: %+v", name, b, r)
			}
		}
	}
	r := Decoder{B: []byte("\x05abcd")}
	if text := r.Text(); text != "" || !r.Bad {
		t.Errorf("a text that is cut is %q", text)
	}
}

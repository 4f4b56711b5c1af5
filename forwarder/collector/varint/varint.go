// Package varint is how what a collector knows is written as bytes: numbers as varints, texts with their
// length. It is pure. What it reads may be anything: it is bad then, and never a panic.
package varint

import (
	"encoding/binary"
	"time"
)

// Encoder appends values to B.
type Encoder struct{ B []byte }

// Uint appends a number.
func (w *Encoder) Uint(n uint64) { w.B = binary.AppendUvarint(w.B, n) }

// Int appends a number with a sign.
func (w *Encoder) Int(n int64) { w.B = binary.AppendVarint(w.B, n) }

// Text appends a text.
func (w *Encoder) Text(s string) {
	w.Uint(uint64(len(s)))
	w.B = append(w.B, s...)
}

// Bool appends a truth.
func (w *Encoder) Bool(is bool) {
	n := uint64(0)
	if is {
		n = 1
	}
	w.Uint(n)
}

// Time appends a time, to the nanosecond.
func (w *Encoder) Time(t time.Time) {
	if t.IsZero() {
		w.Int(0)
		return
	}
	w.Int(t.UnixNano())
}

// Decoder reads from B what an Encoder has appended. Bad: it is something else; all that is read then is
// zero.
type Decoder struct {
	B   []byte
	Bad bool
}

// Ends reports whether all was read, and nothing was bad.
func (r *Decoder) Ends() bool { return !r.Bad && len(r.B) == 0 }

// Spoil makes it bad.
func (r *Decoder) Spoil() { r.Bad, r.B = true, nil }

// Uint reads a number.
func (r *Decoder) Uint() uint64 {
	n, size := binary.Uvarint(r.B)
	if size <= 0 {
		r.Spoil()
		return 0
	}
	r.B = r.B[size:]
	return n
}

// Int reads a number with a sign.
func (r *Decoder) Int() int64 {
	n, size := binary.Varint(r.B)
	if size <= 0 {
		r.Spoil()
		return 0
	}
	r.B = r.B[size:]
	return n
}

// Bool reads a truth.
func (r *Decoder) Bool() bool { return r.Uint() == 1 }

// Text reads a text.
func (r *Decoder) Text() string {
	n := r.Uint()
	if n > uint64(len(r.B)) {
		r.Spoil()
		return ""
	}
	s := string(r.B[:n])
	r.B = r.B[n:]
	return s
}

// Time reads a time.
func (r *Decoder) Time() time.Time {
	if n := r.Int(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// Package trail is the way that a message has gone through collectors, in an SD-ELEMENT that it has on the wire
// between them: [trail@32473 hop="log1.example.com/019ac2f4a1b9f3a1" hop=…]. A relay adds its collector's hop, and a
// collector takes the element off before the message stands in a file. Whoever finds its own hop in the trail has sent
// the message on before: collectors relay to each other in a ring.
//
// A sender can forge a trail, and by that have its own messages not sent on; not those of others. A hop has an
// identity that nobody knows beforehand: so nobody can make a message that a collector takes for one that it has. It
// is pure.
package trail

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// Hop is a collector that a message has passed: the name of its machine, and an identity of its process.
type Hop string

// NewHop returns a hop with an identity of its own.
func NewHop(host string) Hop {
	var id [8]byte
	_, _ = rand.Read(id[:]) // it cannot fail
	return Hop(nameOf(host) + "/" + hex.EncodeToString(id[:]))
}

// nameOf is a host's name as far as a trail has it.
func nameOf(host string) string {
	const most = 64
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c > '~' || strings.ContainsRune(`"\]/`, c) {
			return '_'
		}
		return c
	}, host[:min(len(host), most)])
}

// Name is the name of the hop's machine.
func (h Hop) Name() string {
	name, _, _ := strings.Cut(string(h), "/")
	return name
}

// MaxHops is how many hops a trail has at most: a message that has them is not sent on.
const MaxHops = 16

// maxSize is how many bytes a trail has at most, by far.
const maxSize = 4 << 10

var begin, end = []byte(`[trail@32473 hop="`), []byte(`"]`)

// Trail is the hops of the last message that Cut was called with. The zero value is one of none.
type Trail struct {
	hops []byte // with `" hop="` between them
	any  bool
	odd  bool // there was more than a relay makes: it may hide a hop
}

// Cut takes the trail out of a line in place, and returns the line without. dataEnd is where STRUCTURED-DATA ends. A
// sender may have put in trails of its own: they are one with that of relays.
func (t *Trail) Cut(line []byte, dataEnd int) []byte {
	t.any, t.odd, t.hops = false, false, t.hops[:0]
	if !bytes.Contains(line[:dataEnd], begin) {
		return line
	}
	for b := dataOf(line[:dataEnd]); len(b) > 0 && !t.IsFull(); {
		next := behind(b)
		if at := dataEnd - len(b); bytes.HasPrefix(b, begin) && t.take(b[len(begin):len(b)-len(next)]) {
			size := len(line)
			line = without(line, at, dataEnd-len(next), dataEnd)
			dataEnd -= size - len(line)
			next = line[dataEnd-len(next) : dataEnd]
		}
		b = next
	}
	return line
}

// take takes the hops of an element, from the first one to its end, if it has the form of a trail.
func (t *Trail) take(element []byte) bool {
	hops, is := bytes.CutSuffix(element, end)
	if t.odd = !is || bytes.Contains(hops, end) || len(t.hops)+len(begin)+len(hops) > maxSize; t.odd {
		return false
	}
	if t.any {
		t.hops = append(t.hops, between...)
	}
	t.hops, t.any = append(t.hops, hops...), true
	return true
}

// without takes an element out of STRUCTURED-DATA.
func without(line []byte, from, to, dataEnd int) []byte {
	if line[from-1] == ' ' && to == dataEnd { // there is no other one
		line[from] = '-'
		from++
	}
	return append(line[:from], line[to:]...)
}

// dataOf is STRUCTURED-DATA, with which a header ends.
func dataOf(header []byte) []byte {
	const words = 6 // before it
	for range words {
		header = header[bytes.IndexByte(header, ' ')+1:]
	}
	return header
}

// behind is what follows an SD-ELEMENT, empty where it has no end.
func behind(b []byte) []byte {
	quoted := false
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted:
			return b[i+1:]
		}
	}
	return nil
}

var between = []byte(`" hop="`)

// Has reports whether a hop is in the trail.
func (t *Trail) Has(h Hop) bool {
	if !t.any {
		return false
	}
	for hop := range bytes.SplitSeq(t.hops, between) {
		if string(hop) == string(h) {
			return true
		}
	}
	return false
}

// IsFull reports whether the message must not go on: its trail has as many hops as it may, or is none that a relay makes.
func (t *Trail) IsFull() bool {
	return t.odd || t.any && bytes.Count(t.hops, between)+1 >= MaxHops
}

// Append appends a line with the trail and one more hop. dataEnd is where STRUCTURED-DATA ends.
func (t *Trail) Append(dst, line []byte, dataEnd int, h Hop) []byte {
	dst = append(dst, line[:dataEnd]...)
	if line[dataEnd-1] == '-' {
		dst = dst[:len(dst)-1]
	}
	dst = append(dst, begin...)
	if t.any {
		dst = append(append(dst, t.hops...), between...)
	}
	dst = append(append(dst, h...), end...)
	return append(dst, line[dataEnd:]...)
}

// Element is the trail of a message that begins with a hop.
func (h Hop) Element() string { return string(begin) + string(h) + string(end) }

// String is the trail for people: the names of the hops.
func (t *Trail) String() string {
	if !t.any {
		return ""
	}
	var names []string
	for hop := range bytes.SplitSeq(t.hops, between) {
		names = append(names, Hop(hop).Name())
	}
	return strings.Join(names, " > ")
}

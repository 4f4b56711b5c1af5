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
}

// Cut takes the trail out of a line in place, and returns the line without. dataEnd is where STRUCTURED-DATA ends.
func (t *Trail) Cut(line []byte, dataEnd int) []byte {
	t.any = false
	at := bytes.Index(line[:dataEnd], begin)
	if at < 0 {
		return line
	}
	for b := dataOf(line[:dataEnd]); len(b) > 0; b = behind(b) {
		if at = dataEnd - len(b); bytes.HasPrefix(b, begin) {
			return t.cut(line, at, dataEnd)
		}
	}
	return line // it stands in a value
}

// cut takes out the element that begins at a place, if it is a trail.
func (t *Trail) cut(line []byte, at, dataEnd int) []byte {
	length := bytes.Index(line[at:dataEnd], end) + len(end)
	if length < len(begin)+len(end) || length > maxSize {
		return line
	}
	t.hops, t.any = append(t.hops[:0], line[at+len(begin):at+length-len(end)]...), true
	if line[at-1] == ' ' && at+length == dataEnd { // there is no other element
		line[at] = '-'
		return append(line[:at+1], line[dataEnd:]...)
	}
	return append(line[:at], line[at+length:]...)
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

// IsFull reports whether the trail has as many hops as it may.
func (t *Trail) IsFull() bool { return t.any && bytes.Count(t.hops, between)+1 >= MaxHops }

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

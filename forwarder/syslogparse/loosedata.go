package syslogparse

import (
	"bytes"
	"unicode/utf8"
)

// looseData reads structured data that is not quite valid by RFC 5424, 6.3, and makes it valid, so
// that no server that it is sent on to refuses it.
type looseData struct {
	elements []looseElement
	data     []byte
}

// looseElement is an SD-ELEMENT: its SD-ID, and its parameters as they are to be sent.
type looseElement struct{ id, params []byte }

// cut cuts structured data off the front of b. It understands spaces where they do not
// belong, ']' that is not escaped, a backslash before any character, and an SD-ID that is
// there twice, whose parameters it puts together. What is wrong beyond that is text, and so
// is all that follows. data is valid until the next call.
func (d *looseData) cut(b []byte) (data, rest []byte) {
	if string(firstWord(b)) == "-" {
		return nil, b[1:]
	}
	d.elements, d.data = d.elements[:0], d.data[:0]
	rest = b
	for {
		id, params, behind, ok := cutElement(rest)
		if !ok {
			break
		}
		d.add(id, params)
		rest = behind
	}
	for _, e := range d.elements {
		d.data = append(append(append(append(d.data, '['), e.id...), e.params...), ']')
	}
	return nonEmpty(d.data), rest
}

func (d *looseData) add(id, params []byte) {
	for i := range d.elements {
		if e := &d.elements[i]; bytes.Equal(e.id, id) {
			e.params = append(e.params, params...)
			return
		}
	}
	d.elements = append(d.elements, looseElement{id, params})
}

// cutElement cuts an SD-ELEMENT off the front of b.
func cutElement(b []byte) (id, params, rest []byte, ok bool) {
	c := cursor{b}
	if !c.skip('[') {
		return nil, nil, b, false
	}
	c.b = skipSpaces(c.b)
	id = c.name()
	for ok = id != nil; ok; {
		c.b = skipSpaces(c.b)
		if c.skip(']') {
			return id, params, c.b, true
		}
		params, ok = c.param(params)
	}
	return nil, nil, b, false
}

// name cuts an SD-NAME; nil: there is none.
func (c *cursor) name() []byte {
	n := nameBytes.lengthOf(c.b)
	if n == 0 || n > maxName {
		return nil
	}
	name := c.b[:n]
	c.b = c.b[n:]
	return name
}

// maxName is the longest SD-NAME, in bytes (RFC 5424, 6.3.2).
const maxName = 32

// param cuts an SD-PARAM and appends it to dst, with the space before it.
func (c *cursor) param(dst []byte) ([]byte, bool) {
	name := c.name()
	c.b = skipSpaces(c.b)
	equals := c.skip('=')
	c.b = skipSpaces(c.b)
	if name == nil || !equals || !c.skip('"') {
		return dst, false
	}
	dst = append(append(append(dst, ' '), name...), `="`...)
	for at := 0; at < len(c.b); at++ {
		switch b := c.b[at]; {
		case b == '"':
			ok := utf8.Valid(c.b[:at])
			c.b = c.b[at+1:]
			return append(dst, '"'), ok
		case b == ']':
			dst = append(dst, '\\', ']')
		case b == '\\' && at+1 < len(c.b) && isEscaped(c.b[at+1]):
			at++
			dst = append(dst, '\\', c.b[at])
		case b == '\\':
			dst = append(dst, '\\', '\\') // a backslash like any other character, 6.3.3
		default:
			dst = append(dst, b)
		}
	}
	return dst, false
}

func isEscaped(c byte) bool { return c == '"' || c == '\\' || c == ']' }

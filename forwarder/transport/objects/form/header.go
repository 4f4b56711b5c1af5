package form

import (
	"bytes"
	"encoding/binary"
	"errors"

	"httpd-syslog/forwarder/transport"
)

const (
	fixedHeader = 10
	// MarkAt is where the mark begins.
	MarkAt = fixedHeader + 2 + 4
	// TrailerLen is how many bytes stand behind the compressed messages.
	TrailerLen = 8
	// MaxHeader is how many bytes of an object ParseHeader needs, at most.
	MaxHeader = MarkAt + transport.MaxMark
)

var (
	magic    = []byte{0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 4, 0xff}
	subfield = []byte("HS")

	errNoGzip = errors.New("it is no gzip with a mark of ours")
	errMark   = errors.New("its mark is not whole, or has what no mark has")
)

// AppendHeader appends the header of a gzip member with a mark, which has at most MaxMark bytes.
func AppendHeader(b, mark []byte) []byte {
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint16(b, uint16(4+len(mark)))
	b = append(b, subfield...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(mark)))
	return append(b, mark...)
}

// ParseHeader is the mark in the first bytes of an object; MaxHeader bytes are enough. An object is ours when its header
// has the form that AppendHeader gives it, to the bit.
func ParseHeader(b []byte) (mark []byte, err error) {
	if len(b) < MarkAt || !bytes.Equal(b[:fixedHeader], magic) || !bytes.Equal(b[fixedHeader+2:fixedHeader+4], subfield) {
		return nil, errNoGzip
	}
	extra, n := int(binary.LittleEndian.Uint16(b[fixedHeader:])), int(binary.LittleEndian.Uint16(b[fixedHeader+4:]))
	if extra != 4+n || n > transport.MaxMark || len(b) < MarkAt+n {
		return nil, errMark
	}
	mark = b[MarkAt : MarkAt+n]
	for _, c := range mark {
		if c < ' ' || c > '~' {
			return nil, errMark
		}
	}
	return mark, nil
}

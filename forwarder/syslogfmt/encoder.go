package syslogfmt

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"httpd-syslog/forwarder/syslogfmt/sdata"
)

// Format is the layout of a message.
type Format uint8

const (
	// RFC5424: <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID [meta sequenceId="n"] MSG
	RFC5424 Format = iota
	// RFC3164: <PRI>Mmm dd hh:mm:ss HOST TAG[PID]: text
	RFC3164
	// RFC3164Local is RFC3164 without HOST: what libc's syslog() writes to /dev/log.
	RFC3164Local
)

// Framing is how messages are told apart on a transport.
type Framing uint8

const (
	// None is for datagrams: one message each (RFC 5426, 3.1).
	None Framing = iota
	// OctetCounting puts the message's length and a space before it (RFC 6587, 3.4.1).
	OctetCounting
	// LF puts a line feed after it (RFC 6587, 3.4.2, non-transparent framing).
	LF
)

const (
	// CutMarker ends a message that was cut.
	CutMarker = "...[cut]"
	// DefaultMaxMessage is the message limit of an Encoder that is given none, in bytes.
	DefaultMaxMessage = 64 << 10
	// MinMaxMessage is the smallest limit: the longest header and CutMarker fit into it, so that
	// the limit always holds.
	MinMaxMessage = 576
	// maxSequence is the last sequenceId before it begins again at 1 (RFC 5424, 7.3.1).
	maxSequence = 1<<31 - 1
)

// Encoder builds framed syslog messages. It is not safe for concurrent use.
type Encoder struct {
	format  Format
	framing Framing
	max     int
	prefix  *[len(severityNames)]string // "<PRI>" by severity
	head    []byte                      // from after PRI to before the structured data, or the text
	made    madeOf                      // of a head in RFC 5424: what it was made of
	own     int                         // bytes of data that are in every message
	data    []byte                      // SD-ELEMENTs behind our own
	short   bool                        // some were left out, being too long
	whole   bool                        // texts are whole messages
	more    int                         // bytes that the next one may have above max
	cut     uint64
	leftOut uint64 // messages whose SD-ELEMENTs were

	front    []byte   // all that comes before the text of the last message; empty: to be made
	severity Severity // the last message's
	seq      uint64   // its line's number
	digit    int      // where in front the last digit of its sequenceId is; 0: it has none
}

// NewEncoder returns an Encoder of messages of at most maxMessage bytes, not counting the framing.
// 0 or less is DefaultMaxMessage; less than MinMaxMessage is MinMaxMessage. Until SetHeader is
// called the header is that of an empty Header.
func NewEncoder(format Format, framing Framing, maxMessage int) *Encoder {
	if maxMessage <= 0 {
		maxMessage = DefaultMaxMessage
	}
	e := &Encoder{format: format, framing: framing, max: max(maxMessage, MinMaxMessage)}
	e.SetHeader(&Header{})
	return e
}

// SetHeader sets the header of the messages that follow. It copies what it needs of h and does not
// allocate once its buffer has grown to the longest header.
func (e *Encoder) SetHeader(h *Header) {
	e.prefix = &prefixes[min(h.Facility, Local7)]
	e.front, e.more = e.front[:0], 0
	if e.whole = h.Whole; e.whole {
		e.short = false
		return
	}
	switch e.format {
	case RFC3164:
		e.head = h.append3164(e.head[:0], true)
		e.setData(h.Data)
	case RFC3164Local:
		e.head = h.append3164(e.head[:0], false)
		e.setData(h.Data)
	default:
		e.setHead5424(h)
		e.setData(h.Data)
	}
}

// setHead5424 makes the head, or, as nearly always where one writer's lines follow each other, gives the one before
// another fraction of the second: to make it anew was more than a third of what encoding a small frame cost.
func (e *Encoder) setHead5424(h *Header) {
	m := h.madeOf()
	if m != e.made || len(e.head) == 0 {
		e.head, e.made = h.append5424(e.head[:0]), m
		return
	}
	putMicroseconds(e.head[len("1 "):], h.Time)
}

// SetMore sets how many bytes above the encoder's limit the next messages may have, until SetHeader is called.
func (e *Encoder) SetMore(bytes int) { e.more = bytes }

// SetData sets SD-ELEMENTs that each message has behind our own, before those of its
// Header. In another format than RFC 5424 there are none; data that sdata.Check finds fault
// with, or that there is no sdata.Room for, is left out.
func (e *Encoder) SetData(data string) {
	e.data, e.front = e.data[:0], e.front[:0]
	if e.format == RFC5424 && sdata.Check(data) == nil && len(data) <= sdata.Room(e.max) {
		e.data = append(e.data, data...)
	}
	e.own = len(e.data)
}

// setData sets the structured data that the messages have besides our own.
func (e *Encoder) setData(data []byte) {
	e.data = e.data[:e.own]
	e.short = len(data) > sdata.Room(e.max)-e.own
	if e.short || !sdata.Valid(data) {
		return
	}
	for id, element, rest := sdata.Element(data); element != nil; id, element, rest = sdata.Element(rest) {
		if !sdata.Has(e.data[:e.own], id) { // each SD-ID once (RFC 5424, 6.3.2)
			e.data = append(e.data, element...)
		}
	}
	if e.framing == LF {
		blankLF(e.data)
	}
}

// Append appends one framed message with the text line to dst and returns the longer slice. seq is
// the line's number in its writer, from 1; in RFC 5424 it is sent as sequenceId, which begins again
// at 1 after 2147483647 (7.3.1), and 0 leaves the structured data out. An s above Debug counts as
// Debug. Append allocates only to grow dst, and keeps neither dst nor line.
//
// In RFC 3164 a message without text has Header.Data in its place.
//
// A message above the encoder's limit has its text cut at a UTF-8 boundary, and CutMarker added; in
// LF framing a line feed in line, or in Header.Data, becomes a space. Otherwise both are sent as they
// are.
func (e *Encoder) Append(dst []byte, s Severity, seq uint64, line []byte) []byte {
	front := e.frontOf(min(s, Debug), seq)
	if e.format == RFC5424 && len(line) == 0 && !e.whole {
		front = front[:len(front)-1] // no space before nothing
	}
	if e.format != RFC5424 && len(line) == 0 && !e.whole {
		line = e.data // which has no other place there
	}
	marker := ""
	if limit := e.max + e.more; len(front)+len(line) > limit {
		marker = CutMarker
		line = cutText(line, limit-len(front)-len(marker))
	}
	if marker != "" {
		e.cut++
	}
	if e.short && e.format == RFC5424 {
		e.leftOut++
	}
	if e.framing == OctetCounting {
		dst = appendCount(dst, len(front)+len(line)+len(marker))
	}
	dst = append(dst, front...)
	dst = append(dst, line...)
	if e.framing == LF {
		blankLF(dst[len(dst)-len(line):])
	}
	dst = append(dst, marker...)
	if e.framing == LF {
		dst = append(dst, '\n')
	}
	return dst
}

// appendCount appends a message's length and a space (RFC 6587, 3.4.1). Nearly all messages have a length
// of three digits: to write these here makes Append of an access line a fifth faster than strconv does.
func appendCount(dst []byte, n int) []byte {
	if n < 100 || n > 999 {
		return append(strconv.AppendInt(dst, int64(n), 10), ' ')
	}
	return append(dst, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10), ' ')
}

// AppendCut is Append with another limit than the encoder's, which may be below MinMaxMessage.
// Where the header alone is longer, Header.Data is left out; where it still is, fits is false and
// dst is returned as it was. Cut does not count the message.
func (e *Encoder) AppendCut(dst []byte, s Severity, seq uint64, line []byte, limit int) (cut []byte, fits bool) {
	usual, more, data, count := e.max, e.more, e.data, e.cut
	defer func() { e.max, e.more, e.data, e.cut, e.front = usual, more, data, count, e.front[:0] }()
	e.max, e.more = limit, 0
	if !e.frontFits(s, seq) {
		e.data, e.front = e.data[:e.own], e.front[:0]
		if !e.frontFits(s, seq) {
			return dst, false
		}
	}
	return e.Append(dst, s, seq, line), true
}

func (e *Encoder) frontFits(s Severity, seq uint64) bool {
	return len(e.frontOf(min(s, Debug), seq))+len(CutMarker) <= e.max
}

// frontOf returns all of a message that comes before its text. As a rule a line follows the one
// before it: then only the sequenceId is counted up, and Append takes 60 % of the time.
func (e *Encoder) frontOf(s Severity, seq uint64) []byte {
	if e.whole {
		return nil
	}
	if len(e.front) > 0 && s == e.severity {
		if e.format != RFC5424 {
			return e.front
		}
		follows := seq == e.seq+1 && seq != 0 && seq%maxSequence != 1 // not where the numbers begin again
		if e.digit > 0 && follows && countUp(e.front, e.digit) {
			e.seq = seq
			return e.front
		}
	}
	e.severity, e.seq, e.digit = s, seq, 0
	e.front = append(e.front[:0], e.prefix[s]...)
	e.front = append(e.front, e.head...)
	if e.format != RFC5424 {
		return e.front
	}
	if seq != 0 || len(e.data) == 0 {
		e.front = appendStructuredData(e.front, seq)
	}
	if seq != 0 {
		e.digit = len(e.front) - len(`"]`) - 1
	}
	e.front = append(e.front, e.data...)
	e.front = append(e.front, ' ')
	return e.front
}

// countUp adds 1 to the number whose last digit is b[i]. It reports false, and leaves b spoilt, if
// the sum has a digit more.
func countUp(b []byte, i int) bool {
	for ; b[i] == '9'; i-- {
		b[i] = '0'
	}
	b[i]++
	return isDigit(b[i])
}

// Cut returns how many messages have been cut to the limit so far.
func (e *Encoder) Cut() uint64 { return e.cut }

// LeftOut returns how many messages have lost Header.Data to the limit so far.
func (e *Encoder) LeftOut() uint64 { return e.leftOut }

// appendStructuredData appends STRUCTURED-DATA (RFC 5424, 6.3) with the sequence number seq.
func appendStructuredData(dst []byte, seq uint64) []byte {
	if seq == 0 {
		return append(dst, '-')
	}
	dst = append(dst, `[meta sequenceId="`...)
	dst = strconv.AppendUint(dst, (seq-1)%maxSequence+1, 10)
	return append(dst, `"]`...)
}

// cutText returns at most the first n bytes of text, fewer where n would split a UTF-8 character.
func cutText(text []byte, n int) []byte {
	if n >= len(text) {
		return text
	}
	for i := n - 1; i >= max(0, n-utf8.UTFMax+1); i-- {
		if !utf8.RuneStart(text[i]) {
			continue
		}
		if _, size := utf8.DecodeRune(text[i:]); size > 1 && i+size > n {
			return text[:i]
		}
		break
	}
	return text[:n]
}

// blankLF replaces every line feed in b by a space.
func blankLF(b []byte) {
	for i := bytes.IndexByte(b, '\n'); i >= 0; i = bytes.IndexByte(b, '\n') {
		b[i] = ' '
		b = b[i+1:]
	}
}

package central

import (
	"bytes"
	"time"

	"httpd-syslog/forwarder/verify/ledger"
)

// Form is what a line of a central file is.
type Form uint8

const (
	// Other is no message of RFC 5424: one of RFC 3164, say.
	Other Form = iota
	// Unnumbered is a message that no writer has numbered.
	Unnumbered
	// Numbered is a message of a writer, with its number.
	Numbered
)

// Message is a line of a central file, as RFC 5424 has it (6). Most lines have the header of the line
// before, which is read once. Stamp and Text are parts of the line, the others are valid until the next.
type Message struct {
	Fresh  bool // the header is not that of the line before; false where the form is Other
	Stamp  []byte
	Host   []byte
	Tag    []byte // APP-NAME
	ProcID []byte
	Stream []byte // MSGID
	Text   []byte // MSG

	Row    ledger.Row // by ProcID; a Writer of 0: there is none
	Number uint64     // sequenceId; 0: there is none

	facility int
	header   []byte // HOSTNAME to MSGID, with a blank behind each
}

// Time is the message's TIMESTAMP; zero where it has none.
func (m *Message) Time() time.Time {
	return timeOf(m.Stamp)
}

// Moment is Time in UTC, and much faster for stamps as this program writes them.
func (m *Message) Moment() time.Time {
	s := m.Stamp
	if len(s) != len(usualStamp) || string(s[len(s)-len(usualZone):]) != usualZone {
		return m.Time().UTC()
	}
	for i, c := range []byte(usualStamp[:len(s)-len(usualZone)]) {
		if c == '0' && !isDigit(s[i]) || c != '0' && s[i] != c {
			return m.Time().UTC()
		}
	}
	number := func(begin, end int) (n int) {
		for _, c := range s[begin:end] {
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day, hour, minute, second := number(0, 4), number(5, 7), number(8, 10), number(11, 13), number(14, 16), number(17, 19)
	if month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59 {
		return m.Time().UTC() // the end of a month, or no time
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, number(20, 26)*1000, time.UTC)
}

// usualStamp is the form of stamps as this program writes them, with 0 for a digit.
const usualStamp, usualZone = "0000-00-00T00:00:00.000000+00:00", "+00:00"

func timeOf(stamp []byte) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, string(stamp))
	return t
}

const (
	auditTag    = "httpd_syslog"
	auditStream = "audit"
	// auditFacility is syslog's (RFC 5424, 6.2.1).
	auditFacility = 5
)

// Parse reads a line without its LF. It allocates nothing but for the longest header.
func (m *Message) Parse(line []byte) Form {
	m.Fresh = false
	facility, rest, ok := priority(line)
	if !ok {
		return Other
	}
	if m.Stamp, rest, ok = cutWord(rest); !ok {
		return Other
	}
	form := Other
	m.Fresh = len(m.header) == 0 || facility != m.facility || !bytes.HasPrefix(rest, m.header)
	if !m.Fresh || m.parseHeader(facility, rest) {
		form = m.parseRest(rest[len(m.header):])
	}
	if form == Other {
		m.Fresh, m.header = false, m.header[:0] // for the next line, whose reader has not seen this header
	}
	return form
}

// parseHeader reads HOSTNAME to MSGID, of which it keeps a copy.
func (m *Message) parseHeader(facility int, rest []byte) bool {
	end := 0
	for range 4 {
		word, _, ok := cutWord(rest[end:])
		if !ok {
			return false
		}
		end += len(word) + 1
	}
	m.facility, m.header = facility, append(m.header[:0], rest[:end]...)
	m.Host, rest, _ = cutWord(m.header)
	m.Tag, rest, _ = cutWord(rest)
	m.ProcID, rest, _ = cutWord(rest)
	m.Stream, _, _ = cutWord(rest)
	m.Row = ledger.Row{
		Writer: writerOf(m.ProcID),
		Audit:  facility == auditFacility && string(m.Tag) == auditTag && string(m.Stream) == auditStream,
	}
	return true
}

// parseRest reads STRUCTURED-DATA and MSG.
func (m *Message) parseRest(rest []byte) Form {
	var ok bool
	if m.Number, rest, ok = structuredData(rest); !ok {
		return Other
	}
	if len(rest) > 0 {
		rest = rest[1:] // a blank
	}
	m.Text = rest
	if m.Row.Writer == 0 || m.Number == 0 {
		return Unnumbered
	}
	return Numbered
}

// priority cuts "<PRI>1 " off the front of a line.
func priority(line []byte) (facility int, rest []byte, ok bool) {
	if len(line) < len("<1>1 ") || line[0] != '<' {
		return 0, nil, false
	}
	pri, i := 0, 1
	for ; i < len(line) && i <= 3 && isDigit(line[i]); i++ {
		pri = pri*10 + int(line[i]-'0')
	}
	if i == 1 || !bytes.HasPrefix(line[i:], []byte(">1 ")) {
		return 0, nil, false
	}
	return pri / 8, line[i+len(">1 "):], true
}

// cutWord cuts a word and the blank behind it off the front of b.
func cutWord(b []byte) (word, rest []byte, ok bool) {
	end := bytes.IndexByte(b, ' ')
	if end <= 0 {
		return nil, nil, false
	}
	return b[:end], b[end+1:], true
}

const writerDigits = 16

// writerOf is the writer that PROCID names: its last 16 hexadecimal digits, which a dash precedes if
// anything does.
func writerOf(procID []byte) (writer uint64) {
	n := len(procID) - writerDigits
	if n < 0 || n == 1 || n > 0 && procID[n-1] != '-' {
		return 0
	}
	for _, c := range procID[n:] {
		switch {
		case isDigit(c):
			writer = writer<<4 | uint64(c-'0')
		case 'a' <= c && c <= 'f':
			writer = writer<<4 | uint64(c-'a'+10)
		default:
			return 0
		}
	}
	return writer
}

var meta, endOfElement = []byte(`[meta sequenceId="`), []byte(`"]`)

// structuredData cuts STRUCTURED-DATA (6.3) off the front of b, and reads its sequenceId; 0: there is
// none. Some servers put the elements into another order.
func structuredData(b []byte) (number uint64, rest []byte, ok bool) {
	if len(b) > 0 && b[0] == '-' {
		return 0, b[1:], len(b) == 1 || b[1] == ' '
	}
	if len(b) == 0 || b[0] != '[' {
		return 0, nil, false
	}
	for len(b) > 0 && b[0] == '[' {
		if number == 0 && bytes.HasPrefix(b, meta) {
			behind := b[len(meta):]
			number = digits(behind)
			if end := bytes.IndexByte(behind, '"'); number > 0 && bytes.HasPrefix(behind[end:], endOfElement) {
				b = behind[end+len(endOfElement):] // as nearly all end
				continue
			}
		}
		if b = behindElement(b); b == nil {
			return 0, nil, false
		}
	}
	return number, b, len(b) == 0 || b[0] == ' '
}

// digits reads a number that a quote ends; 0: there is none, or none that fits.
func digits(b []byte) (n uint64) {
	for i, c := range b {
		if !isDigit(c) {
			if c != '"' {
				return 0
			}
			return n
		}
		if i >= 18 {
			return 0
		}
		n = n*10 + uint64(c-'0')
	}
	return 0
}

// behindElement is what follows an SD-ELEMENT; nil: it has no end.
func behindElement(b []byte) []byte {
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

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

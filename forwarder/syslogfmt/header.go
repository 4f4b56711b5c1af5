package syslogfmt

import (
	"strconv"
	"time"
)

// The longest header fields, in bytes (RFC 5424, 6; the tag's limit is RFC 3164's, 4.1.3).
const (
	maxHostname = 255
	maxAppName  = 48
	maxProcID   = 128
	maxMsgID    = 32
	maxTag      = 32
)

// Header is what all lines of one spool frame share. Its text fields may hold anything: what the
// wire format does not allow becomes '_', what is too long is cut, and what is empty is sent as the
// format's nil value "-". Data is sent whole or, where it is not valid or would take more than
// half of what the longest header leaves of the longest message, left out.
type Header struct {
	// Whole says that what is called a text is a whole message, with a header of its own: nothing is put
	// before it.
	Whole    bool
	Facility Facility
	Time     time.Time // sent in its own zone; zero, or a year above 9999: no timestamp in RFC 5424
	Hostname string
	Tag      string // APP-NAME, or the tag of RFC 3164
	PID      int    // the tag's [pid] in RFC 3164, and PROCID where ProcID is empty; 0: none
	TagPID   string // the tag's [pid] in RFC 3164, where PID is 0
	ProcID   string // PROCID, RFC 5424 only
	MsgID    string // MSGID, RFC 5424 only
	Data     []byte // SD-ELEMENTs to send behind ours, in RFC 3164 where there is no text; each SD-ID once, and none "meta"
}

// append5424 appends the header from VERSION to the space after MSGID.
func (h *Header) append5424(dst []byte) []byte {
	dst = append(dst, "1 "...)
	dst = appendTimestamp(dst, h.Time)
	dst = append(dst, ' ')
	dst = appendField(dst, h.Hostname, maxHostname, isPrintUSASCII)
	dst = append(dst, ' ')
	dst = appendField(dst, h.Tag, maxAppName, isPrintUSASCII)
	dst = append(dst, ' ')
	if h.ProcID == "" && h.PID > 0 {
		dst = strconv.AppendInt(dst, int64(h.PID), 10)
	} else {
		dst = appendField(dst, h.ProcID, maxProcID, isPrintUSASCII)
	}
	dst = append(dst, ' ')
	dst = appendField(dst, h.MsgID, maxMsgID, isPrintUSASCII)
	return append(dst, ' ')
}

// madeOf is what append5424 makes a header of, but for the fraction of a second.
type madeOf struct {
	second                       int64
	timeless                     bool
	zone                         *time.Location
	hostname, tag, procID, msgID string
	pid                          int
}

func (h *Header) madeOf() madeOf {
	return madeOf{h.Time.Unix(), h.Time.IsZero(), h.Time.Location(), h.Hostname, h.Tag, h.ProcID, h.MsgID, h.PID}
}

// append3164 appends the header from TIMESTAMP to the space after the tag's colon, with HOSTNAME
// when host is set.
func (h *Header) append3164(dst []byte, host bool) []byte {
	dst = h.Time.AppendFormat(dst, time.Stamp)
	dst = append(dst, ' ')
	if host {
		dst = appendField(dst, h.Hostname, maxHostname, isPrintUSASCII)
		dst = append(dst, ' ')
	}
	dst = appendField(dst, h.Tag, maxTag, isTagByte)
	switch {
	case h.PID > 0:
		dst = append(dst, '[')
		dst = strconv.AppendInt(dst, int64(h.PID), 10)
		dst = append(dst, ']')
	case h.TagPID != "":
		dst = append(dst, '[')
		dst = appendField(dst, h.TagPID, maxProcID, isTagByte)
		dst = append(dst, ']')
	}
	return append(dst, ": "...)
}

// appendField appends at most limit bytes of s, each byte that is not allowed as '_'.
func appendField(dst []byte, s string, limit int, allowed func(byte) bool) []byte {
	if s == "" {
		return append(dst, '-')
	}
	for i := range min(len(s), limit) {
		c := s[i]
		if !allowed(c) {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

// isPrintUSASCII: RFC 5424, 6, PRINTUSASCII.
func isPrintUSASCII(c byte) bool { return '!' <= c && c <= '~' }

// isTagByte is stricter than PRINTUSASCII: receivers end a tag at the first '[', ':' or space. It
// is wider than RFC 3164's alphanumerics, as programs' names are.
func isTagByte(c byte) bool {
	return isDigit(c) || isLetter(c) || c == '-' || c == '_' || c == '.' || c == '/'
}

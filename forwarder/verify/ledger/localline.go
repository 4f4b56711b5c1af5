package ledger

import (
	"bytes"
	"time"
)

// ParseLocal reads a line of audit_log, or another that has the head of such lines:
//
//	TIME HOST TAG[PROCID]: [ID NUMBER FACILITY.SEVERITY] TEXT
func ParseLocal(line []byte) (t Told, number uint64, ok bool) {
	stamp, rest, found := bytes.Cut(line, []byte{' '})
	if !found || len(stamp) > 40 {
		return t, 0, false
	}
	host, rest, found := bytes.Cut(rest, []byte{' '})
	head, text, closed := bytes.Cut(rest, []byte("] "))
	_, id, named := bytes.Cut(head, []byte(": [ID "))
	if !found || !closed || !named {
		return t, 0, false
	}
	at, err := time.Parse(time.RFC3339Nano, string(stamp))
	if err != nil {
		return t, 0, false
	}
	for _, c := range id {
		if c == ' ' {
			break
		}
		if c < '0' || c > '9' || number > maxNumber {
			return t, 0, false
		}
		number = number*10 + uint64(c-'0')
	}
	return Told{Host: string(host), Time: at, Text: string(text)}, number, true
}

// LocalText is a line of a local file without the head that events and lines that came as syslog have
// there. Another line is returned as it is.
func LocalText(line []byte) []byte {
	if _, _, ok := ParseLocal(line); !ok {
		return line
	}
	_, text, _ := bytes.Cut(line, []byte("] "))
	return text
}

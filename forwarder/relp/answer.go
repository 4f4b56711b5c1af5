package relp

import (
	"bytes"
	"fmt"
)

// answer is the data of a rsp frame: a code of three digits, a text for people,
// and behind an LF what the command has asked for.
type answer struct {
	code int
	text []byte
	data []byte
}

const codeOK = 200

func parseAnswer(b []byte) (a answer, err error) {
	if len(b) < 3 {
		return a, malformed("an answer without a code", b)
	}
	for _, c := range b[:3] {
		if c < '0' || c > '9' {
			return a, malformed("the code of an answer is not three digits", b)
		}
		a.code = 10*a.code + int(c-'0')
	}
	a.text, a.data, _ = bytes.Cut(b[3:], []byte{'\n'})
	a.text = bytes.TrimPrefix(a.text, []byte{' '})
	return a, nil
}

// RefusedError: the server has answered a message with something else than 200.
type RefusedError struct {
	Code int
	Text string // at most 200 bytes
	TXNR uint32
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the server refuses message %d: %d %s", e.TXNR, e.Code, e.Text)
}

func refused(txnr uint32, a answer) error {
	return &RefusedError{a.code, string(a.text[:min(len(a.text), 200)]), txnr}
}

// checkOffers looks for what a session needs in the server's answer to open:
// relp_version, and the command syslog.
func checkOffers(a answer) error {
	if a.code != codeOK {
		return fmt.Errorf("the server refuses the session: %d %.200s", a.code, a.text)
	}
	version, syslog := false, false
	for offer := range bytes.SplitSeq(a.data, []byte{'\n'}) {
		name, values, _ := bytes.Cut(offer, []byte{'='})
		switch string(name) {
		case "relp_version":
			version = true
		case "commands":
			for v := range bytes.SplitSeq(values, []byte{','}) {
				syslog = syslog || string(v) == "syslog"
			}
		}
	}
	switch {
	case !version:
		return fmt.Errorf("the server's offers lack relp_version: %.200q", a.data)
	case !syslog:
		return fmt.Errorf("the server does not take the command syslog: it offers %.200q", a.data)
	}
	return nil
}

package relp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// answer is the data of a rsp frame: a code of three digits, a text for people,
// and behind an LF the data that the command has asked for.
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

// read is the goroutine that reads answers until the connection ends.
func (c *Client) read(in *input) {
	for {
		if err := c.answers(in); err != errPart {
			c.fail(err)
			return
		}
		if err := in.fill(); err != nil {
			c.fail(unexpected(err))
			return
		}
	}
}

// noAnswer adds to an error what it may mean that a server does not answer open.
func noAnswer(err error) error {
	const perhaps = "it may not speak RELP on this port"
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the server has taken the connection, and has said nothing in time: %s, or be stuck", perhaps)
	case err == io.EOF:
		return fmt.Errorf("%w: %s", ErrClosed, perhaps)
	}
	return err
}

func unexpected(err error) error {
	if err == io.EOF {
		return ErrClosed
	}
	return err
}

// answers handles all answers in the buffer. It returns errPart when more must be read.
func (c *Client) answers(in *input) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.window.first
	for {
		f, err := in.next()
		if err == nil {
			err = c.answer(f)
		}
		if err != nil {
			if c.window.first != before {
				c.lately = time.Now()
				c.signal()
			}
			return err
		}
	}
}

func (c *Client) signal() {
	select {
	case c.moved <- struct{}{}:
	default:
	}
}

// answer handles one frame of the server. c.mu is held.
func (c *Client) answer(f frame) error {
	switch {
	case f.txnr == 0 && string(f.command) == "serverclose":
		return ErrServerClose
	case f.txnr == 0:
		return nil // an unknown hint (a command with TXNR 0) needs no answer
	case string(f.command) != "rsp":
		return malformed("a command where only answers are expected", f.command)
	}
	ahead := (uint64(f.txnr) + maxTXNR - uint64(txnr(c.window.first))) % maxTXNR
	if ahead >= c.window.unanswered() {
		if c.closing && f.txnr == txnr(c.window.next) {
			return ErrClosed // the answer to close
		}
		return fmt.Errorf("an answer to %d, which is not waited for (%d messages from %d on are)", f.txnr, c.window.unanswered(), txnr(c.window.first))
	}
	a, err := parseAnswer(f.data)
	if err != nil {
		return err
	}
	if a.code != codeOK {
		return refused(f.txnr, a)
	}
	if !c.window.answer(c.window.first + ahead) {
		return fmt.Errorf("a second answer to %d", f.txnr)
	}
	return nil
}

package receiver

import (
	"errors"
	"fmt"
	"io"

	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/syslogfmt"
)

// taker prints what comes over one connection, or from one socket of datagrams.
type taker struct {
	*printer
	r     *Receiver
	log   func(format string, args ...any)
	from  *listener.Sender
	count int // whole messages that were printed
}

func (r *Receiver) newTaker(o Options, out *output, from *listener.Sender) *taker {
	t := &taker{printer: newPrinter(o.Mode, out), r: r, log: o.Log, from: from}
	if r.addr.hasConnections() {
		t.log("%s: connected", from)
	}
	return t
}

// Take prints a message.
func (t *taker) Take(raw *listener.Raw) error {
	reason := t.r.incomplete(raw)
	if reason != "" && !t.r.addr.hasConnections() {
		t.log("%s: %s", t.from, reason)
	}
	err := t.print(raw, reason)
	if err == nil && reason == "" {
		t.count++
	}
	return err
}

// Close tells of the end of a connection.
func (t *taker) Close(err error) {
	switch {
	case !t.r.addr.hasConnections() || errors.Is(err, errDone):
	case err == nil:
		t.log("%s: closed after %d messages", t.from, t.count)
	default:
		t.log("%s: closed after %d messages: %v", t.from, t.count, err)
	}
}

// incomplete says why a message is not whole; empty: it is.
func (r *Receiver) incomplete(raw *listener.Raw) string {
	if raw.Lost == 0 && raw.Broken == nil {
		return ""
	}
	var tooLong *syslogfmt.FrameError
	switch {
	case errors.As(raw.Broken, &tooLong):
		return "frame of " + tooLong.Digits + " bytes exceeds the limit"
	case raw.Broken != nil && raw.Broken != io.EOF:
		return "the connection ended within the frame: " + raw.Broken.Error()
	case raw.Lost > 0:
		return fmt.Sprintf("frame above %d bytes, %d more are lost", len(raw.Bytes), raw.Lost)
	case raw.Lost < 0 && !r.addr.hasConnections():
		return fmt.Sprintf("datagram above %d bytes, the rest is lost", len(raw.Bytes))
	case raw.Lost < 0:
		return fmt.Sprintf("frame above %d bytes, the rest is lost", len(raw.Bytes))
	}
	return ""
}

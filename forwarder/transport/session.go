package transport

import (
	"context"

	"httpd-syslog/forwarder/syslogfmt"
)

// Session is one connection to one server. Send, Accepted and Close are for one
// goroutine.
//
// A session counts the bytes given to Send. The package's comment says what it takes, by
// transport, for them to be accepted.
type Session interface {
	// Send sends whole messages: b, each ending at one of ends. It blocks while
	// the peer is slow, and calls waiting about once a second meanwhile; an
	// error of waiting ends Send. After an error the session is of no more use.
	Send(b []byte, ends []int, waiting func() error) error
	// Accepted is how many of the bytes given to Send are accepted.
	Accepted() uint64
	// Framing is how the messages given to Send are to be framed.
	Framing() syslogfmt.Framing
	// Evidence is what shows that the peer takes a message.
	Evidence() Evidence
	// Broken is closed when the peer has gone.
	Broken() <-chan struct{}
	// Err says why the session is broken.
	Err() error
	// Close ends the session. nil: everything sent was accepted and the peer
	// has ended its side in good order.
	Close(ctx context.Context) error
}

// Evidence is what shows that a peer takes a message, and does not hang up because of it.
type Evidence int

const (
	// NoEvidence: nothing shows it, as there is no connection.
	NoEvidence Evidence = iota
	// Standing: the connection stands on behind the message.
	Standing
	// Answering: the peer says so.
	Answering
)

// Abandon closes a session without waiting for its peer.
func Abandon(s Session) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Close(ctx)
}

// breakage is how a session learns that its peer has gone: fail with the reason, of which the
// first counts.
type breakage struct {
	gone context.Context
	fail context.CancelCauseFunc
}

func newBreakage() *breakage {
	b := new(breakage)
	b.gone, b.fail = context.WithCancelCause(context.Background())
	return b
}

func (b *breakage) Broken() <-chan struct{} { return b.gone.Done() }

func (b *breakage) Err() error { return context.Cause(b.gone) }

package refusal

import (
	"fmt"

	"httpd-syslog/forwarder/cursor"
)

// Message is a message that a server does not take.
type Message struct {
	ID     cursor.MessageID
	Relay  string
	Server string // the server that does not take it
	Stream string
	ProcID string
	Seq    uint64
	Text   []byte // all of it, without framing
	Err    error  // with which the last session with the message has ended
}

func (m *Message) String() string {
	return fmt.Sprintf("stream %s, PROCID %s, sequenceId %d, %d bytes", m.Stream, m.ProcID, m.Seq, len(m.Text))
}

// at is where the message is in the spool.
func (m *Message) at() string {
	return fmt.Sprintf("at=%s:%d:%d", m.ID.File, m.ID.Offset, m.ID.Line)
}

package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/nats-io/nats.go"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/transport"
)

// Headers of an entry.
const (
	headerMark     = "Httpd-Syslog-Mark"     // where its messages end, in the words of whoever has appended it
	headerMessages = "Httpd-Syslog-Messages" // how many it has
	headerAfter    = "Httpd-Syslog-After"    // the number of the series' entry before it; 0: there was none
	// headerExpected and headerStream have the server compare before it swaps.
	headerExpected = "Nats-Expected-Last-Subject-Sequence"
	headerStream   = "Nats-Expected-Stream"
)

// session is a transport.Store.
type session struct {
	*link
	stream, subject string
	sizes           func(maxPayload int) (int, error)
	full            int

	last []byte // the mark of the last entry when the session began
	seq  uint64 // of the series' last entry
	dead error  // why Append cannot be called any more

	collected []byte
	messages  int
	accepted  uint64
}

func newSession(l *link, t *natsTransport) *session {
	return &session{link: l, stream: t.options.Store.NATS.Stream, subject: t.subject, sizes: t.sizeOfFull}
}

// begin finds out what a session has to know, within ctx.
func (s *session) begin(ctx context.Context) (err error) {
	if s.full, err = s.sizes(s.wire.info.MaxPayload); err != nil {
		return err
	}
	if s.seq, s.last, err = s.findLast(ctx); err != nil {
		return err
	}
	if err := acknowledgedEntries.judge(s.series(), s.seq); err != nil {
		return err
	}
	acknowledgedEntries.note(s.series(), s.seq)
	return nil
}

// series is what the session's entries are known by in this process.
func (s *session) series() string { return s.stream + " " + s.subject }

func (s *session) RemoteAddr() net.Addr         { return s.wire.RemoteAddr() }
func (s *session) Framing() syslogfmt.Framing   { return syslogfmt.OctetCounting }
func (s *session) Evidence() transport.Evidence { return transport.Answering }
func (s *session) Accepted() uint64             { return s.accepted }
func (s *session) Last() []byte                 { return s.last }
func (s *session) IsFull() bool                 { return len(s.collected) >= s.full || s.messages >= fullMessages }

// Send collects messages. It does not block.
func (s *session) Send(b []byte, ends []int, _ func() error) error {
	if s.dead != nil {
		return s.dead
	}
	if err := s.Err(); err != nil {
		return err
	}
	s.collected = append(s.collected, b...)
	s.messages += len(ends)
	return nil
}

func (s *session) Append(mark []byte, waiting func() error) error {
	if s.messages == 0 || s.dead != nil {
		return s.dead
	}
	answer, err := s.exchange(context.Background(), s.entry(mark), waiting)
	if err == nil {
		s.seq, err = s.acknowledged(answer)
	} else {
		err = s.explainRequest(context.Background(), err)
	}
	if err != nil {
		s.dead = err
		return err
	}
	acknowledgedEntries.note(s.series(), s.seq)
	s.accepted += uint64(len(s.collected))
	s.collected, s.messages = s.collected[:0], 0
	return nil
}

// entry is what is published: the server takes it where the series' last entry is the one that is known here.
func (s *session) entry(mark []byte) *nats.Msg {
	seq := strconv.FormatUint(s.seq, 10)
	return &nats.Msg{Subject: s.subject, Data: s.collected, Header: nats.Header{
		headerStream: {s.stream}, headerExpected: {seq}, headerAfter: {seq},
		headerMessages: {strconv.Itoa(s.messages)}, headerMark: {string(mark)},
	}}
}

// acknowledgement is the server's answer to what was published.
type acknowledgement struct {
	Stream string    `json:"stream"`
	Seq    uint64    `json:"seq"`
	Error  *apiError `json:"error"`
}

// acknowledged is the number of the entry that an answer acknowledges.
func (s *session) acknowledged(answer *nats.Msg) (uint64, error) {
	var a acknowledgement
	if err := json.Unmarshal(answer.Data, &a); err != nil {
		return 0, fmt.Errorf("what answers at %s is no JetStream: %s", s.subject, quoted(string(answer.Data)))
	}
	switch {
	case a.Error != nil && (a.Error.ErrCode == errWrongLast || a.Error.ErrCode == errWrongLastOnItsWay):
		return 0, transport.ErrOvertaken
	case a.Error != nil:
		return 0, a.Error.explain(s.stream)
	case a.Stream != s.stream || a.Seq <= s.seq:
		return 0, fmt.Errorf("what answers at %s acknowledges number %d of stream %s behind %d of %s", s.subject, a.Seq, quoted(a.Stream), s.seq, s.stream)
	}
	return a.Seq, nil
}

// explainRequest says what it means that there is no answer to something that was published. The connection stands
// where nobody has taken it.
func (s *session) explainRequest(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, errNobody):
		return s.diagnose(ctx)
	case errors.Is(err, errUnanswered):
		return fmt.Errorf("the stream %s has not answered for %v: too few of its servers are there, their disks are slow, or it is set to no_ack", s.stream, s.patience)
	}
	return err
}

// Close ends the session. What was not appended is lost, which is an error.
func (s *session) Close(context.Context) error {
	defer s.close()
	switch {
	case s.dead != nil:
		return s.dead
	case s.messages > 0:
		return fmt.Errorf("%d messages were sent and not appended", s.messages)
	}
	return s.Err()
}

package jetstream

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	apiDirectLast = "$JS.API.DIRECT.GET.%s.%s" // stream, subject
	apiGet        = "$JS.API.STREAM.MSG.GET.%s"
	apiInfo       = "$JS.API.STREAM.INFO.%s"
)

// settle is how long to wait before it is looked again whether replicas know what their leader does.
const settle = 20 * time.Millisecond

// findLast returns number and mark of the series' last entry; 0 and nil: there is none. The package's comment says
// why what it returns is true.
func (s *session) findLast(ctx context.Context) (seq uint64, mark []byte, err error) {
	read := s.readDirect
	for {
		seq, settled, err := s.askLeader(ctx)
		if err != nil {
			return 0, nil, s.explainLast(ctx, err)
		}
		if settled && seq == 0 {
			return 0, nil, nil
		}
		e, err := read(ctx)
		switch {
		case errors.Is(err, errNobody):
			read = s.readFromLeader // the stream has a leader, so that it does not allow_direct
			continue
		case err != nil:
			return 0, nil, s.explainLast(ctx, err)
		case settled && seq == e.seq:
			return seq, e.mark(), nil
		}
		select {
		case <-time.After(settle):
		case <-ctx.Done():
			if !settled {
				return 0, nil, fmt.Errorf("an entry behind number %d has neither been taken nor refused by the stream %s: too few of its servers are there (%w)", e.seq, s.stream, ctx.Err())
			}
			return 0, nil, fmt.Errorf("the leader of the stream %s says that %d is the series' last entry, and who is asked for that has %d: a replica is behind (%w)", s.stream, seq, e.seq, ctx.Err())
		}
	}
}

// stored is an entry as it is read from a store.
type stored struct {
	subject string
	seq     uint64 // 0: there is none
	header  nats.Header
	data    []byte
	at      time.Time // when the store has taken it
}

// mark is the mark of an entry; nil: there is no entry. One of somebody else has none, which is an empty mark.
func (e *stored) mark() []byte {
	marks := e.header[headerMark]
	switch {
	case e.seq == 0:
		return nil
	case len(marks) != 1:
		return []byte{}
	}
	return []byte(marks[0])
}

// readDirect asks whoever has a copy of the stream for the last entry. The answer can be an old one.
func (s *session) readDirect(ctx context.Context) (e stored, err error) {
	answer, err := s.exchange(ctx, &nats.Msg{Subject: fmt.Sprintf(apiDirectLast, s.stream, s.subject)}, noWait)
	switch {
	case err != nil:
		return e, err
	case isStatus(answer, statusNotFound):
		return e, nil
	case len(answer.Data) == 0 && answer.Header.Get("Status") != "":
		return e, fmt.Errorf("the server answers %s to what asks for the last entry", quoted(answer.Header.Get("Status")+" "+answer.Header.Get("Description")))
	}
	e = stored{subject: s.subject, header: answer.Header, data: answer.Data}
	e.seq, err = strconv.ParseUint(answer.Header.Get("Nats-Sequence"), 10, 64)
	if err != nil || e.seq == 0 || answer.Header.Get("Nats-Subject") != s.subject {
		return e, errors.New("the server's answer to what asks for the last entry cannot be read")
	}
	return e, nil
}

// readFromLeader asks the stream's leader for the last entry, which needs a wider permission.
func (s *session) readFromLeader(ctx context.Context) (stored, error) {
	e, err := s.get(ctx, s.stream, getRequest{LastFor: s.subject})
	var denied *deniedError
	if errors.As(err, &denied) {
		err = fmt.Errorf("the stream %s does not allow that its last entry is read directly: nats stream edit %s --allow-direct (without that it takes the permission to publish to %q)", s.stream, s.stream, denied.subject)
	}
	return e, err
}

// getRequest asks for one entry.
type getRequest struct {
	Seq     uint64 `json:"seq,omitempty"`
	LastFor string `json:"last_by_subj,omitempty"`
	NextFor string `json:"next_by_subj,omitempty"`
}

// get reads one entry from a stream's leader; a number of 0: there is none.
func (l *link) get(ctx context.Context, stream string, r getRequest) (e stored, err error) {
	body, _ := json.Marshal(r) // two strings and a number
	answer, err := l.exchange(ctx, &nats.Msg{Subject: fmt.Sprintf(apiGet, stream), Data: body}, noWait)
	if err != nil {
		return e, err
	}
	var a struct {
		Message struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  string    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
		Error *apiError `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &a); err != nil {
		return e, fmt.Errorf("the answer to %s cannot be read: %w", fmt.Sprintf(apiGet, stream), err)
	}
	m := &a.Message
	switch {
	case a.Error != nil && a.Error.ErrCode == errNoMessage:
		return e, nil
	case a.Error != nil:
		return e, a.Error.explain(stream)
	case m.Seq == 0:
		return e, fmt.Errorf("the answer to %s has no entry", fmt.Sprintf(apiGet, stream))
	}
	e = stored{subject: m.Subject, seq: m.Seq, data: m.Data, at: m.Time}
	if header, err := base64.StdEncoding.DecodeString(m.Header); err == nil && len(header) > 0 {
		e.header, _ = nats.DecodeHeadersMsg(header) // a header that cannot be read is none
	}
	return e, nil
}

// nowhere is a number that no entry has: a publish behind it is refused.
const nowhere = "4611686018427387904"

// askLeader has the stream's leader say which number the series' last entry has, by a publish that it must refuse. It
// is not settled while an entry is on its way.
func (s *session) askLeader(ctx context.Context) (seq uint64, settled bool, err error) {
	answer, err := s.exchange(ctx, &nats.Msg{Subject: s.subject, Header: nats.Header{headerStream: {s.stream}, headerExpected: {nowhere}}}, noWait)
	if err != nil {
		return 0, false, err
	}
	var a acknowledgement
	if err := json.Unmarshal(answer.Data, &a); err != nil || a.Error == nil {
		return 0, false, fmt.Errorf("what answers at %s is no JetStream: %s", s.subject, quoted(string(answer.Data)))
	}
	switch a.Error.ErrCode {
	case errWrongLastOnItsWay, errLastNotReady:
		return 0, false, nil
	case errWrongLast:
		_, number, _ := strings.Cut(a.Error.Description, ": ")
		seq, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return 0, false, fmt.Errorf("the stream's leader does not say which entry is the last: %s", quoted(a.Error.Description))
		}
		return seq, true, nil
	}
	return 0, false, a.Error.explain(s.stream)
}

// explainLast is for what keeps us from knowing the last entry.
func (s *session) explainLast(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the stream %s has not answered within connect_timeout: too few of its servers are there, or it is set to no_ack (%w)", s.stream, err)
	}
	return s.explainRequest(ctx, err)
}

// diagnosePatience is for how long it is asked why nobody takes something.
const diagnosePatience = 2 * time.Second

// diagnose finds out why nobody takes what is sent: it asks about the stream, which needs a permission that a web
// server need not have.
func (s *session) diagnose(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, diagnosePatience)
	defer cancel()
	i, err := s.streamInfo(ctx, s.stream, infoRequest{})
	if err != nil {
		var denied *deniedError
		switch {
		case errors.Is(err, errNobody):
			return errNoJetStream
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errUnanswered):
			return fmt.Errorf("JetStream does not answer at the moment, and nobody takes entries of the stream %s: too few of its servers are there, or they choose a leader", s.stream)
		case !errors.As(err, &denied):
			return err
		}
		return fmt.Errorf("nobody takes entries at %s: the stream %s has no leader at the moment (too few of its servers are there), it does not have that subject, or there is no such stream; more can be told where our user may publish to %q", s.subject, s.stream, denied.subject)
	}
	if !i.covers(s.subject) {
		return fmt.Errorf("the stream %s does not take the subject %s, but %s: nats stream edit %s --subjects=…, or correct subject in [relay.nats]", s.stream, s.subject, i.subjects(), s.stream)
	}
	return fmt.Errorf("the stream %s takes nothing at the moment: it has no leader, as too few of its servers are there, or they choose one", s.stream)
}

package objects

import (
	"context"
	"errors"
	"fmt"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/objects/form"
)

// session is a transport.Store.
type session struct {
	bucket   *bucket
	series   form.Series
	known    *int64 // the transport's
	number   int64  // of the last object
	last     []byte
	entry    form.Entry
	given    uint64 // bytes
	accepted uint64
	gone     context.Context
	fail     context.CancelCauseFunc
}

func newSession(b *bucket, of form.Series, known *int64) *session {
	s := &session{bucket: b, series: of, known: known}
	s.gone, s.fail = context.WithCancelCause(context.Background())
	return s
}

// begin finds where the series ends.
func (s *session) begin(ctx context.Context) error {
	if err := s.bucket.check(ctx); err != nil {
		return err
	}
	number, err := s.bucket.findLast(ctx, s.series, *s.known)
	if err != nil {
		return err
	}
	if number > 0 {
		if s.last, err = s.bucket.readMark(ctx, s.series.Key(s.bucket.prefix, number)); err != nil {
			return err
		}
	}
	s.number, *s.known = number, number
	return nil
}

func (s *session) Last() []byte                 { return s.last }
func (s *session) IsFull() bool                 { return s.entry.IsFull() }
func (s *session) Accepted() uint64             { return s.accepted }
func (s *session) Framing() syslogfmt.Framing   { return syslogfmt.LF }
func (s *session) Evidence() transport.Evidence { return transport.Answering }
func (s *session) Broken() <-chan struct{}      { return s.gone.Done() }
func (s *session) Err() error                   { return context.Cause(s.gone) }

var errFull = errors.New("an object would be above its bounds: what was sent is to be appended first")

// Send compresses into memory. It does not block.
func (s *session) Send(b []byte, _ []int, _ func() error) error {
	if err := s.Err(); err != nil {
		return err
	}
	if s.entry.IsOver() {
		return s.broken(errFull)
	}
	if err := s.entry.Add(b); err != nil {
		return s.broken(err)
	}
	s.given += uint64(len(b))
	return nil
}

func (s *session) broken(err error) error {
	s.fail(err)
	return err
}

// patience is how long an answer is waited for before waiting is called.
const patience = time.Second

func (s *session) Append(mark []byte, waiting func() error) error {
	if err := s.Err(); err != nil || s.entry.Bytes() == 0 {
		return err
	}
	if len(mark) > transport.MaxMark {
		return s.broken(fmt.Errorf("a mark of %d bytes, above %d", len(mark), transport.MaxMark))
	}
	if s.number == form.MaxNumber {
		return s.broken(fmt.Errorf("the number of the series' last object, %d, has no successor", s.number))
	}
	o, err := s.entry.Finish(mark)
	s.entry = form.Entry{}
	if err == nil {
		err = s.put(o, waiting)
	}
	if err != nil {
		return s.broken(err)
	}
	s.number++
	*s.known, s.accepted = s.number, s.given
	return nil
}

// put puts an object, and calls waiting meanwhile. The request has ended when it returns.
func (s *session) put(o *form.Object, waiting func() error) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- s.bucket.put(ctx, s.series.Key(s.bucket.prefix, s.number+1), o) }()
	look := time.NewTicker(patience)
	defer look.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-look.C:
			if err := waiting(); err != nil {
				stop()
				<-done
				return err
			}
		}
	}
}

var errUnappended = errors.New("messages that were sent and not appended are lost with the session")

func (s *session) Close(context.Context) error {
	err := s.Err()
	if err == nil && s.entry.Bytes() > 0 {
		err = errUnappended
	}
	s.entry = form.Entry{}
	s.bucket.close()
	return err
}

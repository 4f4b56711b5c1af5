package relp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// ServerOptions of a session. The zero value of each is its default.
type ServerOptions struct {
	MaxMessage int    // bytes of a message that are kept; 128 KiB (RELP FRAME)
	MaxFrame   int    // bytes that a message may announce, since the session ends at a longer one; MaxMessage
	Software   string // the offer relp_software
	Buffer     int    // bytes that the buffer begins with; 32 KiB
	// Grow is asked before the buffer becomes longer than Buffer, for a long message, and told when it is
	// as short again. A message that it allows no room for is cut. nil: there is room.
	Grow func(size int) bool
	// Patience is how long the client may take to read an answer; one minute.
	Patience time.Duration
	// LastAnswers is how long, at the end, messages are waited for that are not written yet; one second.
	LastAnswers time.Duration
}

func (o ServerOptions) withDefaults() ServerOptions {
	if o.MaxMessage == 0 {
		o.MaxMessage = 128 << 10
	}
	if o.Software == "" {
		o.Software = "httpd_syslog"
	}
	if o.Buffer == 0 {
		o.Buffer = readSize
	}
	if o.Grow == nil {
		o.Grow = func(int) bool { return true }
	}
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	if o.LastAnswers == 0 {
		o.LastAnswers = time.Second
	}
	o.MaxFrame = max(o.MaxFrame, o.MaxMessage)
	return o
}

// Handler takes the messages of a session over. Its methods are called by the goroutine that serves.
type Handler interface {
	// Take takes a message over, which is valid until Take returns, and lacks lost bytes at its end; -1:
	// not known how many. An error is the answer: 500 and its text. ErrUnanswered ends the session
	// without one.
	Take(message []byte, lost int) error
	// Taken is called when no more messages are to be had for now. It returns what tells when those taken
	// since the last call are where they cannot be lost; nil: they are there already.
	Taken() Written
}

// Written tells when messages are where they cannot be lost.
type Written interface {
	// IsDone reports whether they are.
	IsDone() bool
	// Wait waits until they are, or stop is closed. An error says that they are not, and ends the session
	// without an answer.
	Wait(stop <-chan struct{}) error
}

// ErrUnanswered ends a session: a message cannot be taken, and the client is to send it again.
var ErrUnanswered = errors.New("a message is left unanswered")

// Server is the server's side of one session.
type Server struct {
	conn net.Conn
	in   serverInput
	o    ServerOptions
	h    Handler
	open bool
	last uint32 // txnr of the last frame
	run  answers

	queue  chan answers
	failed chan struct{} // closed when answers cannot be written any more
	stop   chan struct{} // closed when nothing is waited for any more
	why    error         // of failed; written before that is closed
}

const (
	// maxRun is how many messages are answered together at most, and maxQueue how many such runs may wait
	// for their answers, before the client has to wait: the window is the client's, the memory ours.
	maxRun   = 4096
	maxQueue = 64
)

// answers are those to a run of messages.
type answers struct {
	first uint32 // txnr
	n     int
	text  string  // code, space, and what it means
	of    Written // what is waited for; nil: nothing
}

const ok = "200 OK"

// NewServer returns the server of a session over conn.
func NewServer(conn net.Conn, o ServerOptions, h Handler) *Server {
	o = o.withDefaults()
	return &Server{
		conn: conn, in: serverInput{conn: conn, o: &o}, o: o, h: h,
		queue: make(chan answers, maxQueue), failed: make(chan struct{}), stop: make(chan struct{}),
	}
}

// Begun reports whether part of a frame has been read. It is for the goroutine that serves.
func (s *Server) Begun() bool { return s.in.from < s.in.to || s.in.pass > 0 || s.in.owesLF }

// Serve serves the session until its end: that of conn, whose reads may have a deadline, the client's
// close, or the first frame that is none. All messages are answered in the order in which they came,
// those last taken too, if they are written in time; then the client is told that the session is over.
// The caller closes conn, where Serve has not done so because the client reads no answers. nil: the
// client has ended the session.
func (s *Server) Serve() error {
	var answering sync.WaitGroup
	answering.Go(s.answerAll)
	err := s.readAll()
	_ = s.flush() // fails where answering has failed, of which err may know nothing
	close(s.queue)
	t := time.AfterFunc(s.o.LastAnswers, func() { close(s.stop) })
	answering.Wait()
	t.Stop()
	if s.why != nil && errors.Is(err, net.ErrClosed) {
		err = s.why
	}
	if err != io.EOF && s.why == nil {
		_ = s.write(appendFrame(nil, 0, "serverclose", nil)) // the client may have gone
	}
	if err == io.EOF || err == errEnd {
		return nil
	}
	return err
}

var errEnd = errors.New("the client has ended the session")

// readAll handles frames until there is an error.
func (s *Server) readAll() error {
	for {
		f, lost, err := s.in.next()
		if err == nil {
			err = s.command(f, lost)
		}
		if err == errPart {
			if err = s.flushNow(); err == nil {
				err = s.in.fill()
			}
			if err == io.EOF && s.Begun() {
				err = io.ErrUnexpectedEOF
			}
		}
		if err != nil {
			return err
		}
	}
}

// command handles one frame.
func (s *Server) command(f frame, lost int) error {
	if f.txnr == 0 {
		return nil // a hint needs no answer
	}
	if s.open && f.txnr != s.last%maxTXNR+1 {
		return s.refuse(f, fmt.Sprintf("TXNR is %d behind %d", f.txnr, s.last))
	}
	s.last = f.txnr
	switch is := func(command string) bool { return string(f.command) == command }; {
	case is("syslog") && s.open:
		return s.take(f, lost)
	case is("open") && !s.open:
		return s.begin(f)
	case is("close") && s.open:
		if err := s.answer(f.txnr, ok); err != nil {
			return err
		}
		return errEnd
	default:
		return s.refuse(f, fmt.Sprintf("command %.32q is not for now", f.command))
	}
}

// refuse answers a frame that breaks the protocol, and ends the session.
func (s *Server) refuse(f frame, why string) error {
	if err := s.answer(f.txnr, "500 "+why); err != nil {
		return err
	}
	return malformed(why, f.command)
}

func (s *Server) take(f frame, lost int) error {
	err := s.h.Take(f.data, lost)
	switch {
	case errors.Is(err, ErrUnanswered):
		return err
	case err != nil:
		return s.answer(f.txnr, "500 "+strings.ReplaceAll(err.Error(), "\n", " "))
	case s.run.n == 0:
		s.run = answers{first: f.txnr, text: ok}
	}
	if s.run.n++; s.run.n == maxRun {
		return s.flush()
	}
	return nil
}

// flushNow is flush, unless there are more messages to be had at once.
func (s *Server) flushNow() error {
	if ahead, ok := s.conn.(interface{ HasMore() bool }); ok && ahead.HasMore() {
		return nil
	}
	return s.flush()
}

// flush has the messages that were taken answered when they are written.
func (s *Server) flush() error {
	if s.run.n == 0 {
		return nil
	}
	run := s.run
	s.run = answers{}
	run.of = s.h.Taken()
	return s.push(run)
}

// answer has one frame answered, behind those before it.
func (s *Server) answer(txnr uint32, text string) error {
	if err := s.flush(); err != nil {
		return err
	}
	return s.push(answers{first: txnr, n: 1, text: text})
}

// push waits while too many answers wait.
func (s *Server) push(a answers) error {
	select {
	case s.queue <- a:
		return nil
	case <-s.failed:
		return s.why
	}
}

// answerAll is the goroutine that writes answers, many at a time where many are due.
func (s *Server) answerAll() {
	var out []byte
	for a := range s.queue {
		if s.why != nil {
			continue
		}
		err := error(nil)
		if a.of != nil && !a.of.IsDone() {
			if err, out = s.write(out), out[:0]; err == nil { // what is due does not wait for what is not
				err = a.of.Wait(s.stop)
			}
		}
		for i := 0; err == nil && i < a.n; i++ {
			out = appendFrame(out, (a.first-1+uint32(i))%maxTXNR+1, "rsp", []byte(a.text))
			if len(out) >= readSize {
				err, out = s.write(out), out[:0]
			}
		}
		if err == nil && len(s.queue) == 0 {
			err, out = s.write(out), out[:0]
		}
		if err != nil {
			s.why = err
			close(s.failed)
			s.conn.Close() // nothing more is to be read
		}
	}
}

func (s *Server) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.o.Patience)); err != nil {
		return err
	}
	_, err := s.conn.Write(b)
	return err
}

package relp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// each handles messages one by one, and has them answered at once.
type each func(m []byte) error

func (h each) Take(m []byte, _ int) error { return h(m) }
func (each) Taken() Written               { return nil }

// slow is a handler whose messages are written when the test says so.
type slow struct {
	mu      sync.Mutex
	taken   []string
	lost    []int
	written chan error // one for each run
}

func (h *slow) Take(m []byte, lost int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.taken, h.lost = append(h.taken, string(m)), append(h.lost, lost)
	return nil
}

func (h *slow) number() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.taken)
}

func (h *slow) Taken() Written { return h }

func (h *slow) IsDone() bool { return false }

func (h *slow) Wait(stop <-chan struct{}) error {
	select {
	case err := <-h.written:
		return err
	case <-stop:
		return ErrUnanswered
	}
}

// session is a server with the client's end of its connection.
type session struct {
	t *testing.T
	net.Conn
	served chan error
}

func newSession(t *testing.T, o ServerOptions, h Handler) *session {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := &session{t: t, served: make(chan error, 1)}
	if s.Conn, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	s.SetDeadline(time.Now().Add(time.Minute))
	go func() {
		err := NewServer(conn, o, h).Serve()
		conn.Close()
		s.served <- err
	}()
	t.Cleanup(func() { s.Close() })
	return s
}

func (s *session) say(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s, text); err != nil {
		s.t.Fatal(err)
	}
}

// hears reads as many bytes as the text has, and holds that they are the text.
func (s *session) hears(text string) {
	s.t.Helper()
	got := make([]byte, len(text))
	if n, err := io.ReadFull(s, got); err != nil || string(got) != text {
		s.t.Fatalf("the client hears %q, %v, want %q", got[:n], err, text)
	}
}

const (
	opening = "1 open 30 relp_version=0\ncommands=syslog\n"
	opened  = "1 rsp 64 200 OK\nrelp_version=0\nrelp_software=httpd_syslog\ncommands=syslog\n"
	bye     = "0 serverclose 0\n"
)

// TestWholeSession is one from its begin to its end.
func TestWholeSession(t *testing.T) {
	s := newSession(t, ServerOptions{}, each(func(m []byte) error {
		if string(m) == "bad" {
			return errors.New("not\nthis")
		}
		return nil
	}))
	s.say(opening)
	s.hears(opened)
	s.say("2 syslog 5 hello\n3 syslog 0\n0 hint 0\n4 syslog 3 bad\n5 syslog 1 x\n6 close 0\n")
	s.hears("2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 12 500 not this\n5 rsp 6 200 OK\n6 rsp 6 200 OK\n" + bye)
	if err := <-s.served; err != nil {
		t.Error(err)
	}
}

// TestVersions: the lower one of both sides is spoken.
func TestVersions(t *testing.T) {
	for offer, want := range map[string]string{"0": "0", "1": "1", "7": "1"} {
		s := newSession(t, ServerOptions{}, each(func([]byte) error { return nil }))
		s.say(strings.Replace(opening, "n=0", "n="+offer, 1))
		s.hears(strings.Replace(opened, "n=0", "n="+want, 1))
	}
}

// TestAnswersAreOfWhatIsWritten: none comes before its message is written; many come by one write, in
// order, while more messages are read; none comes for what is not written.
func TestAnswersAreOfWhatIsWritten(t *testing.T) {
	h := &slow{written: make(chan error)}
	s := newSession(t, ServerOptions{LastAnswers: time.Millisecond}, h)
	s.say(opening)
	s.hears(opened)
	s.say("2 syslog 1 a\n")
	eventually(t, "a message is taken", func() bool { return h.number() == 1 })
	s.say("3 syslog 1 b\n4 syslog 1 c\n")
	eventually(t, "more are taken, though none is answered", func() bool { return h.number() == 3 })
	s.SetReadDeadline(time.Now().Add(time.Millisecond))
	if n, err := s.Read(make([]byte, 1)); n > 0 {
		t.Fatalf("an answer comes before the message is written: %v", err)
	}
	s.SetReadDeadline(time.Now().Add(time.Minute))
	h.written <- nil
	s.hears("2 rsp 6 200 OK\n") // though the others are not written
	fed, enough := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(fed)
		for { // one run or two
			select {
			case h.written <- nil:
			case <-enough:
				return
			}
		}
	}()
	s.hears("3 rsp 6 200 OK\n4 rsp 6 200 OK\n")
	close(enough)
	<-fed
	s.say("5 syslog 1 d\n")
	eventually(t, "the fourth is taken", func() bool { return h.number() == 4 })
	h.written <- fmt.Errorf("the disk: %w", ErrUnanswered)
	if rest, _ := io.ReadAll(s); len(rest) > 0 {
		t.Errorf("the client hears %q", rest)
	}
	if err := <-s.served; !errors.Is(err, ErrUnanswered) {
		t.Error(err)
	}
}

// TestBrokenProtocol: what is no RELP is answered 500, where it has a number, and ends the session; what
// was taken before is answered first.
func TestBrokenProtocol(t *testing.T) {
	const first, answered = "2 syslog 1 a\n", "2 rsp 6 200 OK\n"
	for name, tt := range map[string]struct{ say, hear, why string }{
		"no open":             {"1 syslog 1 a\n", "1 rsp 35 500 command \"syslog\" is not for now\n", "not for now"},
		"two":                 {opening + "2 open 0\n", opened + "2 rsp 33 500 command \"open\" is not for now\n", "not for now"},
		"no syslog":           {"1 open 14 relp_version=0\n", "1 rsp 38 500 the offers lack the command syslog\n", "lack the command"},
		"no version":          {"1 open 14 relp_version=x\n", "1 rsp 23 500 relp_version is \"x\"\n", "relp_version"},
		"unknown command":     {opening + first + "3 dance 0\n", opened + answered + "3 rsp 34 500 command \"dance\" is not for now\n", `"dance"`},
		"a number left out":   {opening + first + "4 syslog 1 b\n", opened + answered + "4 rsp 22 500 TXNR is 4 behind 2\n", "TXNR is 4"},
		"a number again":      {opening + first + first, opened + answered + "2 rsp 22 500 TXNR is 2 behind 2\n", "TXNR is 2"},
		"a huge length":       {opening + first + "3 syslog 999999999 x", opened + answered, "DATALEN is 999999999"},
		"a length of ten":     {opening + first + "3 syslog 9999999999 x", opened + answered, "DATALEN is not"},
		"huge offers":         {"1 open 100000 x", "", "DATALEN is 100000, and 4096 is the most"},
		"no LF":               {opening + first + "3 syslog 1 bX", opened + answered, "no LF"},
		"no LF behind a cut":  {opening + first + "3 syslog 2000 " + strings.Repeat("x", 2000) + "Y", opened + answered + "3 rsp 6 200 OK\n", "no LF"},
		"syslog without RELP": {"<13>Oct 11 22:14:15 t: x\n", "", "TXNR is not"},
		"TLS":                 {"\x16\x03\x01\x02\x00\x01", "", "TXNR is not"},
		"an endless command":  {opening + first + "3 " + strings.Repeat("a", 100), opened + answered, "COMMAND is not"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t, ServerOptions{MaxMessage: 1000, MaxFrame: 4000}, each(func([]byte) error { return nil }))
			s.say(tt.say)
			s.hears(tt.hear + bye)
			var broken *FrameError
			if err := <-s.served; !errors.As(err, &broken) || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("%v, want %s", err, tt.why)
			}
		})
	}
}

// TestLongMessagesAreCut: to what may be kept, or to what there is room for; what follows is whole.
func TestLongMessagesAreCut(t *testing.T) {
	h := &slow{written: make(chan error)}
	close(h.written)
	var allowed atomic.Int64
	allowed.Store(1 << 20)
	s := newSession(t, ServerOptions{MaxMessage: 5000, MaxFrame: 10000, Buffer: 64, Grow: func(size int) bool { return int64(size) <= allowed.Load() }}, h)
	s.say(opening)
	s.hears(opened)
	next := 2
	send := func(n, want int) {
		t.Helper()
		text := strings.Repeat("x", n-1) + "!"
		s.say(fmt.Sprintf("%d syslog %d %s\n", next, n, text))
		s.hears(fmt.Sprintf("%d rsp 6 200 OK\n", next))
		next++
		if got := h.taken[len(h.taken)-1]; len(got) != want || h.lost[len(h.lost)-1] != n-want || !strings.HasPrefix(text, got) {
			t.Errorf("of %d bytes %d come, %d are lost, want %d", n, len(got), h.lost[len(h.lost)-1], want)
		}
	}
	for _, n := range []int{1, 40, 63, 64, 65, 1000, 4999, 5000, 5001, 10000, 1} {
		send(n, min(n, 5000))
	}
	allowed.Store(64)
	send(49, 49)
	for _, n := range []int{50, 51, 52, 100, 5000, 10000} {
		s.say(fmt.Sprintf("%d syslog %d %s\n", next, n, strings.Repeat("x", n)))
		s.hears(fmt.Sprintf("%d rsp 6 200 OK\n", next))
		next++
		if got, lost := len(h.taken[len(h.taken)-1]), h.lost[len(h.lost)-1]; got+lost != n || got > 64 || got < 40 {
			t.Errorf("of %d bytes %d come, %d are lost", n, got, lost)
		}
	}
	send(10, 10)
}

// TestClientThatReadsNoAnswers: a client that reads no answers is waited for, and then given up.
func TestClientThatReadsNoAnswers(t *testing.T) {
	var taken atomic.Int64
	s := newSession(t, ServerOptions{Patience: 50 * time.Millisecond}, each(func([]byte) error {
		taken.Add(1)
		return nil
	}))
	s.say(opening)
	var err error
	for n := 2; err == nil; n++ {
		_, err = fmt.Fprintf(s, "%d syslog 1 x\n", n)
	}
	if err := <-s.served; err == nil {
		t.Error("no error")
	}
	t.Logf("given up after %d messages", taken.Load())
}

// TestLastAnswers: a session that the server ends answers what is written in time, and says that it is over.
func TestLastAnswers(t *testing.T) {
	server, client := net.Pipe()
	h := &slow{written: make(chan error, 1)}
	served := make(chan error, 1)
	go func() { served <- NewServer(server, ServerOptions{LastAnswers: time.Minute}, h).Serve() }()
	var heard bytes.Buffer
	reading := make(chan error, 1)
	go func() {
		_, err := io.Copy(&heard, client)
		reading <- err
	}()
	io.WriteString(client, opening+"2 syslog 1 a\n")
	eventually(t, "the message is taken", func() bool { return h.number() == 1 })
	server.SetReadDeadline(time.Now())
	h.written <- nil
	if err := <-served; err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Error(err)
	}
	server.Close()
	if err := <-reading; err != nil || heard.String() != opened+"2 rsp 6 200 OK\n"+bye {
		t.Errorf("%q, %v", heard.String(), err)
	}
}

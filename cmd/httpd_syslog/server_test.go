package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/testbed"
)

// message is one RFC 5424 message with a sequenceId.
type message struct {
	pri    int
	procID string
	msgID  string // the stream
	seq    uint64
	text   string
	raw    string // all of it
}

// server is a syslog server for octet-counted RFC 5424 over TCP. It has its
// port for life, and refuses connections while it is not open.
type server struct {
	t    *testing.T
	addr string
	held int // a socket that is bound and does not listen

	mu          sync.Mutex
	listener    net.Listener
	conns       map[net.Conn]bool
	got         []message
	lines       map[string]bool // the access log's that came, each once
	serving     sync.WaitGroup
	connections atomic.Int64 // that were ever made
	senderDies  bool         // within a message, perhaps
	told        sync.Once    // the program would send again what cannot be read
}

// newServer returns a server that is not open. Its port is bound all the time,
// so that no other test can have it meanwhile.
func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, conns: make(map[net.Conn]bool), lines: make(map[string]bool)}
	var err error
	s.held, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		t.Cleanup(func() {
			s.close()
			unix.Close(s.held)
			s.checkWhole()
		})
		err = unix.SetsockoptInt(s.held, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}
	if err == nil {
		err = unix.Bind(s.held, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(s.held)
	if err != nil {
		t.Fatal(err)
	}
	s.addr = fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
	return s
}

// url is how the program is told of it.
func (s *server) url() string { return "tcp://" + s.addr }

// relay is the table of a configuration for this server.
func (s *server) relay(name string) string {
	return fmt.Sprintf("[[relay]]\nname = %q\nservers = [%q]\n", name, s.url())
}

// open lets connections in.
func (s *server) open() {
	s.t.Helper()
	l, err := listenShared(s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	s.serving.Go(func() { s.accept(l) })
}

// listenShared listens on the port that a server holds.
func listenShared(addr string) (net.Listener, error) {
	share := func(_, _ string, c syscall.RawConn) (err error) {
		cerr := c.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		})
		if err == nil {
			err = cerr
		}
		return err
	}
	lc := net.ListenConfig{Control: share}
	return lc.Listen(context.Background(), "tcp", addr)
}

func (s *server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		if s.listener != l { // it was closed meanwhile
			s.mu.Unlock()
			conn.Close()
			continue
		}
		s.conns[conn] = true
		s.connections.Add(1)
		s.mu.Unlock()
		s.serving.Go(func() { s.serve(conn) })
	}
}

// serve reads messages until the peer or close ends the connection.
func (s *server) serve(conn net.Conn) {
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	r := bufio.NewReaderSize(conn, 64<<10)
	for {
		m, err := readMessage(r)
		if err != nil {
			if err != io.EOF && s.has(conn) && !(s.senderDies && errors.Is(err, io.ErrUnexpectedEOF)) {
				s.told.Do(func() { s.t.Errorf("syslog server: %v", err) })
			}
			return
		}
		s.mu.Lock()
		s.got = append(s.got, m)
		if m.msgID == "access" {
			s.lines[m.text] = true
		}
		s.mu.Unlock()
	}
}

// has reports whether the connection is one that this side has not ended.
func (s *server) has(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[conn]
}

// close ends listening and all connections.
func (s *server) close() { s.shut(func(*net.TCPConn) {}) }

// reset does the same, with RST.
func (s *server) reset() { s.shut(func(c *net.TCPConn) { _ = c.SetLinger(0) }) }

func (s *server) shut(before func(*net.TCPConn)) {
	s.mu.Lock()
	if s.listener != nil {
		s.listener.Close()
		s.listener = nil
	}
	for conn := range s.conns {
		delete(s.conns, conn)
		before(conn.(*net.TCPConn))
		conn.Close()
	}
	s.mu.Unlock()
	s.serving.Wait()
}

// messages are all that came, in order.
func (s *server) messages() []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// distinct counts the different access lines that came. It costs nothing, so that
// who waits for lines does not hold them up.
func (s *server) distinct() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lines)
}

// all are the messages of one stream, in the order in which they came.
func (s *server) all(stream string) (got []message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.got {
		if m.msgID == stream {
			got = append(got, m)
		}
	}
	return got
}

// texts are those of the access log's messages.
func (s *server) texts() (got []string) {
	for _, m := range s.all("access") {
		got = append(got, m.text)
	}
	return got
}

// awaitText waits for a message of the access log.
func (s *server) awaitText(text string) {
	s.t.Helper()
	testbed.Eventually(s.t, fmt.Sprintf("%q at the server", text), func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := len(s.got) - 1; i >= 0; i-- {
			if s.got[i].text == text {
				return true
			}
		}
		return false
	})
}

// readMessage reads one octet-counted message.
func readMessage(r *bufio.Reader) (message, error) {
	digits, err := r.ReadString(' ')
	if err != nil {
		if err == io.EOF && digits != "" {
			err = io.ErrUnexpectedEOF
		}
		return message{}, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(digits, " "))
	if err != nil || n > 1<<20 {
		return message{}, fmt.Errorf("%q is no length", digits)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return message{}, fmt.Errorf("within a message of %d bytes: %w", n, err)
	}
	return parseMessage(string(b))
}

// parseMessage takes apart what the program sends; it is no parser for more.
func parseMessage(text string) (m message, err error) {
	f := strings.SplitN(text, " ", 7) // <PRI>1 TIME HOST APP PROCID MSGID …
	if len(f) != 7 || !strings.HasSuffix(f[0], ">1") {
		return m, fmt.Errorf("%q is not RFC 5424", text)
	}
	if m.pri, err = strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(f[0], "<"), ">1")); err != nil {
		return m, fmt.Errorf("%q: PRI: %w", text, err)
	}
	m.procID, m.msgID, m.raw = f[4], f[5], text
	rest, ok := strings.CutPrefix(f[6], `[meta sequenceId="`)
	seq, rest, ok2 := strings.Cut(rest, `"]`)
	if !ok || !ok2 {
		return m, fmt.Errorf("%q has no sequenceId", text)
	}
	m.text = strings.TrimPrefix(rest, " ") // an empty one has no space before it
	if m.seq, err = strconv.ParseUint(seq, 10, 64); err != nil {
		return m, fmt.Errorf("%q: sequenceId: %w", text, err)
	}
	return m, nil
}

// checkWhole holds at the end of a test that of each writer's messages of a stream none is missing
// between the first and the last, but for lines that events tell of: that is how the central side
// sees that it has all.
func (s *server) checkWhole() {
	s.t.Helper()
	type writer struct{ id, msgID string }
	all := s.messages()
	got := make(map[writer]map[uint64]bool)
	for _, m := range all {
		w := writer{m.procID[strings.LastIndexByte(m.procID, '-')+1:], m.msgID} // before it stands the process that the line is of
		if got[w] == nil {
			got[w] = make(map[uint64]bool)
		}
		got[w][m.seq] = true
	}
	missing := 0
	for _, numbers := range got {
		sorted := slices.Sorted(maps.Keys(numbers))
		missing += int(sorted[len(sorted)-1]-sorted[0]) + 1 - len(sorted)
	}
	said := events(all)
	if told := told(said, droppedEvent) + told(said, givenUpEvent) + told(said, damagedEvent); missing > told {
		s.t.Errorf("%d messages are missing at the server, and of %d it is told:\n%s", missing, told, said)
	}
}

// checkNumbers holds that the numbers of every writer's messages of a kind grow
// by one from 1, which is how the central side sees that nothing is missing.
func checkNumbers(t *testing.T, got []message) {
	t.Helper()
	last := make(map[string]uint64)
	for _, m := range got {
		key := m.procID + " " + m.msgID
		if m.seq != last[key]+1 {
			t.Errorf("message %d of %s comes after %d: %q", m.seq, key, last[key], m.text)
			return
		}
		last[key] = m.seq
	}
}

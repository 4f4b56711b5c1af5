package listener

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/testbed"
)

// isClosed reports whether the peer has closed the connection.
func isClosed(t *testing.T, conn net.Conn) bool {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := conn.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	return !ok || !timeout.Timeout()
}

// Where there are too many, those that say nothing make room, the longest idle first;
// those that have sent messages stay.
func TestRoomForNewConnections(t *testing.T) {
	const limit = 8
	for _, scheme := range []string{"unix", "tcp"} {
		s := serve(t, Options{Address: address(t, scheme), MaxConnections: limit})
		good := s.dial()
		s.send(good, "<13>Oct 11 22:14:15 t: 0\n")
		s.await(1)
		var silent []net.Conn
		for i := range 5 * limit {
			silent = append(silent, s.dial())
			testbed.Eventually(t, "the connection is accepted", func() bool {
				st := s.Stats()
				return st.Connections+int(st.Closed) == i+2
			})
		}
		for i, conn := range silent {
			if i <= len(silent)-limit && !isClosed(t, conn) || i > len(silent)-limit && isClosed(t, conn) {
				t.Errorf("%s: connection %d of %d", scheme, i, len(silent))
			}
		}
		s.send(good, "<13>Oct 11 22:14:15 t: 1\n")
		s.send(s.dial(), "<13>Oct 11 22:14:15 t: 2\n")
		s.await(3)
		if st := s.Stats(); st.Connections != limit || st.Closed != 4*limit+2 || st.TurnedAway != 0 {
			t.Errorf("%+v", st)
		}
	}
}

// Where all have sent messages, new ones are turned away.
func TestNoRoomForNewConnections(t *testing.T) {
	const limit = 4
	s := serve(t, Options{Address: address(t, "unix"), MaxConnections: limit})
	var good []net.Conn
	for i := range limit {
		good = append(good, s.dial())
		s.send(good[i], "<13>Oct 11 22:14:15 t: x\n")
		s.await(i + 1)
	}
	late := s.dial()
	testbed.Eventually(t, "it is closed", func() bool { return isClosed(t, late) })
	for _, conn := range good {
		if isClosed(t, conn) {
			t.Error("a good one is closed")
		}
	}
	if st := s.Stats(); st.TurnedAway != 1 || st.Closed != 0 {
		t.Errorf("%+v", st)
	}
}

// Where one that never sent a message has sent what nobody had the time to read yet,
// a new one waits: it may be closed already, and all that it has sent lost.
func TestRoomIsWaitedFor(t *testing.T) {
	l, err := Open(Options{Address: address(t, "unix"), MaxConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accept := func() (client net.Conn, c *connection) {
		client, err1 := net.Dial("unix", l.Addr().String())
		server, err2 := l.streams.Accept()
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		return client, l.newConnection(server)
	}
	client, unread := accept()
	if _, err := io.WriteString(client, "<13>Oct 11 22:14:15 t: half of a mess"); err != nil {
		t.Fatal(err)
	}
	if added, _ := l.conns.add(unread); !added {
		t.Fatal("the first is not added")
	}
	_, late := accept()
	if added, again := l.conns.add(late); added || again <= 0 {
		t.Errorf("added: %v, again after %v", added, again)
	}
	l.conns.remove(unread)
	if added, _ := l.conns.add(late); !added {
		t.Error("there is room, and it is not added")
	}
	l.conns.remove(late)
}

// Long messages are cut short by nobody but those who need memory for longer.
func TestMemoryForLongMessages(t *testing.T) {
	const text = 100 << 10
	s := serve(t, Options{Address: address(t, "unix"), MaxText: text, Memory: 1})
	memory := s.o.Memory // four frames
	half := "<13>Oct 11 22:14:15 t: " + strings.Repeat("x", text)
	var greedy []net.Conn
	for range 40 {
		greedy = append(greedy, s.dial())
	}
	var sending sync.WaitGroup
	for _, conn := range greedy {
		sending.Go(func() { io.WriteString(conn, half) }) // it may be closed meanwhile
	}
	sending.Wait()
	testbed.Eventually(t, "there is as much as may be", func() bool { return s.Stats().Closed > 0 })
	s.conns.mu.Lock()
	if s.conns.held > memory {
		t.Errorf("%d bytes of %d", s.conns.held, memory)
	}
	s.conns.mu.Unlock()
	good := s.dial()
	for range 3 {
		s.send(good, half+"\n")
	}
	whole := func() (n int) {
		for _, m := range s.messages() {
			if m.Lost == 0 && len(m.Text) == text {
				n++
			}
		}
		return n
	}
	testbed.Eventually(t, "the good one's messages", func() bool { return whole() == 3 })
	for _, conn := range greedy {
		conn.Close()
	}
	good.Close()
	testbed.Eventually(t, "the memory is free", func() bool {
		s.conns.mu.Lock()
		defer s.conns.mu.Unlock()
		return s.conns.held == 0 && len(s.conns.open) == 0
	})
}

// held is a listener without a socket, and connections of it that have said nothing, the oldest first.
func held(t *testing.T, o Options, n int) (l *Listener, all []*connection) {
	t.Helper()
	o.Address = Address{Scheme: "unix"}
	l = &Listener{o: o.withDefaults()}
	l.conns.init(&l.o)
	for range n {
		client, server := net.Pipe()
		t.Cleanup(func() { client.Close() })
		c := l.newConnection(server)
		if added, _ := l.conns.add(c); !added {
			t.Fatal("a connection is not added")
		}
		all = append(all, c)
		time.Sleep(time.Second)
	}
	return l, all
}

// TestMemoryByDefault: as many of the longest messages may be arriving as 2 MiB have room for.
func TestMemoryByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const room = 10
		l, all := held(t, Options{}, room+1)
		for i, c := range all {
			if i == room {
				time.AfterFunc(time.Second, func() { l.conns.remove(all[0]) })
			}
			if !l.conns.grow(c, l.o.MaxFrame) {
				t.Errorf("message %d has no room", i)
			}
			if closed := l.Stats().Closed; closed != uint64(i/room) {
				t.Errorf("%d connections are closed for message %d", closed, i)
			}
		}
	})
}

// TestMemoryOfAClosedConnection: it is in use until the connection has ended, which may take its time where
// this process gets none, and whoever needs memory waits.
func TestMemoryOfAClosedConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, all := held(t, Options{Memory: 4 << 20}, 3)
		first, second, third := all[0], all[1], all[2]
		memory := l.o.Memory
		grows := func(c *connection, size int) (grown chan bool) {
			grown = make(chan bool, 1)
			go func() { grown <- l.conns.grow(c, size) }()
			synctest.Wait()
			return grown
		}
		if !<-grows(first, memory-10) || !<-grows(second, 10) || l.Stats().Closed != 0 {
			t.Fatal("there is no memory to begin with")
		}
		more := grows(second, 20)
		if len(more) > 0 || l.Stats().Closed != 1 {
			t.Errorf("more memory is had, of a connection that is about to end; %d are closed", l.Stats().Closed)
		}
		most := grows(third, memory)
		if l.Stats().Closed != 2 || len(more) == 0 || <-more {
			t.Error("who waits for memory keeps what it has from others")
		}
		l.conns.remove(first)
		synctest.Wait()
		if len(most) > 0 {
			t.Error("memory is had that the second connection still holds")
		}
		l.conns.remove(second)
		if !<-most {
			t.Error("there is no memory though all others have ended")
		}
		l.conns.remove(third)
		if l.conns.held != 0 || l.conns.closing != 0 {
			t.Errorf("%d bytes, %d of connections that are closed, are in use by nobody", l.conns.held, l.conns.closing)
		}
	})
}

// piped serves one end of a pipe, whose time is that of the bubble.
func piped(l *Listener, sink Sink) (client net.Conn, ended chan struct{}) {
	client, server := net.Pipe()
	c := l.newConnection(server)
	l.conns.add(c)
	ended = make(chan struct{})
	go func() {
		c.serve(func(from *Sender) RawTaker { return l.newFeed(sink.Open(from)) })
		l.conns.remove(c)
		close(ended)
	}()
	return client, ended
}

func ended(c chan struct{}) bool {
	synctest.Wait()
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestIdle(t *testing.T) {
	const message = "<13>Oct 11 22:14:15 t: x\n"
	for name, tt := range map[string]struct {
		drip   string        // sent byte by byte, first
		every  time.Duration // between the bytes
		lasts  time.Duration // before the connection is closed, from its begin; 0: it is not
		closed uint64
	}{
		"says nothing":                      {"", 0, 5 * time.Minute, 1},
		"half a message, and nothing":       {"<13>", time.Second, 5 * time.Minute, 1},
		"a byte now and then":               {strings.Repeat("x", 1000), time.Minute, 5 * time.Minute, 1},
		"endless digits":                    {strings.Repeat("1", 1000), time.Second, 5 * time.Minute, 1},
		"half a counted message":            {"1000 <13>", time.Second, 5 * time.Minute, 1},
		"a message":                         {message, time.Second, 0, 0},
		"messages, slowly":                  {strings.Repeat(message, 100), 10 * time.Second, 0, 0},
		"a message, and half of another":    {message + "<1", time.Second, 5*time.Minute + 25*time.Second, 1},
		"a message above the limit, slowly": {message + "1000000000 <1" + strings.Repeat("x", 1000), time.Second, 5*time.Minute + 25*time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &Listener{o: Options{Address: Address{Scheme: "unix"}, MaxText: 1 << 10}.withDefaults()}
				l.conns.init(&l.o)
				client, end := piped(l, &collector{})
				defer client.Close()
				begun := time.Now()
				dripped := make(chan struct{})
				go func() {
					defer close(dripped)
					for _, b := range []byte(tt.drip) {
						if _, err := client.Write([]byte{b}); err != nil {
							return
						}
						time.Sleep(tt.every)
					}
				}()
				if tt.lasts == 0 {
					time.Sleep(24 * time.Hour)
					if ended(end) {
						t.Error("it is closed")
					}
					client.Close()
				} else if <-end; time.Since(begun) != tt.lasts {
					t.Errorf("closed after %v, want %v", time.Since(begun), tt.lasts)
				}
				<-end
				<-dripped
				if st := l.Stats(); st.Closed != tt.closed || st.Connections != 0 {
					t.Errorf("%+v", st)
				}
			})
		})
	}
}

// A connection whose peer says nothing at the end of Serve does not hold it up.
func TestFinishing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Listener{o: Options{Address: Address{Scheme: "unix"}}.withDefaults()}
		l.conns.init(&l.o)
		client, end := piped(l, &collector{})
		defer client.Close()
		synctest.Wait()
		l.conns.finishAll()
		begun := time.Now()
		<-end
		if d := time.Since(begun); d > lastReads || l.Stats().Closed != 0 {
			t.Errorf("%v, %+v", d, l.Stats())
		}
	})
}

// starved is a net.Listener that finds no descriptor, until it is fed.
type starved struct {
	acceptor
	hungry atomic.Bool
	asked  atomic.Int64
}

func (s *starved) Accept() (net.Conn, error) {
	if s.asked.Add(1); s.hungry.Load() {
		return nil, &net.OpError{Op: "accept", Err: unix.EMFILE}
	}
	return s.acceptor.Accept()
}

// TestMoreConnectionsThanFiles: what the process cannot have it does not promise, and says so.
func TestMoreConnectionsThanFiles(t *testing.T) {
	var told strings.Builder
	l, err := Open(Options{Address: address(t, "unix"), MaxConnections: 1 << 40, Tell: func(e event.Event) { fmt.Fprintln(&told, e) }})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	testbed.WantTold(t, told.String(), "listener.limit")
}

// Without descriptors the accepting goes on, but not all the time, and is told once.
func TestNoDescriptors(t *testing.T) {
	var told atomic.Int64
	l, err := Open(Options{Address: address(t, "unix"), Tell: func(e event.Event) {
		if text := e.String(); testbed.Tells(text, "listener.failing") && strings.Contains(text, "too many open files") {
			told.Add(1)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	hungry := &starved{acceptor: l.streams}
	hungry.hungry.Store(true)
	l.streams = hungry
	s := &served{t: t, Listener: l, done: make(chan struct{})}
	s.start()
	testbed.Eventually(t, "it has tried", func() bool { return hungry.asked.Load() >= 3 })
	hungry.hungry.Store(false)
	s.send(s.dial(), "<13>Oct 11 22:14:15 t: x\n")
	s.await(1)
	if told.Load() != 1 {
		t.Errorf("told %d times", told.Load())
	}
}

func TestReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var news []string
		l := &Listener{o: Options{Address: Address{Scheme: "udp", Port: "514"}, Tell: func(e event.Event) {
			news = append(news, fmt.Sprintf("%v %v %s", e.Kind.Severity, time.Now().Minute(), testbed.Sentence(e.String())))
		}}.withDefaults()}
		ctx, cancel := context.WithCancel(t.Context())
		var telling sync.WaitGroup
		telling.Go(func() { l.tellNews(ctx) })
		l.counts.refuse(Facility)
		l.counts.refuse(Full) // which is not for a listener to tell
		time.Sleep(time.Minute)
		time.Sleep(time.Second) // between two looks
		for range 90 {          // minutes
			l.counts.refuse(Facility)
			l.counts.refuse(Malformed)
			time.Sleep(time.Minute)
		}
		l.counts.count(Taken, true, 7)
		l.counts.count(Taken, true, -1)
		l.counts.closed.Add(3)
		l.counts.oversized.Add(1)
		l.counts.lastOversized.Store(&oversized{"2000000000", 1 << 20, "192.0.2.1"})
		l.counts.turnedAway.Add(1)
		cancel()
		telling.Wait()
		const url = "listener udp://:514: "
		want := []string{
			"warning 0 " + url + "1 messages refused, whose facility no stream has",
			"warning 1 " + url + "1 messages refused that had no <PRI> (one began with \"\")",
			"warning 0 " + url + "60 messages refused, whose facility no stream has",
			"warning 1 " + url + "60 messages refused that had no <PRI> (one began with \"\")",
			"warning 31 " + url + "30 messages refused, whose facility no stream has",
			"warning 31 " + url + "29 messages refused that had no <PRI> (one began with \"\")",
			"warning 31 " + url + "2 messages cut (by 7 bytes in all, as far as that is known)",
			"warning 31 " + url + "2 connections closed that sent no message for too long",
			"warning 31 " + url + "1 connections closed that announced a message of more than 1048576 bytes (the last: 2000000000 bytes, from 192.0.2.1); what they sent behind it is lost",
			"warning 31 " + url + "1 connections turned away, as there were 0 already (raise connections of [[listen]])",
		}
		if fmt.Sprintf("%q", news) != fmt.Sprintf("%q", want) {
			t.Errorf("\n got %q\nwant %q", news, want)
		}
	})
}

// TestNothingIsAddedAfterAnAbort: a connection that is just being accepted does not outlive the listener.
func TestNothingIsAddedAfterAnAbort(t *testing.T) {
	l, err := Open(Options{Address: address(t, "unix")})
	if err != nil {
		t.Fatal(err)
	}
	l.Abort()
	if added, again := l.conns.add(&connection{l: l}); added || again != never {
		t.Errorf("added: %v, and again after %v", added, again)
	}
}

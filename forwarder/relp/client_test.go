package relp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what should come at once.
const patience = 90 * time.Second

// dialog is a client and the server half it talks to.
func dialog(t *testing.T, o Options, serve func(net.Conn)) (*Client, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { l.Close(); serving.Wait() })
	serving.Go(func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		serve(c)
	})
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), conn, o)
	if c != nil {
		t.Cleanup(func() {
			c.fail(net.ErrClosed)
			<-c.gone
		})
	}
	return c, err
}

// open is dialog with a server that opens the session by itself, and whose
// further behaviour is given.
func open(t *testing.T, o Options, serve func(c net.Conn, in *input)) *Client {
	t.Helper()
	c, err := dialog(t, o, func(conn net.Conn) {
		in := &input{conn: conn, limit: 1 << 20}
		if f := read(in); f == nil || string(f.command) != "open" {
			t.Errorf("%v where open is expected", f)
			return
		}
		conn.Write(appendFrame(nil, 1, "rsp", []byte("200 OK\nrelp_version=0\ncommands=syslog")))
		serve(conn, in)
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func read(in *input) *frame {
	for {
		f, err := in.next()
		if err == nil {
			return &f
		}
		if err != errPart || in.fill() != nil {
			return nil
		}
	}
}

func batch(from, n int) (b []byte, ends []int) {
	for i := range n {
		b = fmt.Appendf(b, "<141>1 - - - - - - message %d", from+i)
		ends = append(ends, len(b))
	}
	return b, ends
}

func noWait() error { return nil }

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not so after %v: %s", patience, what)
		}
	}
}

func TestEveryMessageArrivesOnceAndInOrder(t *testing.T) {
	for _, window := range []int{1, 7, 10000} {
		t.Run(fmt.Sprint("window ", window), func(t *testing.T) {
			var got []string
			served := make(chan error, 1)
			c, err := dialog(t, Options{Window: window}, func(conn net.Conn) {
				served <- NewServer(conn, ServerOptions{}, each(func(m []byte) error {
					got = append(got, string(m))
					return nil
				})).Serve()
			})
			if err != nil {
				t.Fatal(err)
			}
			const times, n = 5, 300
			total := 0
			for i := range times {
				b, ends := batch(i*n, n)
				total += len(b)
				if err := c.Send(b, ends, noWait); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-served; err != nil {
				t.Errorf("the server ends with %v", err)
			}
			if c.Accepted() != uint64(total) || len(got) != times*n {
				t.Errorf("%d bytes of %d accepted, %d messages", c.Accepted(), total, len(got))
			}
			for i, m := range got {
				if !strings.HasSuffix(m, fmt.Sprint(" message ", i)) {
					t.Fatalf("message %d is %q", i, m)
				}
			}
		})
	}
}

// TestOnly200IsAccepted: answers count up to the first message that lacks one.
func TestOnly200IsAccepted(t *testing.T) {
	step := make(chan string)
	c := open(t, Options{}, func(conn net.Conn, in *input) {
		for s := range step {
			io.WriteString(conn, s)
		}
	})
	b, ends := batch(0, 4)
	if err := c.Send(b, ends, noWait); err != nil {
		t.Fatal(err)
	}
	accepted := func(messages int) func() bool {
		return func() bool { return messages > 0 && c.Accepted() == uint64(ends[messages-1]) }
	}
	step <- "3 rsp 6 200 OK\n" // the second message
	step <- "0 hint 3 abc\n"
	step <- "2 rsp 6 200 OK\n"
	eventually(t, "two are accepted", accepted(2))
	step <- "5 rsp 6 200 OK\n4 rsp 13 500 disk full\n"
	<-c.Broken()
	var refused *RefusedError
	if !errors.As(c.Err(), &refused) || refused.Code != 500 || refused.Text != "disk full" || refused.TXNR != 4 {
		t.Errorf("broken by %v", c.Err())
	}
	if !accepted(2)() {
		t.Errorf("%d bytes are accepted", c.Accepted())
	}
	if c.Send(b, ends, noWait) == nil || c.Close(t.Context()) == nil {
		t.Error("the session goes on")
	}
	close(step)
}

// TestWindow: no more than the window is unanswered, and who waits looks around.
func TestWindow(t *testing.T) {
	in := make(chan *input, 1)
	c := open(t, Options{Window: 10}, func(_ net.Conn, i *input) { in <- i; <-t.Context().Done() })
	b, ends := batch(0, 11)
	enough := errors.New("enough")
	if err := c.Send(b, ends, func() error { return enough }); err != enough {
		t.Fatalf("Send ends with %v", err)
	}
	i := <-in
	for n := range 10 {
		if f := read(i); f == nil || f.txnr != uint32(n+2) {
			t.Fatalf("frame %d is %v", n, f)
		}
	}
	if c.window.unanswered() != 10 {
		t.Errorf("%d messages are on the way", c.window.unanswered())
	}
}

func TestTransactionNumbersWrap(t *testing.T) {
	c := open(t, Options{Window: 8}, func(conn net.Conn, in *input) {
		for f := read(in); f != nil; f = read(in) {
			if f.txnr == 0 || f.txnr > maxTXNR {
				t.Errorf("transaction number %d", f.txnr)
			}
			conn.Write(appendFrame(nil, f.txnr, "rsp", []byte("200 OK")))
		}
	})
	c.mu.Lock()
	c.window.first, c.window.next = maxTXNR-10, maxTXNR-10
	c.mu.Unlock()
	b, ends := batch(0, 40)
	if err := c.Send(b, ends, noWait); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all are accepted", func() bool { return c.Accepted() == uint64(len(b)) })
	for number, want := range map[uint64]uint32{0: 2, maxTXNR - 2: maxTXNR, maxTXNR - 1: 1, maxTXNR: 2} {
		if got := txnr(number); got != want {
			t.Errorf("message %d has transaction number %d, want %d", number, got, want)
		}
	}
}

// TestBadServers: whatever a server says, the session ends with an error that
// tells what, and nothing is accepted by it.
func TestBadServers(t *testing.T) {
	for say, want := range map[string]string{
		"garbage\n":                                   "TXNR is not 1 to 9 digits",
		"HTTP/1.1 400 Bad Request\r\n\r\n":            "TXNR is not 1 to 9 digits",
		"2 rsp 999999999 200 OK\n":                    "DATALEN is 999999999, and 65536 is the most",
		"2 rsp 65537 ":                                "DATALEN is 65537",
		"2 rsp 1234567890 ":                           "DATALEN is not 1 to 9 digits",
		"2 rsp -1 ":                                   "DATALEN is not 1 to 9 digits",
		"2222222222 rsp 6 200 OK\n":                   "TXNR is not 1 to 9 digits",
		"2 rsp 6 200 OK!":                             "no LF behind DATA",
		"2 rsp 6\n":                                   "no space before DATA",
		"2 rsp 0\n":                                   "an answer without a code",
		"2 rsp 2 20\n":                                "an answer without a code",
		"2 rsp 6 OK 200\n":                            "the code of an answer is not three digits",
		"2  6 200 OK\n":                               "COMMAND is not",
		"2 " + strings.Repeat("a", 33) + " 0\n":       "COMMAND is not",
		"3 rsp 6 200 OK\n":                            "an answer to 3, which is not waited for",
		"1 rsp 6 200 OK\n":                            "an answer to 1, which is not waited for",
		"2 rsp 6 200 OK\n2 rsp 6 200 OK\n":            "an answer to 2, which is not waited for",
		"2 syslog 5 hello\n":                          "a command where only answers are expected",
		"2 rsp 6 500 no\n":                            "the server refuses message 2: 500 no",
		"0 serverclose 0\n":                           "serverclose",
		"0 serverclose 0 \n":                          "serverclose",
		"2 rsp 6 200":                                 "closed the connection", // and the end
		strings.Repeat("1", 100000):                   "TXNR is not 1 to 9 digits",
		"2 rsp 9 " + strings.Repeat("\x00", 9) + "\n": "the code of an answer",
	} {
		t.Run(fmt.Sprintf("%.30q", say), func(t *testing.T) {
			c := open(t, Options{}, func(conn net.Conn, in *input) {
				read(in)
				for i := range len(say) { // a byte at a time
					if _, err := conn.Write([]byte{say[i]}); err != nil {
						return
					}
				}
			})
			b, ends := batch(0, 1)
			_ = c.Send(b, ends, noWait)
			select {
			case <-c.Broken():
			case <-time.After(patience):
				t.Fatal("the session stands")
			}
			if !strings.Contains(c.Err().Error(), want) {
				t.Errorf("broken by %v\nwant …%s…", c.Err(), want)
			}
		})
	}
}

func TestBadOpenings(t *testing.T) {
	for say, want := range map[string]string{
		"1 rsp 13 500 not today\n":                          "the server refuses the session: 500 not today",
		"1 rsp 6 200 OK\n":                                  "lack relp_version",
		"1 rsp 21 200 OK\nrelp_version=1\n":                 "does not take the command syslog",
		"1 rsp 36 200 OK\nrelp_version=0\ncommands=other\n": "does not take the command syslog",
		"2 rsp 6 200 OK\n":                                  "no answer to open",
		"220 mail.example.com\r\n":                          "no RELP frame",
		"":                                                  "no answer to open",
		"1 rsp 5":                                           "no answer to open",
	} {
		t.Run(fmt.Sprintf("%.30q", say), func(t *testing.T) {
			_, err := dialog(t, Options{}, func(conn net.Conn) {
				read(&input{conn: conn, limit: 1000})
				io.WriteString(conn, say)
			})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v\nwant …%s…", err, want)
			}
		})
	}
}

// TestSilentServers: no answer is awaited for ever.
func TestSilentServers(t *testing.T) {
	silent := func(conn net.Conn) { io.Copy(io.Discard, conn) }
	if _, err := dialog(t, Options{Timeout: 10 * time.Millisecond}, silent); err == nil {
		t.Error("a session with a server that does not answer open")
	}
	c := open(t, Options{Window: 2, Timeout: 10 * time.Millisecond}, func(conn net.Conn, _ *input) { silent(conn) })
	b, ends := batch(0, 1)
	if err := c.Send(b, ends, noWait); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the session is broken", func() bool { c.Accepted(); return c.Err() != nil })
	if !strings.Contains(c.Err().Error(), "no answer for 10ms, with 1 messages unanswered") {
		t.Errorf("broken by %v", c.Err())
	}
}

func TestOpenObeysItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := Open(ctx, conn, Options{}); err == nil {
		t.Error("a session with nobody")
	}
}

func TestCloseSaysWhetherAllIsAnswered(t *testing.T) {
	c := open(t, Options{}, func(conn net.Conn, in *input) {
		read(in)
		<-t.Context().Done()
	})
	b, ends := batch(0, 1)
	if err := c.Send(b, ends, noWait); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Close(ctx); err == nil || !strings.Contains(err.Error(), "unanswered") && !errors.Is(err, context.Canceled) {
		t.Errorf("Close: %v", err)
	}
}

// TestAcceptedIsWhatWasHandled: wherever a connection breaks, the accepted ones
// are the first ones, and the server has handled them all.
func TestAcceptedIsWhatWasHandled(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		dieAfter := r.IntN(3000)
		handled := 0
		served := make(chan struct{})
		c, err := dialog(t, Options{Window: 1 + r.IntN(200)}, func(conn net.Conn) {
			defer close(served)
			die := errors.New("killed")
			_ = NewServer(conn, ServerOptions{}, each(func(m []byte) error {
				if handled > dieAfter {
					return die
				}
				if want := fmt.Sprint(" message ", handled); !bytes.HasSuffix(m, []byte(want)) {
					t.Errorf("%q where %s is expected", m, want)
				}
				handled++
				if handled > dieAfter {
					conn.(*net.TCPConn).SetLinger(0)
					conn.Close()
					return die
				}
				return nil
			})).Serve()
		})
		if err != nil {
			t.Fatal(err)
		}
		var ends []uint64
		total := uint64(0)
		for from := 0; from < 5000; {
			n := 1 + r.IntN(300)
			b, e := batch(from, n)
			for _, end := range e {
				ends = append(ends, total+uint64(end))
			}
			total += uint64(len(b))
			from += n
			if c.Send(b, e, noWait) != nil {
				break
			}
		}
		<-c.Broken()
		<-served
		accepted := c.Accepted()
		most := uint64(0)
		if handled > 0 {
			most = ends[handled-1]
		}
		if accepted > most {
			t.Fatalf("seed %d: %d bytes accepted, %d handled", seed, accepted, most)
		}
	}
}

func TestNothingIsAllocatedForAMessage(t *testing.T) {
	c := open(t, Options{}, func(conn net.Conn, in *input) {
		out, ok := make([]byte, 0, 100), []byte("200 OK")
		for {
			f, err := in.next()
			if err == nil {
				_, err = conn.Write(appendFrame(out, f.txnr, "rsp", ok))
			} else if err == errPart {
				err = in.fill()
			}
			if err != nil {
				return
			}
		}
	})
	b, ends := batch(0, 100)
	sent := uint64(0)
	allocs := testing.AllocsPerRun(100, func() {
		if err := c.Send(b, ends, noWait); err != nil {
			t.Fatal(err)
		}
		sent += uint64(len(b))
		for c.Accepted() < sent {
			<-c.moved
		}
	})
	if allocs > 2 { // of 100 messages, those of the server included
		t.Errorf("%v allocations for 100 messages", allocs)
	}
}

func BenchmarkSend(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_ = NewServer(c, ServerOptions{}, each(func([]byte) error { return nil })).Serve()
		}
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	c, err := Open(b.Context(), conn, Options{})
	if err != nil {
		b.Fatal(err)
	}
	const n = 500
	text, ends := batch(0, n)
	b.SetBytes(int64(len(text)) / n)
	b.ReportAllocs()
	for i := 0; i < b.N; i += n {
		if err := c.Send(text, ends, noWait); err != nil {
			b.Fatal(err)
		}
	}
	if err := c.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}

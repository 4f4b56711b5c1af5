package relp

import (
	"bytes"
	"io"
	"net"
	"testing"
)

// FuzzParseFrame: whatever comes, a frame or an error, never more than is there;
// what is a frame is the same when made again.
func FuzzParseFrame(f *testing.F) {
	for _, seed := range []string{
		"1 open 5 a=b\nc\n", "2 syslog 5 hello\n", "3 rsp 6 200 OK\n", "0 serverclose 0\n", "0 serverclose 0 \n",
		"999999999 rsp 999999999 ", "-1 rsp 0\n", "1 rsp", "1  0\n", "1 rsp 3 abcd",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1 << 16
		fr, n, err := parseFrame(b, limit)
		if err != nil {
			return
		}
		if n > len(b) || len(fr.data) > limit || len(fr.command) == 0 || len(fr.command) > maxCommand || fr.txnr > maxTXNR {
			t.Fatalf("%q: %v, %d bytes", b, fr, n)
		}
		again, m, err := parseFrame(appendFrame(nil, fr.txnr, string(fr.command), fr.data), limit)
		if err != nil || m > n || again.txnr != fr.txnr || !bytes.Equal(again.command, fr.command) || !bytes.Equal(again.data, fr.data) {
			t.Fatalf("%q: again %v, %v", b, again, err)
		}
		for i := range n {
			if _, _, err := parseFrame(b[:i], limit); err != errPart {
				t.Fatalf("the first %d bytes of %q: %v", i, b[:n], err)
			}
		}
	})
}

// FuzzClient: no answer makes a client panic, hang or accept what was not sent.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{"2 rsp 6 200 OK\n3 rsp 6 200 OK\n", "3 rsp 6 200 OK\n2 rsp 6 500 no\n", "0 serverclose 0\n", "2 rsp 0\n", "9 rsp 6 200 OK\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answers []byte) {
		server, conn := net.Pipe()
		defer server.Close()
		c := &Client{conn: conn, window: newWindow(4), timeout: defaultTimeout,
			moved: make(chan struct{}, 1), gone: make(chan struct{})}
		b, ends := batch(0, 3)
		c.frame(b, 0, ends)
		c.read(&input{conn: bytes.NewReader(answers), limit: maxAnswer})
		if c.Err() == nil || c.Accepted() > uint64(len(b)) {
			t.Fatalf("%d bytes accepted of %d, %v", c.Accepted(), len(b), c.Err())
		}
	})
}

// FuzzServe: no client makes a server panic, hang, or handle more than it has sent.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		"1 open 14 relp_version=0\n2 syslog 5 hello\n3 close 0\n", "1 open 0\n2 syslog 0\n", "2 syslog 5 hello\n", "1 open 999999999 x", "0 hint 0\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		client, conn := net.Pipe()
		go func() {
			client.Write(sent)
			client.Close()
		}()
		go io.Copy(io.Discard, client)
		handled := 0
		_ = NewServer(conn, ServerOptions{MaxMessage: 1 << 10, MaxFrame: 1 << 12, Buffer: 64}, each(func(m []byte) error {
			handled += len(m)
			return nil
		})).Serve()
		conn.Close()
		if handled > len(sent) {
			t.Fatalf("%d bytes handled of %d", handled, len(sent))
		}
	})
}

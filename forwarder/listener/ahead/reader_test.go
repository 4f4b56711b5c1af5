package ahead

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"testing/iotest"
)

// TestReader: what comes is handed out whole and in order, whatever the reads are.
func TestReader(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	want := make([]byte, 1<<20)
	for i := range want {
		want[i] = byte(rng.Uint32())
	}
	for name, from := range map[string]io.Reader{
		"all": bytes.NewReader(want), "half": iotest.HalfReader(bytes.NewReader(want)), "with EOF": iotest.DataErrReader(bytes.NewReader(want)),
	} {
		var pool Pool
		r := Reader{Pool: &pool, More: func() bool { return rng.IntN(8) > 0 }}
		var got []byte
		var err error
		for b := make([]byte, 8<<10); err == nil; {
			n := 0
			if part := b[:1+rng.IntN(len(b)-1)]; r.HasMore() {
				n = r.Rest(part)
			} else {
				n, err = r.Read(from, part)
			}
			got = append(got, b[:n]...)
		}
		for b := make([]byte, 100); r.HasMore(); {
			got = append(got, b[:r.Rest(b)]...)
		}
		r.LetGo()
		if err != io.EOF || !bytes.Equal(got, want) || pool.lent != 0 {
			t.Errorf("%s: %d bytes of %d, %v, %d buffers lent", name, len(got), len(want), err, pool.lent)
		}
	}
}

// TestReadsAheadWhereMuchWaits: not after a short read, nor where nothing waits, nor beyond the bound.
func TestReadsAheadWhereMuchWaits(t *testing.T) {
	var pool Pool
	waits := true
	r := Reader{Pool: &pool, More: func() bool { return waits }}
	from, b := bytes.NewReader(make([]byte, 1<<20)), make([]byte, 4<<10)
	read := func(want int) {
		t.Helper()
		before := from.Len()
		if _, err := r.Read(from, b); err != nil || before-from.Len() != want {
			t.Errorf("read %d bytes, want %d (%v)", before-from.Len(), want, err)
		}
		r.rest = nil
	}
	read(4 << 10)
	read(64 << 10)
	waits = false
	read(4 << 10)
	if pool.lent != 0 {
		t.Error("a buffer is held while nothing waits")
	}
	waits = true
	for range most {
		pool.borrow()
	}
	read(4 << 10)
	if _, err := r.Read(bytes.NewReader(make([]byte, 10)), b); err != nil {
		t.Error(err)
	}
	for range most {
		pool.giveBack(make([]byte, size))
	}
	read(4 << 10)
	read(64 << 10)
}

func TestQueue(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	q := NewQueue(server.(*net.TCPConn))
	if q.IsWaiting() {
		t.Error("something waits before anything was sent")
	}
	if _, err := client.Write([]byte("two")); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); err != nil || !q.IsWaiting() {
		t.Errorf("nothing waits (%v)", err)
	}
	server.Close()
	if q.IsWaiting() {
		t.Error("something waits in a closed socket")
	}
}

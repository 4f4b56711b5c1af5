package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/packaging/bench/measure"
)

// receiver is the central server: it takes octet-counted or LF-ended messages
// and counts them.
type receiver struct {
	l        net.Listener
	messages atomic.Int64

	mu        sync.Mutex
	latencies []time.Duration // of messages with a stamp
}

// listen takes connections at a port of 127.0.0.1, "0" for any, with TLS if there
// is a configuration of it.
func listen(port string, secure *tls.Config) (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return nil, err
	}
	r := &receiver{l: l}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c = &calm{Conn: c, r: r}
			if secure != nil {
				c = tls.Server(&roomy{c, bufio.NewReaderSize(c, 256<<10)}, secure)
			}
			go r.serve(c)
		}
	}()
	return r, nil
}

func (r *receiver) port() string {
	_, port, _ := net.SplitHostPort(r.l.Addr().String())
	return port
}

func (r *receiver) serve(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 256<<10) // stays in a core's own cache
	have := 0
	for {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		have = copy(buf, r.count(buf[:have]))
	}
}

// count counts the whole messages of b, and returns what is left of it.
func (r *receiver) count(b []byte) []byte {
	now := time.Now().UnixNano()
	var count int64
	for {
		m, after, ok := frame(b)
		if !ok {
			break
		}
		if len(m) > 0 && m[len(m)-1] == measure.LineEnd {
			count++
		}
		r.stamp(m, now)
		b = after
	}
	r.messages.Add(count)
	return b
}

// calm is a connection that rests after a small read: a reader woken for each
// small segment would take the cores from the sender. It lies below TLS, whose
// reads are all small.
type calm struct {
	net.Conn
	r    *receiver
	tiny bool // the last read was small
}

func (c *calm) Read(p []byte) (int, error) {
	if c.tiny {
		time.Sleep(c.r.pause())
	}
	n, err := c.Conn.Read(p)
	c.tiny = n < 1<<15
	return n, err
}

// roomy reads ahead of what TLS asks for, a record at a time.
type roomy struct {
	net.Conn
	b *bufio.Reader
}

func (r *roomy) Read(p []byte) (int, error) { return r.b.Read(p) }

func (r *receiver) pause() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.latencies != nil {
		return 0
	}
	return time.Millisecond
}

// frame takes the first message off b.
func frame(b []byte) (m, rest []byte, ok bool) {
	n, i := 0, 0
	for i < min(len(b), 9) && b[i] >= '0' && b[i] <= '9' {
		n, i = n*10+int(b[i]-'0'), i+1
	}
	if i > 0 && i+1 < len(b) && b[i] == ' ' && b[i+1] == '<' { // octet-counted
		if i+1+n > len(b) {
			return nil, b, false
		}
		return b[i+1 : i+1+n], b[i+1+n:], true
	}
	end := bytes.IndexByte(b, '\n')
	if end < 0 || i > 0 && end < 4 {
		return nil, b, false
	}
	return b[:end], b[end+1:], true
}

// takeLatencies are those since the last call.
func (r *receiver) takeLatencies() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := slices.Clone(r.latencies)
	r.latencies = r.latencies[:0]
	return l
}

const stampMark = "?ts="

// stamp notes the latency of a message that carries its time.
func (r *receiver) stamp(m []byte, now int64) {
	if r.latencies == nil {
		return
	}
	i := bytes.Index(m, []byte(stampMark))
	if i < 0 || len(m) < i+len(stampMark)+19 {
		return
	}
	t, err := strconv.ParseInt(string(m[i+len(stampMark):i+len(stampMark)+19]), 10, 64)
	if err == nil {
		r.mu.Lock()
		r.latencies = append(r.latencies, time.Duration(now-t))
		r.mu.Unlock()
	}
}

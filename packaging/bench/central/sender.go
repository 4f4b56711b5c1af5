package main

import (
	"bytes"
	"fmt"
	"net"
	"sync"
)

// connection replays a stream, as fast as it is taken.
type connection struct {
	net.Conn
	s    *stream
	relp bool
	next int // message to be sent

	mu       sync.Mutex
	moved    sync.Cond
	answered int
	err      error
}

// window is how many messages may be unanswered over RELP, as many as our own relay has.
const window = 10_000

// atOnce is how many bytes are written at once, at most, but for one message.
const atOnce = 128 << 10

// dial connects from an address of the nth sender's own.
func dial(address string, nth int, s *stream, relp bool) (*connection, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+nth/200), byte(1+nth%200))}}
	conn, err := d.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: conn, s: s, relp: relp}
	c.moved.L = &c.mu
	if relp {
		return c, c.open()
	}
	return c, nil
}

// open begins a session of RELP.
func (c *connection) open() error {
	const offers = "relp_version=0\nrelp_software=bench\ncommands=syslog"
	if _, err := fmt.Fprintf(c, "1 open %d %s\n", len(offers), offers); err != nil {
		return err
	}
	buf, have := make([]byte, 4096), 0
	for {
		n, err := c.Read(buf[have:])
		if err != nil {
			return fmt.Errorf("no answer to open: %w", err)
		}
		have += n
		var length int
		head, data, ok := bytes.Cut(buf[:have], []byte(" rsp "))
		if _, err := fmt.Sscanf(string(data), "%d ", &length); !ok || err != nil || string(head) != "1" {
			continue
		}
		if _, data, _ = bytes.Cut(data, []byte{' '}); len(data) > length {
			go c.answers()
			return nil
		}
	}
}

// answers counts answers, which have one LF each.
func (c *connection) answers() {
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		c.mu.Lock()
		c.answered += bytes.Count(buf[:n], []byte{'\n'})
		if err != nil {
			c.err = err
		}
		c.moved.Signal()
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// send sends messages up to the given one.
func (c *connection) send(to int) error {
	for c.next < to {
		end := to
		if c.relp {
			free, err := c.free()
			if err != nil {
				return err
			}
			end = min(end, c.next+free)
		}
		from := 0
		if c.next > 0 {
			from = c.s.ends[c.next-1]
		}
		last := c.next + 1
		for last < end && c.s.ends[last]-from <= atOnce {
			last++
		}
		if _, err := c.Write(c.s.b[from:c.s.ends[last-1]]); err != nil {
			return err
		}
		c.next = last
	}
	return nil
}

// free waits until some messages may be sent, and returns how many.
func (c *connection) free() (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.next-c.answered >= window && c.err == nil {
		c.moved.Wait()
	}
	return c.answered + window - c.next, c.err
}

// awaitAnswers waits until all is answered.
func (c *connection) awaitAnswers() error {
	if !c.relp {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.answered < c.next && c.err == nil {
		c.moved.Wait()
	}
	return c.err
}

package relp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// Options of a client. The zero value of each is its default.
type Options struct {
	Window   int           // messages that may be unanswered; 10,000
	Timeout  time.Duration // of the answer to open, and of the next answer while one is due; 90 s, as in rsyslog's omrelp
	Software string        // the offer relp_software
}

const (
	defaultWindow  = 10000
	defaultTimeout = 90 * time.Second
	maxAnswer      = 64 << 10
	writeSize      = 128 << 10 // bytes of one write, about
	lookEvery      = time.Second
)

// Client is one RELP session. Send, Accepted and Close are for one goroutine; Broken and Err may be
// called from several.
type Client struct {
	conn    net.Conn
	timeout time.Duration
	buf     []byte // frames to write
	sent    uint64 // bytes given to Send
	look    *time.Timer

	mu      sync.Mutex // guards what follows
	window  window
	lately  time.Time // when an answer came last, or the first one was due
	closing bool      // close is sent

	moved chan struct{} // holds one when the window has moved on
	gone  chan struct{}
	once  sync.Once
	err   error // written before gone is closed
}

// waitingWriter is a connection that calls waiting by itself while it writes.
type waitingWriter interface {
	WriteWaiting(b []byte, waiting func() error) (int, error)
}

var (
	// ErrServerClose: the server has said that it ends the session.
	ErrServerClose = errors.New("the server has closed the session (serverclose)")
	// ErrClosed: the server has ended its side of the connection.
	ErrClosed = errors.New("the server has closed the connection")
)

// Open opens a session over conn, within ctx and Timeout. At an error conn is closed.
func Open(ctx context.Context, conn net.Conn, o Options) (*Client, error) {
	if o.Window == 0 {
		o.Window = defaultWindow
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Software == "" {
		o.Software = "httpd_syslog"
	}
	c := &Client{
		conn: conn, timeout: o.Timeout, window: newWindow(o.Window), look: time.NewTimer(lookEvery),
		moved: make(chan struct{}, 1), gone: make(chan struct{}),
	}
	in := &input{conn: conn, limit: maxAnswer}
	if err := c.open(ctx, in, o.Software); err != nil {
		conn.Close()
		return nil, fmt.Errorf("RELP: %w", err)
	}
	go c.read(in)
	return c, nil
}

func (c *Client) open(ctx context.Context, in *input, software string) error {
	until := time.Now().Add(c.timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(until) {
		until = d
	}
	if err := c.conn.SetReadDeadline(until); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { c.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	// Version 0 is what librelp has always had; the text's version 1 nobody uses.
	offers := "relp_version=0\nrelp_software=" + software + "\ncommands=syslog"
	if _, err := c.conn.Write(appendFrame(nil, 1, "open", []byte(offers))); err != nil {
		return err
	}
	f, err := in.next()
	for err == errPart {
		if err = in.fill(); err == nil {
			f, err = in.next()
		}
	}
	if err != nil {
		return fmt.Errorf("no answer to open: %w", noAnswer(err))
	}
	if f.txnr != 1 || string(f.command) != "rsp" {
		return fmt.Errorf("%d %.32s is no answer to open", f.txnr, f.command)
	}
	a, err := parseAnswer(f.data)
	if err != nil {
		return err
	}
	if err := checkOffers(a); err != nil {
		return err
	}
	if !stop() {
		return ctx.Err()
	}
	return c.conn.SetReadDeadline(time.Time{})
}

// Send sends messages: b, each ending at one of ends. It blocks while the window is full, or
// the server does not read, and calls waiting about once a second meanwhile; an error of
// waiting ends Send. After an error the session is of no more use.
func (c *Client) Send(b []byte, ends []int, waiting func() error) error {
	from := 0
	for len(ends) > 0 {
		free, err := c.awaitFree(waiting)
		if err != nil {
			return err
		}
		n := c.frame(b, from, ends[:min(len(ends), free)])
		if err := c.write(waiting); err != nil {
			return err
		}
		from, ends = ends[n-1], ends[n:]
	}
	return c.Err()
}

// frame makes frames of messages, as many as one write has, and returns how many. It notes them
// in the window before they are written: an answer may come before the write returns.
func (c *Client) frame(b []byte, from int, ends []int) (n int) {
	c.buf = c.buf[:0]
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.window.unanswered() == 0 {
		c.lately = time.Now() // from now on an answer is due
	}
	for n < len(ends) && (n == 0 || len(c.buf) < writeSize) {
		c.buf = appendFrame(c.buf, txnr(c.window.next), "syslog", b[from:ends[n]])
		c.sent += uint64(ends[n] - from)
		c.window.push(c.sent)
		from = ends[n]
		n++
	}
	return n
}

// awaitFree waits until the window has free places, and returns how many.
func (c *Client) awaitFree(waiting func() error) (int, error) {
	for looking := false; ; looking = true {
		c.mu.Lock()
		free := c.window.free()
		c.mu.Unlock()
		if err := c.Err(); free > 0 || err != nil {
			return free, err
		}
		if !looking {
			c.look.Reset(lookEvery)
		}
		select {
		case <-c.moved:
		case <-c.gone:
		case <-c.look.C:
			c.checkTime()
			if err := waiting(); err != nil {
				return 0, err
			}
			c.look.Reset(lookEvery)
		}
	}
}

func (c *Client) write(waiting func() error) error {
	var err error
	if w, ok := c.conn.(waitingWriter); ok {
		_, err = w.WriteWaiting(c.buf, waiting)
	} else {
		err = c.writePatiently(waiting)
	}
	var failed *net.OpError
	if gone := c.Err(); gone != nil && (err == nil || errors.As(err, &failed)) {
		return gone // the reason why the session has ended says more than the failed write
	}
	return err
}

func (c *Client) writePatiently(waiting func() error) error {
	for b := c.buf; len(b) > 0; {
		if err := c.conn.SetWriteDeadline(time.Now().Add(lookEvery)); err != nil {
			return err
		}
		n, err := c.conn.Write(b)
		b = b[n:]
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.checkTime()
			err = waiting()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkTime breaks the session when an answer is overdue.
func (c *Client) checkTime() {
	c.mu.Lock()
	waiting := c.window.unanswered()
	overdue := waiting > 0 && time.Since(c.lately) > c.timeout
	c.mu.Unlock()
	if overdue {
		c.fail(fmt.Errorf("no answer for %v, with %d messages unanswered", c.timeout, waiting))
	}
}

// Accepted is how many of the bytes given to Send were answered 200, up to the
// first message that was not.
func (c *Client) Accepted() uint64 {
	c.checkTime()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.window.accepted
}

// Broken is closed when the session has ended.
func (c *Client) Broken() <-chan struct{} { return c.gone }

// Err says why the session has ended; nil: it has not.
func (c *Client) Err() error {
	select {
	case <-c.gone:
		return c.err
	default:
		return nil
	}
}

// fail ends the session.
func (c *Client) fail(err error) {
	c.once.Do(func() {
		c.err = err
		c.conn.Close()
		close(c.gone)
	})
}

// Close waits for the answers that are due and ends the session, within ctx. nil:
// everything was answered 200.
func (c *Client) Close(ctx context.Context) error {
	defer c.fail(net.ErrClosed)
	if err := c.awaitAnswers(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	c.closing = true
	c.buf = appendFrame(c.buf[:0], txnr(c.window.next), "close", nil)
	c.mu.Unlock()
	if c.write(ctx.Err) == nil {
		select {
		case <-c.gone:
		case <-ctx.Done():
		}
	}
	return nil // the answer to close says nothing about messages
}

func (c *Client) awaitAnswers(ctx context.Context) error {
	for {
		c.mu.Lock()
		waiting := c.window.unanswered()
		c.mu.Unlock()
		if err := errors.Join(c.Err(), ctx.Err()); waiting == 0 || err != nil {
			return err
		}
		select {
		case <-c.moved:
		case <-c.gone:
		case <-ctx.Done():
			return fmt.Errorf("%d messages are unanswered: %w", waiting, ctx.Err())
		}
	}
}

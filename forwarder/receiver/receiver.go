package receiver

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"

	"httpd-syslog/forwarder/sockfile"
)

// Mode is how messages are printed.
type Mode uint8

const (
	// Text prints one line a message for people: time, host, facility.severity, tag[procid],
	// #sequenceId and the text. Bytes that are no printable UTF-8 appear as \xHH, so that a terminal
	// is safe; backslashes of the text itself are left, so that \x41 may be either.
	Text Mode = iota
	// JSON prints one object a line with every field. Its keys are format, received, peer, facility,
	// facility_code, severity, severity_code, version, timestamp, hostname, app_name, procid, msgid,
	// structured_data and message, null where the message has none; message_base64 where the text is
	// not UTF-8; error, raw and (not UTF-8) raw_base64 where format is "unparsed".
	JSON
	// Raw prints the whole message as it was received, without its framing, and a line feed.
	Raw
)

// DefaultMaxMessage is the message limit, in bytes, where Options gives none.
const DefaultMaxMessage = 1 << 20

// Options says what Serve does with the messages.
type Options struct {
	Out        io.Writer // required; a Write that blocks holds up everything, Serve's return too
	Mode       Mode
	Count      int // messages to print before Serve returns; 0: no end
	MaxMessage int // bytes; 0: DefaultMaxMessage
	// Log, where not nil, is told of connections and of what went wrong with them. It may be called
	// from several goroutines at once.
	Log func(format string, args ...any)
}

func (o Options) withDefaults() Options {
	if o.MaxMessage <= 0 {
		o.MaxMessage = DefaultMaxMessage
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	return o
}

// Receiver is a bound socket.
type Receiver struct {
	addr     address
	listener net.Listener   // streams
	packets  datagramSocket // datagrams; one of the two is nil
	file     *sockfile.File // the unix socket we made

	closeOnce sync.Once
	closeErr  error
}

// Listen binds rawURL: udp://HOST:PORT, tcp://HOST:PORT, relp://HOST:PORT (port 0 takes a free one, no
// host takes all addresses), unix:///PATH or unixgram:///PATH for a datagram socket as /dev/log is,
// unixstream:///PATH for a stream socket. A socket at PATH that nobody listens on is replaced; one
// that somebody does, or another kind of file, is an error.
func Listen(rawURL string) (*Receiver, error) {
	a, err := parseAddress(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if a.isUnix() {
		if err := sockfile.ClearStale(a.network, a.where); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", a, err)
		}
	}
	r := &Receiver{addr: a}
	if err := r.bind(); err != nil {
		r.Close()
		return nil, fmt.Errorf("listen on %s: %w", a, err)
	}
	return r, nil
}

func (r *Receiver) bind() error {
	var err error
	switch r.addr.network {
	case "udp":
		err = r.bindUDP()
	case "unixgram":
		err = r.bindUnixgram()
	default:
		err = r.bindStream()
	}
	if err != nil || !r.addr.isUnix() {
		return err
	}
	r.file, err = sockfile.Of(r.addr.where)
	return err
}

func (r *Receiver) bindUDP() error {
	where, err := net.ResolveUDPAddr("udp", r.addr.where)
	if err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp", where)
	if err != nil {
		return err
	}
	conn.SetReadBuffer(udpReadBuffer) // what is refused leaves the default, which works too
	r.addr.where = conn.LocalAddr().String()
	r.packets = udpSocket{conn}
	return nil
}

func (r *Receiver) bindUnixgram() error {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: r.addr.where, Net: "unixgram"})
	if err != nil {
		return err
	}
	r.packets = unixSocket{conn}
	return nil
}

func (r *Receiver) bindStream() error {
	listener, err := net.Listen(r.addr.network, r.addr.where)
	if err != nil {
		return err
	}
	if u, ok := listener.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // it would not look whether the entry is still ours
	}
	r.listener = listener
	r.addr.where = listener.Addr().String()
	return nil
}

// Addr returns the URL that is listened on, with the real port.
func (r *Receiver) Addr() string { return r.addr.String() }

// Close closes the socket, removes a unix socket's file, and so ends Serve. It may be called more
// than once and from any goroutine.
func (r *Receiver) Close() error {
	r.closeOnce.Do(func() {
		removed := r.file.Remove()
		switch {
		case r.listener != nil:
			r.closeErr = r.listener.Close()
		case r.packets != nil:
			r.closeErr = r.packets.Close()
		}
		if r.closeErr == nil {
			r.closeErr = removed
		}
	})
	return r.closeErr
}

// Serve prints messages until ctx ends or Options.Count of them are printed, and returns nil for
// both; ctx.Err() tells which. Any other error is that of Options.Out or of the socket. When it
// returns, everything is closed and written, and no goroutine of it is left. It can be called once.
func (r *Receiver) Serve(ctx context.Context, o Options) error {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	out := newOutput(o.Out, o.Count, cancel)
	var closing sync.WaitGroup
	closing.Go(func() {
		<-ctx.Done()
		r.Close()
	})
	serve := r.serveDatagrams
	if r.listener != nil {
		serve = r.serveStreams
	}
	err := serve(ctx, o, out)
	if ctx.Err() != nil {
		err = nil // it ended because we closed the socket
	}
	cancel()
	closing.Wait()
	if outErr := out.close(); outErr != nil {
		return fmt.Errorf("write messages: %w", outErr)
	}
	if err != nil {
		return fmt.Errorf("receive on %s: %w", r.addr, err)
	}
	return r.Close()
}

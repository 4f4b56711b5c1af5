package receiver

import (
	"context"
	"fmt"
	"io"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/trust"
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

// readSize is how many bytes a connection is read with: few connections are to be fast.
const readSize = 64 << 10

// Options says what Serve does with the messages.
type Options struct {
	Out        io.Writer // required; a Write that blocks holds up everything, Serve's return too
	Mode       Mode
	Count      int                  // messages to print before Serve returns; 0: no end
	MaxMessage int                  // bytes; 0: DefaultMaxMessage
	TLS        *trust.ServerOptions // for tls and relp+tls
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
	addr address
	o    Options
	l    *listener.Listener
}

// Listen binds rawURL: udp://HOST:PORT, and likewise tcp, tls, relp and relp+tls (port 0 takes a free one, no
// host takes all addresses), unix:///PATH or unixgram:///PATH for a datagram socket as /dev/log is,
// unixstream:///PATH for a stream socket. A socket at PATH that nobody listens on is replaced; a
// socket that is in use, or another kind of file, is an error.
func Listen(rawURL string, o Options) (*Receiver, error) {
	a, err := parseAddress(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	o = o.withDefaults()
	r := &Receiver{addr: a, o: o}
	r.l, err = listener.Open(listener.Options{
		Address: a.Address, MaxFrame: o.MaxMessage, Buffer: readSize, TLS: o.TLS,
		Tell: func(e event.Event) { o.Log("%s", e.Words()) },
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Addr returns the URL that is listened on, with the real port.
func (r *Receiver) Addr() string { return r.addr.at(r.l.Addr()) }

// Close closes the socket, and removes a unix socket's file. It is for a Receiver that is not served.
func (r *Receiver) Close() error { return r.l.Close() }

// Serve prints messages until ctx ends, then those that have arrived by then, or until Options.Count
// of them are printed. It returns nil for both; ctx.Err() tells which. Any other error is that of
// Options.Out or of the socket. When it returns, everything is closed and written, and no goroutine
// of it is left. It can be called once.
func (r *Receiver) Serve(ctx context.Context) error {
	out := newOutput(r.o.Out, r.o.Count, r.l.Abort)
	err := r.l.ServeRaw(ctx, func(from *listener.Sender) listener.RawTaker { return r.newTaker(r.o, out, from) })
	if outErr := out.close(); outErr != nil {
		return fmt.Errorf("write messages: %w", outErr)
	}
	return err
}

package listener

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/listener/ahead"
	"httpd-syslog/forwarder/sockfile"
	"httpd-syslog/forwarder/trust"
)

// Options say where a Listener listens, and within which bounds. Zero values are
// defaults.
type Options struct {
	Address Address
	// File, if not nil, is the socket, open and bound to Address, as systemd hands it
	// over. Open takes it over. At the end its entry in the file system is not removed, and
	// messages that are in the socket are left to the next process.
	File *os.File
	Mode fs.FileMode          // of a unix socket's file; default 0666: every program may log
	TLS  *trust.ServerOptions // for tls addresses
	// Host is this machine's name, by which it is recognised in RFC 3164 messages of local
	// programs. Default: the system's.
	Host string

	MaxText        int           // bytes of a message's text; default 128 KiB
	MaxFrame       int           // bytes of a whole message; default MaxText and 64 KiB for the rest of it
	Buffer         int           // bytes that a connection begins to read with; default 4 KiB
	MaxConnections int           // at a time; default DefaultConnections
	Memory         int           // bytes of the buffers for long frames, for all connections; default 2 MiB
	Handshake      time.Duration // of TLS; default 10 s
	Idle           time.Duration // for a connection's first message, or the end of one; default 5 min

	// Tell, if not nil, is told of refused messages and closed connections, of each kind
	// at most once an hour, and of trouble with the socket. It may be called from several
	// goroutines.
	Tell func(event.Event)
}

// DefaultConnections is how many connections there may be at a time.
const DefaultConnections = 2000

// overhead is what a message may have beside its text: header and structured data.
const overhead = 64 << 10

func (o Options) withDefaults() Options {
	if o.Mode == 0 {
		o.Mode = 0o666
	}
	if o.Host == "" {
		o.Host, _ = os.Hostname() // without a name no word of a message counts as this host
	}
	if o.MaxText == 0 {
		o.MaxText = 128 << 10
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = DefaultConnections
	}
	if o.Memory == 0 {
		o.Memory = 2 << 20
	}
	if o.MaxFrame == 0 {
		o.MaxFrame = o.MaxText + overhead
	}
	if o.Buffer == 0 {
		o.Buffer = firstBuffer
	}
	o.Memory = max(o.Memory, 4*o.MaxFrame) // else one long message keeps out all others
	if o.Handshake == 0 {
		o.Handshake = 10 * time.Second
	}
	if o.Idle == 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Tell == nil {
		o.Tell = func(event.Event) {}
	}
	return o
}

// Listener is a bound socket.
type Listener struct {
	o       Options
	streams acceptor        // nil: the socket is one of datagrams
	packets datagramSocket  // nil: the socket is one of streams
	file    *sockfile.File  // of a unix socket that we made
	tls     *trust.Server   // nil: the connections are without TLS
	leaving <-chan struct{} // closed when Serve is to end
	conns   connections
	buffers ahead.Pool
	counts  counts
	host    atomic.Pointer[string] // set by SetHost; nil: o.Host

	aborted atomic.Bool
	once    sync.Once
	err     error // of closing
}

// SetHost changes the name of this machine, for messages from now on.
func (l *Listener) SetHost(host string) { l.host.Store(&host) }

// Open binds the socket, or takes over the one in o.File. It replaces a unix socket that
// nobody listens on; a socket that is in use, or another kind of file, is an error.
// Messages that are sent from now on wait in the kernel for Serve.
func Open(o Options) (*Listener, error) {
	l := &Listener{o: o.withDefaults()}
	l.conns.init(&l.o)
	l.conns.setLimit(l.within(l.o.MaxConnections))
	err := l.openTLS()
	switch {
	case err != nil:
	case o.File != nil:
		if err = l.inherit(o.File); err == nil {
			o.File.Close() // the listener has a duplicate
		}
	default:
		err = l.bind()
	}
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("listen on %s: %w", o.Address, err)
	}
	return l, nil
}

// SetMaxConnections sets how many connections may be open at a time from now on; 0: the
// default. Those that are open stay. It is not for concurrent use.
func (l *Listener) SetMaxConnections(n int) {
	if n == 0 {
		n = DefaultConnections
	}
	if n != l.o.MaxConnections {
		l.o.MaxConnections = n
		l.conns.setLimit(l.within(n))
	}
}

// within bounds a number of connections by the descriptors that the process may have: half of
// these are for the spool and the relays.
func (l *Listener) within(connections int) int {
	var files unix.Rlimit
	if !l.o.Address.IsStream() || unix.Getrlimit(unix.RLIMIT_NOFILE, &files) != nil {
		return connections
	}
	can := int(min(files.Cur/2, math.MaxInt32))
	if connections <= can {
		return connections
	}
	if connections == DefaultConnections {
		return can // nobody has asked for more
	}
	l.o.Tell(event.ListenerLimit.With("listener", l.o.Address, "max", can, "wanted", connections, "files", files.Cur))
	return can
}

// Address is what Open was given.
func (l *Listener) Address() Address { return l.o.Address }

// Addr is where the socket is bound, with the port that the kernel has chosen for port 0.
func (l *Listener) Addr() net.Addr {
	if l.streams != nil {
		return l.streams.Addr()
	}
	return l.packets.LocalAddr()
}

// Close closes the socket, and removes its file if Open has made it. It is for a
// Listener that is not served: Serve closes the socket by itself. Close may be called
// more than once, and from any goroutine.
func (l *Listener) Close() error {
	l.once.Do(func() {
		l.removeFile() // before the close, so that nobody finds the file and sends into a socket that closes
		switch {
		case l.streams != nil:
			l.err = l.streams.Close()
		case l.packets != nil:
			l.err = l.packets.Close()
		}
	})
	return l.err
}

// lastReads is how long Serve, at its end, reads messages that have arrived before.
const lastReads = time.Second

// Serve gives messages to sink until ctx ends, then those that have arrived by then, closes
// the socket, and returns nil when no goroutine of the Listener is left. An error is that of
// the socket. Either Serve or ServeRaw can be called, and once.
func (l *Listener) Serve(ctx context.Context, sink Sink) error {
	return l.ServeRaw(ctx, func(from *Sender) RawTaker { return l.newFeed(sink.Open(from)) })
}

// ServeRaw is Serve for messages as they come. They are not counted.
func (l *Listener) ServeRaw(ctx context.Context, open OpenRaw) error {
	var telling sync.WaitGroup
	serving, stop := context.WithCancel(context.Background())
	telling.Go(func() { l.tellNews(serving) })
	serve := l.serveDatagrams
	if l.streams != nil {
		serve = l.serveStreams
	}
	l.leaving = ctx.Done()
	err := serve(ctx, open)
	stop()
	telling.Wait()
	if l.aborted.Load() {
		err = nil
	}
	if cerr := l.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", l.o.Address, err)
	}
	return nil
}

// Abort closes the socket and its connections at once, whatever they have sent, so that Serve
// returns. Any goroutine may call it.
func (l *Listener) Abort() {
	l.aborted.Store(true)
	_ = l.Close() // Serve returns the error
	l.conns.abort()
}

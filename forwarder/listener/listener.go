package listener

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/sockfile"
	"httpd-syslog/forwarder/syslogfmt"
)

// Options say where a Listener listens, and within which bounds. Zero values are
// defaults.
type Options struct {
	Address Address
	// File, if not nil, is the socket, open and bound to Address, as systemd hands it
	// over. Open takes it. Its entry in the file system is not removed at the end, and
	// what is in it is left to the next process.
	File *os.File
	Mode fs.FileMode // of a unix socket's file; default 0666: every program may log
	// Host is this machine's name: RFC 3164 messages of local programs may have it.
	// Default: the system's.
	Host string

	MaxText        int           // bytes of a message's text; default 128 KiB
	MaxConnections int           // at a time; default DefaultConnections
	Memory         int           // bytes of the buffers for long frames, for all connections; default 2 MiB
	Idle           time.Duration // for a connection's first message, or the end of one; default 5 min

	// Event, if not nil, is called with what should be told: refused messages and
	// closed connections, at most once an hour, and trouble with the socket. It may be
	// called from several goroutines.
	Event func(severity syslogfmt.Severity, text string)
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
		o.Host, _ = os.Hostname() // without one, no message has our name
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
	o.Memory = max(o.Memory, 4*o.maxFrame()) // else one long message keeps out all others
	if o.Idle == 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Event == nil {
		o.Event = func(syslogfmt.Severity, string) {}
	}
	return o
}

func (o *Options) maxFrame() int { return o.MaxText + overhead }

// Listener is a bound socket.
type Listener struct {
	o       Options
	streams acceptor       // one of the two
	packets datagramSocket // is nil
	file    *sockfile.File // of a unix socket that we made
	conns   connections
	counts  counts
	host    atomic.Pointer[string] // as SetHost has it; nil: that of o

	closing atomic.Bool
	once    sync.Once
	err     error // of closing
}

// SetHost changes the name of this machine, for messages from now on.
func (l *Listener) SetHost(host string) { l.host.Store(&host) }

// Open binds the socket, or takes over the one in o.File. A unix socket nobody
// listens on is replaced; one that is in use, or another kind of file, is an error.
// What is sent from now on waits for Serve.
func Open(o Options) (*Listener, error) {
	l := &Listener{o: o.withDefaults()}
	l.conns.init(&l.o)
	l.conns.setLimit(l.within(l.o.MaxConnections))
	var err error
	if o.File != nil {
		if err = l.inherit(o.File); err == nil {
			o.File.Close() // there is a duplicate of it
		}
	} else {
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

// within is how many connections there can be of so many. The spool and the relays need
// descriptors too: half of what the process may have is theirs.
func (l *Listener) within(connections int) int {
	var files unix.Rlimit
	if !l.o.Address.isStream() || unix.Getrlimit(unix.RLIMIT_NOFILE, &files) != nil {
		return connections
	}
	can := int(min(files.Cur/2, math.MaxInt32))
	if connections <= can {
		return connections
	}
	if connections == DefaultConnections {
		return can // nobody has asked for more
	}
	l.o.Event(syslogfmt.Warning, fmt.Sprintf("listener %s: %d connections at most, not %d, since the process may have no more than %d files open (raise its limit: LimitNOFILE= of its unit, ulimit -n)",
		l.o.Address, can, connections, files.Cur))
	return can
}

// Address is what Open was given.
func (l *Listener) Address() Address { return l.o.Address }

// Addr is where the socket is bound, with the port that was taken for 0.
func (l *Listener) Addr() net.Addr {
	if l.streams != nil {
		return l.streams.Addr()
	}
	return l.packets.LocalAddr()
}

// Close closes the socket, and removes its file if Open made that. It is for a
// Listener that is not served; Serve does it by itself. It may be called more than
// once.
func (l *Listener) Close() error {
	l.once.Do(func() {
		l.closing.Store(true)
		l.err = l.removeFile() // first: who finds no file does not send into a socket that closes
		switch {
		case l.streams != nil:
			l.err = errors.Join(l.err, l.streams.Close())
		case l.packets != nil:
			l.err = errors.Join(l.err, l.packets.Close())
		}
	})
	return l.err
}

// lastReads is how long what is there already may take to be read at the end.
const lastReads = time.Second

// Serve gives messages to sink until ctx ends, takes what is there already then,
// closes the socket and returns nil, when no goroutine of it is left. Any other
// error is that of the socket. It can be called once.
func (l *Listener) Serve(ctx context.Context, sink Sink) error {
	var reporting sync.WaitGroup
	reported, stop := context.WithCancel(context.Background())
	reporting.Go(func() { l.report(reported) })
	serve := l.serveDatagrams
	if l.streams != nil {
		serve = l.serveStreams
	}
	err := serve(ctx, sink)
	sink.Flush()
	stop()
	reporting.Wait()
	if cerr := l.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", l.o.Address, err)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/activation"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/config"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/inlet"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/listener/address"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
)

// listeners are where the service takes syslog in: at the addresses of the
// configuration, and at those of the sockets that the service manager has handed over,
// whose senders would wait if nobody read them.
type listeners struct {
	tell func(event.Event)
	// unsynced is told how putting collected messages on the disk has gone; nil: well.
	unsynced func(error)
	inlets   *inlet.Inlets
	whole    *inlet.Collecting             // of the addresses that collect
	handed   map[listener.Address]*os.File // of the service manager, by their bare kind of socket; nil: taken
	cards    atomic.Pointer[cards.Rules]   // for what is told
	lost     chan struct{}                 // gets something when a socket has failed; buffered

	mu   sync.Mutex
	open map[listener.Address]*listening
}

// listening is the state of one address that is to be listened at.
type listening struct {
	l       *listener.Listener // nil: it could not be opened
	collect bool
	err     error // why it could not be opened, or why it has ended
	stop    context.CancelFunc
	serving sync.WaitGroup
}

// handed are the descriptors of the sockets that the service manager hands over
// (sd_listen_fds(3)).
func handed() (fds []int) {
	const first, most = 3, 4096
	pid, _ := strconv.Atoi(os.Getenv("LISTEN_PID"))
	n, _ := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	for fd := first; pid == os.Getpid() && fd < first+min(n, most); fd++ {
		fds = append(fds, fd)
	}
	return fds
}

// newListeners takes over the sockets that the service manager hands over. It tells on stderr
// of those that cannot be used.
func newListeners(stderr io.Writer) *listeners {
	ls := &listeners{handed: make(map[listener.Address]*os.File), open: make(map[listener.Address]*listening), lost: make(chan struct{}, 1)}
	for _, f := range activation.Files(true) {
		a, err := address.Of(f)
		if err != nil {
			cli.Complain(stderr, fmt.Errorf("socket %s of the service manager: %w; it is left alone", f.Name(), err))
			continue
		}
		ls.handed[a] = f
	}
	return ls
}

// wanted are the addresses to listen at.
func (ls *listeners) wanted(s settings) []listener.Address {
	var all []listener.Address
	for _, c := range s.Listen {
		all = append(all, ls.handedFor(addressOf(c)))
	}
	for a := range ls.handed {
		if !slices.ContainsFunc(all, func(b listener.Address) bool { return b.Bare() == a }) {
			all = append(all, a)
		}
	}
	return all
}

func addressOf(l config.Listen) listener.Address {
	return listener.Address{Scheme: l.Scheme, Host: l.Host, Port: l.Port, Path: l.Path}
}

// handedFor is the address of the socket that the service manager has handed over for a, an
// address of the configuration, whose host may be a name; with the scheme of a, since a socket does not
// show that it is for TLS. Without such a socket it is a itself.
func (ls *listeners) handedFor(a listener.Address) listener.Address {
	for h, f := range ls.handed {
		if h == a.Bare() || f != nil && address.Matches(f, a) {
			h.Scheme = a.Scheme
			return h
		}
	}
	return a
}

// configured is what the configuration says of an address; of a socket that it does not know, nothing.
func (ls *listeners) configured(a listener.Address, s settings) config.Listen {
	for _, c := range s.Listen {
		if ls.handedFor(addressOf(c)) == a {
			return c
		}
	}
	return config.Listen{}
}

// bind opens the addresses of the settings that are not open, and closes open ones that the
// settings do not have. An address that cannot be opened is told of once, and tried again at
// the next call.
func (ls *listeners) bind(s settings) {
	wanted := ls.wanted(s)
	for _, end := range ls.forget(func(a listener.Address, at *listening) bool {
		return !slices.Contains(wanted, a) || at.l != nil && at.collect != ls.configured(a, s).Collect
	}) {
		end()
	}
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for _, a := range wanted {
		at := ls.open[a]
		if at != nil && at.l != nil {
			ls.change(at.l, ls.configured(a, s))
			continue
		}
		ls.open[a] = ls.bindTo(a, s, at)
	}
}

// change has a listener go on under another configuration.
func (ls *listeners) change(l *listener.Listener, c config.Listen) {
	l.SetMaxConnections(c.Connections)
	if o := listenTLS(&c); o != nil {
		if err := l.SetTLS(*o); err != nil {
			ls.tell(event.ListenerKeepsCertificate.With("listener", l.Address(), "cause", err))
		}
	}
}

// forget takes out the addresses that are not wanted any more, as they are, and returns a function for
// each that ends it. The caller calls these without the lock: a listener that fails at that moment
// calls failed, which takes the lock.
func (ls *listeners) forget(unwanted func(listener.Address, *listening) bool) (ends []func()) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for a, at := range ls.open {
		if unwanted(a, at) {
			ends = append(ends, at.end())
			delete(ls.open, a)
		}
	}
	return ends
}

func (ls *listeners) bindTo(a listener.Address, s settings, before *listening) *listening {
	c := ls.configured(a, s)
	l, err := listener.Open(listener.Options{
		Address: a, File: ls.handed[a.Bare()], TLS: listenTLS(&c), Host: s.Hostname, MaxText: s.Spool.MaxLine, MaxConnections: c.Connections,
		Tell: func(e event.Event) { ls.tell(ls.cards.Load().Redact(e)) },
	})
	if err != nil {
		if before == nil || before.err == nil || before.err.Error() != err.Error() {
			ls.tellFailing(a, err)
		}
		return &listening{err: err}
	}
	if _, was := ls.handed[a.Bare()]; was {
		ls.handed[a.Bare()] = nil
	}
	if before != nil {
		ls.tell(event.ListenBack.With("listener", a))
	}
	return &listening{l: l, collect: ls.configured(a, s).Collect}
}

// tellFailing tells that an address cannot be listened at.
func (ls *listeners) tellFailing(a listener.Address, err error) {
	why := strings.TrimPrefix(err.Error(), fmt.Sprintf("listen on %v: ", a))
	ls.tell(event.ListenFailing.With("listener", a, "cause", why))
}

// serve takes in messages at the addresses that bind has opened and that are not served yet.
func (ls *listeners) serve() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for _, at := range ls.open {
		if at.l == nil || at.stop != nil {
			continue
		}
		ctx, stop := context.WithCancel(context.Background())
		at.stop = stop
		at.serving.Go(func() {
			serve := func() error { return at.l.Serve(ctx, ls.inlets) }
			if at.collect {
				serve = func() error { return at.l.ServeRaw(ctx, ls.whole.Open(at.l)) }
			}
			if err := serve(); err != nil {
				ls.failed(at, err)
			}
		})
	}
}

// failed notes that the socket of an address has ended by itself: lack then has it opened again.
func (ls *listeners) failed(at *listening, err error) {
	ls.tellFailing(at.l.Address(), err)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	at.l, at.err, at.stop = nil, err, nil
	select {
	case ls.lost <- struct{}{}:
	default:
	}
}

// end returns a function that ends listening at the address, after messages that are there
// already were taken in. The caller holds the lock.
func (at *listening) end() func() {
	stop, l := at.stop, at.l
	return func() {
		switch {
		case stop != nil:
			stop()
		case l != nil:
			_ = l.Close() // it was never served, so that no message can be lost
		}
		at.serving.Wait()
	}
}

// lack reports whether an address is not listened at that should be.
func (ls *listeners) lack() bool {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for _, at := range ls.open {
		if at.l == nil {
			return true
		}
	}
	return false
}

// retryEvery is how often an address that cannot be listened at is tried again.
const retryEvery = 5 * time.Second

// close ends all listeners, and writes the messages that were taken in to the spool. The error
// says how many lines are lost.
func (ls *listeners) close() error {
	for _, end := range ls.forget(func(listener.Address, *listening) bool { return true }) {
		end()
	}
	if ls.inlets == nil {
		return nil
	}
	return errors.Join(ls.inlets.Close(), ls.whole.Close())
}

// status is how the listeners are doing, for a status.
func (ls *listeners) status() (all []status.Listener) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for a, at := range ls.open {
		st := status.Listener{URL: a.String()}
		if at.l != nil {
			st = statusOf(a, at.l)
		} else {
			st.Error = at.err.Error()
		}
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b status.Listener) int { return strings.Compare(a.URL, b.URL) })
	return all
}

func statusOf(a listener.Address, l *listener.Listener) status.Listener {
	n := l.Stats()
	st := status.Listener{
		URL: a.String(), Messages: n.Messages, Refused: n.Refused, Malformed: n.Malformed, Continued: n.Continued, Cut: n.Cut, CutBytes: n.CutBytes,
		Connections: n.Connections, MaxConnections: n.MaxConnections, Closed: n.Closed, TurnedAway: n.TurnedAway, Untrusted: n.Untrusted,
	}
	if secure := l.TLS(); secure != nil {
		st.Until = secure.Certificate().NotAfter
		for _, c := range secure.Proven(time.Now()) {
			st.Clients = append(st.Clients, status.Client(c))
		}
	}
	return st
}

// openInlets makes the way of the messages into the spool, which is the sink of all listeners.
func (ls *listeners) openInlets(ctx context.Context, s settings, o forwarder.DelivererOptions, tell func(syslogfmt.Severity, string)) (err error) {
	r := s.CardRules()
	ls.cards.Store(&r)
	to := inlet.Options{
		Streams: o.Streams, Host: s.Hostname, StateDir: s.State(),
		Memory: int(s.Spool.Memory), Block: o.KeepAll, MaxLine: s.Spool.MaxLine, Cards: r, MaxSpool: o.MaxSpool,
		LastTry: max(s.DrainTimeout, time.Second), Tell: tell,
	}
	to.Unsynced = ls.unsynced
	ls.whole = inlet.NewCollecting(ctx, to)
	ls.whole.SetSynced(s.Collect.Acknowledge == config.Synced)
	ls.inlets, err = inlet.New(ctx, to)
	return err
}

// setHost changes what this machine is called.
func (ls *listeners) setHost(host string) {
	ls.inlets.SetHost(host)
	ls.whole.SetHost(host)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for _, at := range ls.open {
		if at.l != nil {
			at.l.SetHost(host)
		}
	}
}

// reload routes to the streams of other settings, and listens at their addresses.
func (ls *listeners) reload(s settings, streams []stream.Stream) error {
	ls.setHost(s.Hostname)
	ls.whole.SetSynced(s.Collect.Acknowledge == config.Synced)
	r := s.CardRules()
	ls.cards.Store(&r)
	ls.inlets.SetCards(r)
	err := ls.inlets.SetStreams(streams)
	ls.bind(s)
	ls.serve()
	return err
}

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
	"time"

	"github.com/coreos/go-systemd/v22/activation"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/config"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/syslogfmt"
)

// listeners are where the service takes syslog in: at the addresses of the
// configuration, and at those of the sockets that the service manager has handed over,
// whose senders would wait if nobody read them.
type listeners struct {
	event     func(s syslogfmt.Severity, format string, args ...any)
	receiving *forwarder.Receiving
	handed    map[listener.Address]*os.File // of the service manager; nil: taken
	lost      chan struct{}                 // there is one that is of no more use; buffered

	mu   sync.Mutex
	open map[listener.Address]*listening
}

// listening is one address.
type listening struct {
	l       *listener.Listener // nil: it could not be opened
	err     error              // why not, or why it goes on no more
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

// newListeners takes over what the service manager hands over. What cannot be used is
// told.
func newListeners(stderr io.Writer) *listeners {
	ls := &listeners{handed: make(map[listener.Address]*os.File), open: make(map[listener.Address]*listening), lost: make(chan struct{}, 1)}
	for _, f := range activation.Files(true) {
		a, err := listener.AddressOf(f)
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
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

func addressOf(l config.Listen) listener.Address {
	return listener.Address{Scheme: l.Scheme, Host: l.Host, Port: l.Port, Path: l.Path}
}

// handedFor is the address of the socket that was handed over for one of the
// configuration, whose host may be a name; that address itself if there is none.
func (ls *listeners) handedFor(a listener.Address) listener.Address {
	for h, f := range ls.handed {
		if h == a || f != nil && listener.Matches(f, a) {
			return h
		}
	}
	return a
}

// connectionsAt is how many connections there may be at an address; 0: as many as usual.
func (ls *listeners) connectionsAt(a listener.Address, s settings) int {
	for _, c := range s.Listen {
		if ls.handedFor(addressOf(c)) == a {
			return c.Connections
		}
	}
	return 0
}

// bind opens what is to be listened at and is not, and closes what is not any more. What
// cannot be opened is told, and tried again at the next call.
func (ls *listeners) bind(s settings) {
	wanted := ls.wanted(s)
	for _, end := range ls.forget(wanted) {
		end()
	}
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for _, a := range wanted {
		at := ls.open[a]
		if at != nil && at.l != nil {
			at.l.SetMaxConnections(ls.connectionsAt(a, s))
			continue
		}
		ls.open[a] = ls.bindTo(a, s, at)
	}
}

// forget takes out what is not wanted any more, and returns what ends each. One that
// fails at that moment wants the lock.
func (ls *listeners) forget(wanted []listener.Address) (ends []func()) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for a, at := range ls.open {
		if !slices.Contains(wanted, a) {
			ends = append(ends, at.end())
			delete(ls.open, a)
		}
	}
	return ends
}

func (ls *listeners) bindTo(a listener.Address, s settings, before *listening) *listening {
	l, err := listener.Open(listener.Options{
		Address: a, File: ls.handed[a], Host: s.Hostname, MaxText: s.Spool.MaxLine, MaxConnections: ls.connectionsAt(a, s),
		Event: func(s syslogfmt.Severity, text string) { ls.event(s, "%s", text) },
	})
	if err != nil {
		if before == nil || before.err == nil || before.err.Error() != err.Error() {
			ls.event(syslogfmt.Err, "%v; tried again", err)
		}
		return &listening{err: err}
	}
	if _, was := ls.handed[a]; was {
		ls.handed[a] = nil
	}
	if before != nil {
		ls.event(syslogfmt.Notice, "listen on %s: taken in again", a)
	}
	return &listening{l: l}
}

// serve takes in what comes to the addresses that bind has opened.
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
			if err := at.l.Serve(ctx, ls.receiving); err != nil {
				ls.failed(at, err)
			}
		})
	}
}

// failed takes in that a socket is of no more use.
func (ls *listeners) failed(at *listening, err error) {
	ls.event(syslogfmt.Err, "%v; tried again", err)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	at.l, at.err, at.stop = nil, err, nil
	select {
	case ls.lost <- struct{}{}:
	default:
	}
}

// end is what ends it, after what is there already was taken in. The caller holds the lock.
func (at *listening) end() func() {
	stop, l := at.stop, at.l
	return func() {
		switch {
		case stop != nil:
			stop()
		case l != nil:
			_ = l.Close() // nothing was taken in
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

// close ends them all, and writes what was taken in.
func (ls *listeners) close() error {
	for _, end := range ls.forget(nil) {
		end()
	}
	if ls.receiving == nil {
		return nil
	}
	return ls.receiving.Close()
}

// status is what status says of them.
func (ls *listeners) status() (all []forwarder.ListenerStatus) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for a, at := range ls.open {
		st := forwarder.ListenerStatus{URL: a.String()}
		if at.l != nil {
			st = statusOf(a, at.l.Stats())
		} else {
			st.Error = at.err.Error()
		}
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b forwarder.ListenerStatus) int { return strings.Compare(a.URL, b.URL) })
	return all
}

func statusOf(a listener.Address, n listener.Stats) forwarder.ListenerStatus {
	return forwarder.ListenerStatus{
		URL: a.String(), Messages: n.Messages, Refused: n.Refused, Malformed: n.Malformed, Continued: n.Continued, Cut: n.Cut, CutBytes: n.CutBytes,
		Connections: n.Connections, MaxConnections: n.MaxConnections, Closed: n.Closed, TurnedAway: n.TurnedAway,
	}
}

// take makes the sink of the listeners.
func (ls *listeners) take(ctx context.Context, s settings, o forwarder.DelivererOptions, tell func(syslogfmt.Severity, string)) (err error) {
	ls.receiving, err = forwarder.NewReceiving(ctx, forwarder.ReceivingOptions{
		Streams: o.Streams, Host: s.Hostname, StateDir: s.StateDir,
		Memory: int(s.Spool.Memory), Block: o.KeepAll, MaxLine: s.Spool.MaxLine, MaxSpool: o.MaxSpool,
		LastTry: max(s.DrainTimeout, time.Second), Tell: tell,
	})
	return err
}

// setHost changes what this machine is called.
func (ls *listeners) setHost(host string) {
	ls.receiving.SetHost(host)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for _, at := range ls.open {
		if at.l != nil {
			at.l.SetHost(host)
		}
	}
}

// reload routes to the streams of other settings, and listens at their addresses.
func (ls *listeners) reload(s settings, streams []forwarder.Stream) error {
	ls.setHost(s.Hostname)
	err := ls.receiving.SetStreams(streams)
	ls.bind(s)
	ls.serve()
	if err != nil {
		return errors.Join(errors.New("what comes in as syslog goes to the streams from before"), err)
	}
	return nil
}

package objects

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
)

// wire is the way to the store: HTTP over TCP or TLS as other transports have them.
type wire struct {
	options   *transport.Options
	transport *http.Transport
	client    *http.Client
	answer    time.Duration // how long the store may say nothing
	skew      atomic.Int64  // by how much the store's clock is ahead of ours, in ns, as its last answer said
}

const (
	// answerTimeout is how long a store may take to answer when it has a request.
	answerTimeout = 60 * time.Second
	// idleTimeout: objects come minutes apart, and stores end idle connections sooner.
	idleTimeout = 15 * time.Second
	// mostSkew is what stores bear.
	mostSkew = 15 * time.Minute
)

func newWire(o *transport.Options) *wire {
	w := &wire{options: o, answer: answerTimeout}
	if o.Timing.UserTimeout != 0 {
		w.answer = o.Timing.UserTimeout
	}
	w.transport = &http.Transport{
		DialContext:           w.dial,
		DialTLSContext:        w.dialTLS,
		ResponseHeaderTimeout: w.answer,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       idleTimeout,
		DisableCompression:    true,
		MaxIdleConnsPerHost:   1,
	}
	if o.TLS == (trust.Options{}) {
		// What makes the handshake through a proxy knows nothing of our files.
		w.transport.Proxy, w.transport.TLSHandshakeTimeout = http.ProxyFromEnvironment, o.ConnectTimeout
	}
	w.client = &http.Client{Transport: w.transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return w
}

func (w *wire) dial(ctx context.Context, _, address string) (net.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, w.options.ConnectTimeout)
	defer stop()
	return w.connect(ctx, address)
}

// dialTLS connects with the files of [relay.tls] as they are now.
func (w *wire) dialTLS(ctx context.Context, _, address string) (net.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, w.options.ConnectTimeout)
	defer stop()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	client, err := w.options.TLS.Client(host)
	if err != nil {
		return nil, err
	}
	tcp, err := w.connect(ctx, address)
	if err != nil {
		return nil, err
	}
	return transport.SecureTCP(ctx, tcp, client)
}

func (w *wire) connect(ctx context.Context, address string) (*net.TCPConn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return transport.ConnectTCP(ctx, transport.Server{Host: host, Port: port}, w.options.Timing)
}

// noteClock compares the time of an answer with ours. What an answer took may have gone by on either way.
func (w *wire) noteClock(date string, begun, ended time.Time) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	took := ended.Sub(begun) + time.Second // Date has whole seconds: it was a half more, about
	skew := at.Add(time.Second / 2).Sub(ended.Add(-ended.Sub(begun) / 2))
	if skew.Abs() <= took/2 {
		skew = 0
	}
	w.skew.Store(int64(skew))
}

// wrongClock is an error where the clocks differ by more than a store bears: locks would be too short, or, where nobody
// can shorten them, too long.
func (w *wire) wrongClock() error {
	skew := time.Duration(w.skew.Load())
	if skew.Abs() < mostSkew {
		return nil
	}
	return &Error{text: skewText(skew)}
}

func skewText(skew time.Duration) string {
	way := "behind"
	if skew < 0 {
		way = "ahead of"
	}
	return fmt.Sprintf("the clock of this machine is %s %s the store's: set the one that is wrong, with chronyd or another client of NTP", about(skew.Abs()), way)
}

// about is a duration in words that stay the same for a while.
func about(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}

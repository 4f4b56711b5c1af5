package jetstream

import (
	"context"
	"fmt"
	"strconv"

	"httpd-syslog/forwarder/transport"
)

// Kind is NATS JetStream as a kind of store.
var Kind = &transport.Kind{
	Schemes: []string{"nats", "nats+tls"},
	New:     newTransport,
	Examine: examine,
	Fetch:   fetch,
}

// natsTransport is the way to one server for one series.
type natsTransport struct {
	server  transport.Server
	options transport.Options
	subject string
}

func newTransport(s transport.Server, o transport.Options) (transport.Transport, error) {
	if err := check(&o); err != nil {
		return nil, err
	}
	return &natsTransport{server: s, options: o, subject: subjectOf(o.Store.NATS.Subject, o.Store.Series)}, nil
}

// check tells whether options can be used.
func check(o *transport.Options) error {
	if err := checkStream(o.Store.NATS.Stream); err != nil {
		return err
	}
	return checkPrefix(o.Store.NATS.Subject)
}

func (t *natsTransport) Rewinds() bool  { return true }
func (t *natsTransport) BatchSize() int { return batchSize }
func (t *natsTransport) String() string { return t.server.String() }

const (
	// batchSize is how many bytes to give to one Send, about.
	batchSize = 64 << 10
	// fullSize and fullMessages are how much an entry should have: fewer entries cost less, larger ones wait longer.
	fullSize     = 512 << 10
	fullMessages = 1000
	// headerRoom is for an entry's header but its mark.
	headerRoom = 1 << 10
	// leastFull is how much an entry should at least be able to have before it is full.
	leastFull = 16 << 10
)

// sizeOfFull is how many bytes of messages an entry has when it is full. What comes at once is at most a batch and a
// longest message: with that an entry still fits into what the server takes.
func (t *natsTransport) sizeOfFull(maxPayload int) (int, error) {
	if least := t.beside() + leastFull; maxPayload < least {
		return 0, fmt.Errorf("the server takes messages of %d bytes at most (max_payload), and with max_message = %d here it must take %d: raise max_payload in nats-server.conf of each server, or make max_message smaller",
			maxPayload, t.options.Store.MaxMessage, least)
	}
	return min(fullSize, maxPayload-t.beside()), nil
}

// beside is how many bytes an entry may have besides what makes it full.
func (t *natsTransport) beside() int {
	longest := t.options.Store.MaxMessage + len(strconv.Itoa(t.options.Store.MaxMessage)+" ")
	return transport.MaxMark + headerRoom + batchSize + longest
}

// Dial connects to the server, and finds out which entry of the series is the last.
func (t *natsTransport) Dial(ctx context.Context) (transport.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, t.options.ConnectTimeout)
	defer cancel()
	l, err := connect(ctx, t.server, &t.options, token(t.options.Store.Series.Host))
	if err != nil {
		return nil, err
	}
	s := newSession(l, t)
	if err := s.begin(ctx); err != nil {
		l.close()
		return nil, transport.At(l.wire.RemoteAddr(), err)
	}
	return s, nil
}

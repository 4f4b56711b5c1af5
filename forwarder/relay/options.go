package relay

import (
	"cmp"
	"fmt"
	"reflect"
	"time"

	"httpd-syslog/forwarder/collector/trail"
	"httpd-syslog/forwarder/relay/servers"
	"httpd-syslog/forwarder/relay/window"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/syslogfmt/sdata"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
)

// Options describe one relay: a central server to send lines to.
type Options struct {
	Name           string
	Servers        []transport.Server // in order of preference; one at least
	Random         bool               // the servers share the load: each connection is to any of them
	Reconnect      time.Duration      // about how long a connection may stand; 0: for good
	TLS            trust.Options
	Format         syslogfmt.Format
	Framing        syslogfmt.Framing // of a stream
	Streams        []string          // to send; empty: all, events included
	Whole          bool              // messages that a collector has taken in are sent on, with the headers that they have
	Hop            trail.Hop         // of that collector
	MaxMessage     int               // bytes on the wire, without framing
	Rewind         time.Duration     // how far to go back after a break
	RewindBytes    int64             // and how many bytes at most
	ConnectTimeout time.Duration
	Delay          time.Duration // of stores: how long a line may wait for others that go into the same entry
	Store          transport.StoreOptions
	Rate           int    // messages a second; 0: no limit
	Data           string // SD-ELEMENTs of each message behind our own, RFC 5424 only; empty: none
	Timing         Timing
}

// Timing is how long a relay waits where nothing tells it that a wait is over. The zero value is for
// production; tests shorten it.
type Timing struct {
	// StandFor is how long a connection must stand to count as one that works; 0: 1 s.
	StandFor time.Duration
	// ReturnEvery is about how often a server that is preferred to the one in use is tried;
	// 0: 30 s.
	ReturnEvery time.Duration
	Transport   transport.Timing
}

func (t Timing) standFor() time.Duration { return cmp.Or(t.StandFor, time.Second) }

func (t Timing) returnEvery() time.Duration { return cmp.Or(t.ReturnEvery, 30*time.Second) }

// Equal reports whether o and p describe the same relay. It compares the names of certificate
// files, not what the files hold.
func (o *Options) Equal(p *Options) bool {
	return reflect.DeepEqual(o, p) // so that an option that is added counts
}

// Transport says how to connect to a server.
func (o *Options) Transport() transport.Options {
	return transport.Options{Framing: o.Framing, ConnectTimeout: o.ConnectTimeout, TLS: o.TLS, Store: o.Store, Timing: o.Timing.Transport}
}

// transports are the transports to the relay's servers, in order of preference.
func (o *Options) transports() ([]transport.Transport, error) {
	var all []transport.Transport
	for _, s := range o.Servers {
		t, err := transport.New(s, o.Transport())
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("relay %s has no server", o.Name)
	}
	return all, nil
}

// Check tells whether connections can be tried with these options. It connects to nothing.
func (o *Options) Check() error {
	if len(o.Servers) == 0 {
		return fmt.Errorf("relay %s has no server", o.Name)
	}
	for _, s := range o.Servers {
		if err := transport.Check(s, o.Transport()); err != nil {
			return err
		}
	}
	return nil
}

// data is the structured data of our own lines. Those of a collector have its trail: they come back as what it sends
// on does.
func (o *Options) data() string {
	if with := o.Data + o.Hop.Element(); o.Whole && len(with) <= sdata.Room(cmp.Or(o.MaxMessage, syslogfmt.DefaultMaxMessage)) {
		return with
	}
	return o.Data
}

// window is how far back sending begins after a break.
func (o *Options) window() window.Options {
	return window.Options{Rewind: o.Rewind, RewindBytes: o.RewindBytes}
}

// serverOptions say which server is connected to.
func (o *Options) serverOptions() servers.Options {
	return servers.Options{Random: o.Random || o.isStore(), StandFor: o.Timing.standFor(), ReturnEvery: o.Timing.returnEvery()}
}

package forwarder

import (
	"errors"
	"time"

	"httpd-syslog/forwarder/collector"
	"httpd-syslog/forwarder/locallog"
	"httpd-syslog/forwarder/relay"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
)

// DelivererOptions say what is delivered, and where to.
type DelivererOptions struct {
	StateDir     statedir.Dir
	Host         string // of this process's own events
	Set          statedir.ConsumerSet
	Streams      []stream.Stream
	Log          locallog.Options
	Relays       []relay.Options
	Collect      *collector.Options // nil: nothing is collected
	MaxSpool     int64              // bytes; 0: no limit
	KeepAll      bool               // intakes stop reading above MaxSpool, and nothing is given up
	Sync         time.Duration      // 0: never
	DrainTimeout time.Duration      // how long an end may take
	Timing       Timing
	Version      string // of the program; empty: a deliverer that is not the service does not tell of its begin
	ConfigSum    string // SHA-256 of the configuration file, hexadecimal; empty: there is none
	Cards        string // what is done about card numbers, as the configuration says

	Info      status.Delivery          // for status: Version, Since, Config and Loaded
	Listeners func() []status.Listener // for status; nil: there are none
	Rejected  func() string            // for status: Delivery.Rejected; nil: the configuration was not rejected

	// Changed, if not nil, is called once a second, and reports whether the configuration has
	// changed: then the deliverer ends in good order, and another one takes over. An error says
	// that the changed configuration cannot be used: it becomes an event.
	Changed func() (bool, error)
}

// ErrDelivering: another process delivers from the state directory.
var ErrDelivering = errors.New("another process delivers")

// ErrChanged: the configuration has changed, and another deliverer is to take over.
var ErrChanged = errors.New("the configuration has changed")

// errHandOver: the service is there, and delivers from now on.
var errHandOver = errors.New("the service takes over")

package objects

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/objects/form"
)

// Kind is the store "object store with lock".
var Kind = &transport.Kind{Schemes: []string{"s3"}, New: New, Examine: Examine, Fetch: Fetch}

const (
	batchSize = 256 << 10
	maxDays   = 36500
)

// Transport makes sessions to a bucket. It remembers the last number that it has seen, so that the next session looks
// behind that.
type Transport struct {
	server  transport.Server
	options transport.Options
	known   int64
	adjust  func(*s3.Options) // of tests, which have no other way to a wrong clock; nil: nothing
}

// New checks options; it connects to nothing, and reads no file.
func New(s transport.Server, o transport.Options) (transport.Transport, error) {
	return newTransport(s, o)
}

func newTransport(s transport.Server, o transport.Options) (*Transport, error) {
	if s.Host == "" {
		return nil, fmt.Errorf("%s: the bucket is missing", s)
	}
	if err := form.CheckPrefix(s.Path); err != nil {
		return nil, fmt.Errorf("%q: %w", s.String(), err)
	}
	if days := o.Store.S3.LockDays; days < 1 || days > maxDays {
		return nil, fmt.Errorf("%s: a lock of %d days: 1 to %d are possible", s, days, maxDays)
	}
	if err := checkEndpoint(o.Store.S3.Endpoint); err != nil {
		return nil, err
	}
	return &Transport{server: s, options: o}, nil
}

func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "") {
		err = errors.New("a URL like https://s3.example.com is expected")
	}
	if err != nil {
		return fmt.Errorf("endpoint %q: %w", endpoint, err)
	}
	return nil
}

// Dial finds out whether objects can be written, with their lock, and where the series ends. ConnectTimeout is for
// each of its requests.
func (t *Transport) Dial(ctx context.Context) (transport.Session, error) {
	of, err := form.SeriesOf(t.options.Store.Series)
	if err != nil {
		return nil, err
	}
	b, err := openBucket(ctx, t.server, t.options, t.adjust)
	if err != nil {
		return nil, err
	}
	s := newSession(b, of, &t.known)
	if err := s.begin(ctx); err != nil {
		b.close()
		return nil, err
	}
	return s, nil
}

// Rewinds: a store that is restored from a copy has lost what came later.
func (t *Transport) Rewinds() bool  { return true }
func (t *Transport) BatchSize() int { return batchSize }
func (t *Transport) String() string { return t.server.String() }

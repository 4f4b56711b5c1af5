package objects

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"

	"httpd-syslog/forwarder/transport"
)

// bucket is one as its store's client sees it. Its methods are for one goroutine at a time.
type bucket struct {
	name, prefix string
	options      *transport.Options
	client       *s3.Client
	wire         *wire
}

const (
	// anyRegion is for stores of one's own, most of which do not care.
	anyRegion = "us-east-1"
	// defaultConnect is for callers that set no time.
	defaultConnect = 10 * time.Second
)

// openBucket reads settings and credentials where the SDK finds them, anew for each session: new ones are taken up. Only
// where a role has to be taken on, or a machine asked for its own, does that connect to something.
func openBucket(ctx context.Context, s transport.Server, o transport.Options, adjust func(*s3.Options)) (*bucket, error) {
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = defaultConnect
	}
	load := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})}
	own := o.Store.S3
	if own.Region != "" {
		load = append(load, config.WithRegion(own.Region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, &Error{"the settings of the AWS tools cannot be read: " + printable(oneLine(err.Error())), err}
	}
	if cfg.Region == "" && own.Endpoint != "" {
		cfg.Region = anyRegion
	}
	b := &bucket{name: s.Host, prefix: s.Path, options: &o, wire: newWire(&o)}
	b.client = s3.NewFromConfig(cfg, func(c *s3.Options) {
		c.HTTPClient = b.wire
		c.Retryer = aws.NopRetryer{} // who calls tries again, and says so
		c.UsePathStyle = own.PathStyle
		c.DisableClockSkewCorrection = true // a wrong clock makes wrong locks: it is told
		c.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		c.DisableLogOutputChecksumValidationSkipped = true
		if own.Endpoint != "" {
			c.BaseEndpoint = &own.Endpoint
		}
		if adjust != nil {
			adjust(c)
		}
	})
	return b, nil
}

func (b *bucket) close() { b.wire.transport.CloseIdleConnections() }

// within bounds one of the requests that are made before a session is there.
func (b *bucket) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, b.options.ConnectTimeout, errConnectTimeout)
}

// isVersioned reports whether the bucket keeps all versions of an object.
func (b *bucket) isVersioned(ctx context.Context) (bool, error) {
	ctx, stop := b.within(ctx)
	defer stop()
	v, err := b.client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &b.name})
	if err != nil {
		return false, b.explain(ctx, "s3:GetBucketVersioning", err)
	}
	return v.Status == types.BucketVersioningStatusEnabled, nil
}

// lockRule is the configuration of locks; nil: there is none.
func (b *bucket) lockRule(ctx context.Context) (*types.ObjectLockConfiguration, error) {
	ctx, stop := b.within(ctx)
	defer stop()
	l, err := b.client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &b.name})
	switch {
	case err != nil && codeOf(err) == "ObjectLockConfigurationNotFoundError":
		return nil, nil
	case err != nil:
		return nil, b.explain(ctx, "s3:GetBucketObjectLockConfiguration", err)
	case l.ObjectLockConfiguration == nil || l.ObjectLockConfiguration.ObjectLockEnabled != types.ObjectLockEnabledEnabled:
		return nil, nil
	}
	return l.ObjectLockConfiguration, nil
}

// check is wrong about a bucket in which objects would not be kept.
func (b *bucket) check(ctx context.Context) error {
	versioned, err := b.isVersioned(ctx)
	if err != nil {
		return err
	}
	if err := b.wire.wrongClock(); err != nil {
		return err
	}
	lock, err := b.lockRule(ctx)
	switch {
	case err != nil:
		return err
	case !versioned:
		return b.lacking("does not keep versions", b.versioningCommand())
	case lock == nil:
		return b.lacking("has no object lock", b.lockCommand())
	}
	return nil
}

var _ s3.HTTPClient = (*wire)(nil)

// Do makes a request. It notes by how much the store's clock differs from ours.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	begun := time.Now()
	response, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	w.noteClock(response.Header.Get("Date"), begun, time.Now())
	return response, nil
}

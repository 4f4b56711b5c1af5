package objects

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"httpd-syslog/forwarder/transport"
)

const (
	contentType = "application/gzip"
	// conflicts is how often a number is tried that the store says somebody else is writing to (409).
	conflicts     = 4
	conflictPause = 200 * time.Millisecond
)

// put puts an object where none is. ErrOvertaken: there is one.
func (b *bucket) put(ctx context.Context, key string, o *object) error {
	pause := conflictPause
	for try := 1; ; try++ {
		err := b.putOnce(ctx, key, o)
		switch {
		case err == nil:
			return nil
		case statusOf(err) == http.StatusPreconditionFailed:
			return transport.ErrOvertaken
		case statusOf(err) != http.StatusConflict || try == conflicts:
			return b.explain(ctx, "s3:PutObject and s3:PutObjectRetention", err)
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *bucket) putOnce(ctx context.Context, key string, o *object) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket:                    &b.name,
		Key:                       &key,
		Body:                      o.reader(),
		ContentLength:             &o.length,
		ContentType:               aws.String(contentType),
		ChecksumSHA256:            aws.String(base64.StdEncoding.EncodeToString(o.sum[:])),
		IfNoneMatch:               aws.String("*"),
		ObjectLockMode:            b.mode(),
		ObjectLockRetainUntilDate: aws.Time(b.until()),
	})
	return err
}

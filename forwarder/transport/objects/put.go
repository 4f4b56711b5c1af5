package objects

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/objects/form"
)

const (
	contentType = "application/gzip"
	// conflicts is how often a number is tried that the store says somebody else is writing to (409).
	conflicts     = 4
	conflictPause = 200 * time.Millisecond
)

// put puts an object where none is. ErrOvertaken: there is one.
func (b *bucket) put(ctx context.Context, key string, o *form.Object) error {
	pause := conflictPause
	for try := 1; ; try++ {
		err := b.putOnce(ctx, key, o)
		switch {
		case err == nil:
			return nil
		case statusOf(err) == http.StatusPreconditionFailed:
			return b.overtaken(ctx, key)
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

// overtaken is the error of a number that is taken. Where the object cannot be seen, everybody who writes to the series
// would try its number again and again.
func (b *bucket) overtaken(ctx context.Context, key string) error {
	if _, _, err := b.readHead(ctx, key); err != errGone {
		return transport.ErrOvertaken
	}
	return &Error{text: fmt.Sprintf("somebody has deleted %s, and the store lets nobody write there: find the delete marker (%s), who made it, and remove it (%s)", b.at(key),
		b.command("list-object-versions", "--prefix", shellQuoted(key)), b.command("delete-object", "--key", shellQuoted(key), "--version-id", "ID"))}
}

func (b *bucket) putOnce(ctx context.Context, key string, o *form.Object) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket:                    &b.name,
		Key:                       &key,
		Body:                      o.Reader(),
		ContentLength:             &o.Length,
		ContentType:               aws.String(contentType),
		ChecksumSHA256:            aws.String(base64.StdEncoding.EncodeToString(o.Sum[:])),
		IfNoneMatch:               aws.String("*"),
		ObjectLockMode:            b.mode(),
		ObjectLockRetainUntilDate: aws.Time(b.until()),
	})
	return err
}

package objects

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// until is when the lock of an object ends that is put now.
func (b *bucket) until() time.Time {
	return time.Now().UTC().Truncate(time.Second).AddDate(0, 0, b.options.Store.S3.LockDays)
}

// mode is that of the lock.
func (b *bucket) mode() types.ObjectLockMode {
	if b.options.Store.S3.Governance {
		return types.ObjectLockModeGovernance
	}
	return types.ObjectLockModeCompliance
}

// retention is the lock of a version of an object; nil: it has none. version nil: the newest.
func (b *bucket) retention(ctx context.Context, key string, version *string) (*types.ObjectLockRetention, error) {
	answer, err := b.client.GetObjectRetention(ctx, &s3.GetObjectRetentionInput{Bucket: &b.name, Key: &key, VersionId: version})
	switch {
	case err != nil && codeOf(err) == "NoSuchObjectLockConfiguration":
		return nil, nil
	case err != nil:
		return nil, err
	case answer.Retention == nil || answer.Retention.RetainUntilDate == nil:
		return nil, nil
	}
	return answer.Retention, nil
}

// lockAgain gives an object a lock if it has none: a store that died when it had the object and not yet its lock has left
// it so. A key that may not see locks does not need to.
func (b *bucket) lockAgain(ctx context.Context, key string) error {
	ctx, stop := b.within(ctx)
	defer stop()
	lock, err := b.retention(ctx, key, nil)
	switch {
	case statusOf(err) == http.StatusForbidden:
		return nil
	case err != nil:
		return b.explain(ctx, "s3:GetObjectRetention", err)
	case lock != nil:
		return nil
	}
	_, err = b.client.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
		Bucket:    &b.name,
		Key:       &key,
		Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionMode(b.mode()), RetainUntilDate: aws.Time(b.until())},
	})
	if err != nil {
		return b.explain(ctx, "s3:PutObjectRetention", err)
	}
	return nil
}

package objects

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"httpd-syslog/forwarder/transport"
)

// tellSkew is how much clocks may differ before Examine says so: times of messages are evidence.
const tellSkew = time.Minute

// Examine reads how a bucket is set up. It needs a key that may do what Dial does.
func Examine(ctx context.Context, s transport.Server, o transport.Options) ([]string, error) {
	if _, err := newTransport(s, o); err != nil {
		return nil, err
	}
	b, err := openBucket(ctx, s, o, nil)
	if err != nil {
		return nil, err
	}
	defer b.close()
	return b.examine(ctx)
}

func (b *bucket) examine(ctx context.Context) (all []string, err error) {
	versioned, err := b.isVersioned(ctx)
	if err != nil {
		return nil, err
	}
	if !versioned {
		all = append(all, b.lacking("does not keep versions", b.versioningCommand()).Error())
	}
	rule, err := b.lockRule(ctx)
	if err != nil {
		return nil, err
	}
	if rule == nil {
		all = append(all, b.lacking("has no object lock", b.lockCommand()).Error())
	} else {
		all = append(all, b.examineDefault(rule.Rule)...)
	}
	all = append(all, b.examineOwn()...)
	deletes, err := b.mayDelete(ctx)
	if err != nil {
		return nil, err
	}
	if deletes {
		all = append(all, fmt.Sprintf("the key may delete versions of objects, and so may who breaks into this machine, once a lock has ended or where there is none: take s3:DeleteObject, s3:DeleteObjectVersion and s3:BypassGovernanceRetention from its policy (aws iam put-user-policy …), or deny them to it: %s", b.denyCommand()))
	}
	if skew := time.Duration(b.wire.skew.Load()); skew.Abs() >= tellSkew {
		all = append(all, skewText(skew))
	}
	return all, nil
}

// examineDefault is about the lock that objects get which come without one of their own.
func (b *bucket) examineDefault(rule *types.ObjectLockRule) []string {
	if rule == nil || rule.DefaultRetention == nil || rule.DefaultRetention.Mode == "" {
		return []string{fmt.Sprintf("the bucket %s has no default retention: what comes without a lock of its own, as a second version of an object may, has none: %s", quote(b.name), b.lockCommand())}
	}
	d := rule.DefaultRetention
	days := aws.ToInt32(d.Days) + goodDays*aws.ToInt32(d.Years)
	if d.Mode != types.ObjectLockRetentionModeCompliance && !b.options.Store.S3.Governance || days < goodDays {
		return []string{fmt.Sprintf("the default retention of the bucket %s is %d days, %s: %s", quote(b.name), days, printable(string(d.Mode)), b.lockCommand())}
	}
	return nil
}

// examineOwn is about the locks that objects get from us.
func (b *bucket) examineOwn() (all []string) {
	own := b.options.Store.S3
	if own.Governance {
		all = append(all, `lock = "governance": who may s3:BypassGovernanceRetention may delete objects before their time: set lock = "compliance", which nobody can undo`)
	}
	if own.LockDays < goodDays {
		all = append(all, fmt.Sprintf("days = %d: objects may be deleted before %d days are over, for which PCI DSS 10.5.1 wants logs kept: set days = %d", own.LockDays, goodDays, goodDays))
	}
	return all
}

// mayDelete finds out whether the key may delete versions, by trying to delete one that is not there of an object that is
// not there: that changes nothing, and makes no delete marker.
func (b *bucket) mayDelete(ctx context.Context) (bool, error) {
	ctx, stop := b.within(ctx)
	defer stop()
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{
		Bucket:    &b.name,
		Key:       aws.String(path.Join(b.prefix, "httpd_syslog-check-no-such-object")),
		VersionId: aws.String("null"),
	})
	switch statusOf(err) {
	case 0:
		if err != nil {
			return false, b.explain(ctx, "", err)
		}
		return true, nil
	case http.StatusNotFound:
		return true, nil
	}
	return false, nil // it may not, or the store does not tell
}

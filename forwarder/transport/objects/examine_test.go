package objects

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"httpd-syslog/forwarder/testbed/s3bed"
	"httpd-syslog/forwarder/transport"
)

// examined are the complaints about a bucket, for a key.
func examined(t *testing.T, tr *Transport) []string {
	t.Helper()
	b, err := openBucket(t.Context(), tr.server, tr.options, tr.adjust)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	all, err := b.examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func complain(t *testing.T, all []string, want ...string) {
	t.Helper()
	if len(all) != len(want) {
		t.Errorf("%d complaints, not %d: %q", len(all), len(want), all)
	}
	for _, w := range want {
		if !strings.Contains(strings.Join(all, "\n"), w) {
			t.Errorf("no complaint %q in %q", w, all)
		}
	}
}

const (
	noDefault = `has no default retention: what comes without a lock of its own`
	lockWith  = `aws s3api put-object-lock-configuration --bucket evidence --endpoint-url `
	tooMuch   = `the key may delete versions of objects`
)

// TestExamine: what is not good for evidence, and the command that mends it.
func TestExamine(t *testing.T) {
	t.Parallel()
	store := s3bed.Empty(t)
	tr := to(t, store.Endpoint())
	tr.options.Store.S3.LockDays = goodDays
	if _, err := Examine(t.Context(), tr.server, tr.options); err == nil {
		t.Error("a bucket that is not there is not complained about")
	} else {
		says(t, err, "there is no bucket")
	}
	bucket := aws.String(s3bed.Bucket)
	if _, err := store.Client().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	complain(t, examined(t, tr), "does not keep versions, so that objects could be changed and deleted: aws s3api put-bucket-versioning", "has no object lock", tooMuch)
	enabled := &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}
	if _, err := store.Client().PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: enabled}); err != nil {
		t.Fatal(err)
	}
	configure := func(d *types.DefaultRetention) {
		t.Helper()
		c := &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled}
		if d != nil {
			c.Rule = &types.ObjectLockRule{DefaultRetention: d}
		}
		if _, err := store.Client().PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: bucket, ObjectLockConfiguration: c}); err != nil {
			t.Fatal(err)
		}
	}
	configure(nil)
	complain(t, examined(t, tr), noDefault, tooMuch)
	if all := strings.Join(examined(t, tr), "\n"); !strings.Contains(all, lockWith) || !strings.Contains(all, `'{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"COMPLIANCE","Days":365}}}'`) {
		t.Errorf("no command in\n%s", all)
	}
	configure(&types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Days: aws.Int32(30)})
	complain(t, examined(t, tr), "the default retention of the bucket \"evidence\" is 30 days, COMPLIANCE", tooMuch)
	configure(&types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Years: aws.Int32(1)})
	complain(t, examined(t, tr), "is 365 days, GOVERNANCE", tooMuch)
	configure(&types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Years: aws.Int32(1)})
	complain(t, examined(t, tr), tooMuch)
	tr.options.Store.S3.LockDays, tr.options.Store.S3.Governance = 30, true
	complain(t, examined(t, tr), "days = 30: objects may be deleted before 365 days are over", `set lock = "compliance"`, tooMuch)
	p := s3bed.NewProxy(t, store, nil, func(r *http.Response) error {
		r.Header.Set("Date", time.Now().Add(-5*time.Minute).UTC().Format(http.TimeFormat))
		return nil
	})
	ahead := to(t, p.URL)
	ahead.options.Store.S3.LockDays = goodDays
	all := examined(t, ahead)
	complain(t, all, tooMuch, "minutes ahead of the store's")
	if got := versions(t, store); got != 0 {
		t.Errorf("the examination has left %d versions or delete markers", got)
	}
}

func versions(t *testing.T, store *s3bed.Store) int {
	t.Helper()
	answer, err := store.Client().ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: aws.String(s3bed.Bucket)})
	if err != nil {
		t.Fatal(err)
	}
	return len(answer.Versions) + len(answer.DeleteMarkers)
}

// needed is what a web server's key must be allowed, with what is said where it is not. packaging/doc/s3.md has the
// same list.
var needed = map[string]string{
	"s3:ListBucket":                       "allow it s3:ListBucket",
	"s3:GetBucketVersioning":              "allow it s3:GetBucketVersioning",
	"s3:GetBucketObjectLockConfiguration": "allow it s3:GetBucketObjectLockConfiguration",
	"s3:GetObject":                        "allow it s3:GetObject",
	"s3:PutObject":                        "allow it s3:PutObject and s3:PutObjectRetention",
	"s3:PutObjectRetention":               "", // this store does not ask for it; S3 of AWS does
	"s3:GetObjectRetention":               "", // without it an object that a store has left without a lock stays so
}

// TestPolicy: a key with the policy of the page may do what is needed, and cannot delete; without one of its rights the
// error says which one.
func TestPolicy(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	store.User(t, "web1", "web1secretsecret")
	allow := func(but string) {
		t.Helper()
		var actions []string
		for a := range needed {
			if a != but {
				actions = append(actions, `"`+a+`"`)
			}
		}
		policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+
			`{"Effect":"Allow","Principal":{"AWS":["web1"]},"Action":[%s],"Resource":["arn:aws:s3:::evidence"]},`+
			`{"Effect":"Allow","Principal":{"AWS":["web1"]},"Action":[%s],"Resource":["arn:aws:s3:::evidence/logs/*"]}]}`,
			strings.Join(only(actions, "Bucket"), ","), strings.Join(only(actions, "Object"), ","))
		if _, err := store.Client().PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String(s3bed.Bucket), Policy: &policy}); err != nil {
			t.Fatal(err)
		}
	}
	tr := to(t, store.Endpoint())
	tr.adjust = func(o *s3.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider("web1", "web1secretsecret", "")
	}
	tr.options.Store.S3.LockDays = goodDays
	allow("")
	appendAll(t, dial(t, tr), "mark 1", line(1))
	appendAll(t, dial(t, tr), "mark 2", line(2))
	complain(t, examined(t, tr), noDefault)
	if locked(t, store, key(2)) == nil {
		t.Error("the object has no lock")
	}
	for action, want := range needed {
		allow(action)
		s, err := tr.Dial(t.Context())
		if err == nil {
			b := []byte(line(3))
			err = s.Send(b, []int{len(b)}, noWait)
			if err == nil {
				err = s.(transport.Store).Append([]byte("mark "+action), noWait)
			}
			transport.Abandon(s)
		}
		if want == "" && err == nil {
			continue
		}
		says(t, err, want)
	}
}

// only are actions on buckets, or on objects.
func only(actions []string, what string) (some []string) {
	for _, a := range actions {
		onBucket := strings.Contains(a, "Bucket")
		if onBucket == (what == "Bucket") {
			some = append(some, a)
		}
	}
	return some
}

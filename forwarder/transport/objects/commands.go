package objects

import (
	"fmt"
	"strings"
)

// command is one of the AWS CLI, for the store at hand.
func (b *bucket) command(verb string, arguments ...string) string {
	all := []string{"aws", "s3api", verb, "--bucket", shellQuoted(b.name)}
	if e := b.options.Store.S3.Endpoint; e != "" {
		all = append(all, "--endpoint-url", shellQuoted(e))
	}
	return strings.Join(append(all, arguments...), " ")
}

func (b *bucket) createCommand() string {
	return b.command("create-bucket", "--object-lock-enabled-for-bucket")
}

func (b *bucket) versioningCommand() string {
	return b.command("put-bucket-versioning", "--versioning-configuration", "Status=Enabled")
}

func (b *bucket) lockCommand() string {
	return b.command("put-object-lock-configuration", "--object-lock-configuration",
		fmt.Sprintf(`'{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"%s","Days":%d}}}'`, b.mode(), max(goodDays, b.options.Store.S3.LockDays)))
}

// denyCommand keeps everybody from deleting; what a lifecycle rule removes when its lock has ended is not subject to it.
func (b *bucket) denyCommand() string {
	return b.command("put-bucket-policy", "--policy", shellQuoted(fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:DeleteObject","s3:DeleteObjectVersion","s3:BypassGovernanceRetention"],"Resource":"arn:aws:s3:::%s/*"}]}`, b.name)))
}

// goodDays is how long logs have to be kept (PCI DSS 10.5.1: 12 months).
const goodDays = 365

// shellQuoted is an argument as a shell reads it back.
func shellQuoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/:") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

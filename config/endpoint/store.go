package endpoint

import (
	"fmt"
	"strings"

	"httpd-syslog/config/strict"
)

// IsStore reports whether the server keeps entries, each behind the last: nats, nats+tls and s3.
func (e Endpoint) IsStore() bool { return e.IsNATS() || e.Scheme == "s3" }

// IsNATS reports whether the server is one of NATS JetStream.
func (e Endpoint) IsNATS() bool { return e.Scheme == "nats" || e.Scheme == "nats+tls" }

const (
	minBucket = 3
	maxBucket = 63
	maxPrefix = 512
)

// parseBucket reads BUCKET[/PREFIX].
func parseBucket(rest string) (Endpoint, error) {
	bucket, prefix, _ := strings.Cut(rest, "/")
	prefix = strings.Trim(prefix, "/")
	if len(bucket) < minBucket || len(bucket) > maxBucket || !strict.Plain(bucket) || strings.ToLower(bucket) != bucket || strings.ContainsAny(bucket, "_") {
		return Endpoint{}, fmt.Errorf("%s is not a bucket (3 to 63 of the characters a-z 0-9 . -; write s3://BUCKET/PREFIX)", strict.Quote(bucket))
	}
	for part := range strings.SplitSeq(prefix, "/") {
		if prefix != "" && (part == "" || len(prefix) > maxPrefix || !strict.Plain(part) || part == "." || part == "..") {
			return Endpoint{}, fmt.Errorf("%s is not a prefix (1 to 512 of the characters A-Z a-z 0-9 . _ - in parts with a slash between two)", strict.Quote(prefix))
		}
	}
	return Endpoint{Scheme: "s3", Host: bucket, Path: prefix}, nil
}

package objects

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
)

// answerOf is an answer of a store as the SDK has it.
func answerOf(status int, code, message string, header http.Header) error {
	response := &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: header}}
	return &smithy.OperationError{ServiceID: "S3", OperationName: "PutObject", Err: &smithyhttp.ResponseError{
		Response: response, Err: &smithy.GenericAPIError{Code: code, Message: message},
	}}
}

// TestWhatAStoreSays: each answer is told with what to do about it, and with the store's own words, whatever those do
// to a terminal.
func TestWhatAStoreSays(t *testing.T) {
	t.Parallel()
	b := &bucket{name: "logs", options: &transport.Options{}, wire: &wire{}}
	const region, token, changes, moved, within = "is in another region", "have expired", "something on the way changes it", "sends us elsewhere", "something is wrong within the store"
	for _, tt := range []struct {
		code   string
		status int
		want   string
	}{
		{"NoSuchBucket", 404, `there is no bucket "logs": create it, with object lock (`},
		{"PermanentRedirect", 301, region}, {"AuthorizationHeaderMalformed", 400, region}, {"IllegalLocationConstraintException", 400, region}, {"MovedPermanently", 301, region},
		{"InvalidAccessKeyId", 403, "does not know the access key"}, {"SignatureDoesNotMatch", 403, "correct AWS_SECRET_ACCESS_KEY"},
		{"ExpiredToken", 400, token}, {"TokenRefreshRequired", 400, token}, {"InvalidToken", 400, token},
		{"RequestTimeTooSkewed", 403, "the clock of this machine"}, {"RequestExpired", 403, "the clock of this machine"}, {"RequestInTheFuture", 403, "the clock of this machine"},
		{"BadDigest", 400, changes}, {"XAmzContentSHA256Mismatch", 400, changes}, {"InvalidDigest", 400, changes}, {"IncompleteBody", 400, changes},
		{"NotImplemented", 501, "cannot do what keeps objects"}, {"RequestTimeout", 400, "the network is too slow"},
		{"AccessDenied", 403, "the key may not do it: allow it s3:PutObject"}, {"", 401, "the key may not do it: allow it s3:PutObject"},
		{"SlowDown", 503, "asks for fewer requests"}, {"", 429, "asks for fewer requests"}, {"", 409, "somebody else writes to the same object"}, {"", 507, "the store is full"},
		{"InternalError", 500, within}, {"", 502, within}, {"", 504, within}, {"", 301, moved}, {"", 302, moved}, {"", 307, moved}, {"", 308, moved}, {"NoSuchKey", 404, "it is not there"},
		{"Odd", 418, "the store does not do it"}, {"InvalidRequest", 400, "the store does not do it"},
	} {
		err := answerOf(tt.status, tt.code, "no\x1b[2J", nil)
		if codeOf(err) != tt.code || statusOf(err) != tt.status {
			t.Errorf("%s %d is read as %s %d", tt.code, tt.status, codeOf(err), statusOf(err))
		}
		got := b.explain(t.Context(), "s3:PutObject", err)
		if !strings.Contains(got.Error(), tt.want) || !strings.HasSuffix(got.Error(), fmt.Sprintf(` (the store says %d "%s" "no\x1b[2J")`, tt.status, tt.code)) || !errors.Is(got, err) {
			t.Errorf("%s %d: %v, want %q", tt.code, tt.status, got, tt.want)
		}
	}
	for _, code := range []string{"InvalidRequest", "ObjectLockConfigurationNotFoundError", "MissingObjectLockConfiguration"} {
		if got := b.explain(t.Context(), "", answerOf(400, code, "Bucket is missing Object Lock Configuration", nil)); !strings.Contains(got.Error(), `the bucket "logs" has no object lock, so that objects could be changed and deleted: `) {
			t.Errorf("%s: %v", code, got)
		}
	}
	elsewhere := answerOf(301, "PermanentRedirect", "", http.Header{"X-Amz-Bucket-Region": {"eu-north-1"}})
	if got := b.explain(t.Context(), "", elsewhere); !strings.HasPrefix(got.Error(), `the bucket "logs" is in another region, "eu-north-1": correct region (the store says 301 "PermanentRedirect")`) {
		t.Errorf("%v", got)
	}
}

// TestNoAnswer: what happens before there is an answer is told without what the SDK puts before it.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	b := &bucket{name: "logs", options: &transport.Options{}, wire: &wire{}}
	over := func(err error) error {
		return &smithy.OperationError{ServiceID: "S3", OperationName: "PutObject", Err: &url.Error{Op: "Put", URL: "http://store/logs/x?id=1", Err: err}}
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{over(io.EOF), "the store has ended the connection, and has not answered"},
		{over(io.ErrUnexpectedEOF), "the store has ended the connection, and has not answered"},
		{over(errors.New("http: server closed idle connection")), "the store has ended the connection, and has not answered"},
		{over(unix.ETIMEDOUT), "what is sent to the store does not arrive: "},
		{over(os.ErrDeadlineExceeded), "what is sent to the store does not arrive: "},
		{over(errors.New("http: server gave HTTP response to HTTPS client")), "the store does not speak TLS on this port: "},
		{over(unix.ECONNREFUSED), "connection refused"},
		{&smithy.OperationError{Err: errors.New("region must be set")}, "no region is set, or none that could be: "},
		{&smithy.OperationError{Err: errors.New("Invalid region: x")}, "no region is set, or none that could be: "},
		{&smithy.OperationError{Err: &smithy.DeserializationError{Err: io.EOF}}, "what the store says cannot be read: "},
		{errors.New("get identity: get credentials: no such\nprofile\x1b, operation error STS, 17"), `there are no credentials that can be used: `},
		{&Error{"known", nil}, "known"},
	} {
		got := b.explain(t.Context(), "s3:PutObject", tt.err)
		if !strings.HasPrefix(got.Error(), tt.want) || strings.Contains(got.Error(), "id=1") || strings.ContainsAny(got.Error(), "\n\x1b") || strings.Contains(got.Error(), "17") {
			t.Errorf("%v: %v, want %s", tt.err, got, tt.want)
		}
	}
	if got := b.explain(t.Context(), "", over(&trust.Error{})); !strings.Contains(errorType(got), "trust.Error") {
		t.Errorf("%v", got)
	}
}

// errorType is the type of the error that all others are about.
func errorType(err error) string {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return fmt.Sprintf("%T", err)
}

// TestOddities are bounded, and what is beyond is counted; keys do nothing to a terminal.
func TestOddities(t *testing.T) {
	t.Parallel()
	var o oddities
	for i := range maxOddities + 7 {
		o.tell("key\x1b", "is the %dth", i)
		if n := len(o.told()); n != min(i+1, maxOddities+1) {
			t.Fatalf("%d are told of %d", n, i+1)
		}
	}
	all := o.told()
	if first := all[0]; first.Where != `key\x1b` || first.What != "is the 0th" {
		t.Errorf("%+v", first)
	}
	if last := all[maxOddities]; last.Where != "the bucket" || last.What != "has 7 more of such" {
		t.Errorf("%+v", last)
	}
	if long := quote(strings.Repeat("x", 1000)); len(long) != maxQuoted+2 {
		t.Errorf("%d bytes are quoted", len(long))
	}
}

// TestShellQuoted: an argument of a command that people copy is one word to a shell, whatever is in it.
func TestShellQuoted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"evidence": "evidence", "https://s3.example.com:9000/a_b-c.d": "https://s3.example.com:9000/a_b-c.d",
		"": "''", "a b": "'a b'", "$(reboot)": "'$(reboot)'", "it's": `'it'\''s'`, "a;b": "'a;b'", "\u00e4": "'\u00e4'",
	} {
		if got := shellQuoted(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
)

// Error says why a store does not do what it is asked for, and what to do. It has printable characters alone, whatever the
// store says, and says the same when the same happens again.
type Error struct {
	text string
	err  error // nil: there is none below it
}

func (e *Error) Error() string { return e.text }
func (e *Error) Unwrap() error { return e.err }

var errConnectTimeout = errors.New("the store has not answered within connect_timeout: it is overloaded, or packets get lost on the way")

// codeOf is the store's own name for an error; empty: it has not said one.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// statusOf is the status of the answer that an error is; 0: there was no answer.
func statusOf(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		return response.HTTPStatusCode()
	}
	return 0
}

// explain puts an error into words. action is what the key must be allowed to do for it.
func (b *bucket) explain(ctx context.Context, action string, err error) error {
	var known *Error
	var unproven *trust.Error
	var garbled *smithy.DeserializationError
	switch {
	case errors.As(err, &known), errors.As(err, &unproven):
	case ctx.Err() == nil && strings.Contains(err.Error(), "get identity: "):
		return explainCredentials(err) // the store was not asked yet
	case context.Cause(ctx) == errConnectTimeout:
		return &Error{errConnectTimeout.Error(), err}
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &garbled):
		return &Error{"what the store says cannot be read: this is no store that speaks S3, or something stands before it", err}
	case statusOf(err) != 0:
		return &Error{b.explainAnswer(action, err), err}
	}
	return explainLine(err)
}

// explainLine is about what happens before there is an answer. The SDK's words for that have what each
// error has anew.
func explainLine(err error) error {
	var way *url.Error
	var wait net.Error
	var operation *smithy.OperationError
	switch {
	case errors.As(err, &way):
		err = way.Err
	case errors.As(err, &operation):
		err = operation.Err
	}
	switch {
	case strings.Contains(err.Error(), "region must be set"), strings.Contains(err.Error(), "Invalid region"):
		return &Error{"no region is set, or none that could be: set region in [relay.s3], or AWS_REGION", err}
	case errors.As(err, &wait) && wait.Timeout() && strings.Contains(err.Error(), "awaiting response headers"):
		return &Error{"the store has the request and does not answer: it is overloaded or stuck", err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed idle connection"):
		return &Error{"the store has ended the connection, and has not answered", io.ErrUnexpectedEOF}
	case errors.Is(err, unix.ETIMEDOUT), errors.Is(err, os.ErrDeadlineExceeded):
		return &Error{"what is sent to the store does not arrive: the network is down or too slow, or packets get lost on the way", err}
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return &Error{"the store does not speak TLS on this port: the endpoint may have to begin with http://", err}
	}
	var trouble *trust.Error
	if errors.As(err, &trouble) {
		return fmt.Errorf("TLS handshake: %w", trouble)
	}
	return transport.Reason(err)
}

// explainCredentials is about credentials, which the SDK looks for in many places.
func explainCredentials(err error) error {
	_, text, _ := strings.Cut(oneLine(err.Error()), "get credentials: ")
	text, _, _ = strings.Cut(text, ", operation error") // what comes behind is another one each time
	text = quote(text)
	if code := codeOf(err); code != "" {
		text += ", " + quote(code)
	}
	return &Error{"there are no credentials that can be used: give the service AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a file by AWS_SHARED_CREDENTIALS_FILE, or its machine a role (" + text + ")", err}
}

// explainAnswer says what the store's answer means. What the store says is quoted behind that.
func (b *bucket) explainAnswer(action string, err error) string {
	code, status := codeOf(err), statusOf(err)
	said := quote(code)
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorMessage() != "" {
		said += " " + quote(api.ErrorMessage())
	}
	text := b.words(action, code, status, err)
	if text == "" {
		text = "the store does not do it"
	}
	return fmt.Sprintf("%s (the store says %d %s)", text, status, said)
}

func (b *bucket) words(action, code string, status int, err error) string {
	switch code {
	case "NoSuchBucket":
		return fmt.Sprintf("there is no bucket %s: create it, with object lock (%s), or correct the address, the region or the endpoint", quote(b.name), b.createCommand())
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "MovedPermanently":
		return fmt.Sprintf("the bucket %s is in another region%s: correct region", quote(b.name), regionOf(err))
	case "InvalidAccessKeyId":
		return "the store does not know the access key: it was deleted, or is for another store"
	case "SignatureDoesNotMatch":
		return "the secret key is not the one of the access key, or something on the way changes requests: correct AWS_SECRET_ACCESS_KEY"
	case "ExpiredToken", "TokenRefreshRequired", "InvalidToken":
		return "the credentials have expired, or their token is not one of theirs: get new ones"
	case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
		return b.skewWords()
	case "InvalidRequest", "ObjectLockConfigurationNotFoundError", "MissingObjectLockConfiguration":
		if l := lockWords(err); l != "" {
			return b.lacking(l, b.lockCommand()).Error()
		}
	case "BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest", "IncompleteBody":
		return "what has arrived is not what was sent: something on the way changes it"
	case "NotImplemented":
		return "the store cannot do what keeps objects: If-None-Match, checksums of SHA-256, and locks of objects are needed"
	case "RequestTimeout":
		return "what was sent has not arrived in time: the network is too slow"
	}
	return byStatus(action, status)
}

func byStatus(action string, status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "the key may not do it: allow it " + action
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return "the store asks for fewer requests, or is overloaded: it is tried again, less often"
	case http.StatusConflict:
		return "somebody else writes to the same object again and again"
	case http.StatusInsufficientStorage:
		return "the store is full"
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return "something is wrong within the store, or before it: its log may say more"
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return "the store sends us elsewhere: correct the region or the endpoint"
	case http.StatusNotFound:
		return "it is not there"
	}
	return ""
}

// lockWords is what a bucket lacks that an InvalidRequest is about.
func lockWords(err error) string {
	if text := strings.ToLower(err.Error()); strings.Contains(text, "lock") {
		return "has no object lock"
	}
	return ""
}

func (b *bucket) skewWords() string {
	if skew := time.Duration(b.wire.skew.Load()); skew.Abs() >= time.Minute {
		return skewText(skew)
	}
	return "the clock of this machine and the store's differ too much: set the one that is wrong, with chronyd or another client of NTP"
}

// regionOf is the region that a store names in its answer.
func regionOf(err error) string {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		if region := response.Response.Header.Get("x-amz-bucket-region"); region != "" {
			return ", " + quote(region)
		}
	}
	return ""
}

func (b *bucket) lacking(what, command string) error {
	return &Error{text: fmt.Sprintf("the bucket %s %s, so that objects could be changed and deleted: %s", quote(b.name), what, command)}
}

const maxQuoted = 300

// quote is what somebody else says, in quotation marks and without what does something to a terminal.
func quote(s string) string { return strconv.QuoteToASCII(s[:min(len(s), maxQuoted)]) }

// printable is the same without the marks.
func printable(s string) string {
	q := quote(s)
	return q[1 : len(q)-1]
}

// oneLine is an error's text without the line breaks that joined errors have.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

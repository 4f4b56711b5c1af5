package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"httpd-syslog/forwarder/trust"
)

// leastVersion is the first whose leaders do not judge an entry before they know what the former one had.
const leastVersion = "2.10.23"

// newEnough returns an error for a server that is too old, or does not say what it is.
func newEnough(i info) error {
	if !i.Headers || olderThan(i.Version, leastVersion) {
		return fmt.Errorf("the server is nats-server %q, which is too old to go by: it must be %s or newer", i.Version, leastVersion)
	}
	return nil
}

// olderThan compares versions by their first three numbers. One that cannot be read is older.
func olderThan(a, b string) bool {
	x, okA := numbers(a)
	y, _ := numbers(b)
	for i := range x {
		if okA && x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return !okA
}

func numbers(version string) (n [3]int, ok bool) {
	version, _, _ = strings.Cut(version, "-") // 2.11.0-RC.1
	parts := strings.Split(version, ".")
	if len(parts) != len(n) {
		return n, false
	}
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 {
			return n, false
		}
		n[i] = v
	}
	return n, true
}

// explainLogin says what a server has against us.
func explainLogin(err error, credentials string) error {
	text := strings.ToLower(err.Error())
	var unverified *trust.Error
	switch {
	case errors.As(err, &unverified), errors.Is(err, context.Canceled):
		return err
	case strings.Contains(text, "authorization violation") && credentials == "":
		return errors.New("the server wants to know who we are, and refuses us (Authorization Violation): set credentials in [relay.nats], or cert_file and key_file in [relay.tls] where it goes by certificates")
	case strings.Contains(text, "authorization violation"):
		return fmt.Errorf("the server does not accept us with the credentials of %s (Authorization Violation): its operator must know the account that has signed them, and they must not be revoked", credentials)
	case strings.Contains(text, "authentication expired"), strings.Contains(text, "authentication revoked"):
		return fmt.Errorf("the credentials of %s are not accepted any more: have new ones issued (%w)", credentials, clean(err))
	case strings.Contains(text, "account"), strings.Contains(text, "maximum"):
		return fmt.Errorf("the server refuses the connection (%w)", clean(err))
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout), strings.Contains(text, "i/o timeout"):
		return fmt.Errorf("the server has not let us in within connect_timeout: it is overloaded or stuck (%w)", err)
	case credentials != "" && strings.Contains(text, credentials):
		return fmt.Errorf("credentials: %w", err)
	}
	return clean(err)
}

// explainObjection is for what a server says against something that was sent.
func explainObjection(err error) error {
	err = clean(err)
	text := err.Error()
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return fmt.Errorf("the server objects: %w", err)
	}
	if _, subject, ok := strings.Cut(text, `"`); ok {
		subject, _, _ = strings.Cut(subject, `"`)
		may := "publish to"
		if strings.Contains(strings.ToLower(text), "subscription") {
			may = "subscribe to"
		}
		return &deniedError{may, subject}
	}
	return fmt.Errorf("the server does not permit it: %w", err)
}

// deniedError: a subject may not be published to or subscribed to.
type deniedError struct{ may, subject string }

func (e *deniedError) Error() string {
	return fmt.Sprintf("the server does not permit us to %s: allow that for our user (Permissions Violation)", e.what())
}

// what is what the user would have to be allowed.
func (e *deniedError) what() string { return fmt.Sprintf("%s %q", e.may, e.subject) }

// errNobody: nobody takes what is sent to a subject.
var errNobody = errors.New("nobody takes it")

var errNoJetStream = errors.New("there is no JetStream: enable it in nats-server.conf (jetstream), and for our account")

// statuses of answers without content.
const (
	statusNobody   = "503"
	statusNotFound = "404"
)

func isStatus(m *nats.Msg, status string) bool {
	return len(m.Data) == 0 && m.Header.Get("Status") == status
}

// apiError is an error as JetStream has it in its answers.
type apiError struct {
	Code        int    `json:"code"`
	ErrCode     int    `json:"err_code"`
	Description string `json:"description"`
}

// Numbers of errors of JetStream.
const (
	errResources         = 10002
	errNotAvailable      = 10008
	errNoResources       = 10023
	errNoMessage         = 10037
	errNotEnabledHere    = 10039
	errStorage           = 10047
	errTooLarge          = 10054
	errNoStream          = 10059
	errOtherStream       = 10060
	errWrongLast         = 10071
	errNotEnabled        = 10076
	errStoreFailed       = 10077
	errHeaderTooLarge    = 10097
	errSealed            = 10109
	errOffline           = 10118
	errLastNotReady      = 10163
	errWrongLastOnItsWay = 10164
	errTooMany           = 10167
)

// full are texts of errStoreFailed for a stream that takes no more.
var full = []string{"maximum bytes exceeded", "maximum messages exceeded", "maximum messages per subject exceeded"}

// explain makes an error of what JetStream has against something, in words that say what to do.
func (e *apiError) explain(stream string) error {
	is := func(text string) error {
		return fmt.Errorf("%s (%s, error %d)", text, quoted(e.Description), e.ErrCode)
	}
	for _, text := range full {
		if e.ErrCode == errStoreFailed && strings.Contains(e.Description, text) {
			return is(fmt.Sprintf("the stream %s is full, and keeps what it has: raise its limits (nats stream edit %s --max-bytes=… --max-msgs=… --max-msgs-per-subject=-1)", stream, stream))
		}
	}
	switch e.ErrCode {
	case errTooLarge, errHeaderTooLarge:
		return is(fmt.Sprintf("the stream %s does not take an entry of that size: nats stream edit %s --max-msg-size=-1", stream, stream))
	case errOtherStream:
		return is(fmt.Sprintf("another stream than %s takes the subject: correct stream or subject in [relay.nats]", stream))
	case errNoStream:
		return is(fmt.Sprintf("there is no stream %s in our account: make it, or correct stream in [relay.nats]", stream))
	case errNotEnabled, errNotEnabledHere:
		return is("there is no JetStream for us: enable it in nats-server.conf (jetstream), and for our account")
	case errNotAvailable, errLastNotReady, errOffline, errTooMany:
		return is(fmt.Sprintf("the stream %s is not available at the moment: too few of its servers are, or they choose a leader", stream))
	case errSealed:
		return is(fmt.Sprintf("the stream %s is sealed, and takes nothing any more: make another one", stream))
	case errResources, errNoResources, errStorage:
		return is("the server, or our account, has no room left: raise max_file_store or the account's limits, or give the disk more room")
	}
	return is("the stream " + stream + " does not take it")
}

// clean is an error that does nothing to a terminal, whatever a server has said.
func clean(err error) error {
	text := err.Error()
	if len(text) <= mostText && !strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return err
	}
	return fmt.Errorf("%s%w", quoted(text), silent{err})
}

// silent is an error that adds nothing to a text.
type silent struct{ err error }

func (silent) Error() string   { return "" }
func (e silent) Unwrap() error { return e.err }

const mostText = 300

// quoted is what a server says, so that it does nothing to a terminal.
func quoted(text string) string { return strconv.Quote(text[:min(len(text), mostText)]) }

package jetstream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
)

// TestVersions: a server must be as new as the first that does it right; what is no version is too old.
func TestVersions(t *testing.T) {
	t.Parallel()
	for version, good := range map[string]bool{
		"2.10.23": true, "2.10.24": true, "2.11.0": true, "2.11.0-RC.1": true, "3.0.0": true, "10.0.0": true, "2.10.22": false, "2.9.99": false,
		"1.99.99": false, "": false, "2.10": false, "2.10.23.1": false, "2.x.23": false, "2.10.-1": false, "v2.11.0": false,
	} {
		err := newEnough(info{Version: version, Headers: true})
		if (err == nil) != good || err != nil && !strings.Contains(err.Error(), fmt.Sprintf("%q", version)) {
			t.Errorf("%q: %v", version, err)
		}
	}
	if newEnough(info{Version: "2.11.0"}) == nil {
		t.Error("a server without headers is new enough")
	}
}

// TestWhatJetStreamSays: each of its errors is told with what to do about it, its own words and its number, whatever
// those words do to a terminal.
func TestWhatJetStreamSays(t *testing.T) {
	t.Parallel()
	const available, room = "is not available at the moment", "has no room left"
	for code, want := range map[int]string{
		10054: "--max-msg-size=-1", 10097: "--max-msg-size=-1", 10060: "another stream than HTTPD takes the subject", 10059: "there is no stream HTTPD in our account",
		10076: "there is no JetStream for us", 10039: "there is no JetStream for us", 10008: available, 10163: available, 10118: available, 10167: available,
		10109: "the stream HTTPD is sealed", 10002: room, 10023: room, 10047: room, 10077: "the stream HTTPD does not take it", 1: "the stream HTTPD does not take it",
	} {
		err := (&apiError{Code: 400, ErrCode: code, Description: "no\x1b[2J"}).explain("HTTPD")
		if !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), fmt.Sprintf(` ("no\x1b[2J", error %d)`, code)) {
			t.Errorf("%d: %v, want %q", code, err, want)
		}
	}
	for _, text := range []string{"maximum bytes exceeded", "maximum messages exceeded", "x: maximum messages per subject exceeded"} {
		if err := (&apiError{ErrCode: 10077, Description: text}).explain("HTTPD"); !strings.Contains(err.Error(), "the stream HTTPD is full, and keeps what it has: raise its limits (nats stream edit HTTPD ") {
			t.Errorf("%s: %v", text, err)
		}
		if err := (&apiError{ErrCode: 1, Description: text}).explain("HTTPD"); strings.Contains(err.Error(), "is full") {
			t.Errorf("%s, of another error: %v", text, err)
		}
	}
}

// TestWhatIsAgainstUs: a server that does not let us in is told of with what to do.
func TestWhatIsAgainstUs(t *testing.T) {
	t.Parallel()
	violation := errors.New("nats: Authorization Violation")
	for _, tt := range []struct {
		err         error
		credentials string
		want        string
	}{
		{violation, "", "the server wants to know who we are"},
		{violation, "/web.creds", "does not accept us with the credentials of /web.creds"},
		{nats.ErrAuthExpired, "/web.creds", "the credentials of /web.creds are not accepted any more: have new ones issued ("},
		{nats.ErrAuthRevoked, "/web.creds", "the credentials of /web.creds are not accepted any more: have new ones issued ("},
		{errors.New("maximum account active connections exceeded"), "", "the server refuses the connection (maximum account active connections exceeded)"},
		{errors.New("maximum connections exceeded"), "", "the server refuses the connection (maximum"},
		{errors.New("account disabled"), "", "the server refuses the connection (account disabled)"},
		{context.DeadlineExceeded, "", "has not let us in within connect_timeout"},
		{nats.ErrTimeout, "", "has not let us in within connect_timeout"},
		{errors.New("read tcp: i/o timeout"), "", "has not let us in within connect_timeout"},
		{fmt.Errorf("open /web.creds: %w", os.ErrNotExist), "/web.creds", "credentials: open /web.creds: "},
		{errors.New("something else"), "/web.creds", "something else"},
		{errors.New("something\x1b[2J"), "", `"something\x1b[2J"`},
		{context.Canceled, "", "context canceled"},
		{&trust.Error{}, "", ""},
	} {
		got := explainLogin(tt.err, tt.credentials)
		if !strings.HasPrefix(got.Error(), tt.want) && !strings.Contains(got.Error(), tt.want) || strings.ContainsRune(got.Error(), '\x1b') {
			t.Errorf("%v: %v, want %s", tt.err, got, tt.want)
		}
		if tt.want == tt.err.Error() && got != tt.err {
			t.Errorf("%v is another error", got)
		}
	}
	if unverified := error(&trust.Error{}); explainLogin(unverified, "") != unverified {
		t.Error("a server that is not the one that was meant is explained away")
	}
}

// TestObjections: what a server says against something that was sent names what the user would have to be allowed.
func TestObjections(t *testing.T) {
	t.Parallel()
	denied := func(text string) error { return fmt.Errorf("%w: %s", nats.ErrPermissionViolation, text) }
	for _, tt := range []struct {
		err        error
		want, what string
	}{
		{denied(`Permissions Violation for Publish to "httpd.web1.x"`), `the server does not permit us to publish to "httpd.web1.x": allow that for our user (Permissions Violation)`, `publish to "httpd.web1.x"`},
		{denied(`Permissions Violation for Subscription to "_INBOX.x"`), `the server does not permit us to subscribe to "_INBOX.x": allow that for our user (Permissions Violation)`, `subscribe to "_INBOX.x"`},
		{denied("it"), "the server does not permit it: nats: permissions violation: it", ""},
		{errors.New("Slow Consumer"), "the server objects: Slow Consumer", ""},
		{errors.New("x\x1b"), `the server objects: "x\x1b"`, ""},
	} {
		got := explainObjection(tt.err)
		if !strings.EqualFold(got.Error(), tt.want) {
			t.Errorf("%v, want %s", got, tt.want)
		}
		if d, is := errors.AsType[*deniedError](got); is != (tt.what != "") || is && d.what() != tt.what {
			t.Errorf("%v would have to be allowed", got)
		}
	}
}

// TestCleanErrors: an error that a terminal can show stays, and another one is quoted, of bounded length, and still the same error.
func TestCleanErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"plain", "plain"}, {strings.Repeat("x", mostText), strings.Repeat("x", mostText)},
		{strings.Repeat("x", mostText+1), `"` + strings.Repeat("x", mostText) + `"`}, {"a\nb", `"a\nb"`}, {"a\u202eb", `"a\u202eb"`},
	} {
		err := errors.New(tt.text)
		if got := clean(err); got.Error() != tt.want || !errors.Is(got, err) || (got == err) != (tt.text == tt.want) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestSubjects: a series has a subject of its own, whatever its host is called, and what cannot be one is told.
func TestSubjects(t *testing.T) {
	t.Parallel()
	subject := subjectOf("a.b", transport.Series{Host: "web1.example.org *>\x00Z_9", ID: "0f"})
	if subject != "a.b.web1-example-org----Z_9.0f" || prefixOf(subject) != "a.b" {
		t.Errorf("%s, below %s", subject, prefixOf(subject))
	}
	for prefix, good := range map[string]bool{
		"httpd": true, "a.b-c_d": true, "a~!": true, "": false, "a..b": false, ".a": false, "a.": false, "a b": false, "a.*": false, "a.>": false, "ä": false, "a\x7f": false, "$JS": false, "_INBOX": false, "a.$JS": true,
	} {
		if err := checkPrefix(prefix); (err == nil) != good || err != nil && !strings.Contains(err.Error(), fmt.Sprintf("%q", prefix)) {
			t.Errorf("subject %q: %v", prefix, err)
		}
	}
	for stream, good := range map[string]bool{"HTTPD": true, "a-B_0z9": true, "": false, "a.b": false, "a b": false, "a/b": false, "a:b": false, "@": false, "[": false, "`": false, "{": false} {
		if err := checkStream(stream); (err == nil) != good {
			t.Errorf("stream %q: %v", stream, err)
		}
	}
}

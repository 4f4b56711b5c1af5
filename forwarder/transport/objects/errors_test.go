package objects

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/s3bed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust/trusttest"
)

// says holds an error to what it should say, in printable characters of one line.
func says(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error that says %q", want)
		return
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	for _, c := range err.Error() {
		if c < ' ' || c == 0x7f {
			t.Errorf("%q has what does something to a terminal", err)
		}
	}
	for _, never := range []string{"RequestID", "HostID", "operation error", "api error"} {
		if strings.Contains(err.Error(), never) {
			t.Errorf("%q has the SDK's words: %q", err, never)
		}
	}
}

// TestDialWithoutBucket: what a store lacks is said, with the command that mends it.
func TestDialWithoutBucket(t *testing.T) {
	t.Parallel()
	store := s3bed.Empty(t)
	tr := to(t, store.Endpoint())
	refused := func(want ...string) {
		t.Helper()
		_, err := tr.Dial(t.Context())
		says(t, err, want...)
	}
	refused(`there is no bucket "evidence"`, "aws s3api create-bucket --bucket evidence --endpoint-url "+store.Endpoint(), "404")
	bucket := aws.String(s3bed.Bucket)
	if _, err := store.Client().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	refused("does not keep versions", "aws s3api put-bucket-versioning --bucket evidence", "Status=Enabled")
	enabled := &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}
	if _, err := store.Client().PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: enabled}); err != nil {
		t.Fatal(err)
	}
	refused("has no object lock", "aws s3api put-object-lock-configuration --bucket evidence")
	lock := &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled}
	if _, err := store.Client().PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{Bucket: bucket, ObjectLockConfiguration: lock}); err != nil {
		t.Fatal(err)
	}
	appendAll(t, dial(t, tr), "mark", line(1))
}

// TestDialWithoutRight: keys and clocks that are wrong, told by the store itself.
func TestDialWithoutRight(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	store.User(t, "nobody", "nobodysecret")
	key := func(access, secret string) func(*s3.Options) {
		return func(o *s3.Options) { o.Credentials = credentials.NewStaticCredentialsProvider(access, secret, "") }
	}
	for name, c := range map[string]struct {
		adjust func(*s3.Options)
		want   string
	}{
		"unknown key":   {key("unknown", s3bed.Secret), "the store does not know the access key"},
		"wrong secret":  {key(s3bed.Access, "wrong"), "the secret key is not the one of the access key"},
		"without right": {key("nobody", "nobodysecret"), "the key may not do it: allow it s3:GetBucketVersioning"},
		"wrong clock":   {func(o *s3.Options) { o.HTTPSignerV4 = shifted{v4.NewSigner(), -2 * time.Hour} }, "the clock of this machine and the store's differ too much"},
	} {
		tr := to(t, store.Endpoint())
		tr.adjust = c.adjust
		_, err := tr.Dial(t.Context())
		says(t, err, c.want, "the store says ")
		_, again := tr.Dial(t.Context())
		if err == nil || again == nil || err.Error() != again.Error() {
			t.Errorf("%s: %v and %v are told as two errors", name, err, again)
		}
	}
}

// shifted signs as a machine does whose clock is wrong.
type shifted struct {
	*v4.Signer
	by time.Duration
}

func (s shifted) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, at time.Time, o ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, c, r, hash, service, region, at.Add(s.by), o...)
}

// TestClocks: a difference that makes locks wrong ends an attempt to connect, and the error says whose clock is which.
func TestClocks(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	for by, want := range map[time.Duration]string{
		3*time.Hour + time.Minute:  "the clock of this machine is 3 hours behind the store's",
		-(200*24 + 12) * time.Hour: "the clock of this machine is 200 days ahead of the store's",
		time.Minute:                "",
	} {
		p := s3bed.NewProxy(t, store, nil, func(r *http.Response) error {
			r.Header.Set("Date", time.Now().Add(by).UTC().Format(http.TimeFormat))
			return nil
		})
		s, err := to(t, p.URL).Dial(t.Context())
		switch {
		case want != "":
			says(t, err, want)
		case err != nil:
			t.Errorf("%v: %v", by, err)
		default:
			transport.Abandon(s)
		}
	}
}

// TestDialNobody: what is no store.
func TestDialNobody(t *testing.T) {
	t.Parallel()
	_, err := to(t, "http://"+testbed.FreeAddress(t)).Dial(t.Context())
	says(t, err, "connection refused")

	store := s3bed.New(t)
	_, err = to(t, strings.Replace(store.Endpoint(), "http:", "https:", 1)).Dial(t.Context())
	says(t, err, "TLS handshake: the server does not speak TLS on this port")

	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>\x1b[2J") }))
	defer page.Close()
	_, err = to(t, page.URL).Dial(t.Context())
	says(t, err, "what the store says cannot be read")

	tr := to(t, store.Endpoint())
	tr.options.ConnectTimeout = 50 * time.Millisecond
	store.Stop(t)
	defer store.Continue(t)
	_, err = tr.Dial(t.Context())
	says(t, err, "within connect_timeout")
}

// TestSettings: what cannot be used is said before anything is connected to.
func TestSettings(t *testing.T) {
	o := s3bed.Options("")
	o.Store.S3.Region = ""
	tr, err := newTransport(s3bed.Server(""), o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tr.Dial(t.Context())
	says(t, err, "no region is set")

	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	_, err = to(t, "http://127.0.0.1:1").Dial(t.Context())
	says(t, err, "there are no credentials that can be used", "AWS_ACCESS_KEY_ID")

	for want, change := range map[string]func(*transport.Server, *transport.Options){
		"the bucket is missing":   func(s *transport.Server, _ *transport.Options) { s.Host = "" },
		"printable ASCII":         func(s *transport.Server, _ *transport.Options) { s.Path = "a\x1bb" },
		"empty parts":             func(s *transport.Server, _ *transport.Options) { s.Path = "a//b" },
		"a lock of 0 days":        func(_ *transport.Server, o *transport.Options) { o.Store.S3.LockDays = 0 },
		"https://s3.example.com ": func(_ *transport.Server, o *transport.Options) { o.Store.S3.Endpoint = "s3.example.org" },
	} {
		s, o := s3bed.Server("p"), s3bed.Options("")
		change(&s, &o)
		_, err := New(s, o)
		says(t, err, want)
	}
}

// TestTLS: a store's certificate is held against the files of the relay.
func TestTLS(t *testing.T) {
	t.Parallel()
	authority := trusttest.Shared(t)
	tr := to(t, s3bed.NewTLSProxy(t, s3bed.New(t), authority.Server(t)).URL)
	_, err := tr.Dial(t.Context())
	says(t, err, "TLS handshake: ", "ca_file")
	tr.options.TLS.CAFile = authority.File(t)
	if newWire(&tr.options).transport.Proxy != nil {
		t.Error("a proxy of HTTP would make the handshake, without these files")
	}
	appendAll(t, dial(t, tr), "mark", line(1))
}

// refusals are answers to PutObject that a test's store does not give at will.
var refusals = map[string]struct {
	status  int
	code    string
	message string
	want    string
}{
	"slow down":       {503, "SlowDown", "Please reduce your request rate.", "the store asks for fewer requests, or is overloaded"},
	"too many":        {429, "TooManyRequests", "", "the store asks for fewer requests"},
	"internal":        {500, "InternalError", "We encountered an internal error.", "something is wrong within the store"},
	"full":            {507, "XStorageFull", "no room", "the store is full"},
	"not implemented": {501, "NotImplemented", "A header you provided implies functionality that is not implemented", "the store cannot do what keeps objects"},
	"no right":        {403, "AccessDenied", "Access Denied", "the key may not do it: allow it s3:PutObject and s3:PutObjectRetention"},
	"expired":         {400, "ExpiredToken", "The provided token has expired.", "the credentials have expired"},
	"no lock":         {400, "InvalidRequest", "Bucket is missing Object Lock Configuration", "has no object lock"},
	"other":           {400, "InvalidRequest", "something else", "the store does not do it (the store says 400"},
	"no bucket":       {404, "NoSuchBucket", "The specified bucket does not exist", "there is no bucket"},
	"elsewhere":       {301, "PermanentRedirect", "The bucket is in this region", `is in another region, "eu-west-7": correct region`},
	"too slow":        {400, "RequestTimeout", "Your socket connection to the server was not read from", "the network is too slow"},
	"conflict":        {409, "ConditionalRequestConflict", "conflict", "somebody else writes to the same object again and again"},
	"hostile":         {418, "\x1b[2J", "\x1b]0;owned\x07\n\u202e", "the store says 418"},
}

// TestAppendRefused: what a store answers instead is said in words.
func TestAppendRefused(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	var now atomic.Value
	p := s3bed.NewProxy(t, store, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		c := refusals[now.Load().(string)]
		w.Header().Set("x-amz-bucket-region", "eu-west-7")
		w.WriteHeader(c.status)
		escape := strings.NewReplacer("\x1b", "&#xfffd;", "\x07", "?", "\n", "&#10;", "\u202e", "&#x202e;")
		fmt.Fprintf(w, "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message><RequestId>1</RequestId></Error>", escape.Replace(c.code), escape.Replace(c.message))
		return true
	}, nil)
	for name, c := range refusals {
		now.Store(name)
		s := dial(t, to(t, p.URL))
		send(t, s, line(1))
		err := s.Append([]byte("mark"), noWait)
		says(t, err, c.want)
		if !testbed.IsClosed(s.Broken()) || s.Err() != err || s.Accepted() != 0 {
			t.Errorf("%s: the session is not broken by %v", name, err)
		}
	}
	if got := keys(t, store); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// TestConflict: a number that somebody else tries at the same time, and does not get, is tried again.
func TestConflict(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	var puts atomic.Int32
	p := s3bed.NewProxy(t, store, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut || puts.Add(1) > 2 {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, "<Error><Code>ConditionalRequestConflict</Code></Error>")
		return true
	}, nil)
	appendAll(t, dial(t, to(t, p.URL)), "mark", line(1))
	if text, _, _ := content(t, store, seriesDir+"000000000001.log.gz"); text != line(1) || puts.Load() != 3 {
		t.Errorf("%q after %d attempts", text, puts.Load())
	}
}

// TestChanged: a store does not take what something on the way has changed.
func TestChanged(t *testing.T) {
	t.Parallel()
	store := s3bed.New(t)
	p := s3bed.NewProxy(t, store, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, r.ContentLength-1), strings.NewReader("x")))
		}
		return false
	}, nil)
	s := dial(t, to(t, p.URL))
	send(t, s, line(1))
	says(t, s.Append([]byte("mark"), noWait), "something on the way changes it")
	if got := keys(t, store); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

package jetstream

import (
	"strconv"
	"strings"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/natsbed"
)

// TestExamine: what is not good for evidence is told, with what mends it; what the server does not allow to be edited is not
// said to be.
func TestExamine(t *testing.T) {
	t.Parallel()
	s := natsbed.New(t, natsbed.Options{})
	_, js := s.Connect(t)
	o := options(series())
	for _, c := range []struct {
		change func(*natsjs.StreamConfig)
		want   []string // besides that of one replica and sync_interval
		mend   func(*natsjs.StreamConfig)
	}{
		{func(*natsjs.StreamConfig) {}, nil, nil},
		{func(c *natsjs.StreamConfig) { c.DenyDelete = false }, []string{"edit HTTPD --deny-delete"}, func(c *natsjs.StreamConfig) { c.DenyDelete = true }},
		{func(c *natsjs.StreamConfig) { c.DenyPurge = false }, []string{"edit HTTPD --deny-purge"}, func(c *natsjs.StreamConfig) { c.DenyPurge = true }},
		{func(c *natsjs.StreamConfig) { c.DenyPurge, c.AllowRollup = false, true }, []string{"--deny-purge", "--no-allow-rollup"}, func(c *natsjs.StreamConfig) { c.AllowRollup = false; c.DenyPurge = true }},
		{func(c *natsjs.StreamConfig) { c.AllowMsgTTL = true }, []string{"allow_msg_ttl"}, nil},
		{func(c *natsjs.StreamConfig) { c.MaxAge = 364 * 24 * time.Hour }, []string{"keeps entries for 8736h0m0s", "10.5.1"}, func(c *natsjs.StreamConfig) { c.MaxAge = 400 * 24 * time.Hour }},
		{func(c *natsjs.StreamConfig) { c.MaxAge = 365 * 24 * time.Hour }, nil, nil},
		{func(c *natsjs.StreamConfig) { c.Discard, c.MaxBytes, c.MaxMsgs = natsjs.DiscardOld, 1<<30, 1000 }, []string{"discard old, with max_bytes and max_msgs", "--discard=new"}, func(c *natsjs.StreamConfig) { c.Discard = natsjs.DiscardNew }},
		{func(c *natsjs.StreamConfig) { c.MaxBytes, c.MaxMsgs = 1<<30, 1000 }, nil, nil},
		{func(c *natsjs.StreamConfig) { c.Discard = natsjs.DiscardOld }, nil, nil},
		{func(c *natsjs.StreamConfig) { c.MaxMsgsPerSubject = 7 }, []string{"a subject that has more than 7", "--max-msgs-per-subject=-1"}, func(c *natsjs.StreamConfig) { c.MaxMsgsPerSubject = -1 }},
		{func(c *natsjs.StreamConfig) { c.MaxMsgsPerSubject, c.DiscardNewPerSubject = 7, true }, nil, nil},
		{func(c *natsjs.StreamConfig) { c.Storage = natsjs.MemoryStorage }, []string{"in memory alone", "--storage=file"}, nil},
		{func(c *natsjs.StreamConfig) { c.AllowDirect = false }, []string{"--allow-direct"}, func(c *natsjs.StreamConfig) { c.AllowDirect = true }},
		{func(c *natsjs.StreamConfig) { c.Subjects = []string{"other.>", "httpd.*"} }, []string{"does not take the subject httpd.web1-example-org.", "but other.>, httpd.*", "--subjects=httpd.>"}, func(c *natsjs.StreamConfig) { c.Subjects = []string{"httpd.>"} }},
		{func(c *natsjs.StreamConfig) { c.MaxMsgSize = 700000 }, []string{"entries of 700000 bytes at most", "--max-msg-size=-1"}, func(c *natsjs.StreamConfig) { c.MaxMsgSize = -1 }},
		{func(c *natsjs.StreamConfig) { c.MaxMsgSize = 800000 }, nil, nil},
		{func(c *natsjs.StreamConfig) { c.NoAck = true }, []string{"edit HTTPD --ack"}, func(c *natsjs.StreamConfig) { c.NoAck = false }},
		{func(c *natsjs.StreamConfig) { c.Retention = natsjs.WorkQueuePolicy }, []string{"retention workqueue", "--retention=limits"}, nil},
	} {
		_ = js.DeleteStream(t.Context(), "HTTPD") // there is none at first
		natsbed.Stream(t, js, c.change)
		expectFindings(t, s, o.Store.Series.Host, c.want...)
		if c.mend == nil {
			continue
		}
		natsbed.Stream(t, js, func(s *natsjs.StreamConfig) { c.change(s); c.mend(s) })
		expectFindings(t, s, o.Store.Series.Host)
	}

	i := new(streamInfo)
	i.Config.Subjects, i.Config.Replicas, i.Config.Mirror, i.Config.Sealed = []string{"httpd.>"}, 3, []byte(`{"name":"OTHER"}`), true
	i.Config.PersistMode = "async"
	got := strings.Join(i.judge("HTTPD", "httpd.a.b", 1), "\n")
	i.Config.Subjects, i.Config.Retention = []string{"\x1b[2J", "httpd\u202e.>"}, "\x1b]0;title\a"
	if hostile := strings.Join(i.judge("HTTPD", "httpd.a.b", 1), "\n"); strings.ContainsFunc(hostile, func(r rune) bool { return r != '\n' && !strconv.IsPrint(r) }) {
		t.Errorf("a server does something to a terminal: %q", hostile)
	}
	for _, want := range []string{"is a mirror", "is sealed", "persist_mode async"} {
		if !strings.Contains(got, want) {
			t.Errorf("the findings lack %q:\n%s", want, got)
		}
	}
}

// expectFindings examines a stream of one replica.
func expectFindings(t *testing.T, s *natsbed.Server, host string, want ...string) {
	t.Helper()
	o := options(series())
	o.Store.Series.Host = host
	got, err := Kind.Examine(t.Context(), server("nats", s.Address), o)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(got, "\n")
	for _, w := range append(want, "has 1 replica(s)", "--replicas=3", "sync_interval") {
		if !strings.Contains(text, w) {
			t.Errorf("the findings lack %q:\n%s", w, text)
		}
	}
	if len(want) == 0 && len(got) != 2 {
		t.Errorf("there is more to find than there should be:\n%s", text)
	}
}

// TestExamineWhatCannotBeSeen: what is missing is told.
func TestExamineWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	narrow, file := user(t)
	for _, c := range []struct{ more, want string }{
		{"max_payload: 100KB\nauthorization { users: [ { user: admin, password: admin }, { nkey: " + narrow + `, permissions: { publish: ["httpd.>"], subscribe: ["_INBOX.>"] } } ] }`,
			`permit our user to publish to "$JS.API.STREAM.INFO.HTTPD", or look with nats stream info HTTPD`},
		{"authorization { users: [ { nkey: " + narrow + " } ] }", "there is no stream HTTPD"},
	} {
		s := natsbed.New(t, natsbed.Options{More: c.more})
		o := options(series())
		o.Store.NATS.Credentials = file
		got, err := Kind.Examine(t.Context(), server("nats", s.Address), o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error is %v", err)
		}
		if small := strings.Contains(c.more, "max_payload"); small != (len(got) == 1 && strings.Contains(got[0], "max_payload")) {
			t.Errorf("found %q", got)
		}
	}
	s := natsbed.New(t, natsbed.Options{NoJetStream: true})
	if _, err := Kind.Examine(t.Context(), server("nats", s.Address), options(series())); err == nil || !strings.Contains(err.Error(), "there is no JetStream") {
		t.Errorf("the error is %v", err)
	}
	if _, err := Kind.Examine(t.Context(), server("nats", testbed.FreeAddress(t)), options(series())); err == nil {
		t.Error("nobody is examined")
	}
}

// TestMatches: which subjects a stream takes.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, subject string
		want             bool
	}{
		{"a.b.c", "a.b.c", true}, {"a.*.c", "a.b.c", true}, {"a.>", "a.b.c", true}, {">", "a.b.c", true}, {"a.*.*", "a.b.c", true},
		{"a.b.c.>", "a.b.c", false}, {"a.b", "a.b.c", false}, {"a.*", "a.b.c", false}, {"a.x.c", "a.b.c", false}, {"a.b.c.d", "a.b.c", false},
		{"a.>", "a.>", true}, {"a.*", "a.>", false}, {"a.b", "a.>", false}, {">", "a.>", true},
	} {
		if got := matches(c.pattern, c.subject); got != c.want {
			t.Errorf("%s takes %s: %v", c.pattern, c.subject, got)
		}
	}
}

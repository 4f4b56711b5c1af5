package jetstream

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/natsbed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/storetest"
	"httpd-syslog/forwarder/trust/trusttest"
)

// user makes a key of a user, and the file of credentials that has it.
func user(t *testing.T) (public, file string) {
	t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err = key.PublicKey()
	seed, err2 := key.Seed()
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	file = filepath.Join(t.TempDir(), "user.nk")
	testbed.WriteFile(t, file, string(seed)+"\n")
	return public, file
}

// TestErrors: what is wrong is told in words that say what to do.
func TestErrors(t *testing.T) {
	t.Parallel()
	mute, muteFile := user(t)
	deaf, deafFile := user(t)
	_, strangerFile := user(t)
	users := fmt.Sprintf(`authorization { users: [
		{ user: admin, password: admin },
		{ nkey: %s, permissions: { publish: ["$JS.API.DIRECT.GET.HTTPD.>"], subscribe: ["_INBOX.>"] } },
		{ nkey: %s, permissions: { publish: ["httpd.>", "$JS.API.DIRECT.GET.HTTPD.>"], subscribe: ["nothing"] } }
	] }`, mute, deaf)
	for _, c := range []struct {
		name   string
		server natsbed.Options
		stream func(*natsjs.StreamConfig) // nil: none is made
		change func(*testing.T, *transport.Server, *transport.Options)
		want   []string
	}{
		{"no JetStream", natsbed.Options{NoJetStream: true}, nil, nil, []string{"there is no JetStream"}},
		{"no stream", natsbed.Options{}, nil, nil, []string{"there is no stream HTTPD"}},
		{"stream without our subject", natsbed.Options{}, func(c *natsjs.StreamConfig) { c.Subjects = []string{"other.>"} }, nil, []string{"the stream HTTPD does not take the subject httpd.web1-example-org.", "but other.>"}},
		{"another stream has our subject", natsbed.Options{}, func(c *natsjs.StreamConfig) { c.Name = "OTHER" }, nil, []string{"another stream than HTTPD takes the subject"}},
		{"sealed", natsbed.Options{}, func(c *natsjs.StreamConfig) { c.Sealed = true }, nil, []string{"is sealed"}},
		{"no_ack", natsbed.Options{}, func(c *natsjs.StreamConfig) { c.NoAck = true }, brief, []string{"has not answered within connect_timeout", "no_ack"}},
		{"max_payload", natsbed.Options{More: "max_payload: 128KB"}, func(*natsjs.StreamConfig) {}, nil, []string{"131072 bytes at most (max_payload)", "max_message = 65536", "raise max_payload in nats-server.conf"}},
		{"who are you", natsbed.Options{More: users}, nil, nil, []string{"the server wants to know who we are", "credentials", "cert_file"}},
		{"a stranger", natsbed.Options{More: users}, nil, login(strangerFile), []string{"does not accept us with the credentials of " + strangerFile}},
		{"not there", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, s *transport.Server, _ *transport.Options) {
			_, s.Port, _ = net.SplitHostPort(testbed.FreeAddress(t))
		}, []string{"connection refused"}},
		{"TLS not offered", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, s *transport.Server, _ *transport.Options) { s.Scheme = "nats+tls" },
			[]string{"the server offers no TLS", "nats://"}},
		{"no credentials", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, _ *transport.Server, o *transport.Options) {
			o.Store.NATS.Credentials = "/nowhere/web.creds"
		}, []string{"/nowhere/web.creds", "no such file"}},
		{"no NATS", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, s *transport.Server, _ *transport.Options) { sayTo(t, s, "220 smtp.example.org\r\n") },
			[]string{"does not speak NATS on this port", `"2"`}},
		{"no word", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, s *transport.Server, o *transport.Options) { brief(t, s, o); sayTo(t, s, "") },
			[]string{"said nothing within connect_timeout", "handshake_first"}},
		{"half a word", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, s *transport.Server, o *transport.Options) { brief(t, s, o); sayTo(t, s, "INFO {") },
			[]string{"has not ended its INFO"}},
		{"too old", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, s *transport.Server, _ *transport.Options) {
			sayTo(t, s, "INFO {\"version\":\"2.10.22\",\"headers\":true,\"max_payload\":1048576}\r\n")
		}, []string{`nats-server "2.10.22", which is too old`, "2.10.23"}},
		{"no headers", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, s *transport.Server, _ *transport.Options) {
			sayTo(t, s, "INFO {\"version\":\"2.11.0\"}\r\n")
		}, []string{"too old"}},
		{"no JSON", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, s *transport.Server, _ *transport.Options) { sayTo(t, s, "INFO x\r\n") }, []string{"INFO cannot be read"}},
		{"control characters", natsbed.Options{NoJetStream: true}, nil, func(t *testing.T, s *transport.Server, _ *transport.Options) {
			sayTo(t, s, "INFO {\"version\":\"2.11.0\",\"headers\":true,\"max_payload\":1048576,\"proto\":1}\r\n-ERR 'a\x1b[2Jb'\r\n")
		}, []string{`a\x1b[2Jb`}},
		{"may not publish", natsbed.Options{More: users}, func(*natsjs.StreamConfig) {}, login(muteFile), []string{"does not permit us to publish to \"httpd.web1-example-org.", "Permissions Violation"}},
		{"may not hear", natsbed.Options{More: users}, func(*natsjs.StreamConfig) {}, login(deafFile), []string{"does not permit us to subscribe to \"_INBOX.web1-example-org."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := natsbed.New(t, c.server)
			if c.stream != nil {
				_, js := s.Connect(t, nats.UserInfo("admin", "admin"))
				natsbed.Stream(t, js, func(s *natsjs.StreamConfig) { c.stream(s); s.Sealed = false }) // none is made sealed
				natsbed.Stream(t, js, c.stream)
			}
			at, o := server("nats", s.Address), options(series())
			if c.change != nil {
				c.change(t, &at, &o)
			}
			expectError(t, at, o, c.want...)
		})
	}
}

// brief is for what is waited for in vain: long enough for what comes before that on a busy machine.
func brief(_ *testing.T, _ *transport.Server, o *transport.Options) {
	o.ConnectTimeout = 5 * time.Second
}

func login(file string) func(*testing.T, *transport.Server, *transport.Options) {
	return func(_ *testing.T, _ *transport.Server, o *transport.Options) { o.Store.NATS.Credentials = file }
}

// expectError dials in vain.
func expectError(t *testing.T, s transport.Server, o transport.Options, want ...string) {
	t.Helper()
	session, err := to(t, s, o).Dial(t.Context())
	if err == nil {
		transport.Abandon(session)
		t.Fatal("there is a session")
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error lacks %q: %v", text, err)
		}
	}
	if strings.ContainsAny(err.Error(), "\x1b\r\n") {
		t.Errorf("the error has control characters: %q", err)
	}
}

// sayTo has the address be one that says something to whoever connects, and then nothing.
func sayTo(t *testing.T, s *transport.Server, text string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, s.Port, _ = net.SplitHostPort(l.Addr().String())
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = c.Write([]byte(text))
		_, _ = c.Read(make([]byte, 1))
		_, _ = c.Read(make([]byte, 1<<16))
	}()
}

// TestErrorsOfAppend: a stream that does not take an entry.
func TestErrorsOfAppend(t *testing.T) {
	t.Parallel()
	s := natsbed.New(t, natsbed.Options{})
	_, js := s.Connect(t)
	for _, c := range []struct {
		change func(*natsjs.StreamConfig)
		want   string
	}{
		{func(c *natsjs.StreamConfig) { c.MaxMsgSize = 500 }, "does not take an entry of that size: nats stream edit HTTPD --max-msg-size=-1"},
		{func(c *natsjs.StreamConfig) { c.MaxBytes = 10 << 10 }, "the stream HTTPD is full, and keeps what it has"},
		{func(c *natsjs.StreamConfig) { c.MaxMsgs = 1 }, "the stream HTTPD is full"},
		{func(c *natsjs.StreamConfig) { c.MaxMsgsPerSubject, c.DiscardNewPerSubject = 1, true }, "the stream HTTPD is full"},
	} {
		_ = js.DeleteStream(t.Context(), "HTTPD") // there is none at first
		natsbed.Stream(t, js, c.change)
		session, err := to(t, server("nats", s.Address), options(series())).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		store := session.(transport.Store)
		for err == nil {
			storetest.Send(t, store, storetest.Messages(0, 20))
			err = store.Append([]byte("m"), noWait)
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error lacks %q: %v", c.want, err)
		}
		transport.Abandon(store)
	}
}

// TestDirectIsNotAllowed: the last entry is read from the leader where the stream does not allow direct gets.
func TestDirectIsNotAllowed(t *testing.T) {
	t.Parallel()
	s := natsbed.New(t, natsbed.Options{})
	_, js := s.Connect(t)
	natsbed.Stream(t, js, func(c *natsjs.StreamConfig) { c.AllowDirect = false })
	tr := to(t, server("nats", s.Address), options(series()))
	for i := range 3 {
		session, err := tr.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		store := session.(transport.Store)
		if want := fmt.Sprint("m", i-1); i > 0 && string(store.Last()) != want {
			t.Errorf("the last mark is %q, not %q", store.Last(), want)
		}
		storetest.Append(t, store, fmt.Sprint("m", i), storetest.Messages(i, i+1))
		transport.Abandon(store)
	}
}

// TestForeignEntry: an entry without a mark is an entry all the same.
func TestForeignEntry(t *testing.T) {
	t.Parallel()
	s := natsbed.New(t, natsbed.Options{})
	_, js := s.Connect(t)
	natsbed.Stream(t, js, nil)
	o := options(series())
	for _, header := range []nats.Header{nil, {"Httpd-Syslog-Mark": {"one", "two"}}} {
		if _, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: subjectOf("httpd", o.Store.Series), Data: []byte("forged"), Header: header}); err != nil {
			t.Fatal(err)
		}
		session, err := to(t, server("nats", s.Address), o).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if mark := session.(transport.Store).Last(); mark == nil || len(mark) > 0 {
			t.Errorf("the mark of an entry with header %v is %q", header, mark)
		}
		transport.Abandon(session)
	}
}

// TestOptions: what cannot be used is told before anything is connected to.
func TestOptions(t *testing.T) {
	for _, c := range []struct{ stream, subject, want string }{
		{"", "httpd", "stream is not set"},
		{"a.b", "httpd", `stream "a.b"`},
		{"HTTPD", "", `subject ""`},
		{"HTTPD", "a..b", `subject "a..b"`},
		{"HTTPD", "a.*", `subject "a.*"`},
		{"HTTPD", "a b", `subject "a b"`},
		{"HTTPD", "$JS.API", "the server's own"},
	} {
		o := options(series())
		o.Store.NATS.Stream, o.Store.NATS.Subject = c.stream, c.subject
		if _, err := Kind.New(transport.Server{}, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("stream %q and subject %q: %v", c.stream, c.subject, err)
		}
	}
	if got := subjectOf("logs.httpd", transport.Series{Host: "w\xfcb1.a*>b c", ID: "0a"}); got != "logs.httpd.w-b1-a--b-c.0a" {
		t.Errorf("the subject is %q", got)
	}
}

// TestTLS: the server is verified, and shown our certificate, as over the other transports.
func TestTLS(t *testing.T) {
	t.Parallel()
	ca := trusttest.Shared(t)
	dir := t.TempDir()
	cert, key := trusttest.WritePair(t, dir, ca.Sign(t, nil))
	clientCert, clientKey := trusttest.WritePair(t, t.TempDir(), ca.Sign(t, nil))
	s := natsbed.New(t, natsbed.Options{More: fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q, verify: true }", cert, key, ca.File(t))})
	_, js := s.Connect(t, nats.Secure(), nats.RootCAs(ca.File(t)), nats.ClientCert(clientCert, clientKey))
	natsbed.Stream(t, js, nil)

	at, o := server("nats+tls", s.Address), options(series())
	expectError(t, server("nats", s.Address), o, "the server wants TLS", "nats+tls://")
	o.TLS.CAFile = ca.File(t)
	expectError(t, at, o, "cert_file") // it wants a certificate
	o.TLS.CertFile, o.TLS.KeyFile = clientCert, clientKey
	wrong := o
	wrong.TLS.CAFile = trusttest.New(t, "another", nil).File(t)
	_, err := to(t, at, wrong).Dial(context.Background())
	if err == nil || !transport.IsUnwanted(err) {
		t.Errorf("a server that another authority has signed: %v", err)
	}
	session, err := to(t, at, o).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer transport.Abandon(session)
	large := storetest.Messages(0, 900)
	storetest.Append(t, session.(transport.Store), "over TLS", large)
	if got := entries(t, js, o.Store.Series); len(got) != 1 || len(got[0].Messages) != len(large) {
		t.Errorf("%d entries", len(got))
	}
}

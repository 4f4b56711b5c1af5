package jetstream

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/natsbed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/storetest"
	"httpd-syslog/forwarder/trust/trusttest"
)

// packaged reads a file of packaging/nats.
func packaged(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "packaging", "nats", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// packagedAccounts are the accounts that are packaged, with users of which there are credentials.
func packagedAccounts(t *testing.T) (conf, web, auditor, admin string) {
	t.Helper()
	var files []string
	conf = regexp.MustCompile(`U[A-Z2-7]{55}`).ReplaceAllStringFunc(packaged(t, "accounts.conf"), func(string) string {
		key, file := user(t)
		files = append(files, file)
		return key
	})
	if len(files) != 3 {
		t.Fatalf("%d users are packaged", len(files))
	}
	return conf, files[0], files[1], files[2]
}

// makePackagedStream makes the stream that is packaged.
func makePackagedStream(t *testing.T, conn *nats.Conn) {
	t.Helper()
	testbed.Eventually(t, "the packaged stream is made", func() bool {
		answer, err := conn.Request("$JS.API.STREAM.CREATE.HTTPD", []byte(packaged(t, "stream.json")), 10*time.Second)
		if err == nil && strings.Contains(string(answer.Data), `"code":400`) {
			t.Fatalf("the packaged stream is refused: %s", answer.Data)
		}
		return err == nil && strings.Contains(string(answer.Data), `"deny_purge":true`)
	})
}

// TestPackaged: with the stream and the permissions that are packaged, on three servers, a web server appends and
// knows its last entry, and may do nothing else; whoever verifies reads, and may do nothing else; and there is nothing to find
// about the stream but what cannot be seen.
func TestPackaged(t *testing.T) {
	t.Parallel()
	conf, web, auditor, admin := packagedAccounts(t)
	c := natsbed.NewCluster(t, 3, natsbed.Options{More: conf})
	as := func(file string, inbox string) (*nats.Conn, natsjs.JetStream) {
		key, err := nats.NkeyOptionFromSeed(file)
		if err != nil {
			t.Fatal(err)
		}
		return c.Servers[1].Connect(t, key, nats.CustomInboxPrefix("_INBOX."+inbox), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	}
	conn, js := as(admin, "admin")
	makePackagedStream(t, conn)

	o := options(series())
	o.Store.Series.Host = "web1.example.com"
	o.Store.NATS.Credentials = web
	var want []storetest.Entry
	for i, s := range c.Servers {
		store := dialAt(t, s, o)
		if i > 0 && string(store.Last()) != string(want[i-1].Mark) {
			t.Errorf("the last mark is %q", store.Last())
		}
		want = append(want, storetest.Entry{Mark: []byte{'a' + byte(i)}, Messages: storetest.Messages(i, i+1)})
		storetest.Append(t, store, string(want[i].Mark), want[i].Messages)
		transport.Abandon(store)
	}
	if got := entries(t, js, o.Store.Series); len(got) != len(want) {
		t.Errorf("%d entries, not %d", len(got), len(want))
	}
	other := o
	other.Store.Series.Host = "web2.example.com"
	expectError(t, server("nats", c.Servers[0].Address), other, "does not permit us to")

	own := subjectOf("httpd", o.Store.Series)
	conn, _ = as(web, "web1-example-com")
	for _, subject := range []string{
		"httpd.web2-example-com.0a", "$JS.API.DIRECT.GET.HTTPD", "$JS.API.DIRECT.GET.HTTPD.httpd.web2-example-com.0a", "$JS.API.STREAM.MSG.GET.HTTPD",
		"$JS.API.STREAM.INFO.HTTPD", "$JS.API.STREAM.DELETE.HTTPD", "$JS.API.STREAM.PURGE.HTTPD", "$JS.API.STREAM.UPDATE.HTTPD", "$JS.API.STREAM.MSG.DELETE.HTTPD",
		"$JS.API.STREAM.CREATE.OTHER", "$JS.API.CONSUMER.CREATE.HTTPD", "$JS.API.INFO", "$JS.API.STREAM.SNAPSHOT.HTTPD",
	} {
		expectDenied(t, conn, subject)
	}
	for _, subject := range []string{"httpd.>", own, "_INBOX.>", "_INBOX.verify.>", "$JS.>"} {
		expectObjection(t, conn, "Subscription to", subject, func() error {
			_, err := conn.SubscribeSync(subject)
			return err
		})
	}
	// A rollup would remove what is there: the stream denies that.
	if answer, err := conn.RequestMsg(&nats.Msg{Subject: own, Header: nats.Header{"Nats-Rollup": {"sub"}}}, testbed.Patience); err != nil || !strings.Contains(string(answer.Data), "rollup not permitted") {
		t.Errorf("a rollup: %v %s", err, answer.Data)
	}

	read := options(transport.Series{})
	read.Store.NATS.Credentials = auditor
	dir := t.TempDir()
	if odd, err := Kind.Fetch(t.Context(), server("nats", c.Servers[2].Address), read, transport.Fetch{Dir: dir}); err != nil || len(odd) > 0 {
		t.Errorf("%v %v", odd, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "web1-example-com."+o.Store.Series.ID+".log.gz")); err != nil {
		t.Error(err)
	}
	conn, _ = as(auditor, "verify")
	for _, subject := range []string{own, "$JS.API.STREAM.DELETE.HTTPD", "$JS.API.STREAM.UPDATE.HTTPD", "$JS.API.STREAM.MSG.DELETE.HTTPD"} {
		expectDenied(t, conn, subject)
	}

	o.Store.NATS.Credentials = admin
	if findings, err := Kind.Examine(t.Context(), server("nats", c.Servers[0].Address), o); err != nil || len(findings) != 1 || !strings.Contains(findings[0], "sync_interval") {
		t.Errorf("%q %v", findings, err)
	}
}

// expectDenied: a user may not publish to a subject.
func expectDenied(t *testing.T, conn *nats.Conn, subject string) {
	t.Helper()
	expectObjection(t, conn, "Publish to", subject, func() error { return conn.Publish(subject, nil) })
}

// expectObjection: a server does not permit what is done about a subject.
func expectObjection(t *testing.T, conn *nats.Conn, what, subject string, do func() error) {
	t.Helper()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	if err := conn.FlushTimeout(testbed.Patience); err != nil { // the server's answer comes behind its objection
		t.Fatal(err)
	}
	if err := conn.LastError(); err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), subject) {
		t.Errorf("what is denied is no %s %s: %v", what, subject, err)
	}
}

// dialAt begins a session at a server of a cluster, as soon as that is possible.
func dialAt(t *testing.T, s *natsbed.Server, o transport.Options) (store transport.Store) {
	t.Helper()
	tr := to(t, server("nats", s.Address), o)
	var err error
	testbed.Eventually(t, "there is a session at "+s.Name, func() bool {
		var session transport.Session
		if session, err = tr.Dial(t.Context()); err != nil {
			return false
		}
		store = session.(transport.Store)
		return true
	})
	t.Cleanup(func() { transport.Abandon(store) })
	return store
}

// TestPackagedServer: nats-server takes the configuration that is packaged.
func TestPackagedServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := trusttest.Shared(t)
	cert, key := trusttest.WritePair(t, dir, ca.Sign(t, nil))
	accounts, _, _, _ := packagedAccounts(t)
	conf := packaged(t, "nats-server.conf")
	for from, to := range map[string]string{"/etc/nats/host.pem": cert, "/etc/nats/host.key": key, "/etc/nats/ca.pem": ca.File(t), "/var/lib/nats": dir} {
		if !strings.Contains(conf, from) {
			t.Errorf("the configuration has no %s", from)
		}
		conf = strings.ReplaceAll(conf, from, to)
	}
	testbed.WriteFile(t, filepath.Join(dir, "nats-server.conf"), conf)
	testbed.WriteFile(t, filepath.Join(dir, "accounts.conf"), accounts)
	out, err := exec.Command(testbed.Engine(t, "nats-server"), "-t", "-c", filepath.Join(dir, "nats-server.conf")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "is valid") {
		t.Errorf("%v %s", err, out)
	}
}

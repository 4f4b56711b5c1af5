package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/natsbed"
	"httpd-syslog/forwarder/testbed/s3bed"
)

// packagedUsers are the accounts that are packaged, with users of which there are credentials: a web server's, an auditor's, an
// administrator's.
func packagedUsers(t *testing.T) (conf string, credentials []string) {
	t.Helper()
	conf = regexp.MustCompile(`U[A-Z2-7]{55}`).ReplaceAllStringFunc(testbed.ReadFile(t, "../../packaging/nats/accounts.conf"), func(string) string {
		key, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		seed, err := key.Seed()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "user.nk")
		testbed.WriteFile(t, file, string(seed))
		credentials = append(credentials, file)
		return public
	})
	return conf, credentials
}

// TestPackagedStream: with the stream and the permissions that are packaged a check connects, and changes nothing; lines
// arrive; and whoever may verify reads them back.
func TestPackagedStream(t *testing.T) {
	t.Parallel()
	needStores(t)
	accounts, credentials := packagedUsers(t)
	server := natsbed.New(t, natsbed.Options{More: accounts})
	admin, err := nats.NkeyOptionFromSeed(credentials[2])
	if err != nil {
		t.Fatal(err)
	}
	conn, js := server.Connect(t, admin)
	stream := strings.Replace(testbed.ReadFile(t, "../../packaging/nats/stream.json"), `"num_replicas": 3`, `"num_replicas": 1`, 1)
	testbed.Eventually(t, "the packaged stream is made", func() bool {
		answer, err := conn.Request("$JS.API.STREAM.CREATE.HTTPD", []byte(stream), testbed.Patience)
		return err == nil && strings.Contains(string(answer.Data), `"deny_purge":true`)
	})
	entries := func() uint64 {
		s, err := js.Stream(t.Context(), "HTTPD")
		if err != nil {
			t.Fatal(err)
		}
		return s.CachedInfo().State.Msgs
	}

	s := newSite(t)
	relay := fmt.Sprintf("[[relay]]\nname = \"evidence\"\nservers = [%q]\n[relay.nats]\nstream = \"HTTPD\"\nsubject = \"httpd\"\n", server.URL())
	s.configure("hostname = \"web1.example.com\"\n%s[seal]\nevery = \"100ms\"\n%scredentials = %q\n", s.places(), relay, credentials[0])
	out, err := s.command(nil, "check", "--connect", "--config", s.config).CombinedOutput()
	for _, want := range []string{"evidence: " + server.URL() + " answers", `permit our user to publish to "$JS.API.STREAM.INFO.HTTPD"`} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v, without %q: %s", err, want, out)
		}
	}
	if n := entries(); n > 0 {
		t.Errorf("the check has made %d entries", n)
	}

	f, w := s.pipe()
	fmt.Fprint(w, "one\ntwo\n")
	w.Close()
	f.wait(0)
	testbed.Eventually(t, "the lines are in the stream", func() bool { return entries() > 0 })
	s.awaitNobody()
	audit := filepath.Join(s.dir, "audit.toml")
	testbed.WriteFile(t, audit, fmt.Sprintf("%s%scredentials = %q\n", s.places(), relay, credentials[1]))
	out, err = s.command(nil, "verify", "--config", audit, "--json", server.URL()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"missing": 0`) {
		t.Errorf("%v: %s", err, out)
	}
	out, err = s.command(nil, "verify", "--config", audit, "--log-dir", s.log, "--seals", server.URL()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "bytes of local files checked") || strings.Contains(string(out), "from the same place") {
		t.Errorf("local files by seals of the store: %v: %s", err, out)
	}
}

// TestCheckOfABucket: a check connects, says what is not good for evidence, and changes nothing.
func TestCheckOfABucket(t *testing.T) {
	t.Parallel()
	needStores(t)
	store := s3bed.New(t)
	s := newSite(t)
	s.configure("%s[[relay]]\nname = \"archive\"\nservers = [\"s3://%s/web\"]\n[relay.s3]\nendpoint = %q\nregion = %q\npath_style = true\ndays = 1\n", s.places(), s3bed.Bucket, store.Endpoint(), s3bed.Region)
	cmd := s.command(nil, "check", "--connect", "--config", s.config)
	out, err := cmd.CombinedOutput()
	for _, want := range []string{"archive: s3://" + s3bed.Bucket + "/web answers", "store          archive: days = 1: objects may be deleted before 365 days are over"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v, without %q: %s", err, want, out)
		}
	}
	if _, err := os.Stat(store.Path("web")); err == nil {
		t.Error("the check has put something into the bucket")
	}
}

// TestNoStores: where the program that writes to stores is missing lines wait for the store alone, and what is missing is told;
// once it is there the next deliverer is that, and each line is in the store once.
func TestNoStores(t *testing.T) {
	t.Parallel()
	c, s := newCluster(t, 1), newSite(t)
	s.configure("%s%s", s.places(), c.relay(""))
	own := filepath.Join(s.dir, "bin")
	if err := os.Mkdir(own, 0o755); err != nil {
		t.Fatal(err)
	}
	copyPrograms(t, own)
	const missing = "otherwise that program is missing beside httpd_syslogd"
	out, err := exec.Command(filepath.Join(own, "httpd_syslog"), "check", "--connect", "--config", s.config).CombinedOutput()
	if err == nil || !strings.Contains(string(out), missing) {
		t.Errorf("check --connect: %v %s", err, out)
	}
	r, w := testbed.Pipe(t)
	cmd := s.command(r, "--config", s.config)
	cmd.Path = filepath.Join(own, "httpd_syslog")
	front := s.run(cmd)
	r.Close()
	f := &feed{t: t, w: w}
	f.write(100)
	s.awaitEvent("{event=relay.down ")
	s.awaitEvent(missing)
	s.awaitLocalLines(100)
	if out, err := exec.Command("cp", program()+"d_stores", own).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
	kill(t, s.one("deliver"), syscall.SIGKILL)
	f.write(100)
	w.Close()
	front.wait(0)
	s.awaitEnd()
	for _, texts := range c.lines(t) {
		checkOnce(t, texts, 200)
	}
	s.awaitEvent("{event=relay.up ")
}

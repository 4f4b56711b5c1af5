package jetstream

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/natsbed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/transport/storetest"
	"httpd-syslog/forwarder/verify/archive"
)

// fetched reads back, and returns the files by name.
func fetched(t *testing.T, s *natsbed.Server, f transport.Fetch) (files map[string]string, odd []string) {
	t.Helper()
	f.Dir = t.TempDir()
	oddities, err := Kind.Fetch(t.Context(), server("nats", s.Address), options(transport.Series{}), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range oddities {
		odd = append(odd, o.Where+" "+o.What)
	}
	files = map[string]string{}
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var text strings.Builder
		c, err := archive.Read(context.Background(), filepath.Join(f.Dir, e.Name()), func(b archive.Block) error { text.Write(b.Data); return nil })
		if err != nil || len(c.Flaws) > 0 || c.Partial > 0 {
			t.Errorf("%s: %v %+v", e.Name(), err, c)
		}
		files[e.Name()] = text.String()
	}
	return files, odd
}

// at is a message of a time.
func at(when time.Time, text string) []byte {
	return fmt.Appendf(nil, "<141>1 %s web1 httpd 1-%016x access - %s", when.Format("2006-01-02T15:04:05.000000Z07:00"), 7, text)
}

// TestFetch: what was appended comes back, a file for each series, a line for each message.
func TestFetch(t *testing.T) {
	t.Parallel()
	s := natsbed.New(t, natsbed.Options{})
	_, js := s.Connect(t)
	natsbed.Stream(t, js, nil)
	long := strings.Repeat("x", maxMessage-100)
	now := time.Now()
	want := map[string]string{}
	for i, host := range []string{"web1.example.org", "web2"} {
		series := transport.Series{Host: host, ID: series().ID}
		session, err := to(t, server("nats", s.Address), options(series)).Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		store := session.(transport.Store)
		var lines string
		for k := range 5 {
			texts := [][]byte{at(now, fmt.Sprint(i, k)), at(now, "two\nlines"), at(now, long), at(now, long), at(now, long), at(now, long), at(now, long), at(now, long), at(now, long), at(now, long)}
			storetest.Append(t, store, fmt.Sprint("m", k), texts)
			for _, text := range texts {
				lines += strings.ReplaceAll(string(text), "\n", "#012") + "\n"
			}
		}
		want[token(host)+"."+series.ID+".log.gz"] = lines
		transport.Abandon(store)
	}
	expectFiles := func(f transport.Fetch, hosts ...string) {
		t.Helper()
		files, odd := fetched(t, s, f)
		if len(odd) > 0 {
			t.Errorf("what is all right is odd: %q", odd)
		}
		for name, lines := range want {
			has, wanted := files[name]
			host, _, _ := strings.Cut(name, ".")
			if wanted != slices.Contains(hosts, host) || wanted && has != lines {
				t.Errorf("%s with %+v: %d bytes, not %d", name, f, len(has), len(lines))
			}
		}
		if len(files) != len(hosts) {
			t.Errorf("%d files with %+v", len(files), f)
		}
	}
	expectFiles(transport.Fetch{}, "web1-example-org", "web2")
	expectFiles(transport.Fetch{Hosts: []string{"web1.example.org", "web9"}}, "web1-example-org")
	expectFiles(transport.Fetch{From: now.Add(-time.Minute), To: now.Add(time.Minute)}, "web1-example-org", "web2")
	expectFiles(transport.Fetch{From: now.Add(time.Minute)})
	expectFiles(transport.Fetch{From: now.Add(3 * time.Hour)}) // and all entries are older than that
	expectFiles(transport.Fetch{To: now.Add(-time.Minute)})
}

// TestFetchOddities: what somebody else has written, or removed, is told, and does nothing else.
func TestFetchOddities(t *testing.T) {
	t.Parallel()
	s := natsbed.New(t, natsbed.Options{})
	conn, js := s.Connect(t)
	natsbed.Stream(t, js, func(c *natsjs.StreamConfig) { c.DenyDelete, c.DenyPurge = false, false })
	o := options(series())
	subject := subjectOf("httpd", o.Store.Series)
	tr := to(t, server("nats", s.Address), o)
	session, err := tr.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	store := session.(transport.Store)
	for i := range 6 {
		storetest.Append(t, store, fmt.Sprint("m", i), storetest.Messages(i, i+1))
	}
	stream, err := js.Stream(t.Context(), "HTTPD")
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.DeleteMsg(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	publish := func(subject, data string, header nats.Header) {
		t.Helper()
		if _, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: subject, Data: []byte(data), Header: header}); err != nil {
			t.Fatal(err)
		}
	}
	publish(subject, "forged", nil)                                                                                                         // 7
	publish(subject, "1 a2 b", nats.Header{"Httpd-Syslog-Mark": {"m"}, "Httpd-Syslog-Messages": {"2"}, "Httpd-Syslog-After": {"7"}})        // 8
	publish(subject, "1 a1 \n", nats.Header{"Httpd-Syslog-Mark": {"m"}, "Httpd-Syslog-Messages": {"7"}, "Httpd-Syslog-After": {"99"}})      // 9
	publish(subject, "1 c", nats.Header{"Httpd-Syslog-Mark": {"m"}, "Httpd-Syslog-Messages": {"1"}, "Httpd-Syslog-After": {"\x1b[2J\x07"}}) // 10
	publish("httpd.a.b/etc/passwd", "1 a", nil)
	publish("httpd.a/b.c", "1 a", nil)
	publish("httpd.\x1b[2J.c", "1 a", nil)
	publish("httpd.one", "1 a", nil)
	publish("httpd.a.b.c", "1 a", nil)
	publish("httpd."+strings.Repeat("h", 300)+".id", "1 a", nil)
	conn.Flush()

	files, odd := fetched(t, s, transport.Fetch{})
	var lines []string
	for i, m := range storetest.Messages(0, 6) {
		if i != 2 {
			lines = append(lines, string(m))
		}
	}
	lines = append(lines, "a", "a", "#012", "c", "")
	if name := token(o.Store.Series.Host) + "." + o.Store.Series.ID + ".log.gz"; files[name] != strings.Join(lines, "\n") || len(files) != 1 {
		t.Errorf("%d files, and in ours %q", len(files), files[name])
	}
	text := strings.Join(odd, "\n")
	for _, want := range []string{
		"stream HTTPD lacks 1 entries between its first and its last",
		subject + " number 4 follows entry 3, and the one before it is 2: entries between them were removed",
		subject + " number 7 has 0 marks",
		subject + " number 7 is not an entry of this program: there is no length of a message at byte 0, behind 0 messages",
		subject + " number 7 has 0 messages, and its header says otherwise",
		subject + " number 7 does not say which entry it follows",
		subject + " number 8 is not an entry of this program: there is less than the length of a message says at byte 3, behind 1 messages",
		subject + " number 9 has 2 messages, and its header says otherwise",
		subject + ` number 9 says that it follows entry "99", which cannot be`,
		subject + ` number 10 says that it follows entry `,
		"httpd.a.b/etc/passwd is no subject of a series",
		"httpd.a/b.c is no subject of a series",
		`"httpd.\x1b[2J.c" is no subject of a series`,
		"httpd.one is no subject of a series", "httpd.a.b.c is no subject of a series",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing is told like %q:\n%s", want, text)
		}
	}
	if strings.ContainsAny(text, "\x1b\x07") || strings.Contains(text, "number 5 ") {
		t.Errorf("what is told: %q", text)
	}
	if err := stream.Purge(t.Context(), natsjs.WithPurgeSequence(6)); err != nil {
		t.Fatal(err)
	}
	if _, odd = fetched(t, s, transport.Fetch{}); !strings.Contains(strings.Join(odd, "\n"), "stream HTTPD keeps entries for good, and begins with number 6: what was before was removed") {
		t.Errorf("a purge is not told: %q", odd)
	}
}

// TestFetchFails: what cannot be read back is an error in words.
func TestFetchFails(t *testing.T) {
	t.Parallel()
	key, file := user(t)
	s := natsbed.New(t, natsbed.Options{More: "authorization { users: [ { user: admin, password: admin }, { nkey: " + key + `, permissions: { publish: ["$JS.API.STREAM.INFO.*"], subscribe: ["_INBOX.verify.>"] } } ] }`})
	_, js := s.Connect(t, nats.UserInfo("admin", "admin"))
	o := options(transport.Series{})
	o.Store.NATS.Credentials = file
	fails := func(want string) {
		t.Helper()
		_, err := Kind.Fetch(t.Context(), server("nats", s.Address), o, transport.Fetch{Dir: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	fails("there is no stream HTTPD")
	natsbed.Stream(t, js, nil)
	if _, err := js.Publish(t.Context(), "httpd.a.b", []byte("1 a")); err != nil {
		t.Fatal(err)
	}
	fails(`permit our user to publish to "$JS.API.STREAM.MSG.GET.HTTPD", or name with --config`)
	web := natsbed.New(t, natsbed.Options{More: "authorization { users: [ { nkey: " + key + `, permissions: { publish: ["httpd.web1.*"], subscribe: ["_INBOX.web1.>"] } } ] }`})
	if _, err := Kind.Fetch(t.Context(), server("nats", web.Address), o, transport.Fetch{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), `permit our user to subscribe to "_INBOX.verify.`) {
		t.Errorf("a web server's credentials: %v", err)
	}

	open := natsbed.New(t, natsbed.Options{})
	_, js = open.Connect(t)
	natsbed.Stream(t, js, nil)
	if _, err := js.Publish(t.Context(), "httpd.a.b", []byte("1 a")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	testbed.WriteFile(t, filepath.Join(dir, "a.b.log.gz"), "mine")
	if _, err := Kind.Fetch(t.Context(), server("nats", open.Address), options(transport.Series{}), transport.Fetch{Dir: dir}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there is written to: %v", err)
	}
}

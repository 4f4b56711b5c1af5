package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// said is what a service has said so far.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// service is one in this process, whose configuration a test changes.
type service struct {
	t       *testing.T
	dir     string
	path    string
	reloads chan os.Signal
	stderr  said
	url     string
}

// configure writes the configuration, with DIR for the directory.
func (s *service) configure(text string) {
	s.t.Helper()
	testbed.WriteFile(s.t, s.path, strings.ReplaceAll(text, "DIR", s.dir))
}

// get is an answer of the HTTP server; empty where there is none.
func (s *service) get(page string) string {
	a, err := http.Get(s.url + page)
	if err != nil {
		return ""
	}
	defer a.Body.Close()
	b, _ := io.ReadAll(a.Body)
	return string(b)
}

// TestServe: the service takes in, delivers and answers; a reload puts the whole of a good configuration in force and nothing of a bad
// one, which is told; at its end everything that came in is in its file.
func TestServe(t *testing.T) {
	address := testbed.FreeAddress(t)
	s := &service{t: t, dir: t.TempDir(), reloads: make(chan os.Signal), url: "http://" + address + "/"}
	s.path = s.dir + "/httpd_syslog.toml"
	base := "state_dir = \"DIR/state\"\n[log]\ndir = \"DIR/log\"\n[http]\nlisten = \"" + address + "\"\n"
	in := "[[listen]]\nurl = \"unixgram://DIR/%s\"\n"
	s.configure("hostname = \"first\"\n" + base + fmt.Sprintf(in, "a"))
	settings, err := load(cli.Flags{Config: s.path})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	sv := &serving{flags: cli.Flags{Config: s.path}, stderr: &s.stderr, started: time.Now(), loaded: time.Now(), manager: newManager()}
	if err := sv.open(ctx, settings); err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 1)
	go func() { ended <- sv.run(ctx, s.reloads) }()
	testbed.Eventually(t, "the service is well", func() bool { return strings.Contains(s.get("healthz"), "ok") })
	if page := s.get(""); !strings.Contains(page, "first") {
		t.Errorf("the page does not name the host: %.300s", page)
	}
	log := func() string { return testbed.ReadDir(t, s.dir+"/log") }
	s.send("a", "one")
	testbed.Eventually(t, "a message is in its file", func() bool { return strings.Contains(log(), "one\n") })
	for name, bad := range map[string]string{
		"unknown key": "keep = 1\n" + base, "it cannot change while the service runs": strings.Replace(base, "DIR/state", "DIR/other", 1) + fmt.Sprintf(in, "c"),
	} {
		s.configure(bad)
		s.reloads <- os.Interrupt
		testbed.Eventually(t, "a bad configuration is told: "+name, func() bool { return strings.Contains(s.stderr.String(), name) })
		if why := sv.whyRejected(); !strings.Contains(why, name) {
			t.Errorf("rejected is %q", why)
		}
	}
	s.configure("hostname = \"second\"\n" + base + fmt.Sprintf(in, "b"))
	s.reloads <- os.Interrupt
	testbed.Eventually(t, "a good configuration is in force", func() bool { return testbed.Exists(s.dir+"/b") && strings.Contains(s.get(""), "second") })
	if why := sv.whyRejected(); why != "" || testbed.Exists(s.dir+"/a") || testbed.Exists(s.dir+"/c") {
		t.Errorf("rejected is %q, or it listens elsewhere", why)
	}
	s.send("b", "two")
	testbed.Eventually(t, "a message is taken in", func() bool { return sv.listen.status()[0].Messages == 1 })
	stop()
	if code := <-ended; code != cli.ExitOK {
		t.Errorf("status %d: %s", code, s.stderr.String())
	}
	if s.get("healthz") != "" {
		t.Error("it answers still")
	}
	var st status.Status
	if st, err = status.Read(settings.State()); err != nil || st.Delivery.Running {
		t.Errorf("it runs still: %v", err)
	}
	for _, want := range []string{"two\n", " first httpd_syslog", " second httpd_syslog", "event=config.rejected", "event=inlet.begin"} {
		if !strings.Contains(log(), want) {
			t.Errorf("there is no %s in the local log", want)
		}
	}
}

// send sends a message to a socket of the service.
func (s *service) send(socket, text string) {
	s.t.Helper()
	c, err := net.Dial("unixgram", s.dir+"/"+socket)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "<141>Mar 10 12:00:00 app: "+text); err != nil {
		s.t.Fatal(err)
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// service is one in this process, whose configuration a test changes.
type service struct {
	t       *testing.T
	dir     string
	path    string
	reloads chan os.Signal
	stderr  testbed.Said
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
	address, other := testbed.FreeAddress(t), testbed.FreeAddress(t)
	heard := aManager(t)
	s := &service{t: t, dir: t.TempDir(), reloads: make(chan os.Signal), url: "http://" + address + "/"}
	s.path = s.dir + "/httpd_syslog.toml"
	base := "state_dir = \"DIR/state\"\n[log]\ndir = \"DIR/log\"\n[http]\nlisten = \"" + address + "\"\n"
	in := "[[listen]]\nurl = \"unixgram://DIR/%s\"\n"
	s.configure("hostname = \"first\"\n" + base + fmt.Sprintf(in, "a") + fmt.Sprintf(in, "none/x"))
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
	if all := sv.listen.status(); len(all) != 2 || !strings.HasSuffix(all[0].URL, "/a") || all[0].Messages != 1 || all[0].Error != "" || !strings.Contains(all[1].Error, "no such file") || !sv.listen.lack() {
		t.Errorf("it listens at %+v", all)
	}
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
	s.configure("hostname = \"second\"\n" + strings.Replace(base, address, other, 1) + fmt.Sprintf(in, "b") + "[card_numbers]\naction = \"truncate\"\n")
	s.url = "http://" + other + "/"
	s.reloads <- os.Interrupt
	testbed.Eventually(t, "a good configuration is in force", func() bool { return testbed.Exists(s.dir+"/b") && strings.Contains(s.get(""), "second") })
	if why := sv.whyRejected(); why != "" || testbed.Exists(s.dir+"/a") || testbed.Exists(s.dir+"/c") {
		t.Errorf("rejected is %q, or it listens elsewhere", why)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("it answers at its former address")
	}
	s.send("b", "two 4111111111111111")
	testbed.Eventually(t, "a message is taken in", func() bool { return sv.listen.status()[0].Messages == 1 })
	if all := sv.listen.status(); len(all) != 1 || !strings.HasSuffix(all[0].URL, "/b") || sv.listen.lack() {
		t.Errorf("it listens at %+v", all)
	}
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
	if got, want := heard(), "READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 STOPPING=1 with signs of life"; got != want {
		t.Errorf("the service manager has heard %s, want %s", got, want)
	}
	for _, want := range []string{"two 411111******1111\n", "event=listen.failing", " first httpd_syslog", " second httpd_syslog", "event=config.rejected", "event=inlet.begin"} {
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

// aManager is a service manager that wants signs of life. heard is what it has been told, without the line of the status, up to the end.
func aManager(t *testing.T) (heard func() string) {
	t.Helper()
	address := &net.UnixAddr{Net: "unixgram", Name: t.TempDir() + "/notify"}
	socket, err := net.ListenUnixgram("unixgram", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", address.Name)
	t.Setenv("WATCHDOG_USEC", "30000000")
	told := make(chan string, 1)
	go func() { told <- read(socket) }() // from now on, since a socket that is full would hold the service up
	t.Cleanup(func() { socket.Close() })
	return func() string {
		select {
		case all := <-told:
			return all
		case <-time.After(testbed.Patience):
			return "nothing of an end"
		}
	}
}

// read reads what a service manager is told up to the end, or until the socket is closed.
func read(socket *net.UnixConn) string {
	var all []string
	alive := ""
	for len(all) == 0 || all[len(all)-1] != "STOPPING=1" {
		var buf [1000]byte
		n, err := socket.Read(buf[:])
		if err != nil {
			return err.Error()
		}
		switch first, rest, _ := strings.Cut(string(buf[:n]), "\n"); {
		case first == "WATCHDOG=1":
			alive = " with signs of life"
		case first == "RELOADING=1" && !strings.HasPrefix(rest, "MONOTONIC_USEC="):
			all = append(all, first+" without its time")
		case !strings.HasPrefix(first, "STATUS="):
			all = append(all, first)
		}
	}
	return strings.Join(all, " ") + alive
}

// TestServeCannot: what a service cannot begin with is its end, with a status and a reason.
func TestServeCannot(t *testing.T) {
	dir, path := aConfig(t, "[log]\ndir = \"DIR/log\"\n[http]\nlisten = \"\"\n")
	testbed.WriteFile(t, dir+"/state", "no directory")
	settings, err := load(cli.Flags{Config: path})
	if err != nil {
		t.Fatal(err)
	}
	var stderr testbed.Said
	sv := &serving{stderr: &stderr, manager: newManager()}
	err = sv.open(t.Context(), settings)
	if err == nil || sv.conclude(err) != cli.ExitUnable || !strings.Contains(stderr.String(), dir+"/state") {
		t.Errorf("%v: %s", err, stderr.String())
	}
}

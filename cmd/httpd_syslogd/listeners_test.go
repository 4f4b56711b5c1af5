package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/config"
	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// someListeners are listeners that nobody serves, and what they have told, with DIR for the directory.
func someListeners(t *testing.T, dir string) (ls *listeners, told func() []string) {
	t.Helper()
	var all []string
	ls = newListeners(io.Discard)
	ls.tell = func(e event.Event) {
		told, _ := event.Parse(e.String())
		text := told.Code
		for _, p := range told.Pairs {
			text += " " + p.Name + "=" + strings.ReplaceAll(p.Value, dir, "DIR")
		}
		all = append(all, text)
	}
	ls.cards.Store(&cards.Rules{})
	t.Cleanup(func() {
		if err := ls.close(); err != nil {
			t.Error(err)
		}
	})
	return ls, func() []string { was := all; all = nil; return was }
}

func listenAt(all ...config.Listen) settings {
	return settings{cli.Settings{Config: &config.Config{Hostname: "log1", Listen: all}}}
}

// TestListenAgain: an address that cannot be listened at is told once for each reason, is tried again each time, and that it
// could be is told; one that was taken out of the configuration is closed.
func TestListenAgain(t *testing.T) {
	dir := t.TempDir()
	ls, told := someListeners(t, dir)
	good, bad := config.Listen{Scheme: "unixgram", Path: dir + "/good"}, config.Listen{Scheme: "unixgram", Path: dir + "/below/bad"}
	s := listenAt(good, bad)
	for _, step := range []struct {
		name string
		do   func() error
		lack bool
		told []string
	}{
		{"at first", func() error { return nil }, true, []string{"listen.failing listener=unixgram://DIR/below/bad cause="}},
		{"as before", func() error { return nil }, true, nil},
		{"for another reason", func() error { return os.WriteFile(dir+"/below", nil, 0o600) }, true, []string{"listen.failing listener=unixgram://DIR/below/bad cause="}},
		{"it can", func() error {
			if err := os.Remove(dir + "/below"); err != nil {
				return err
			}
			return os.Mkdir(dir+"/below", 0o700)
		}, false, []string{"listen.back listener=unixgram://DIR/below/bad"}},
		{"it does", func() error { return nil }, false, nil},
		{"one less", func() error { s = listenAt(bad); return nil }, false, nil},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		ls.bind(s)
		got := told()
		if !slices.EqualFunc(got, step.told, strings.HasPrefix) || ls.lack() != step.lack || strings.Contains(strings.Join(got, ""), "cause=listen on") {
			t.Errorf("%s: told %q, lacks one: %v", step.name, got, ls.lack())
		}
		all := ls.status()
		if n := len(s.Listen); len(all) != n || all[0].URL != "unixgram://"+dir+"/below/bad" || (all[0].Error != "") != step.lack || n > 1 && all[1].Error != "" {
			t.Errorf("%s: %+v", step.name, all)
		}
	}
	if testbed.Exists(good.Path) {
		t.Error("a socket that nobody listens at is left")
	}
}

// TestListenChanges: a listener goes on with another bound of connections; what it does with messages makes it another
// one; files of a certificate that cannot be used are told, and change nothing.
func TestListenChanges(t *testing.T) {
	dir := t.TempDir()
	ls, told := someListeners(t, dir)
	cert, key := trusttest.WritePair(t, dir, trusttest.Shared(t).Sign(t, nil))
	c := config.Listen{Scheme: "tls", Host: "127.0.0.1", Port: "0", Connections: 5, TLS: config.ListenTLS{CertFile: cert, KeyFile: key}}
	at := listener.Address{Scheme: "tls", Host: "127.0.0.1", Port: "0"}
	ls.bind(listenAt(c))
	first := ls.open[at].l
	if first == nil {
		t.Fatalf("%q", told())
	}
	c.Connections = 7
	ls.bind(listenAt(c))
	if got := ls.status()[0]; ls.open[at].l != first || got.MaxConnections != 7 || got.Until.IsZero() || len(told()) != 0 {
		t.Errorf("%+v", got)
	}
	c.TLS.CertFile = dir + "/none.pem"
	ls.bind(listenAt(c))
	if got := told(); len(got) != 1 || !strings.HasPrefix(got[0], "listener.keeps_certificate listener=tls://127.0.0.1:") || !strings.Contains(got[0], "/none.pem") || ls.open[at].l != first || ls.status()[0].Until.IsZero() {
		t.Errorf("%q", got)
	}
	c.TLS.CertFile, c.Collect = cert, true
	ls.bind(listenAt(c))
	if ls.open[at].l == first || ls.open[at].l == nil || !ls.open[at].collect {
		t.Errorf("%+v: %q", ls.open[at], told())
	}
}

// TestHandedOver: a socket of the service manager is the one of an address that is configured, with its scheme, and is
// listened at where none is.
func TestHandedOver(t *testing.T) {
	ls, _ := someListeners(t, "")
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	f, err := socket.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(socket.Addr().String())
	bare := listener.Address{Scheme: "tcp", Host: "127.0.0.1", Port: port}
	ls.handed[bare] = f
	other := config.Listen{Scheme: "udp", Host: "127.0.0.1", Port: port}
	for name, tt := range map[string]struct {
		listen []config.Listen
		want   []listener.Address
	}{
		"not configured": {nil, []listener.Address{bare}},
		"another one":    {[]config.Listen{other}, []listener.Address{addressOf(other), bare}},
		"over TLS":       {[]config.Listen{{Scheme: "tls", Host: "127.0.0.1", Port: port, Connections: 9}}, []listener.Address{{Scheme: "tls", Host: "127.0.0.1", Port: port}}},
		"by name":        {[]config.Listen{{Scheme: "relp", Host: "localhost", Port: port, Connections: 9}}, []listener.Address{{Scheme: "relp", Host: "127.0.0.1", Port: port}}},
	} {
		s := listenAt(tt.listen...)
		got := ls.wanted(s)
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v", name, got)
		}
		if c := ls.configured(got[0], s); len(tt.listen) > 0 && c.Connections != tt.listen[0].Connections {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if c := ls.configured(bare, listenAt(other)); !reflect.DeepEqual(c, config.Listen{}) {
		t.Errorf("of a socket that is not configured: %+v", c)
	}
	ls.bind(listenAt())
	if ls.handed[bare] != nil || ls.lack() {
		t.Error("the socket is not taken")
	}
}

// TestDescriptorsHandedOver: they are those that are meant for this process, and are bounded.
func TestDescriptorsHandedOver(t *testing.T) {
	own := strconv.Itoa(os.Getpid())
	for _, tt := range []struct {
		pid, n string
		count  int
	}{{own, "2", 2}, {own, "100000", 4096}, {own, "", 0}, {own, "-1", 0}, {"1", "2", 0}, {"", "2", 0}} {
		t.Setenv("LISTEN_PID", tt.pid)
		t.Setenv("LISTEN_FDS", tt.n)
		if fds := handed(); len(fds) != tt.count || tt.count > 0 && (fds[0] != 3 || fds[tt.count-1] != tt.count+2) {
			t.Errorf("%q descriptors for %q: %d", tt.n, tt.pid, len(fds))
		}
	}
}

// TestListenersFollow: a reload has messages from then on under the new host name, and by the new rules about card
// numbers.
func TestListenersFollow(t *testing.T) {
	dir := t.TempDir()
	ls, told := someListeners(t, dir)
	socket := filepath.Join(dir, "log")
	c := config.Default()
	c.Hostname, c.StateDir, c.CardNumbers.Action = "first", filepath.Join(dir, "state"), config.CardsOff
	c.Listen = []config.Listen{{Scheme: "unixgram", Path: socket}}
	s := settings{cli.Settings{Config: c}}
	if err := s.State().Make(); err != nil {
		t.Fatal(err)
	}
	o := s.deliverer()
	if err := ls.openInlets(t.Context(), s, o, func(syslogfmt.Severity, string) {}); err != nil {
		t.Fatal(err)
	}
	ls.bind(s)
	ls.serve()
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		t.Fatalf("%v: %q", err, told())
	}
	defer conn.Close()
	await := func(head, say, want string) {
		t.Helper()
		if _, err := io.WriteString(conn, head+say); err != nil {
			t.Fatal(err)
		}
		var got string
		testbed.Eventually(t, "the message", func() bool {
			for f := range testbed.Frames(t, s.State().Spool()) {
				if f.Kind != frame.Event {
					got = f.Head.Host + " " + string(f.Payload)
				}
			}
			return strings.Contains(got, say[:3])
		})
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	await("<141>httpd[1]: ", "one 4111111111111111", "first one 4111111111111111\n")
	c.Hostname, c.CardNumbers.Action = "second", config.Truncate
	if err := ls.reload(s, o.Streams); err != nil {
		t.Fatal(err)
	}
	await("<141>httpd[1]: ", "two 4111111111111111", "second two 411111******1111\n")
	await("<141>Nov 28 03:13:41 second httpd[1]: ", "six", "second six\n")
}

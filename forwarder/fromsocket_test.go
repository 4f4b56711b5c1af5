package forwarder

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/inlet"
	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/testbed"
)

// TestFromSocketToServer: what programs log reaches the local file and the server, as
// they have written it.
func TestFromSocketToServer(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := inlet.New(ctx, inlet.Options{Streams: s.o.Streams, Host: "web1", StateDir: s.o.StateDir, Memory: 4 << 20, MaxLine: 128 << 10, LastTry: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	l, err := listener.Open(listener.Options{Address: listener.Address{Scheme: "unixgram", Path: filepath.Join(t.TempDir(), "log")}, Host: "web1"})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- l.Serve(ctx, r) }()
	conn, err := net.Dial("unixgram", l.Address().Path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const n = 1000
	stamp := time.Now().Truncate(time.Second)
	var want strings.Builder
	for i := range n {
		fmt.Fprintf(conn, "<%d>%s httpd[%d]: number %d", syslogfmt.PRI(syslogfmt.Local2, syslogfmt.Severity(i%8)), stamp.Format(time.Stamp), 100+i%3, i)
		fmt.Fprintf(&want, "%s web1 httpd[%d]: [ID %d local2.%v] number %d\n", stamp.Format("2006-01-02T15:04:05.000000Z07:00"), 100+i%3, i+1, syslogfmt.Severity(i%8), i)
	}
	cancel()
	if err := errors.Join(<-served, r.Close(), RunDeliverer(t.Context(), s.o)); err != nil {
		t.Fatal(err)
	}
	if got := s.local("error_log"); got != want.String() {
		t.Errorf("the local file has %d bytes, want %d: %.200s", len(got), want.Len(), got)
	}
	var writer string
	for i, m := range c.Lines() {
		pid, id, _ := strings.Cut(m.ProcID, "-")
		if i == 0 {
			writer = id
		}
		if m.Stream != "error" || m.Seq != fmt.Sprint(i+1) || m.Text != fmt.Sprint("number ", i) || pid != fmt.Sprint(100+i%3) || id != writer || len(id) != 16 {
			t.Fatalf("%d: %+v", i, m)
		}
		severity := []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}[i%8]
		if m.Pri != "local2."+severity {
			t.Fatalf("%d: %+v, want %s", i, m, severity)
		}
	}
	if got := c.Count(); got != n {
		t.Errorf("%d of %d lines at the server", got, n)
	}
}

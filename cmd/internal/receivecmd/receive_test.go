package receivecmd

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/testbed"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

// TestReceive: messages are printed in the form that is asked for, until there are as many as are wanted; options may stand behind
// the URL.
func TestReceive(t *testing.T) {
	const message = "<13>1 2026-03-10T12:00:00Z web1 app 1 - - hello"
	for name, tt := range map[string]struct {
		before, behind []string
		want           string
	}{
		"people":   {nil, []string{"--count", "2"}, "web1"},
		"raw":      {[]string{"--raw"}, []string{"--count=2"}, message},
		"programs": {[]string{"--count", "2"}, []string{"--json"}, `"hostname":"web1"`},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs testbed.Said
			ended := make(chan int, 1)
			args := append(append(tt.before, "tcp://127.0.0.1:0"), tt.behind...)
			go func() { ended <- Run(context.Background(), args, &out, &errs) }()
			const listens = "httpd_syslog: listening on tcp://"
			testbed.Eventually(t, "it listens", func() bool { return strings.HasSuffix(errs.String(), "\n") })
			address, is := strings.CutPrefix(strings.TrimSpace(errs.String()), listens)
			if !is {
				t.Fatal(errs.String())
			}
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.WriteString(c, message+" 1\n"+message+" 2\n"); err != nil {
				t.Fatal(err)
			}
			if code := <-ended; code != cli.ExitOK || strings.Count(out.String(), "\n") != 2 || strings.Count(out.String(), tt.want) != 2 {
				t.Errorf("status %d: %s", code, out.String())
			}
		})
	}
}

// TestReceiveNothing: what is asked wrongly, and an address that cannot be listened at, have a status of their own, and an end has none.
func TestReceiveNothing(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{nil, cli.ExitUsage, "httpd_syslog: receive: needs a URL"},
		{[]string{"tcp://:0", "udp://:0"}, cli.ExitUsage, `receive: unexpected argument "udp://:0"`},
		{[]string{"tcp://:0", "--x"}, cli.ExitUsage, "-x"},
		{[]string{"--json", "--raw", "tcp://:0"}, cli.ExitUsage, "--json and --raw exclude each other"},
		{[]string{"http://:0"}, cli.ExitUsage, "http"},
		{[]string{"unix:///does/not/exist"}, cli.ExitLost, "/does/not/exist"},
		{[]string{"tls://127.0.0.1:0", "--cert-file", "/none.c", "--key-file", "/none.k"}, cli.ExitLost, "/none."},
		{[]string{"-h"}, cli.ExitOK, "Commands:"},
		{[]string{"udp://127.0.0.1:0"}, cli.ExitOK, "listening on udp://127.0.0.1:"},
	} {
		var out, errs testbed.Said
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if code := Run(ctx, tt.args, &out, &errs); code != tt.code || !strings.Contains(out.String()+errs.String(), tt.want) {
			t.Errorf("%q: status %d, %s%s", tt.args, code, out.String(), errs.String())
		}
	}
}

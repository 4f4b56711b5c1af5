package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestVirtualHostsOfApache: one pipe of the main server, by CustomLog where no virtual host has a log of
// its own and by GlobalLog where some have, and a file for each of them.
func TestVirtualHostsOfApache(t *testing.T) {
	t.Parallel()
	for _, directive := range []string{"CustomLog", "GlobalLog"} {
		t.Run(directive, func(t *testing.T) {
			t.Parallel()
			syslogd := startRsyslog(t, "tcp")
			p := newProgram(t, syslogd.url(), "")
			appendFile(t, p.config, "[[stream]]\nname = \"access\"\nfile = \"{vhost}/access_log\"\n")
			extra := fmt.Sprintf("%s %q vcombined\n", directive, p.command("access"))
			hosts := []string{"a.example", "b.example", "Third.Example"}
			for _, host := range hosts {
				own := ""
				if directive == "GlobalLog" {
					own = fmt.Sprintf("CustomLog logs/%s-plain vcombined\n", host)
				}
				extra += fmt.Sprintf("<VirtualHost *>\nServerName %s\n%s</VirtualHost>\n", host, own)
			}
			httpd := startApache(t, apacheOptions{mpm: "event", access: "/dev/null", extra: extra})
			const each = 20
			for n := range each {
				for _, host := range hosts {
					get(t, httpd.address, host, n)
				}
			}
			httpd.end(t, syscall.SIGTERM)
			p.awaitEnd(t)
			for _, host := range hosts {
				lines := readLines(t, p.file(filepath.Join(strings.ToLower(host), "access_log")))
				if len(lines) != each || !strings.HasPrefix(lines[each-1], host+" 127.0.0.1 ") || !strings.Contains(lines[each-1], fmt.Sprintf("?n=%d ", each-1)) {
					t.Errorf("%s has %d lines: %q", host, len(lines), lines)
				}
			}
			syslogd.finish(t, each*len(hosts)+len(readLines(t, p.file("audit_log"))))
		})
	}
}

// get asks a virtual host for a page.
func get(t *testing.T, address, host string, n int) {
	t.Helper()
	r, err := http.NewRequest("GET", fmt.Sprintf("http://%s/?n=%d", address, n), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host, r.Close = host, true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
}

func appendFile(t *testing.T, path, text string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	testbed.WriteFile(t, path, string(b)+text)
}

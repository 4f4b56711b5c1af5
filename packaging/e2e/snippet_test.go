package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestRsyslogSnippetTakesLocalMessagesOnly: with the shipped snippet a line of this machine's
// programs is handed over, as this machine's, and without the blank that RFC 3164 has before
// the text; one of another machine, by a tunnel from this one too, stays with rsyslog.
func TestRsyslogSnippetTakesLocalMessagesOnly(t *testing.T) {
	t.Parallel()
	program := testbed.Need(t, "rsyslogd")
	dir := testbed.OpenDir(t)
	out, dev, later := filepath.Join(dir, "out"), filepath.Join(dir, "dev"), filepath.Join(dir, "later")
	udp, tcp := freePort(t), freePort(t)
	p := newLocalProgram(t)
	testbed.WriteFile(t, p.config, "hostname = \"www.example.com\"\n"+testbed.ReadFile(t, p.config)+"[http]\nlisten = \"\"\n[[listen]]\nurl = \"unixgram://"+out+"\"\n")
	service := startServer(t, exec.Command(p.binary, "serve", "--config", p.config), filepath.Join(filepath.Dir(p.config), "service"))
	testbed.Eventually(t, "the service's socket", func() bool { return testbed.Exists(out) || service.hasEnded() })
	conf := filepath.Join(dir, "conf")
	testbed.WriteFile(t, conf, fmt.Sprintf(`global(workDirectory=%q net.enableDNS="off" localHostname="system.example.com")
main_queue(queue.type="Direct")
module(load="imuxsock" SysSock.Use="off") input(type="imuxsock" socket=%q)
module(load="imudp") input(type="imudp" address="127.0.0.1" port="%d")
module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="%d")
%s
action(type="omfile" file=%q)
`, dir, dev, udp, tcp, strings.Replace(testbed.ReadFile(t, "../rsyslog/httpd-syslog.conf"), "/run/httpd-syslog/log", out, 1), later))
	syslogd := startServer(t, exec.Command(program, "-n", "-f", conf, "-i", filepath.Join(dir, "pid")), filepath.Join(dir, "console"))

	send := func(network, address string, messages ...string) {
		var conn net.Conn
		testbed.Eventually(t, network+" at rsyslog", func() (ok bool) {
			var err error
			conn, err = net.Dial(network, address)
			return err == nil || syslogd.hasEnded()
		})
		for _, m := range messages {
			if _, err := fmt.Fprint(conn, m); err != nil {
				t.Fatal(err)
			}
		}
		conn.Close()
	}
	const stamp = "Nov 26 10:00:00"
	send("unixgram", dev,
		"<147>"+stamp+" httpd[77]: [core:error] a text of ours",
		"<147>"+stamp+" httpd[77]:   two blanks before",
		"<142>"+stamp+" logger: an access line",
		"<14>"+stamp+" other: of another facility")
	const remote = "<147>" + stamp + " web7 httpd[77]: remote\n"
	const remote5424 = `<147>1 2026-11-26T10:00:00Z web7 httpd 77 - [meta sequenceId="1"] remote` + "\n"
	send("tcp", fmt.Sprintf("127.0.0.1:%d", tcp), remote, remote5424)
	// Over UDP until one is there: a socket that nobody has opened yet takes them, too.
	testbed.Eventually(t, "the messages in later rules' file", func() bool {
		send("udp", fmt.Sprintf("127.0.0.1:%d", udp), remote, remote5424)
		text := testbed.ReadFile(t, later)
		return strings.Count(text, " web7 httpd[77]") > 2 && strings.Contains(text, "of another facility")
	})
	testbed.Eventually(t, "the lines in the local files", func() bool {
		return strings.Count(testbed.ReadFile(t, p.file("error_log")), "\n") >= 2 && testbed.ReadFile(t, p.file("access_log")) != ""
	})
	syslogd.end(t, syscall.SIGTERM)
	service.end(t, syscall.SIGTERM)
	p.awaitEnd(t)

	stripped := regexp.MustCompile(`(?m)^\S+ `).ReplaceAllString(testbed.ReadFile(t, p.file("error_log"))+testbed.ReadFile(t, p.file("access_log")), "")
	want := `www.example.com httpd[77]: [ID 1 local2.err] [core:error] a text of ours
www.example.com httpd[77]: [ID 2 local2.err]   two blanks before
www.example.com logger: [ID 1 local1.info] an access line
`
	if stripped != want {
		t.Errorf("the local files have\n%swant\n%s", stripped, want)
	}
	if text := testbed.ReadFile(t, later); strings.Contains(text, "of ours") || strings.Contains(text, "an access line") {
		t.Errorf("rsyslog has kept\n%s", text)
	}
	if _, err := os.Stat(p.file("audit_log")); err != nil {
		t.Error(err)
	}
}

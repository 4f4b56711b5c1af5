package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestFormOfSyslogFiles: but for the group behind the tag, a message is in the local file as
// rsyslog writes it into its own, in the form that is its default.
func TestFormOfSyslogFiles(t *testing.T) {
	t.Parallel()
	stamp := time.Now().Format(time.Stamp)
	messages := []string{
		"<147>" + stamp + " web7 httpd[77]: [auth_basic:error] [client 192.0.2.7:80] AH01617: user bob",
		"<147>" + stamp + " web7 apache2: no process id",
		"<147>" + stamp + " web7 sshd[4711]: Failed password for root from 192.0.2.7 port 22 ssh2",
		"<147>" + time.Now().Format(time.RFC3339) + " web7.example.com httpd/ssl[1]:   blanks before, and behind  ",
		"<147>" + stamp + " web7 last[1]: the end",
	}
	syslogd := startRsyslogFile(t)
	p := newLocalProgram(t)
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	testbed.WriteFile(t, p.config, testbed.ReadFile(t, p.config)+"[http]\nlisten = \"\"\n[[listen]]\nurl = \"udp://"+address+"\"\n")
	service := startServer(t, exec.Command(p.binary, "serve", "--config", p.config), filepath.Join(filepath.Dir(p.config), "service"))
	for _, to := range []struct{ address, file string }{{syslogd.address, syslogd.file}, {address, p.file("error_log")}} {
		conn, err := net.Dial("udp", to.address)
		if err != nil {
			t.Fatal(err)
		}
		testbed.Eventually(t, "it listens", func() bool {
			fmt.Fprintf(conn, "<147>%s web7 probe: x", stamp) // an error means that nobody listens yet
			return strings.Contains(testbed.ReadFile(t, to.file), " probe: ") || service.hasEnded()
		})
		for _, m := range messages {
			fmt.Fprint(conn, m)
		}
		testbed.Eventually(t, "the messages in "+to.file, func() bool { return strings.Contains(testbed.ReadFile(t, to.file), "the end") || service.hasEnded() })
		conn.Close()
	}
	service.end(t, syscall.SIGTERM)
	syslogd.end(t, syscall.SIGTERM)
	want, got := withoutProbes(t, syslogd.file), withoutProbes(t, p.file("error_log"))
	if len(got) != len(messages) || !slices.Equal(got, want) {
		t.Errorf("the local file:\n%s\nrsyslog's:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// startRsyslogFile writes what comes over UDP in its default form.
func startRsyslogFile(t *testing.T) *rsyslog {
	t.Helper()
	program := testbed.Need(t, "rsyslogd")
	dir := testbed.OpenDir(t)
	r := &rsyslog{network: "udp", address: fmt.Sprintf("127.0.0.1:%d", freePort(t)), file: filepath.Join(dir, "messages")}
	conf := filepath.Join(dir, "rsyslog.conf")
	_, port, _ := net.SplitHostPort(r.address) // made just now
	testbed.WriteFile(t, conf, fmt.Sprintf(`global(workDirectory=%q net.enableDNS="off")
module(load="imudp") input(type="imudp" address="127.0.0.1" port=%q)
action(type="omfile" file=%q template="RSYSLOG_FileFormat")
`, dir, port, r.file))
	r.server = startServer(t, exec.Command(program, "-n", "-f", conf, "-i", filepath.Join(dir, "pid")), filepath.Join(dir, "console"))
	return r
}

// withoutProbes are a file's lines, with their times in one form, and without the group that
// has number and severity.
func withoutProbes(t *testing.T, file string) (lines []string) {
	t.Helper()
	group := regexp.MustCompile(`: \[ID \d+ local2\.err\] `)
	for _, line := range readLines(t, file) {
		if strings.Contains(line, " probe: ") {
			continue
		}
		stamp, rest, _ := strings.Cut(line, " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil {
			t.Errorf("%s: %q: %v", file, line, err)
		}
		lines = append(lines, at.UTC().Format(time.RFC3339)+" "+group.ReplaceAllString(rest, ": "))
	}
	return lines
}

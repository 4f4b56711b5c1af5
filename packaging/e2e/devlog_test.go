package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// ownDev is a mount namespace with a /dev of its own, where a test may have a /dev/log.
type ownDev struct{ pid int }

// makeOwnDev mounts a /dev with what programs need of it, and stays, for others to enter.
const makeOwnDev = `set -e
dev=$1/dev
mkdir "$dev"
mount -t tmpfs -o mode=755,size=16m tmpfs "$dev"
for name in null zero full random urandom tty; do
  : >"$dev/$name"
  mount --bind /dev/$name "$dev/$name"
done
mkdir -m 1777 "$dev/shm" # of Apache's scoreboard
mount --rbind "$dev" /dev
: >"$1/ready"
exec sleep 600
`

func newOwnDev(t *testing.T) *ownDev {
	t.Helper()
	testbed.Need(t, "unshare")
	testbed.Need(t, "nsenter")
	if os.Geteuid() != 0 {
		testbed.Lacking(t, "no mount namespace can be made (root may)")
	}
	dir := testbed.OpenDir(t)
	cmd := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c", makeOwnDev, "sh", dir)
	keeper := startServer(t, cmd, filepath.Join(dir, "console"))
	testbed.Eventually(t, "a /dev of its own", func() bool { return testbed.Exists(filepath.Join(dir, "ready")) || keeper.hasEnded() })
	if keeper.hasEnded() {
		t.Fatalf("mount namespace: %v\n%s", keeper.err, tail(keeper.console))
	}
	return &ownDev{keeper.pid}
}

// command is one that runs in there.
func (d *ownDev) command(name string, args ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"--mount", fmt.Sprintf("--target=%d", d.pid), "--", name}, args...)...)
}

// startService runs the service, with /dev/log, in the namespace.
func (d *ownDev) startService(t *testing.T, p *program) *server {
	t.Helper()
	f, err := os.OpenFile(p.config, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("[[listen]]\nurl = \"unixgram:///dev/log\"\n[http]\nlisten = \"\"\n")
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, d.command(p.binary, "serve", "--config", p.config), filepath.Join(filepath.Dir(p.config), "service"))
	testbed.Eventually(t, "/dev/log", func() bool {
		return d.command("test", "-S", "/dev/log").Run() == nil || s.hasEnded()
	})
	if s.hasEnded() {
		t.Fatalf("service: %v\n%s", s.err, tail(s.console))
	}
	return s
}

// asReceived is how the local file has a line that came as syslog: time, host, what the sender
// calls itself, and behind that number and severity.
var asReceived = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\S+ \S+ (\S+?)\[\d+\]: \[ID \d+ local\d\.(\w+)\] (.*)$`)

// TestErrorLogSyslog: with ErrorLog syslog:local2 and the service behind /dev/log, every
// error line is in the local file and at the server, with Apache's level as its severity.
func TestErrorLogSyslog(t *testing.T) {
	t.Parallel()
	for _, mpm := range []string{"event", "prefork"} {
		t.Run(mpm, func(t *testing.T) {
			t.Parallel()
			errorLogSyslog(t, mpm)
		})
	}
}

func errorLogSyslog(t *testing.T, mpm string) {
	const n = 1000
	dev := newOwnDev(t)
	syslogd := startRsyslog(t, "tcp")
	p := newProgram(t, syslogd.url(), "")
	service := dev.startService(t, p)
	httpd := startApache(t, apacheOptions{mpm: mpm, access: p.command("access"), errors: "syslog:local2", in: dev})
	var want []string
	for i := range n {
		l := levels[i%len(levels)]
		want = append(want, fmt.Sprintf("%s at %s n=%d", severities[l.apache], l.lua, i))
		r, err := http.Get(fmt.Sprintf("http://%s/level/%s?n=%d", httpd.address, l.lua, i))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
	}
	httpd.end(t, syscall.SIGTERM)
	testbed.Eventually(t, "the lines in the local file", func() bool { return strings.Count(testbed.ReadFile(t, p.file("error_log")), " at ") >= n })
	testbed.Eventually(t, "Apache's last access line", func() bool { return len(readLines(t, p.file("access_log"))) >= n })
	service.end(t, syscall.SIGTERM)
	p.awaitEnd(t)

	var local []string
	errors := readLines(t, p.file("error_log"))
	for _, line := range errors {
		m := asReceived.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("local file: %q", line)
			continue
		}
		if o := orderedBySyslog.FindStringSubmatch(m[3]); o != nil {
			local = append(local, m[2]+" "+o[1])
		}
	}
	sameLines(t, "ordered error lines and the local file", want, local)
	var central []string
	got := syslogd.finish(t, len(errors)+n)
	for _, m := range got {
		if o := orderedBySyslog.FindStringSubmatch(m.text); o != nil && m.facility == "local2" {
			central = append(central, m.severity+" "+o[1])
		}
	}
	sameLines(t, "ordered error lines at rsyslog", want, central)
	if all := headed(got, "local2"); len(all) != len(errors) {
		t.Errorf("%d error lines at rsyslog, %d in the local file", len(all), len(errors))
	}
	checkNumbers(t, got)
	t.Logf("%d error lines; the last: %s", len(errors), errors[len(errors)-1])
}

// orderedBySyslog is what htdocs/levels.lua makes where Apache leaves the time out.
var orderedBySyslog = regexp.MustCompile(`(at \w+ n=\d+)$`)

// TestPerlRecipeToTheService: the recipe of 2010 goes on as it is.
func TestPerlRecipeToTheService(t *testing.T) {
	t.Parallel()
	perl := testbed.Need(t, "perl")
	dev := newOwnDev(t)
	syslogd := startRsyslog(t, "tcp")
	p := newProgram(t, syslogd.url(), "")
	service := dev.startService(t, p)
	lines := accessLines(5000)
	feed(t, dev.command(perl, "-e", strings.Replace(recipe, "setlogsock('unix', shift)", "setlogsock('unix')", 1)), lines)
	testbed.Eventually(t, "the lines in the local file", func() bool { return strings.Count(testbed.ReadFile(t, p.file("access_log")), "\n") >= len(lines) })
	service.end(t, syscall.SIGTERM)
	p.awaitEnd(t)
	for i, line := range readLines(t, p.file("access_log")) {
		m := asReceived.FindStringSubmatch(line)
		if m == nil || m[1] != "httpd" || m[2] != "notice" || strings.TrimPrefix(m[3], " ") != lines[i] {
			t.Fatalf("line %d: %q, want %q", i, line, lines[i])
		}
	}
	got := headed(syslogd.finish(t, len(lines)), "local1")
	if len(got) != len(lines) {
		t.Fatalf("%d messages at rsyslog, %d lines were fed", len(got), len(lines))
	}
	for i, m := range got {
		if want := "local1 notice httpd access " + lines[i]; m != want {
			t.Fatalf("message %d: %q, want %q", i, m, want)
		}
	}
	t.Logf("%d lines, in order, as %q", len(got), got[0])
}

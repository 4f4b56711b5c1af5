package packagetest

import (
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// mostExposed is what systemd-analyze may rate the service: 0 is safe, 10 is not.
const mostExposed = 2.0

func TestServiceIsConfined(t *testing.T) {
	unit := filepath.Join(tree, "packaging/systemd/httpd-syslog.service")
	out := run(t, command(t, "systemd-analyze", "security", "--offline=true", "--no-pager", unit))
	m := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no figure:\n%s", out)
	}
	t.Log(m[0])
	if level, err := strconv.ParseFloat(m[1], 64); err != nil || level >= mostExposed {
		t.Errorf("exposure %s, want less than %v:\n%s", m[1], mostExposed, out)
	}
}

// TestDebInBootedSystem: what the deb has set up when it was installed into a
// running system, and after the system was booted again.
func TestDebInBootedSystem(t *testing.T) {
	r := newRoot(t, map[string]string{"first.deb": packages(t, version).deb})
	const state = `systemctl is-enabled httpd-syslog.socket httpd-syslog.service
systemctl is-active httpd-syslog.socket
stat -c '%A %U %G %n' /run/httpd-syslog /run/httpd-syslog/log /var/lib/httpd-syslog /var/log/httpd-syslog
systemctl show --property=User,Restart,StartLimitIntervalUSec,NeedDaemonReload httpd-syslog.service
`
	const want = `enabled
enabled
active
drwxr-xr-x httpd-syslog httpd-syslog /run/httpd-syslog
srw-rw-rw- root root /run/httpd-syslog/log
drwxr-x--- httpd-syslog httpd-syslog /var/lib/httpd-syslog
drwxr-x--- httpd-syslog httpd-syslog /var/log/httpd-syslog
Restart=always
User=httpd-syslog
NeedDaemonReload=no
StartLimitIntervalUSec=0
`
	if got := r.boot(t, "dpkg -i /first.deb >/dev/null 2>/test/dpkg\n"+state); got != want {
		t.Errorf("after the installation:\n%s\nwant:\n%s", got, want)
	}
	if got := r.boot(t, state+"dpkg -P httpd-syslog >/dev/null\nls -d /run/httpd-syslog || :\n"); got != want+"ls: cannot access '/run/httpd-syslog': No such file or directory\n" {
		t.Errorf("after the next boot, and the purge:\n%s\nwant:\n%s", got, want)
	}
}

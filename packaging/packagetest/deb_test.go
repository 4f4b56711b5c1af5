package packagetest

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDebContents: modes, owners and paths; see testdata/deb.contents.
func TestDebContents(t *testing.T) {
	t.Parallel()
	listing := run(t, command(t, "dpkg-deb", "--contents", packages(t, version).deb))
	var got []string
	for l := range strings.Lines(listing) {
		f := strings.Fields(l) // mode, owner, size, date, time, path
		got = append(got, f[0]+" "+f[1]+" "+f[5])
	}
	checkList(t, "deb.contents", got)
}

// checkList compares lines with those of a file of testdata.
func checkList(t *testing.T, name string, got []string) {
	t.Helper()
	want := strings.Split(strings.TrimSpace(readFile(t, filepath.Join("testdata", name))), "\n")
	for _, l := range missing(want, got) {
		t.Errorf("%s: missing: %s", name, l)
	}
	for _, l := range missing(got, want) {
		t.Errorf("%s: not expected: %s", name, l)
	}
}

// missing are the lines that have not.
func missing(lines, have []string) (lack []string) {
	known := map[string]bool{}
	for _, l := range have {
		known[l] = true
	}
	for _, l := range lines {
		if !known[l] {
			lack = append(lack, l)
		}
	}
	return lack
}

func TestDebControl(t *testing.T) {
	t.Parallel()
	deb := packages(t, version).deb
	control := run(t, command(t, "dpkg-deb", "--field", deb))
	for _, want := range []string{
		"Package: httpd-syslog\n", "Version: " + version + "-1\n", "Depends: passwd\n",
		"Description: Apache log lines to local files and central syslog servers\n",
	} {
		if !strings.Contains(control, want) {
			t.Errorf("control has not %q:\n%s", want, control)
		}
	}
	conffiles := run(t, command(t, "dpkg-deb", "--info", deb, "conffiles"))
	if want := "/etc/apache2/conf-available/httpd-syslog.conf\n/etc/httpd-syslog/httpd_syslog.toml\n"; conffiles != want {
		t.Errorf("conffiles: %q, want %q", conffiles, want)
	}
}

// TestLintian: nothing at all; what it would find and is meant is in
// deb/lintian-overrides.
func TestLintian(t *testing.T) {
	t.Parallel()
	cmd := command(t, "lintian", "--info", "--display-info", "--fail-on", "error,warning,info", "--allow-root", packages(t, version).deb)
	if out := run(t, cmd); strings.TrimSpace(out) != "" {
		t.Errorf("lintian:\n%s", out)
	}
}

// TestDebLife: the deb where systemd is installed and does not run, as when an
// image is made: installed, upgraded, removed and purged, as dpkg does it.
func TestDebLife(t *testing.T) {
	t.Parallel()
	r := newRoot(t, map[string]string{
		"first.deb": packages(t, version).deb, "later.deb": packages(t, laterVersion).deb,
	})
	out := r.chroot(t, `dpkg -i /first.deb
stat -c '%a %U %G %n' /etc/httpd-syslog/httpd_syslog.toml /var/lib/httpd-syslog /var/lib/httpd-syslog/spool /var/log/httpd-syslog >/after-install
getent passwd httpd-syslog | cut -d: -f1,6,7 >>/after-install
systemctl is-enabled httpd-syslog.socket httpd-syslog.service >>/after-install
httpd_syslog check >>/after-install
systemd-analyze --man=no verify httpd-syslog.service httpd-syslog.socket httpd-syslog-verify.service httpd-syslog-verify.timer 2>&1 >/verify

echo '# mine' >>/etc/httpd-syslog/httpd_syslog.toml
chmod 600 /etc/httpd-syslog/httpd_syslog.toml
echo line >/var/log/httpd-syslog/access_log
echo frame >/var/lib/httpd-syslog/spool/1
dpkg -i /later.deb
httpd_syslog version >/after-upgrade
stat -c '%a %U %G %n' /etc/httpd-syslog/httpd_syslog.toml >>/after-upgrade
tail -n 1 /etc/httpd-syslog/httpd_syslog.toml >>/after-upgrade

dpkg -r httpd-syslog
ls /usr/bin/httpd_syslog /etc/httpd-syslog/httpd_syslog.toml /var/lib/httpd-syslog/spool/1 /var/log/httpd-syslog/access_log >/after-remove 2>/dev/null || :
dpkg -P httpd-syslog
ls -d /etc/httpd-syslog /var/lib/httpd-syslog /var/log/httpd-syslog/access_log >/after-purge 2>/dev/null || :
find /etc/systemd /var/lib/systemd -name '*httpd-syslog*' >>/after-purge`)
	for file, want := range map[string]string{
		"after-install": `^640 root httpd-syslog /etc/httpd-syslog/httpd_syslog.toml
750 httpd-syslog httpd-syslog /var/lib/httpd-syslog
750 httpd-syslog httpd-syslog /var/lib/httpd-syslog/spool
750 httpd-syslog httpd-syslog /var/log/httpd-syslog
httpd-syslog:/var/lib/httpd-syslog:/usr/sbin/nologin
enabled
enabled
configuration  /etc/httpd-syslog/httpd_syslog.toml
`,
		"verify": `^$`,
		"after-upgrade": `^httpd_syslog ` + regexp.QuoteMeta(laterVersion) + ` 0123456789ab 2025-11-24T16:00:00Z go\S+ linux/\S+
600 root httpd-syslog /etc/httpd-syslog/httpd_syslog.toml
# mine
$`,
		"after-remove": `^/etc/httpd-syslog/httpd_syslog.toml
/var/lib/httpd-syslog/spool/1
/var/log/httpd-syslog/access_log
$`,
		"after-purge": `^/var/log/httpd-syslog/access_log
$`,
	} {
		if got := r.read(t, file); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s:\n%s\nwant:\n%s", file, got, want)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

// TestDebWithoutSystemd: a container without systemd has the user and the
// directories, and the purge goes through.
func TestDebWithoutSystemd(t *testing.T) {
	t.Parallel()
	r := newRoot(t, map[string]string{"first.deb": packages(t, version).deb})
	r.chroot(t, `rm /usr/bin/systemd-sysusers /usr/bin/systemd-tmpfiles /usr/bin/systemctl
dpkg -i /first.deb
stat -c '%a %U %G %n' /var/lib/httpd-syslog/spool /var/log/httpd-syslog >/after-install
getent passwd httpd-syslog | cut -d: -f1,6,7 >>/after-install
echo line | httpd_syslog
dpkg -P httpd-syslog
ls -d /var/lib/httpd-syslog >/after-purge 2>/dev/null || :`)
	if got, want := r.read(t, "after-install"), `750 httpd-syslog httpd-syslog /var/lib/httpd-syslog/spool
750 httpd-syslog httpd-syslog /var/log/httpd-syslog
httpd-syslog:/var/lib/httpd-syslog:/usr/sbin/nologin
`; got != want {
		t.Errorf("after the installation:\n%s\nwant:\n%s", got, want)
	}
	if got := r.read(t, "after-purge"); got != "" {
		t.Errorf("after the purge: %s", got)
	}
}

// TestScriptsAreShell: each maintainer script is a shell script without errors of
// syntax.
func TestScriptsAreShell(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"deb/p*", "rpm/*.sh", "build.sh", "packagetest/*.sh"} {
		files, err := filepath.Glob(filepath.Join(tree, "packaging", pattern))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: %q, %v", pattern, files, err)
		}
		for _, file := range files {
			run(t, exec.Command("sh", "-n", file))
		}
	}
}

package packagetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/config"
	"httpd-syslog/forwarder/testbed"
)

const rpmFields = "[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILEFLAGS:fflags}- %{FILENAMES}\n]"

// TestRPMContents: modes, owners, flags (c: configuration, n: not replaced, d:
// documentation, l: license) and paths; see testdata/rpm.contents.
func TestRPMContents(t *testing.T) {
	t.Parallel()
	listing := run(t, command(t, "rpm", "-qp", "--queryformat", rpmFields, packages(t, version).rpm))
	checkList(t, "rpm.contents", strings.Split(strings.TrimSpace(listing), "\n"))
}

func TestRPMHeader(t *testing.T) {
	t.Parallel()
	rpm := packages(t, version).rpm
	got := run(t, command(t, "rpm", "-qp", "--queryformat", "%{NAME} %{VERSION}-%{RELEASE} %{LICENSE} %{BUILDHOST} %{BUILDTIME}\n", rpm))
	if want := "httpd-syslog " + version + "-1 MIT localhost 1764000000\n"; got != want {
		t.Errorf("header %q, want %q", got, want)
	}
	scripts := run(t, command(t, "rpm", "-qp", "--scripts", rpm))
	for _, want := range []string{"preinstall scriptlet", "postinstall scriptlet", "preuninstall scriptlet", "postuninstall scriptlet"} {
		if !strings.Contains(scripts, want+" (using /bin/sh)") {
			t.Errorf("no %s:\n%s", want, scripts)
		}
	}
}

// TestRPMLint: nothing at all; what it would find and is meant is in
// rpm/httpd-syslog.rpmlintrc. rpmlint unpacks a package with cpio, and nfpm writes
// absolute names: without the option it would unpack into the machine.
func TestRPMLint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "cpio"), fmt.Sprintf("#!/bin/sh\nexec %s --no-absolute-filenames --quiet \"$@\"\n", testbed.Need(t, "cpio")), 0o755)
	cmd := command(t, "rpmlint", "--rpmlintrc", filepath.Join(tree, "packaging/rpm/httpd-syslog.rpmlintrc"), packages(t, version).rpm)
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	if out := run(t, cmd); !strings.Contains(out, " 0 errors, 0 warnings, 0 badness") {
		t.Errorf("rpmlint:\n%s", out)
	}
}

// TestRPMInEmptyRoot: the files as they lie on the disk, in a root that has nothing
// but the two accounts.
func TestRPMInEmptyRoot(t *testing.T) {
	t.Parallel()
	testbed.NeedRoot(t)
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nhttpd-syslog:x:977:976::/var/lib/httpd-syslog:/sbin/nologin\n", 0o644)
	writeFile(t, filepath.Join(root, "etc/group"), "root:x:0:\nhttpd-syslog:x:976:\n", 0o644)
	run(t, command(t, "rpm", "--root", root, "--nodeps", "--noscripts", "--install", packages(t, version).rpm))
	for path, want := range map[string]string{
		"usr/bin/httpd_syslog":                          "-rwxr-xr-x 0:0",
		"usr/libexec/httpd-syslog":                      "drwxr-xr-x 0:0",
		"usr/libexec/httpd-syslog/httpd_syslogd":        "-rwxr-xr-x 0:0",
		"usr/libexec/httpd-syslog/httpd_syslogd_stores": "-rwxr-xr-x 0:0",
		"etc/httpd-syslog":                              "drwxr-xr-x 0:0",
		"etc/httpd-syslog/httpd_syslog.toml":            "-rw-r----- 0:976",
		"etc/httpd/conf.d/httpd-syslog.conf":            "-rw-r--r-- 0:0",
		"usr/lib/systemd/system/httpd-syslog.service":   "-rw-r--r-- 0:0",
		"var/lib/httpd-syslog":                          "drwxr-x--- 977:976",
		"var/lib/httpd-syslog/spool":                    "drwxr-x--- 977:976",
		"var/log/httpd-syslog":                          "drwxr-x--- 977:976",
		"usr/share/man/man8/httpd_syslog.8.gz":          "-rw-r--r-- 0:0",
		"usr/share/selinux/packages/httpd_syslog":       "drwxr-xr-x 0:0",
		"usr/share/licenses/httpd-syslog/libraries.gz":  "-rw-r--r-- 0:0",
	} {
		st, err := os.Lstat(filepath.Join(root, path))
		if err != nil {
			t.Error(err)
			continue
		}
		sys := st.Sys().(*syscall.Stat_t)
		if got := fmt.Sprintf("%v %d:%d", st.Mode(), sys.Uid, sys.Gid); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	for _, program := range []string{"usr/bin/httpd_syslog", "usr/libexec/httpd-syslog/httpd_syslogd", "usr/libexec/httpd-syslog/httpd_syslogd_stores"} {
		out := run(t, exec.Command(filepath.Join(root, program), "version"))
		if want := filepath.Base(program) + " " + version + " 0123456789ab 2025-11-24T16:00:00Z go"; !strings.HasPrefix(out, want) {
			t.Errorf("version: %q, want %q…", out, want)
		}
	}
	if out, err := exec.Command(filepath.Join(root, "usr/bin/httpd_syslog"), "receive", "nowhere").CombinedOutput(); err == nil || !strings.Contains(string(out), "nowhere") {
		t.Errorf("httpd_syslog does not find httpd_syslogd: %v %s", err, out)
	}
	checkRPMConfig(t, filepath.Join(root, "etc/httpd-syslog/httpd_syslog.toml"))
}

// checkRPMConfig: the RPM's configuration is the tree's, which a test of package
// config looks at, but for who delivers.
func checkRPMConfig(t *testing.T, path string) {
	t.Helper()
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Deliver != config.Service {
		t.Errorf("deliver = %q in the RPM", c.Deliver)
	}
	common := readFile(t, filepath.Join(tree, "packaging/httpd_syslog.toml"))
	if want := strings.Replace(common, "\ndeliver = \"auto\"\n", "\ndeliver = \"service\"\n", 1); readFile(t, path) != want {
		t.Errorf("the RPM's configuration differs in more than deliver:\n%s", readFile(t, path))
	}
}

// TestRPMLife: the RPM's scriptlets in a system with systemd that does not run:
// installed, upgraded, removed. Presets decide, here that nothing starts. A
// stand-in for semodule notes what it is told.
func TestRPMLife(t *testing.T) {
	t.Parallel()
	testbed.Need(t, "rpm")
	p, later := packages(t, version), packages(t, laterVersion)
	r := newRoot(t, map[string]string{"first.rpm": p.rpm, "later.rpm": later.rpm})
	r.write(t, "usr/lib/systemd/system-preset/99-default-disable.preset", "disable *\n", 0o644)
	r.write(t, "etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n", 0o644)
	r.write(t, "etc/selinux/targeted/policy/policy.33", "", 0o644)
	r.write(t, "usr/sbin/semodule", "#!/bin/sh\necho \"$*\" >>/semodule\n", 0o755)
	r.write(t, "usr/sbin/selinuxenabled", "#!/bin/sh\nexit 1\n", 0o755)
	out := run(t, r.script(t.Context(), `mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec 2>&1
rpm --root "$root" --nodeps --install "$root/first.rpm"
chroot "$root" /bin/sh -euc 'exec >/after-install
stat -c "%a %U %G %n" /etc/httpd-syslog/httpd_syslog.toml /var/lib/httpd-syslog /var/lib/httpd-syslog/spool /var/log/httpd-syslog
getent passwd httpd-syslog | cut -d: -f1,6
systemctl is-enabled httpd-syslog.socket httpd-syslog.service || :'
chroot "$root" /bin/sh -euc 'echo "# mine" >>/etc/httpd-syslog/httpd_syslog.toml
echo line >/var/log/httpd-syslog/access_log
systemctl enable httpd-syslog'
rpm --root "$root" --nodeps --upgrade "$root/later.rpm"
chroot "$root" /bin/sh -euc 'exec >/after-upgrade
httpd_syslog version | cut -d" " -f1,2
tail -n 1 /etc/httpd-syslog/httpd_syslog.toml
systemctl is-enabled httpd-syslog.service'
rpm --root "$root" --verify --nodeps httpd-syslog >"$root/verified" 2>/dev/null || :
rpm --root "$root" --erase httpd-syslog
chroot "$root" /bin/sh -euc 'exec >/after-erase
ls /usr/bin/httpd_syslog /var/log/httpd-syslog/access_log 2>/dev/null || :
find /etc/systemd -name "*httpd-syslog*"'`))
	for file, want := range map[string]string{
		"after-install": `640 root httpd-syslog /etc/httpd-syslog/httpd_syslog.toml
750 httpd-syslog httpd-syslog /var/lib/httpd-syslog
750 httpd-syslog httpd-syslog /var/lib/httpd-syslog/spool
750 httpd-syslog httpd-syslog /var/log/httpd-syslog
httpd-syslog:/var/lib/httpd-syslog
disabled
disabled
`,
		"after-upgrade": "httpd_syslog " + laterVersion + "\n# mine\nenabled\n",
		"verified":      "S.5....T.  c /etc/httpd-syslog/httpd_syslog.toml\n",
		"after-erase":   "/var/log/httpd-syslog/access_log\n",
		"semodule": `-n -X 200 -s targeted -i /usr/share/selinux/packages/httpd_syslog/httpd_syslog.pp
-n -X 200 -s targeted -i /usr/share/selinux/packages/httpd_syslog/httpd_syslog.pp
-n -X 200 -s targeted -r httpd_syslog
`,
	} {
		if got := r.read(t, file); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", file, got, want)
		}
	}
	if scriptletFailed.MatchString(out) || t.Failed() {
		t.Errorf("rpm:\n%s", out)
	}
}

var scriptletFailed = regexp.MustCompile(`(?i)scriptlet failed|error:|not found`)

// TestRPMWithoutSystemd: neither systemd nor SELinux, as in a container.
func TestRPMWithoutSystemd(t *testing.T) {
	t.Parallel()
	testbed.Need(t, "rpm")
	r := newRoot(t, map[string]string{"first.rpm": packages(t, version).rpm})
	out := run(t, r.script(t.Context(), `exec 2>&1
rm "$root/usr/bin/systemd-sysusers" "$root/usr/bin/systemd-tmpfiles" "$root/usr/bin/systemctl"
mount --rbind /dev "$root/dev"
rpm --root "$root" --nodeps --install "$root/first.rpm"
chroot "$root" stat -c "%a %U %G %n" /var/lib/httpd-syslog/spool >"$root/after-install"
rpm --root "$root" --erase httpd-syslog`))
	if got, want := r.read(t, "after-install"), "750 httpd-syslog httpd-syslog /var/lib/httpd-syslog/spool\n"; got != want {
		t.Errorf("after the installation: %q, want %q", got, want)
	}
	if scriptletFailed.MatchString(out) {
		t.Errorf("rpm:\n%s", out)
	}
}

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// fail2ban is a private server of it, which bans by itself nobody.
type fail2ban struct {
	*server
	dir string
}

// startFail2ban has the packages' jails, with other defaults, and those enabled that are named.
func startFail2ban(t *testing.T, defaults string, jails ...string) *fail2ban {
	t.Helper()
	program := testbed.Need(t, "fail2ban-server")
	f := &fail2ban{dir: testbed.OpenDir(t)}
	if out, err := exec.Command("cp", "-r", "/etc/fail2ban", f.conf()).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
	own, _ := filepath.Glob(f.conf() + "/jail.d/*") // the machine's
	for _, file := range own {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	testbed.WriteFile(t, f.conf()+"/jail.d/httpd-syslog.conf", testbed.ReadFile(t, "../fail2ban/httpd-syslog.conf"))
	testbed.WriteFile(t, f.conf()+"/fail2ban.local", fmt.Sprintf(
		"[Definition]\nlogtarget = STDOUT\nsocket = %[1]s/socket\npidfile = %[1]s/pid\ndbfile = None\n", f.dir))
	local := "[DEFAULT]\naction =\nbackend = polling\nignoreself = false\nignoreip =\nusedns = no\n" + defaults
	for _, jail := range jails {
		section := "[" + jail + "]\n"
		if !strings.Contains(local, section) {
			local += section
		}
		local = strings.ReplaceAll(local, section, section+"enabled = true\nmaxretry = 1\n")
	}
	testbed.WriteFile(t, f.conf()+"/jail.local", local)
	f.server = startServer(t, exec.Command(program, "-c", f.conf(), "-f", "start"), filepath.Join(f.dir, "console"))
	testbed.Eventually(t, "fail2ban ready", func() bool { return f.client("ping") != "" || f.hasEnded() })
	if f.hasEnded() {
		t.Fatalf("fail2ban: %v\n%s", f.err, tail(f.console))
	}
	return f
}

func (f *fail2ban) conf() string { return filepath.Join(f.dir, "conf") }

// client asks the server; empty: it does not answer.
func (f *fail2ban) client(args ...string) string {
	out, err := exec.Command("fail2ban-client", append([]string{"-c", f.conf(), "-s", filepath.Join(f.dir, "socket")}, args...)...).Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// check waits until the jail has banned whom it should, among them who comes last in the file,
// and looks whether it has found anybody else until then.
func (f *fail2ban) check(t *testing.T, jail string, want []string) {
	t.Helper()
	slices.Sort(want)
	banned := regexp.MustCompile(`Banned IP list:(.*)`)
	testbed.Eventually(t, fmt.Sprintf("%q banned by %s", want, jail), func() bool {
		m := banned.FindStringSubmatch(f.client("status", jail))
		return m != nil && len(without(want, strings.Fields(m[1]))) == 0
	})
	var found []string
	for _, m := range regexp.MustCompile(`\[`+jail+`\] Found (\S+) `).FindAllStringSubmatch(testbed.ReadFile(t, f.console), -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	if found = slices.Compact(found); !slices.Equal(found, want) {
		t.Errorf("%s has found %q, want %q", jail, found, want)
	}
}

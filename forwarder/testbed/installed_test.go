package testbed

import (
	"os"
	"os/exec"
	"testing"
)

func TestMain(m *testing.M) {
	HideInstalled()
	os.Exit(m.Run())
}

// installedElsewhere is set in a namespace in which the program is installed.
const installedElsewhere = "HTTPD_SYSLOG_TEST_INSTALLED"

// TestHideInstalled: on a machine on which the package is installed, tests see none of its files.
func TestHideInstalled(t *testing.T) {
	if os.Getenv(installedElsewhere) != "" {
		if Installed() {
			t.Error("the configuration is there")
		}
		return
	}
	if os.Geteuid() != 0 {
		Lacking(t, "only root can hide what is installed")
	}
	if out, err := exec.Command("unshare", "-m", "true").CombinedOutput(); err != nil {
		Lacking(t, "cannot have a mount namespace: %v: %s", err, out)
	}
	cmd := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-e", "-c",
		`mount -t tmpfs tmpfs /etc; mkdir -m 750 /etc/httpd-syslog; echo 'hostname = "x"' >/etc/httpd-syslog/httpd_syslog.toml; exec "$@"`,
		"sh", os.Args[0], "-test.run=^TestHideInstalled$", "-test.v")
	cmd.Env = append(os.Environ(), installedElsewhere+"=1", "HTTPD_SYSLOG_TEST_HIDDEN=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

package e2e

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestZeroConfiguration: CustomLog "|httpd_syslog" and nothing else, with an
// Apache of a user without a home.
func TestZeroConfiguration(t *testing.T) {
	t.Parallel()
	if testbed.Installed() {
		testbed.Lacking(t, "the program is installed here (root can hide that)")
	}
	user := "nobody"
	if os.Geteuid() != 0 {
		user = "" // an ordinary user already
	}
	home := testbed.OpenDir(t)
	if user != "" {
		credential(t, user, []string{home})
	}
	below := filepath.Join(home, "httpd-syslog")
	p := place(t)
	p.state, p.log = filepath.Join(below, "state"), filepath.Join(below, "log")
	httpd := startApache(t, apacheOptions{
		mpm: "event", user: user, access: "|" + p.binary,
		env: []string{"XDG_STATE_HOME=" + home},
	})
	httpd.sendInWaves(t, requests(200), p.file("access_log"), httpd.errors)
	httpd.end(t, syscall.SIGWINCH)
	p.awaitEnd(t)
	sameLines(t, "local access_log and Apache's own", readLines(t, httpd.plain), readLines(t, p.file("access_log")))
}

package testbed

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// installed are the directories of the package.
var installed = []string{"/etc/httpd-syslog", "/var/lib/httpd-syslog", "/var/log/httpd-syslog"}

// Installed reports whether the machine has files of its own there: the program takes them for
// its defaults.
func Installed() bool {
	for _, dir := range installed {
		if files, err := os.ReadDir(dir); err == nil && len(files) > 0 || os.IsPermission(err) {
			return true
		}
	}
	return false
}

// HideInstalled begins the test program anew where the directories of the package are empty, if
// they are not: in a mount namespace of its own, which takes root. To be called first thing in
// TestMain. Tests that want them empty still have to ask Installed.
func HideInstalled() {
	const hidden = "HTTPD_SYSLOG_TEST_HIDDEN"
	if os.Geteuid() != 0 || !Installed() || os.Getenv(hidden) != "" {
		return
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		return
	}
	inNamespace := []string{"unshare", "--mount", "--propagation", "private", "--"}
	if exec.Command(unshare, append(inNamespace[1:], "true")...).Run() != nil {
		return
	}
	script := "for dir in " + strings.Join(installed, " ") + `; do [ ! -d "$dir" ] || mount -t tmpfs -o mode=755 tmpfs "$dir" || :; done; exec "$@"`
	args := append(append(inNamespace, "sh", "-c", script, "sh"), os.Args...)
	_ = syscall.Exec(unshare, args, append(os.Environ(), hidden+"=1")) // else they are as they are
}

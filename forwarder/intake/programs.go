package intake

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// DaemonName is the program that delivers.
const DaemonName = "httpd_syslogd"

// libexec is where the packages and make install have it, seen from the directory that
// this program is in.
const libexec = "../libexec/httpd-syslog"

// self is the path of this program's file, as it was at the start; empty: not known. An
// upgrade puts another file there, which is then meant.
var self = selfPath()

func selfPath() string {
	if path, err := os.Readlink("/proc/self/exe"); err == nil {
		return strings.TrimSuffix(path, " (deleted)")
	}
	path, err := exec.LookPath(os.Args[0])
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return ""
	}
	return path
}

// FindDaemon finds the program that delivers: beside this one, or in the libexec
// directory. The error says where it should be.
func FindDaemon() (string, error) {
	dir := filepath.Dir(self)
	if self == "" {
		return "", fmt.Errorf("%s: cannot find out where this program is, beside which it should be (is there no /proc?)", DaemonName)
	}
	places := []string{filepath.Join(dir, DaemonName), filepath.Join(dir, libexec, DaemonName)}
	for _, path := range places {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s, which delivers, is missing, and lines wait in the spool: it is neither %s nor %s (install it there)", DaemonName, places[0], places[1])
}

// Daemon is a command of the program that delivers, in a session of its own.
func Daemon(args ...string) (*exec.Cmd, error) {
	path, err := FindDaemon()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Args[0], cmd.Dir = DaemonName, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, nil
}

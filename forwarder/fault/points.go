//go:build faultpoints

package fault

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var (
	name, action, _ = strings.Cut(os.Getenv("HTTPD_SYSLOG_FAULT"), "=")
	marker          = os.Getenv("HTTPD_SYSLOG_FAULT_MARKER")
	soon            = os.Getenv("HTTPD_SYSLOG_FAULT_SOON") != ""
	muted           = os.Getenv("HTTPD_SYSLOG_FAULT_MUTE")
)

// Soon is a time, or the tenth of it that a test wants.
func Soon(after time.Duration) time.Duration {
	if soon {
		return after / 10
	}
	return after
}

// Muted reports whether a test wants events of this code to be told in other words.
func Muted(code string) bool { return code != "" && code == muted }

// Point is a place where a test may end the program.
func Point(here string) {
	if here != name || !mark() {
		return
	}
	if action == "kill" {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	for !exists(marker + ".go") {
		time.Sleep(time.Millisecond)
	}
}

// Error is the error that a test wants a call to fail with.
func Error(here string) error {
	errno, is := map[string]error{"EIO": syscall.EIO, "EROFS": syscall.EROFS}[action]
	if here != name || !is || exists(marker+".go") {
		return nil
	}
	mark()
	return errno
}

// mark makes the marker with the process's number, unless it is there.
func mark() bool {
	f, err := os.OpenFile(marker, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return false
	}
	_, _ = f.WriteString(strconv.Itoa(os.Getpid()))
	_ = f.Close()
	return true
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

package measure

import (
	"errors"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// FreePort is a port of 127.0.0.1 that nobody has.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// Freshen gives every run the same start: what the one before has left is on the disk,
// and so much memory has been in use just before. On a virtual machine the host may
// have taken free memory back, and whoever is the first to use it again waits for it.
func Freshen(size int64) error {
	f, err := os.CreateTemp("", "bench")
	if err != nil {
		return err
	}
	defer f.Close()
	defer os.Remove(f.Name())
	const enough = 8 << 30 // a run that needs more pays for it
	size = min(size, enough)
	for b := make([]byte, 1<<20); size > 0; size -= int64(len(b)) {
		if _, err := f.Write(b); err != nil {
			return err
		}
	}
	if err := f.Truncate(0); err != nil { // before it is on the disk
		return err
	}
	unix.Sync()
	return nil
}

// SyslogNGRoot is where install-peers.sh unpacks syslog-ng.
func SyslogNGRoot() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "httpd-syslog-tests", "syslog-ng", "usr")
}

package vhost

import (
	"fmt"
	"os"
	"path/filepath"
)

// MakeDir makes a directory below the log directory, with the mode of that. A symbolic link is refused.
func MakeDir(logDir, dir string) error {
	rel, err := filepath.Rel(logDir, dir)
	if err != nil || rel == "." || !filepath.IsLocal(rel) {
		return nil
	}
	if err := MakeDir(logDir, filepath.Dir(dir)); err != nil {
		return err
	}
	parent, err := os.Stat(logDir)
	if err != nil {
		return err
	}
	mode := parent.Mode() & (os.ModePerm | os.ModeSetgid)
	err = os.Mkdir(dir, mode.Perm())
	if err == nil {
		return os.Chmod(dir, mode) // Mkdir has applied the umask
	}
	st, serr := os.Lstat(dir)
	if serr == nil && !st.IsDir() {
		return fmt.Errorf("%q is a symbolic link or no directory, which is refused", dir)
	}
	if serr == nil {
		return nil
	}
	return err
}

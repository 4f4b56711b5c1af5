package rotate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCheck: a file that could be made is no error, whether its directory is there or not; the file of an error is named.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"access_log", "is", "not/there/yet/access_log"} {
		path := filepath.Join(dir, file)
		if file == "is" {
			must(t, os.WriteFile(path, []byte("a line\n"), 0o600))
		}
		if err := Check(path); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("it has made something: %v, %v", names, err)
	}
	directory := filepath.Join(dir, "directory")
	must(t, os.Mkdir(directory, 0o755))
	if err := Check(directory); err == nil || !strings.Contains(err.Error(), directory) {
		t.Errorf("a directory: %v", err)
	}
	var at *fs.PathError
	if err := Check(filepath.Join(dir, "is", "access_log")); !errors.As(err, &at) || at.Err != syscall.ENOTDIR {
		t.Errorf("below a file: %v", err)
	}
}

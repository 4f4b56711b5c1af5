package rotate

import (
	"os"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

func TestLockDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	k, err := LockDir(dir)
	must(t, err)
	wantMode(t, dir, 0o750)
	_, err = LockDir(dir)
	wantErr(t, err, ErrLocked)
	must(t, k.Close())
	k, err = LockDir(dir)
	must(t, err)
	must(t, k.Close())
}

// TestLockDirDuringAFork: the lock is free though a process that is being started has the directory open for a while.
func TestLockDirDuringAFork(t *testing.T) {
	dir := t.TempDir()
	k, err := LockDir(dir)
	must(t, err)
	defer testbed.Share(t, dir)()
	must(t, k.Close())
	k, err = LockDir(dir)
	must(t, err)
	must(t, k.Close())
}

func TestLockDirOfAnotherProcess(t *testing.T) {
	if dir := os.Getenv("ROTATE_LOCKDIR"); dir != "" {
		_, err := LockDir(dir)
		wantErr(t, err, ErrLocked)
		return
	}
	dir := t.TempDir()
	k, err := LockDir(dir)
	must(t, err)
	defer k.Close()
	reexec(t, "ROTATE_LOCKDIR="+dir)
}

func TestLockDirRefusesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	must(t, os.WriteFile(path, nil, 0o600))
	if _, err := LockDir(path); err == nil {
		t.Fatal("locked a file")
	}
}

func TestLockDirReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	must(t, os.Mkdir(dir, 0o700))
	d, err := os.Open(dir)
	must(t, err)
	defer d.Close()
	must(t, os.Rename(dir, dir+".old"))
	must(t, os.Mkdir(dir, 0o700))
	if err := lockDir(d, dir); err == nil {
		t.Fatal("locked a directory that no longer is there")
	}
}

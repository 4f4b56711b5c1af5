package account

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// account is what a process drops to.
type account struct {
	uid, gid int
	groups   []int
}

// DropPrivileges makes a process of root's one of the user name, a login name or a number;
// empty: of the owner of the state directory. It does nothing where that user is root, where
// name is empty and there is no state directory, and where the process is not root's. Before,
// it makes the directories that do not exist, and gives them to the user. Neither the process
// nor programs that it starts can become root again.
//
// Whatever only root may do must be done before: to enlarge and open the pipe, and to read
// a configuration that nobody else may read.
func DropPrivileges(name, stateDir, logDir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	a, err := findAccount(name, stateDir)
	if err != nil || a == nil {
		return err
	}
	for _, dir := range []string{stateDir, logDir} {
		if err := a.makeDir(dir); err != nil {
			return err
		}
	}
	return a.become()
}

// Become makes a process of root's, for good, one of the user that
// DropPrivileges would make it, and changes nothing on the disk.
func Become(name, stateDir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	a, err := findAccount(name, stateDir)
	if err != nil || a == nil {
		return err
	}
	return a.become()
}

// CheckUser returns an error if there is no such user. An empty name is no error.
func CheckUser(name string) error {
	_, err := findAccount(name, "/")
	return err
}

// CheckReadable returns an error if the user that DropPrivileges would become may not read a
// file, by its mode and the modes of the directories above it. A file that does not exist
// is no error.
func CheckReadable(name, stateDir, path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	a, err := findAccount(name, stateDir)
	if err != nil || a == nil {
		return nil // CheckUser tells of a user that does not exist
	}
	const read, search = 4, 1
	for at, want := path, fs.FileMode(read); ; at, want = filepath.Dir(at), search {
		st, err := os.Stat(at)
		if err != nil {
			return nil
		}
		if !a.may(st, want) {
			return fmt.Errorf("%s: user %d, who is to deliver, may not read it: %s has mode %v; lines wait in the spool until that is mended (chgrp and chmod, or another user)",
				path, a.uid, at, st.Mode())
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// may reports whether the mode of a file lets the account do what one of its three
// bits stands for.
func (a *account) may(st fs.FileInfo, bit fs.FileMode) bool {
	sys := st.Sys().(*syscall.Stat_t)
	switch {
	case int(sys.Uid) == a.uid:
		return st.Mode().Perm()>>6&bit != 0
	case int(sys.Gid) == a.gid || slices.Contains(a.groups, int(sys.Gid)):
		return st.Mode().Perm()>>3&bit != 0
	}
	return st.Mode().Perm()&bit != 0
}

// findAccount returns nil for root.
func findAccount(name, stateDir string) (*account, error) {
	var u *user.User
	var err error
	if name == "" {
		st, serr := os.Stat(stateDir)
		if errors.Is(serr, fs.ErrNotExist) {
			return nil, nil
		}
		if serr != nil {
			return nil, serr
		}
		name = strconv.Itoa(int(st.Sys().(*syscall.Stat_t).Uid))
	}
	_, nerr := strconv.Atoi(name)
	if nerr == nil {
		u, err = user.LookupId(name)
	} else {
		u, err = user.Lookup(name)
	}
	switch {
	case err != nil && nerr == nil: // a number need not have an entry
		u = &user.User{Uid: name, Gid: name}
	case err != nil:
		return nil, fmt.Errorf("user %q: %w (correct user, or make the account)", name, err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil || uid == 0 {
		return nil, err
	}
	a := &account{uid: uid}
	if a.gid, err = strconv.Atoi(u.Gid); err != nil {
		return nil, err
	}
	ids, err := u.GroupIds()
	if err != nil {
		ids = []string{u.Gid}
	}
	for _, id := range ids {
		if gid, err := strconv.Atoi(id); err == nil {
			a.groups = append(a.groups, gid)
		}
	}
	return a, nil
}

// makeDir makes a directory for the account, unless it is there.
func (a *account) makeDir(dir string) error {
	if _, err := os.Lstat(dir); dir == "" || !errors.Is(err, fs.ErrNotExist) {
		return nil // whether the directory can be used is found out later
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	return os.Lchown(dir, a.uid, a.gid)
}

func (a *account) become() error {
	err := syscall.Setgroups(a.groups)
	if err == nil {
		err = syscall.Setgid(a.gid)
	}
	if err == nil {
		err = syscall.Setuid(a.uid)
	}
	if err != nil {
		return fmt.Errorf("cannot become user %d: %w", a.uid, err)
	}
	if syscall.Setuid(0) == nil {
		return fmt.Errorf("user %d can become root again", a.uid)
	}
	// AllThreadsSyscall fails (ENOTSUP) in a program that uses cgo, which ours does only in tests.
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0)
	if errno != 0 && errno != syscall.ENOTSUP {
		return fmt.Errorf("PR_SET_NO_NEW_PRIVS: %w", errno)
	}
	return nil
}

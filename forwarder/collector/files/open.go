package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Open opens a file below a directory; with O_CREAT it makes it, and the directories on the way, with the modes of a
// file and of the directory. No symbolic link below the directory is followed.
func Open(dir, name string, flags int, mode fs.FileMode) (*os.File, error) {
	at, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	defer func() { unix.Close(at) }()
	way, last := "", name
	for {
		first, rest, below := strings.Cut(last, "/")
		if !below {
			break
		}
		way += "/" + first
		next, err := enter(at, first, flags&unix.O_CREAT != 0)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: dir + way, Err: plain(err)}
		}
		unix.Close(at)
		at, last = next, rest
	}
	fd, err := unix.Openat(at, last, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, uint32(mode.Perm()))
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir + way + "/" + last, Err: plain(err)}
	}
	f := os.NewFile(uintptr(fd), dir+way+"/"+last)
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil && st.Mode&unix.S_IFMT != unix.S_IFREG {
		err = fmt.Errorf("%s is %w", f.Name(), errNoFile)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// enter opens a directory below another one; with create it is made if it is missing.
func enter(at int, name string, create bool) (int, error) {
	const how = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Openat(at, name, how, 0)
	if !create || !errors.Is(err, unix.ENOENT) {
		return fd, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(at, &st); err != nil {
		return -1, err
	}
	if err := unix.Mkdirat(at, name, st.Mode&0o2777); err != nil && !errors.Is(err, unix.EEXIST) {
		return -1, err
	}
	return unix.Openat(at, name, how, 0)
}

// plain says what an error of O_NOFOLLOW means.
func plain(err error) error {
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) {
		return fmt.Errorf("a symbolic link, or no directory, stands in the way (move it away): %w", err)
	}
	return err
}

// Package sockfile looks after the entries of unix sockets in the file system: a
// stale one is removed before a socket is bound, and at the end no other's.
package sockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// File is the entry of a socket that this process has bound.
type File struct {
	path string
	info fs.FileInfo
}

// Of returns the entry that is now at path.
func Of(path string) (*File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	return &File{path, info}, nil
}

// Remove removes the entry, unless another has taken its place. Of nil it removes
// nothing.
func (f *File) Remove() error {
	if f == nil {
		return nil
	}
	if now, err := os.Lstat(f.path); err != nil || !os.SameFile(now, f.info) {
		return nil
	}
	return os.Remove(f.path)
}

// ClearStale removes a socket nobody listens on from path. network is "unix" or
// "unixgram". It is an error when somebody does, and when the path is anything else
// than a socket. Two starts at the same instant may both find the same stale one; the
// later wins.
func ClearStale(network, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket (%s)", path, info.Mode())
	}
	conn, err := net.Dial(network, path)
	switch {
	case err == nil:
		conn.Close()
		return fmt.Errorf("%s is in use: another process listens on it", path)
	case errors.Is(err, syscall.EPROTOTYPE):
		return fmt.Errorf("%s is in use: another process listens on it, with another kind of socket", path)
	case !errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s exists, and whether it is in use cannot be told: %w", path, err)
	}
	return os.Remove(path)
}

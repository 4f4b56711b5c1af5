package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// dirMode is the mode of directories that this package makes.
const dirMode = 0o750

// O_NONBLOCK: a FIFO in the place of the file is refused, instead of blocking the open.
const openFlags = os.O_WRONLY | os.O_APPEND | unix.O_NOFOLLOW | unix.O_NONBLOCK

// openFile opens the existing regular file at path; a symbolic link or anything else is refused.
func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, openFlags, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) {
		return nil, notRegular(path, err)
	}
	if err != nil {
		return nil, err
	}
	st, err := fstat(f)
	if err == nil && !regular(&st) {
		err = notRegular(path, fs.ErrInvalid)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func notRegular(path string, err error) error {
	return fmt.Errorf("log file %q is a symbolic link or not a regular file, which is refused: %w", path, err)
}

// openOrCreate opens the file at path, or creates it with exactly mode. The loop is for names that
// come and go in between.
func openOrCreate(path string, mode fs.FileMode) (f *os.File, created bool, err error) {
	for range 3 {
		f, err = openFile(path)
		if err == nil {
			f, err = chmodEmpty(f, mode)
			return f, false, err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, false, err
		}
		f, err = createFile(path, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err == nil, err
		}
	}
	return nil, false, err
}

func createFile(path string, mode fs.FileMode) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, openFlags|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(mode); err != nil { // the kernel has applied the umask
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// chmodEmpty gives an empty file its mode: it may be one that lumberjack has just created. A file
// with content keeps the mode that its owner has given it, and so does one that is not ours.
// On failure it closes f.
func chmodEmpty(f *os.File, mode fs.FileMode) (*os.File, error) {
	st, err := fstat(f)
	if err == nil && st.Size == 0 && fs.FileMode(st.Mode).Perm() != mode {
		err = f.Chmod(mode)
	}
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// probe tells whether the file can be opened now, descriptors included.
func probe(path string) error {
	f, err := openFile(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// cut shortens f to size and returns by how much. It never lengthens, which would make a hole.
func cut(f *os.File, size int64) (int64, error) {
	st, err := fstat(f)
	if err != nil || st.Size <= size {
		return 0, err
	}
	return st.Size - size, f.Truncate(size)
}

// identify returns which file f is, and when it was last written.
func identify(f *os.File) (Position, time.Time, error) {
	st, err := fstat(f)
	if err != nil {
		return Position{}, time.Time{}, err
	}
	p := Position{Dev: st.Dev, Ino: st.Ino, Size: st.Size, Birth: birth(f)}
	return p, modTime(&st), nil
}

// birth returns when the inode was created, in ns, or 0 where the kernel or file system cannot tell.
func birth(f *os.File) int64 {
	var st unix.Statx_t
	err := unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
}

func fdatasync(f *os.File) error {
	return retry("fdatasync", f.Name(), func() error { return unix.Fdatasync(int(f.Fd())) })
}

// syncDir makes the names in dir durable, on file systems that have such an operation.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

func lstat(path string) (st unix.Stat_t, err error) {
	err = retry("lstat", path, func() error { return unix.Lstat(path, &st) })
	return st, err
}

func fstat(f *os.File) (st unix.Stat_t, err error) {
	err = retry("fstat", f.Name(), func() error { return unix.Fstat(int(f.Fd()), &st) })
	return st, err
}

// retry repeats a system call that a signal interrupts, and names call and path in its error.
func retry(op, path string, call func() error) error {
	err := call()
	for err == unix.EINTR {
		err = call()
	}
	if err != nil {
		return &fs.PathError{Op: op, Path: path, Err: err}
	}
	return nil
}

func regular(st *unix.Stat_t) bool { return st.Mode&unix.S_IFMT == unix.S_IFREG }

func modTime(st *unix.Stat_t) time.Time { return time.Unix(st.Mtim.Unix()) }

// Check tells whether this process could write the log file at path, or make it. It makes nothing. A
// directory that does not exist yet is no error.
func Check(path string) error {
	err := probe(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := filepath.Dir(path)
	err = unix.Access(dir, unix.W_OK|unix.X_OK)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return &fs.PathError{Op: "make a file in", Path: dir, Err: err}
}

// SyncFileSystem syncs the whole file system of a directory, so that syncs of many files in it are
// quick afterwards. Its errors do not matter: those syncs return them too.
func SyncFileSystem(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	_ = unix.Syncfs(int(d.Fd()))
}

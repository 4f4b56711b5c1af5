package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Recovery tells what Recover did.
type Recovery struct {
	Path string // the file that was cut; "": none
	Cut  int64  // bytes cut off its end
}

// Recover makes the file what it was at the commit: it is cut back to committed.Size if it is longer.
// It is found at the path, or under another name in the same directory, where a rename after the
// commit has left it. A file that is shorter, or is not found, is left alone. Recover is called once,
// before Due, Write and Rotate. What was cut is to be written again by the caller, and is worth an
// event.
func (l *Log) Recover(committed Position) (Recovery, error) {
	if l.file != nil {
		return Recovery{}, fmt.Errorf("rotate %q: Recover after the file was opened", l.opts.Path)
	}
	if committed.IsZero() {
		return Recovery{}, nil
	}
	f, err := openFile(l.opts.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return recoverElsewhere(l.opts.Path, committed)
	}
	if err != nil {
		return Recovery{}, err
	}
	pos, mtime, err := identify(f)
	if err != nil {
		return Recovery{}, errors.Join(err, f.Close())
	}
	if pos.sameFile(committed) {
		return l.recoverHere(f, committed, mtime)
	}
	if err := f.Close(); err != nil {
		return Recovery{}, err
	}
	return recoverElsewhere(l.opts.Path, committed)
}

// recoverHere cuts f, which is the committed file under its own name. If it then is as the record
// says, it stays open, since no further commit must precede the first Write.
func (l *Log) recoverHere(f *os.File, committed Position, mtime time.Time) (Recovery, error) {
	r, err := cutTo(f, committed.Size, mtime)
	if err != nil {
		return r, errors.Join(err, f.Close())
	}
	st, err := fstat(f)
	if err != nil || st.Size != committed.Size {
		return r, errors.Join(err, f.Close())
	}
	return r, l.adopt(f)
}

// recoverElsewhere looks for the committed file among the other names in the directory of path.
func recoverElsewhere(path string, committed Position) (Recovery, error) {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Recovery{}, nil
	}
	if err != nil {
		return Recovery{}, err
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		st, err := lstat(name)
		if err != nil || !regular(&st) || st.Ino != committed.Ino || st.Size <= committed.Size {
			continue // gone in between, or not ours, or nothing to cut
		}
		if r, err := recoverAs(name, path, committed); err != nil || r.Cut > 0 {
			return r, err
		}
	}
	return Recovery{}, nil
}

// recoverAs cuts the file called name if it is the committed one. Where the file system knows no
// birth times, only a name derived from path is trusted: the inode number alone may by now be that of
// another stream's log.
func recoverAs(name, path string, committed Position) (r Recovery, err error) {
	f, err := openFile(name)
	if err != nil {
		return Recovery{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	pos, mtime, err := identify(f)
	if err != nil || !pos.sameFile(committed) {
		return Recovery{}, err
	}
	derived := strings.HasPrefix(name, strings.TrimSuffix(path, filepath.Ext(path)))
	if !derived && (pos.Birth == 0 || committed.Birth == 0) {
		return Recovery{}, nil
	}
	return cutTo(f, committed.Size, mtime)
}

// cutTo cuts f to size, durably, and leaves its modification time, by which Due knows the period.
func cutTo(f *os.File, size int64, mtime time.Time) (Recovery, error) {
	n, err := cut(f, size)
	if err != nil || n == 0 {
		return Recovery{}, err
	}
	r := Recovery{Path: f.Name(), Cut: n}
	tv := unix.NsecToTimeval(mtime.Truncate(time.Microsecond).UnixNano()) // it rounds up, into the next day
	// Without the right to set it, the file is merely rotated a period late.
	_ = unix.Futimes(int(f.Fd()), []unix.Timeval{tv, tv})
	return r, fdatasync(f)
}

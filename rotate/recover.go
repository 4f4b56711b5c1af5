package rotate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Tail is what a file holds behind the length that the record has of it.
type Tail struct {
	io.ReaderAt           // of the tail alone
	Path        string    // of the file, under its present name
	Size        int64     // bytes; more than 0
	Written     time.Time // when the file was last written to
	Unnamed     bool      // the file has the log's path, and is not the one that the record names
}

// Keep decides how many bytes of a tail stay, from its beginning. The others are cut off: the caller
// must write them again.
type Keep func(Tail) (int64, error)

// Recovery tells what Recover found and did.
type Recovery struct {
	Path  string // of the file that the record names, as it is called now; "": it was not found
	Cut   int64  // bytes cut off the end of that file
	Short int64  // bytes that the file has less than the record says
	Other bool   // the path is another file, which is not empty
	// Position is what the next commit is to have of the log, together with what keep has found: the
	// other file, or else the one that the record names, as it is now, under whatever name. Zero: there
	// is neither.
	Position Position
}

// Recover cuts the committed file back to its length at the commit, but for the bytes that keep keeps.
// It looks for that file at the path, and under the other names in the same directory, to which a
// rename after the commit may have moved it. Another file at the path, or one without a record, is shown
// to keep too, as Unnamed. A file that is shorter than at the commit is left alone. keep is nil where the
// caller writes everything again that a commit does not cover. Recover is called once, before Due, Write
// and Rotate. It blocks for the disk. The caller should tell what was cut.
func (l *Log) Recover(committed Position, keep Keep) (Recovery, error) {
	if l.file != nil {
		return Recovery{}, fmt.Errorf("rotate %q: Recover after the file was opened", l.opts.Path)
	}
	if committed.IsZero() {
		return Recovery{}, l.recoverUnnamed(keep)
	}
	f, err := openFile(l.opts.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return recoverElsewhere(l.opts.Path, committed, keep)
	}
	if err != nil {
		return Recovery{}, err
	}
	pos, mtime, err := identify(f)
	if err != nil {
		return Recovery{}, errors.Join(err, f.Close())
	}
	if pos.sameFile(committed) {
		return l.recoverHere(f, committed, mtime, keep)
	}
	r, err := recoverElsewhere(l.opts.Path, committed, keep)
	if err == nil && keep != nil && pos.Size > 0 {
		r.Other = true
		if _, err = trim(f, 0, mtime, true, keep); err == nil {
			r.Position, _, err = identify(f)
		}
	}
	return r, errors.Join(err, f.Close())
}

// recoverUnnamed shows a file that no record names.
func (l *Log) recoverUnnamed(keep Keep) error {
	if keep == nil {
		return nil
	}
	f, err := openFile(l.opts.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, mtime, err := identify(f)
	if err == nil {
		_, err = trim(f, 0, mtime, true, keep)
	}
	return errors.Join(err, f.Close())
}

// Resume opens the file again that was closed at pos, and reports whether it could: the same file must
// be at the path, and as long as then. No commit must follow, since pos names the file.
func (l *Log) Resume(pos Position) (bool, error) {
	if l.file != nil || pos.IsZero() {
		return l.file != nil, nil
	}
	f, err := openFile(l.opts.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now, _, err := identify(f)
	if err != nil || !now.sameFile(pos) || now.Size != pos.Size {
		return false, errors.Join(err, f.Close())
	}
	return true, l.adopt(f)
}

// recoverHere trims f, which is the committed file under its own name. If it then is as the record
// says, it stays open, since no further commit must precede the first Write.
func (l *Log) recoverHere(f *os.File, committed Position, mtime time.Time, keep Keep) (Recovery, error) {
	r, err := recovered(f, committed, mtime, keep)
	if err != nil {
		return r, errors.Join(err, f.Close())
	}
	if r.Position.Size != committed.Size {
		return r, f.Close()
	}
	return r, l.adopt(f)
}

// recovered trims the committed file.
func recovered(f *os.File, committed Position, mtime time.Time, keep Keep) (Recovery, error) {
	r := Recovery{Path: f.Name()}
	st, err := fstat(f)
	if err != nil {
		return r, err
	}
	if st.Size < committed.Size {
		r.Short = committed.Size - st.Size
	} else if r.Cut, err = trim(f, max(0, committed.Size), mtime, false, keep); err != nil {
		return r, err
	}
	r.Position, _, err = identify(f)
	return r, err
}

// recoverElsewhere looks for the committed file among the other names in the directory of path.
func recoverElsewhere(path string, committed Position, keep Keep) (Recovery, error) {
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
		if err != nil || name == path || !regular(&st) || st.Ino != committed.Ino {
			continue // removed meanwhile, or not the committed file
		}
		if r, err := recoverAs(name, path, committed, keep); err != nil || r.Path != "" {
			return r, err
		}
	}
	return Recovery{}, nil
}

// recoverAs trims the file called name if it is the committed one. Where the file system knows no
// birth times, only a name derived from path is trusted: the inode number alone may by now be that of
// another stream's log.
func recoverAs(name, path string, committed Position, keep Keep) (r Recovery, err error) {
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
	return recovered(f, committed, mtime, keep)
}

// trim cuts off what f has behind from, but for the bytes that keep keeps, and ends a torn last line
// with LF. It leaves the modification time, by which Due knows the period, as it was.
func trim(f *os.File, from int64, mtime time.Time, unnamed bool, keep Keep) (int64, error) {
	st, err := fstat(f)
	if err != nil || st.Size <= from {
		return 0, err
	}
	var kept int64
	if keep != nil {
		if kept, err = askKeep(f, from, st.Size, mtime, unnamed, keep); err != nil {
			return 0, err
		}
	}
	n, err := cut(f, from+kept)
	if err == nil && kept > 0 {
		err = endLine(f, from+kept)
	}
	if err != nil {
		return n, err
	}
	tv := unix.NsecToTimeval(mtime.Truncate(time.Microsecond).UnixNano()) // NsecToTimeval rounds up, perhaps into the next day
	// Where the time cannot be set the file is rotated a period late, no more.
	_ = unix.Futimes(int(f.Fd()), []unix.Timeval{tv, tv})
	return n, fdatasync(f)
}

// askKeep shows the tail of f to keep.
func askKeep(f *os.File, from, size int64, mtime time.Time, unnamed bool, keep Keep) (int64, error) {
	r, err := openAgain(f)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	n, err := keep(Tail{
		ReaderAt: io.NewSectionReader(r, from, size-from),
		Path:     f.Name(), Size: size - from, Written: mtime, Unnamed: unnamed,
	})
	return min(max(n, 0), size-from), err
}

// openAgain opens the file of f for reading.
func openAgain(f *os.File) (*os.File, error) {
	r, err := os.OpenFile(f.Name(), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	a, aerr := fstat(f)
	b, berr := fstat(r)
	if err := errors.Join(aerr, berr); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if a.Ino != b.Ino || a.Dev != b.Dev {
		return nil, errors.Join(fmt.Errorf("%q was replaced meanwhile", f.Name()), r.Close())
	}
	return r, nil
}

// endLine appends a line feed where the last byte is none: the next line must not be glued to a torn
// one.
func endLine(f *os.File, size int64) error {
	r, err := openAgain(f)
	if err != nil {
		return err
	}
	defer r.Close()
	var last [1]byte
	if _, err := r.ReadAt(last[:], size-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.Write([]byte{'\n'})
	return err
}

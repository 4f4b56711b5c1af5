// Package rotate keeps one local log file on lumberjack, together with commit positions, so that
// after kill -9 of the writer the file has no missing and no repeated line.
//
// lumberjack opens, appends and renames. This package decides when it may, creates the files, and
// knows at every moment which file is written and how long it is. It leaves rotated files alone, and
// has lumberjack neither compress nor expire them. The caller keeps a durable record of (position in
// the source, Position) and drives the protocol:
//
//	start   load the record; Recover(record.Position, …); until the file is open,
//	        commits have Recovery.Position in the place of Position()
//	write   if Due(len(p)): commit, Rotate, commit
//	        Write(p)
//	          ErrMoved:   Reopen, commit, Write(p) again
//	          ErrRemoved: back to the source position of the last commit, Reopen, commit, go on
//	        (Rotate can return both too)
//	commit  Sync (ErrRemoved: as above), then store (source position, Position()) atomically
//
// The rule behind it: no byte goes into a file before a commit has named that file. Otherwise a
// process killed before its next commit leaves bytes that nobody can tell from older ones. Write
// enforces it, and hence returns ErrMoved (as ErrNoFile) for a new file too. The exception is the
// file that Recover found as the record describes it: it is named already.
//
// # Guarantees
//
// Bytes are written unchanged and in order, each Write wholly or not at all. A file is rotated
// between two Writes only. A file renamed, removed or truncated by someone else is noticed at the
// next Write or Sync; it never gets a hole. No backup is overwritten.
//
// # What can be lost or repeated
//
//   - A power failure costs lines written after the last Sync: the caller writes them again.
//   - A file removed by hand takes its committed lines with it; the others are written again.
//   - copytruncate, done by others, loses lines that are written between its copy and its truncation.
//   - A file moved out of its directory, or compressed by others, after the last commit cannot be
//     cut back after a crash: lines written since that commit are then there twice.
//
// # Non-goals
//
// Several writers of one file (see LockDir), network file systems, a directory in which others than
// the writer's user may create names. Linux only.
package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
	"gopkg.in/natefinch/lumberjack.v2"

	"httpd-syslog/rotate/reserve"
)

// Errors a caller branches on, wrapped with the path: test them with errors.Is. With each of them,
// nothing of the bytes in hand was written. The answer to ErrMoved and what wraps it is: Reopen, commit, write again.
var (
	// ErrMoved: the path is not the file written so far. The lines written so far exist elsewhere.
	ErrMoved = errors.New("the path no longer is the file written so far")
	// ErrNoFile is the ErrMoved of a Log that has no file yet.
	ErrNoFile = fmt.Errorf("no file is open: %w", ErrMoved)
	// ErrTruncated is the ErrMoved of a file cut by someone else, as logrotate's copytruncate does.
	// Writing goes on at the new end; the copy is taken to have the lines that were cut.
	ErrTruncated = fmt.Errorf("the file was truncated: %w", ErrMoved)
	// ErrRemoved: the file written so far has no name any more. Lines written since the last commit
	// are gone with the file, and must be written again.
	ErrRemoved = errors.New("the file written so far was removed")
)

// Options of a Log. All but Path may be left zero.
type Options struct {
	Path    string           // the log file; a relative path is resolved once, by Open
	MaxSize int64            // bytes; 0: no limit
	Period  Period           // rotation by local time
	Mode    fs.FileMode      // permission bits of the log file, whatever the umask; 0: 0640
	Now     func() time.Time // clock and zone of Period, and zone of the backups' names; nil: time.Now
}

// Log is one local log file. Its methods are for one goroutine at a time, and block while the disk
// does. One process may write a file: see LockDir.
type Log struct {
	opts     Options
	lj       *lumberjack.Logger // nil: the file is closed; see logger
	attached bool               // lj has the same file open as file

	file   *os.File      // our descriptor of the file, for fstat, ftruncate and fdatasync; nil: none
	pos    Position      // of file; Size is its length after the last Write
	space  reserve.Space // of file
	cache  pageCache     // of file
	period int64         // the Period.start of the content of file
	torn   bool          // a partial write could not be cut back yet
	named  bool          // names in the directory have changed since its last sync
	failed time.Time     // of the last Rotate that failed
	backup string        // see Backup

	step func(name string) // see at; set by tests alone
}

// Open returns a Log of the file at o.Path. It touches no file: a log that never gets a line never
// exists. It fails on options that cannot be meant.
func Open(o Options) (*Log, error) {
	if o.Path == "" {
		return nil, errors.New("rotate: no path")
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("rotate %q: %w", o.Path, err)
	}
	o.Path = path
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("rotate %q: %w", o.Path, err)
	}
	if o.Mode == 0 {
		o.Mode = 0o640
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Log{opts: o}, nil
}

func (o Options) validate() error {
	switch {
	case o.MaxSize < 0:
		return errors.New("negative limit")
	case o.Period < Never || o.Period > Weekly:
		return fmt.Errorf("unknown period %d", o.Period)
	case o.Mode&^fs.ModePerm != 0:
		return fmt.Errorf("mode %v has more than permission bits", o.Mode)
	}
	return nil
}

// Write appends p, wholly or not at all: after a partial write (disk full, quota) the file is cut
// back to what it was, and the error returned. p should be whole lines, since a rotation may follow.
// It returns ErrMoved (ErrNoFile, ErrTruncated) or ErrRemoved as these say. After any other error the
// same bytes may be tried again.
func (l *Log) Write(p []byte) error {
	if err := l.check(); err != nil {
		return err
	}
	if err := l.attach(); err != nil {
		return err
	}
	if l.pos.Size == 0 {
		l.period = l.opts.Period.start(l.opts.Now())
	}
	l.space.Grow(l.file, l.pos.Size, int64(len(p)))
	if _, err := l.lj.Write(p); err != nil {
		return l.undo(err)
	}
	l.pos.Size += int64(len(p))
	return nil
}

// undo makes the file what it was before a Write that failed with err.
func (l *Log) undo(err error) error {
	l.torn = true
	return errors.Join(fmt.Errorf("write: %w", err), l.detach(), l.mend())
}

// mend cuts off what a partial write has left. Until that has succeeded nothing may be appended.
func (l *Log) mend() error {
	if !l.torn {
		return nil
	}
	if _, err := cut(l.file, l.pos.Size); err != nil {
		return fmt.Errorf("cut back a partial write: %w", err)
	}
	l.torn = false
	return nil
}

// check finds out whether the path still is our file, and follows its size.
func (l *Log) check() error {
	if l.file == nil {
		return l.wrap(ErrNoFile)
	}
	if err := l.mend(); err != nil {
		return err
	}
	st, err := lstat(l.opts.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || !l.isOurs(&st) {
		return l.whereabouts()
	}
	if st.Size < l.pos.Size {
		return l.wrap(ErrTruncated)
	}
	l.pos.Size = st.Size // someone may have appended by hand
	return nil
}

// isOurs compares device and inode; while we hold the file its inode number cannot be used again.
func (l *Log) isOurs(st *unix.Stat_t) bool {
	return st.Dev == l.pos.Dev && st.Ino == l.pos.Ino
}

// whereabouts returns what has become of our file, which the path is no longer.
func (l *Log) whereabouts() error {
	st, err := fstat(l.file)
	if err != nil {
		return err
	}
	if st.Nlink == 0 {
		return l.wrap(ErrRemoved)
	}
	return l.wrap(ErrMoved)
}

func (l *Log) wrap(err error) error { return fmt.Errorf("rotate %q: %w", l.opts.Path, err) }

// attach makes lumberjack open the file, before there are bytes to lose. If lumberjack finds no file
// it makes one of its own, without O_APPEND; a file that it cannot open it renames away. The first
// happens if somebody renames the file, the second if descriptors run out, in the microseconds since
// we have opened it; attach notices both, and begins again.
func (l *Log) attach() error {
	if l.attached {
		return nil
	}
	if err := probe(l.opts.Path); err != nil {
		return err
	}
	l.at("attach: begin")
	_, err := l.logger().Write(nil)
	moved := l.check()
	if err == nil && moved == nil {
		l.attached = true
		return nil
	}
	l.named = true
	if moved != nil {
		err = moved
	}
	return errors.Join(err, l.detach())
}

// detach closes lumberjack's descriptor. Its next Write opens the file anew, with O_APPEND.
func (l *Log) detach() error {
	l.attached = false
	if l.lj == nil {
		return nil
	}
	return l.lj.Close()
}

// Reopen turns to the file at the path, and makes it, and its directory, if there is none. It syncs
// the file used so far first, if that still has a name, because the commit that must follow covers its
// lines. After an error the Log is as it was; Reopen can be called again.
func (l *Log) Reopen() error {
	if err := l.syncOld(); err != nil {
		return err
	}
	f, created, err := openOrCreate(l.opts.Path, l.opts.Mode)
	if err != nil {
		return err
	}
	l.at("reopen: opened")
	l.named = l.named || created
	return l.adopt(f)
}

func (l *Log) syncOld() error {
	if l.file == nil {
		return nil
	}
	if err := l.mend(); err != nil {
		return err
	}
	st, err := fstat(l.file)
	if err != nil || st.Nlink == 0 {
		return err
	}
	return fdatasync(l.file)
}

// adopt makes f the file to be written, in place of the one so far; on failure it closes f.
func (l *Log) adopt(f *os.File) error {
	pos, mtime, err := identify(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	// An error of closing the old descriptors loses nothing: their file was synced, or is gone.
	_ = l.detach()
	if l.file != nil {
		_ = reserve.Release(l.file)
		_ = l.file.Close()
	}
	l.file, l.pos, l.period, l.torn = f, pos, l.periodOf(mtime), false
	l.space, l.cache = reserve.Space{}, pageCache{dropped: pos.Size}
	return nil
}

// Sync brings what was written to disk (fdatasync; the directory too when names changed). It returns
// ErrRemoved when the file has lost its name, so that no commit covers lines that are gone. A file
// that was renamed is synced like any other; for one that was truncated Position has its new length
// from then on. Without a file Sync does nothing. After an error of the disk itself the kernel may have
// dropped pages that it could not write, and the next Sync may succeed without them.
func (l *Log) Sync() error {
	if l.file == nil {
		return nil
	}
	if err := l.mend(); err != nil {
		return err
	}
	if err := fdatasync(l.file); err != nil {
		return err
	}
	st, err := fstat(l.file)
	if err != nil {
		return err
	}
	if st.Nlink == 0 {
		return l.wrap(ErrRemoved)
	}
	l.pos.Size = st.Size
	l.cache.synced(l.file, st.Size)
	return l.syncNames()
}

func (l *Log) syncNames() error {
	if !l.named {
		return nil
	}
	err := syncDir(filepath.Dir(l.opts.Path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a directory that was renamed or removed is told by Write
		return err
	}
	l.named = false
	return nil
}

// Path is the path of the file.
func (l *Log) Path() string { return l.opts.Path }

// Position returns the file and its length after the last Write, to be stored once Sync has
// succeeded. It is zero while no file is open.
func (l *Log) Position() Position { return l.pos }

// Close closes the file without a Sync. Closing twice is no error; the Log may be used again.
func (l *Log) Close() error {
	err := l.detach()
	l.releaseLogger()
	if l.file != nil {
		err = errors.Join(err, l.mend())
		_ = reserve.Release(l.file) // a failure costs space on the disk, and no line
		err = errors.Join(err, l.file.Close())
	}
	l.file, l.pos, l.torn, l.space = nil, Position{}, false, reserve.Space{}
	return err
}

// at is called at the points where a kill would hurt most.
func (l *Log) at(name string) {
	if l.step != nil {
		l.step(name)
	}
}

package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	backupTimeFormat = "2006-01-02T15-04-05.000" // lumberjack's, in local time
	compressSuffix   = ".gz"

	// clearAhead is for how long from now on every name that lumberjack could choose must be free.
	// lumberjack chooses within microseconds; the rest is for a process that is not scheduled.
	clearAhead = 50 * time.Millisecond
	// nameWait bounds the wait for a moment from which on the names are free.
	nameWait = 500 * time.Millisecond
)

var errNotRenamed = errors.New("lumberjack did not rename the file")

// Rotate renames the file to lumberjack's backup name, NAME-2006-01-02T15-04-05.000EXT, and starts an
// empty one. The time is that of the rotation, in the zone of Options.Now. The caller commits before
// and after, and writes nothing in between. An empty file, or none, is left alone. ErrMoved and
// ErrRemoved are returned as by Write. After any other error the Log can be written on, and Due is
// false for a second. Rotate can wait up to half a second for a free name.
func (l *Log) Rotate() error {
	l.backup = ""
	err := l.rotate()
	l.failed = time.Time{}
	if err != nil {
		l.failed = time.Now()
	}
	return err
}

func (l *Log) rotate() error {
	if err := l.openLeft(); err != nil {
		return err
	}
	if l.file == nil {
		return nil
	}
	if err := l.check(); err != nil {
		return err
	}
	if l.pos.Size == 0 {
		return nil
	}
	if err := awaitFreeName(l.opts.Path); err != nil {
		return l.wrap(err)
	}
	return l.exchange()
}

// openLeft opens the file of an earlier process, if there is one.
func (l *Log) openLeft() error {
	if l.file != nil {
		return nil
	}
	f, err := openFile(l.opts.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return l.adopt(f)
}

// exchange has lumberjack rename the file and create the next one. lumberjack can fail between the
// two, and creates a file without O_APPEND, with a mode of its own less the umask. So the rotation has
// succeeded if our file has left its name; Reopen then mends the rest.
func (l *Log) exchange() error {
	if err := l.detach(); err != nil {
		return err
	}
	l.at("rotate: begin")
	begin := time.Now()
	err := l.logger().Rotate()
	l.at("rotate: renamed")
	l.named = true
	err = errors.Join(err, l.detach())
	if l.check() == nil {
		return l.wrap(errors.Join(errNotRenamed, err))
	}
	l.backup = l.nameInZone(begin)
	l.at("rotate: named")
	return l.Reopen()
}

// Backup returns the path that the last Rotate has given to the file; "" when it renamed none, or
// when the file could not be found again.
func (l *Log) Backup() string { return l.backup }

// nameInZone finds what lumberjack has called our file since begin. lumberjack knows the zone that the
// machine had when the process began; where the zone is another one now, the file is renamed.
func (l *Log) nameInZone(begin time.Time) string {
	zone := l.opts.Now().Location()
	for at := time.Now(); !at.Before(begin.Truncate(time.Millisecond)); at = at.Add(-time.Millisecond) {
		name := backupName(l.opts.Path, at)
		if st, err := lstat(name); err != nil || !l.isOurs(&st) {
			continue
		}
		for tries := range time.Duration(100) { // the name of that millisecond may be taken
			want := backupName(l.opts.Path, at.Add(tries*time.Millisecond).In(zone))
			if want == name {
				return name
			}
			if taken, err := taken(want); err == nil && !taken &&
				unix.Renameat2(unix.AT_FDCWD, name, unix.AT_FDCWD, want, unix.RENAME_NOREPLACE) == nil {
				return want
			}
		}
		return name
	}
	return ""
}

// awaitFreeName returns when lumberjack may choose any name of the next moments without overwriting
// a backup. It waits out the millisecond of the last rotation. Names of the time to come exist after
// a step back of the clock, and in the hour repeated at the end of summer time; between those too it
// finds a gap, or gives up.
func awaitFreeName(path string) error {
	for begin := time.Now(); ; {
		now := time.Now()
		name, wait, err := lastTaken(path, now)
		if err != nil || name == "" {
			return err
		}
		if time.Since(begin)+wait > nameWait {
			return fmt.Errorf("no free name for the backup within %v: %q exists (was the clock set back?)",
				nameWait, name)
		}
		time.Sleep(wait)
	}
}

// lastTaken returns the last name in use among those of [now, now+clearAhead], and how long it is
// until that one is past; "" when all are free.
func lastTaken(path string, now time.Time) (name string, wait time.Duration, err error) {
	for ahead := clearAhead; ahead >= 0; ahead -= time.Millisecond {
		name := backupName(path, now.Add(ahead))
		taken, err := taken(name)
		if err != nil {
			return "", 0, err
		}
		if taken {
			return name, ahead + time.Millisecond, nil
		}
	}
	return "", 0, nil
}

// taken tells whether a backup of that name exists, compressed or not. The order matters: a
// compression under way removes the plain file only when the compressed one is there.
func taken(name string) (bool, error) {
	for _, n := range []string{name, name + compressSuffix} {
		switch _, err := lstat(n); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return false, nil
}

// backupName returns the name that lumberjack gives at t, in t's zone.
func backupName(path string, t time.Time) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-" + t.Format(backupTimeFormat) + ext
}

// Backup is what the name of a rotated file says.
type Backup struct {
	Log string // the path of the log that the file was
	// Clock is what the local clock showed at the rotation, as if it had been UTC: the name has no zone.
	Clock      time.Time
	Compressed bool
}

// ParseBackup reads the path of a rotated file. ok is false for every other name.
func ParseBackup(path string) (b Backup, ok bool) {
	dir, name := filepath.Split(path)
	name, b.Compressed = strings.CutSuffix(name, compressSuffix)
	const stamp = len("-") + len(backupTimeFormat)
	ext := filepath.Ext(name)
	if len(ext) == len(".000") && len(name) >= stamp && name[len(name)-stamp] == '-' { // the log has no extension
		ext = ""
	}
	stem := strings.TrimSuffix(name, ext)
	if len(stem) < stamp || stem[len(stem)-stamp] != '-' {
		return Backup{}, false
	}
	digits := stem[len(stem)-stamp+1:]
	clock, err := time.Parse(backupTimeFormat, digits)
	b.Log, b.Clock = dir+stem[:len(stem)-stamp]+ext, clock
	return b, err == nil && b.Log != dir && clock.Format(backupTimeFormat) == digits // time.Parse accepts other forms too
}

package retention

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/rotate"
)

const (
	compressSuffix = ".gz"
	// partialSuffix is behind the name of a compressed file that is not whole yet.
	partialSuffix = ".partial"
)

// file is a rotated file.
type file struct {
	plain      string // its path before it was compressed
	log        string // the path of its log
	rotated    time.Time
	size       int64
	ino        uint64
	compressed bool
	both       bool // there is a compressed one beside the original
}

// path is where the file is.
func (f *file) path() string {
	if f.compressed {
		return f.plain + compressSuffix
	}
	return f.plain
}

// scanner reads the directories of a log directory.
type scanner struct {
	root  string                // the log directory
	known func(log string) bool // it was rotated by this program
	live  func(log string) bool // it may be written
	held  func() map[uint64]bool
	clock timeline
	zone  *time.Location
}

// content is what a directory has.
type content struct {
	files    []file   // by log, and then in order, the oldest first; what is held is not among them
	partials []string // partial files of a process that was killed
	holds    bool     // there are files that are held
}

// read reads a directory. One that is gone has nothing.
func (s *scanner) read(dir string) (content, error) {
	var c content
	names, err := readNames(dir, dir == s.root)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	held := s.held() // after the names were read: a file that is held since then is not among them
	byName := make(map[string]int)
	for _, name := range names {
		path := filepath.Join(dir, name)
		whole, partial := strings.CutSuffix(path, partialSuffix)
		b, ok := rotate.ParseBackup(whole)
		var st unix.Stat_t
		if !ok || unix.Lstat(path, &st) != nil || !s.ours(&st, b.Log) || s.live(path) {
			continue
		}
		switch {
		case partial && b.Compressed:
			c.partials = append(c.partials, path)
			continue
		case partial:
			continue
		case held[st.Ino]:
			c.holds = true
			continue
		}
		c.add(byName, s.file(path, b, &st))
	}
	slices.SortFunc(c.files, func(a, b file) int { return cmp.Or(cmp.Compare(a.log, b.log), older(a, b)) })
	return c, nil
}

// readNames lists a directory. With follow a symbolic link is followed, as for the log directory, which an
// administrator may have made a link.
func readNames(dir string, follow bool) ([]string, error) {
	flags := os.O_RDONLY | unix.O_DIRECTORY
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	d, err := os.OpenFile(dir, flags, 0)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// ours reports whether a file with a backup's name is to be looked after; see the package's comment.
func (s *scanner) ours(st *unix.Stat_t, log string) bool {
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return false
	}
	return s.known(log) || filepath.Dir(log) == s.root && int(st.Uid) == os.Geteuid()
}

func (s *scanner) file(path string, b rotate.Backup, st *unix.Stat_t) file {
	written := time.Unix(st.Mtim.Unix())
	return file{
		plain: strings.TrimSuffix(path, compressSuffix), log: b.Log, compressed: b.Compressed,
		rotated: s.clock.rotatedAt(b.Clock, written, s.zone), size: st.Size, ino: st.Ino,
	}
}

// add adds a file. Of an original and a compressed one beside it the original counts.
func (c *content) add(byName map[string]int, f file) {
	i, twice := byName[f.plain]
	switch {
	case !twice:
		byName[f.plain] = len(c.files)
		c.files = append(c.files, f)
	case c.files[i].compressed:
		f.both = true
		c.files[i] = f
	default:
		c.files[i].both = true
	}
}

func older(a, b file) int {
	return cmp.Or(cmp.Compare(a.rotated.UnixNano(), b.rotated.UnixNano()), strings.Compare(a.plain, b.plain))
}

// logs cuts files into those of one log each.
func logs(files []file) [][]file {
	var all [][]file
	for i, f := range files {
		if i == 0 || files[i-1].log != f.log {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], f)
	}
	return all
}

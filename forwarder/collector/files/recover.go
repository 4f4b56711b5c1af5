package files

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/fault"
)

// Recovered is what Recover has done.
type Recovered struct {
	Files int   // that were cut back
	Bytes int64 // by which they were
	Kept  int   // that have more than is recorded, and were not cut back
	Left  int   // of a former directory that are not as they are recorded
	Why   error // the first of these is not
	// Short are files that have less than is recorded, by how much, or are other ones.
	Short map[string]int64
}

// Recover brings the files back to what is recorded; with keep none is cut back. day tells the day of a file by its
// name.
func (s *Set) Recover(c *cursor.Collected, keep bool, day func(name string) (place.Day, bool)) (r Recovered, err error) {
	r.Short, s.keep = make(map[string]int64), keep
	notes, err := s.notes.read(c.N)
	if err != nil {
		return r, err
	}
	s.notes.n = c.N
	want := wanted(c, notes)
	if c.Dir != s.o.Dir {
		s.leaveBehind(c.Dir, want, &r)
		clear(want)
	}
	for name, f := range want {
		_, recorded := c.Files[name]
		there, err := s.recover(c.Dir, name, f, &r)
		if _, standsIn := place.InPlaceOf(name); isOfPath(err) && !standsIn {
			d, _ := day(name)
			s.postpone(s.Get([]byte(name), d), f, recorded, err)
			continue
		}
		if err != nil {
			return r, err
		}
		switch {
		case there:
			d, _ := day(name)
			file := s.Get([]byte(name), d)
			file.noted, file.kept, file.sealed = true, recorded, min(f.Sealed, file.size)
		case recorded:
			s.gone = append(s.gone, name)
		}
	}
	s.tryStandIns()
	s.grown = true
	return r, nil
}

// leaveBehind brings the files of a former directory back as far as that can be done: nobody writes there any more.
func (s *Set) leaveBehind(dir string, want map[string]cursor.CollectedFile, r *Recovered) {
	for name, f := range want {
		_, err := s.recover(dir, name, f, r)
		if _, short := r.Short[name]; short && err == nil {
			err = fmt.Errorf("%s/%s is gone, shorter or another file", dir, name)
		}
		if err != nil {
			r.Left, r.Why = r.Left+1, cmp.Or(r.Why, err)
		}
	}
	clear(r.Short)
}

// postpone has a file cut back to what is recorded when that can be done; until then its lines go elsewhere.
func (s *Set) postpone(f *File, want cursor.CollectedFile, recorded bool, why error) {
	f.size, f.inode, f.sealed = want.Size, want.Inode, want.Sealed
	f.noted, f.kept, f.behind = true, recorded, true
	s.leave(f, why)
}

// wanted are the sizes that files should have. A note of another inode than the one before is of a file that
// somebody has put in the place of that, or that was made again after a power failure had taken it.
func wanted(c *cursor.Collected, notes []note) map[string]cursor.CollectedFile {
	sizes := make(map[string]cursor.CollectedFile, len(c.Files)+len(notes))
	for name, f := range c.Files {
		sizes[name] = f
	}
	for _, n := range notes {
		if had, is := sizes[n.Name]; !is || had.Inode != n.Inode && n.Inode != 0 {
			sizes[n.Name] = cursor.CollectedFile{Size: n.Size, Inode: n.Inode}
		}
	}
	return sizes
}

// recover brings one file back. It reports whether the file is there.
func (s *Set) recover(dir, name string, want cursor.CollectedFile, r *Recovered) (there bool, err error) {
	fault.Point("collect.recover.file")
	f, err := Open(dir, name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		s.recoverMissing(name, want.Size, r)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return false, err
	}
	switch {
	case want.Inode != 0 && st.Ino != want.Inode, st.Size < want.Size:
		r.Short[name] = max(0, want.Size-st.Size)
	case st.Size > want.Size && s.keep:
		r.Kept++
	case st.Size > want.Size:
		r.Files, r.Bytes = r.Files+1, r.Bytes+st.Size-want.Size
		return true, f.Truncate(want.Size)
	}
	return true, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

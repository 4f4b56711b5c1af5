package files

import (
	"errors"
	"maps"
	"slices"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/index"
	"httpd-syslog/forwarder/collector/place"
)

// Lines of a file that cannot be written, for a reason that is that of its path alone, go to a file of the
// collector's own that stands in for it (place.Elsewhere), so that they do not hold up those of others.

// errNoFile: something else than a regular file has the name.
var errNoFile = errors.New("no regular file (move it away)")

// isOfPath reports whether an error is that of one path, and not of the whole file system.
func isOfPath(err error) bool {
	for _, of := range []error{
		errNoFile, unix.EACCES, unix.EPERM, unix.ELOOP, unix.ENOTDIR, unix.EISDIR, unix.ENAMETOOLONG, unix.ENXIO, unix.ENODEV, unix.ETXTBSY, unix.EMLINK,
	} {
		if errors.Is(err, of) {
			return true
		}
	}
	return false
}

// Away is how many files have their lines elsewhere.
func (s *Set) Away() int { return len(s.away) }

// OneAway is one of these; empty: there is none.
func (s *Set) OneAway() (name string, why error) {
	for f := range s.away {
		if name == "" || f.Name < name {
			name, why = f.Name, s.away[f]
		}
	}
	return name, why
}

// at is the file that gets the lines of f.
func (s *Set) at(f *File) *File {
	if f.away {
		return s.standIn(f)
	}
	return f
}

// standIn is the file that stands in for f.
func (s *Set) standIn(f *File) *File { return s.Get([]byte(place.Elsewhere(f.Name)), f.Day) }

// sendAway has the lines of a file, those that wait too, go elsewhere. false: they cannot be written there either.
func (s *Set) sendAway(f *File, why error) bool {
	if _, standsIn := place.InPlaceOf(f.Name); standsIn || !isOfPath(why) {
		return false
	}
	to := s.standIn(f)
	if to.behind || s.open(to) != nil {
		return false
	}
	s.close(f)
	s.move(f, to)
	s.leave(f, why)
	return true
}

// leave notes that a file is not written.
func (s *Set) leave(f *File, why error) {
	f.away, s.elsewhere = true, true
	s.away[f] = why
	s.o.Away(f.Name, place.Elsewhere(f.Name), why)
}

// move puts the lines that wait for one file behind those of another one.
func (s *Set) move(f, to *File) {
	text := f.text
	f.index.Release()
	to.index.Release()
	f.text, f.index = nil, nil
	if s.waiting -= len(text); len(text) > 0 {
		s.add(to, text)
	}
	to.index = index.New(to.size+int64(len(to.text)), &s.runs) // it finds them when they are written
	s.buffers.giveBack(text)
}

// mostTried is how many files are tried at once whether they can be written again.
const mostTried = 100

// TryAway has files be written again that can be, some at a time. It returns what was to be brought back
// to the record in these.
func (s *Set) TryAway() (r Recovered) {
	r.Short = make(map[string]int64)
	tried := 0
	for f := range s.away {
		if tried++; tried > mostTried {
			break
		}
		if s.returns(f, &r) {
			f.away = false
			delete(s.away, f)
		}
	}
	return r
}

// returns reports whether a file can be written again.
func (s *Set) returns(f *File, r *Recovered) bool {
	if f.behind {
		there, err := s.recover(s.o.Dir, f.Name, f.recorded(), r)
		if err != nil {
			return false
		}
		f.behind, s.grown = false, true // what it had was left out of seals
		if s.look(f); !there {
			s.drop(f)
			f.noted = false
		}
	}
	return s.open(f) == nil
}

// tryStandIns finds out, after a start, for which files others stand in still.
func (s *Set) tryStandIns() {
	for _, name := range slices.Sorted(maps.Keys(s.byName)) {
		of, is := place.InPlaceOf(name)
		if !is || place.Elsewhere(of) != name {
			continue
		}
		f := s.Get([]byte(of), s.byName[name].Day)
		if f.away {
			continue
		}
		if err := s.open(f); isOfPath(err) {
			s.leave(f, err)
		}
	}
	var st unix.Stat_t
	s.elsewhere = s.elsewhere || unix.Lstat(s.o.Dir+"/"+place.ElsewhereDir, &st) == nil
}

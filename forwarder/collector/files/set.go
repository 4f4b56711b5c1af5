package files

import (
	"cmp"
	"io/fs"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/index"
	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/verify/ledger"
)

// Options of a Set.
type Options struct {
	Dir   string
	Mode  fs.FileMode // of files that are made
	Notes string      // path of the notes of files that were opened; see Notes
	Sync  bool        // records and notes survive a power failure
	Seals bool        // a file whose day is over waits for its seal, until another day is over
	// Gone is told of a file that was removed or replaced while it was written.
	Gone func(name string)
	// Away is told of a file that cannot be written, and of the one that its lines go to.
	Away func(name, to string, why error)
}

// Set is the files that are written to. Not for concurrent use.
type Set struct {
	o       Options
	byName  map[string]*File
	batch   []*File // with lines to be written
	written int     // files of batch that are
	waiting int     // bytes of these
	largest int     // of one of these, at most
	notes   notes
	opened  int // files that are open
	most    int // that may be
	uses    uint64
	buffers buffers
	runs    index.Budget
	packed  map[string]int64 // files that the record has, and that were packed since: what they held
	gone    []string         // files that the record has, and the next one must not have

	keep      bool            // the record is older than the files, of which none is cut back
	grown     bool            // there may be something that is not sealed
	first     place.Day       // the first day whose files may still be written to; 0: it is not known yet
	former    place.Day       // likewise before the last day that was over; 0: none was, in the life of the set
	away      map[*File]error // files whose lines go elsewhere, and why
	elsewhere bool            // there may be files that stand in for others
}

// mostRuns is how many runs of numbers all indexes have together: some 30 MB of them.
const mostRuns = 200_000

// NewSet returns a set without files. Recover comes next.
func NewSet(o Options) *Set {
	s := &Set{o: o, byName: make(map[string]*File), away: make(map[*File]error), most: 1000, runs: index.Budget{Left: mostRuns}, notes: notes{path: o.Notes, sync: o.Sync}}
	var files unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) == nil {
		s.most = int(max(16, min(4096, files.Cur/4))) // the others are for connections, the spool and the relays
	}
	return s
}

// Find is the file of a name; nil: the set does not know it.
func (s *Set) Find(name []byte) *File { return s.byName[string(name)] }

// forget has the set not know a file any more.
func (s *Set) forget(f *File) {
	f.index.Release()
	delete(s.byName, f.Name)
	delete(s.away, f)
}

// Get is the file of a name. It opens nothing; an existing file is looked at, so that its size is known.
func (s *Set) Get(name []byte, day place.Day) *File {
	if f := s.byName[string(name)]; f != nil {
		return f
	}
	f := &File{Name: string(name), Day: day}
	s.look(f)
	s.byName[f.Name] = f
	return f
}

// look takes a file as it is.
func (s *Set) look(f *File) {
	f.size, f.inode = 0, 0
	var st unix.Stat_t
	if unix.Lstat(s.o.Dir+"/"+f.Name, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
		f.size, f.inode = st.Size, st.Ino
	}
}

// Waiting is how many bytes are to be written.
func (s *Set) Waiting() int { return s.waiting }

// Bytes of lines that are gathered before they are written: of all files, so that each gets many at once,
// and of one file, so that they are still in the processor's cache.
const gathered, gatheredOfOne = 1 << 20, 256 << 10

// IsDue reports whether enough is gathered for a Flush.
func (s *Set) IsDue() bool { return s.waiting >= gathered || s.largest >= gatheredOfOne }

// Names are how many files the set knows.
func (s *Set) Names() int { return len(s.byName) }

// filesAtOnce is how many files are opened before they are written.
const filesAtOnce = 256

// Flush writes all lines. After an error it goes on, at the next call, with those that are not written.
func (s *Set) Flush() error {
	for s.written < len(s.batch) {
		some := s.batch[s.written:]
		some = some[:min(filesAtOnce, len(some), s.most)]
		if err := s.ready(some); err != nil {
			return err
		}
		for _, f := range some {
			if err := f.write(); err != nil && !s.sendAway(f, err) {
				return err
			}
			if len(f.text) > 0 {
				f.fresh, s.grown = true, true
			}
			s.waiting -= len(f.text)
			f.text = s.buffers.giveBack(f.text)
			s.written++
		}
	}
	s.batch, s.written, s.largest = s.batch[:0], 0, 0
	return nil
}

// ready opens files, and notes those that no record names.
func (s *Set) ready(some []*File) error {
	s.closeSome(some)
	var unnoted []*File
	for _, f := range some {
		s.uses++
		f.used = s.uses
		if err := s.open(f); err != nil {
			if !s.sendAway(f, err) {
				return err
			}
			continue
		}
		if !f.noted {
			unnoted = append(unnoted, f)
		}
	}
	return s.notes.add(unnoted)
}

func (s *Set) open(f *File) error {
	if f.f != nil {
		return nil
	}
	h, err := Open(s.o.Dir, f.Name, os.O_RDWR|os.O_APPEND|os.O_CREATE, s.o.Mode)
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(h.Fd()), &st); err != nil {
		h.Close()
		return err
	}
	f.f = h
	s.opened++
	if f.inode != 0 && f.inode != st.Ino || st.Size != f.size && !f.torn {
		s.o.Gone(f.Name)
		s.drop(f)
		f.renew(&st)
		return nil
	}
	f.inode = st.Ino
	return nil
}

// renew takes the file as it is now: it is another one than it was.
func (f *File) renew(st *unix.Stat_t) {
	f.index.Release()
	f.inode, f.size, f.index, f.noted, f.torn, f.given = st.Ino, st.Size, nil, false, false, false
	f.sealed = st.Size // what others have made of it is not vouched for
}

// closeSome closes the files that have not been used for longest, when too many are open, but none of keep.
func (s *Set) closeSome(keep []*File) {
	if s.opened+len(keep) <= s.most {
		return
	}
	var open []*File
	for _, f := range s.byName {
		if f.f != nil && !slices.Contains(keep, f) {
			open = append(open, f)
		}
	}
	slices.SortFunc(open, func(a, b *File) int { return cmp.Compare(a.used, b.used) })
	for _, f := range open[:min(len(open), max(s.most/2, len(keep)))] {
		s.close(f)
	}
}

func (s *Set) close(f *File) {
	if f.f != nil {
		_ = f.f.Close() // what was written is in the kernel
		f.f = nil
		s.opened--
	}
}

// Close closes all files.
func (s *Set) Close() {
	for _, f := range s.byName {
		s.close(f)
	}
	s.notes.close()
}

// Has reports whether a line with a number of a row is in one of the files of these names, each of the day before that
// of the one before; they may not be there. All that is to be written is written before that.
func (s *Set) Has(names []string, day place.Day, key ledger.Row, n uint64, line []byte) (bool, error) {
	if err := s.Flush(); err != nil {
		return false, err
	}
	for i, name := range names {
		f := s.byName[name]
		if f == nil {
			f = s.Get([]byte(name), day-place.Day(i))
		}
		has, err := s.has(f, key, n, line)
		if !has && err == nil && s.elsewhere {
			has, err = s.has(s.standIn(f), key, n, line)
		}
		if has || err != nil {
			return has, err
		}
	}
	return false, nil
}

func (s *Set) has(f *File, key ledger.Row, n uint64, line []byte) (bool, error) {
	if f.size == 0 {
		return false, nil
	}
	h := f.f
	if h == nil {
		var err error
		if h, err = Open(s.o.Dir, f.Name, os.O_RDONLY, 0); isOfPath(err) {
			return false, nil // as where it is gone
		}
		if err != nil {
			return false, ignoreMissing(err)
		}
		defer h.Close()
	}
	if f.index == nil {
		f.index = index.New(f.size, &s.runs)
	}
	return f.index.Has(h, key, n, line)
}

// FirstBefore is the first day before another one of which there are files: the next AppendSizes lets go of those that
// do not wait for a seal. It is that other one where there are none.
func (s *Set) FirstBefore(first place.Day) place.Day {
	for _, f := range s.byName {
		if !f.behind {
			first = min(first, f.Day)
		}
	}
	return first
}

// Recorded tells that a record with AppendSizes is in place. n is its number. Notes are its from now on.
func (s *Set) Recorded(n uint64) {
	s.gone = s.gone[:0]
	for _, f := range s.byName {
		f.noted = f.noted || f.fresh
		f.fresh, f.listed, f.kept = false, false, f.noted
		if f.f != nil && !f.isThere() {
			s.o.Gone(f.Name)
			s.close(f)
			s.drop(f)
			s.forget(f)
		}
	}
	s.notes.n = n
}

// Secured tells that no older record will be read again: the notes that belong to one may go.
func (s *Set) Secured() { s.notes.begin() }

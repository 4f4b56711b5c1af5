package sealing

import (
	"path/filepath"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/status"
)

// Options say when seals are made, and where they are told.
type Options struct {
	Every time.Duration // between the first text that is not sealed and the seals; 0: there are none
	Dir   string        // the log directory
	// Tell tells an event. It does not wait for the disk.
	Tell func(event.Event)
	// TellNow tells an event, and reports whether it is written.
	TellNow func(event.Event) bool
	// Secure makes certain that a power failure does not take the record back behind the last commit: a seal
	// that was told would have a second text.
	Secure func() error
}

// Sealer makes the seals of a local log. It is for the local log's goroutine, but for Writers.
type Sealer struct {
	o   Options
	off bool // nothing is hashed

	chain seal.Chain
	count uint64
	at    time.Time // of the last seals
	since time.Time // when a text was first read that is not sealed; zero: all are
	texts []cursor.SealText

	writers map[key]*Writer
	last    lastWriter
	inHand  []*Writer        // that the batch in hand has texts of
	files   map[string]*File // by path
	ended   []endedPiece     // that the next record has the seals of

	unrecorded bool // the texts are not in the record yet
	// failed and untold are when a record was last not written, and a text last not told: nothing is tried again at once.
	failed, untold time.Time

	all      bool      // all pieces are to end
	soon     time.Time // when they are to end, since a writer has; zero: none has
	proposal proposal  // of the record that is being written
	rereads  rereads
	numbers  numbers
}

// New returns the sealer in the state of a record. It is not to be used before Begin.
func New(o Options) *Sealer {
	return &Sealer{o: o, off: o.Every == 0, writers: make(map[key]*Writer), files: make(map[string]*File), numbers: numbers{of: make(map[string]*uint64)}}
}

// File is the piece of a file by its path, and its name in the log directory; nil: there are no seals.
func (s *Sealer) File(path, name string) *File {
	if s.off {
		return nil
	}
	f := s.files[path]
	if f == nil {
		f = &File{s: s, path: path, name: name}
		s.files[path] = f
	}
	return f
}

// Forget drops a file that has no name any more.
func (s *Sealer) Forget(f *File) {
	if f != nil {
		f.endPiece("")
		delete(s.files, f.path)
	}
}

// WantAll has all pieces end in the next commit that has no batch in hand, unless there is nothing to seal.
func (s *Sealer) WantAll() { s.all = s.all || !s.since.IsZero() }

// Want has the piece of a file end in the next commit.
func (f *File) Want() {
	if f != nil {
		f.wanted = true
		f.s.WantAll()
	}
}

// EndOf notes the end of a spool file. Where its writer has no other one among those that there are it may
// have ended.
func (s *Sealer) EndOf(file *spool.File, there []*spool.File) {
	for _, other := range there {
		if other.ID.Writer == file.ID.Writer && other.ID.Number > file.ID.Number {
			return
		}
	}
	if s.soon.IsZero() && !s.since.IsZero() {
		s.soon = time.Now().Add(endsTogether)
	}
}

// endsTogether is how long seals wait for other writers to end too: those of a web server end together.
const endsTogether = time.Second

// Unsealed is when the first text was read that is not sealed; zero: all are, but for seals and heartbeats.
func (s *Sealer) Unsealed() time.Time { return s.since }

// DueAt is when seals are due; zero: there is nothing to seal.
func (s *Sealer) DueAt() time.Time {
	switch {
	case s.since.IsZero() || s.off:
		return time.Time{}
	case !s.soon.IsZero() && s.soon.Before(s.since.Add(s.o.Every)):
		return s.soon
	}
	return s.since.Add(s.o.Every)
}

// retryRecord and retryTelling are for how long a disk that takes nothing is left alone.
const retryRecord, retryTelling = time.Second, 10 * time.Second

// Due reports whether seals are due, and has them made in the next commit.
func (s *Sealer) Due() bool {
	at := s.DueAt()
	if now := time.Now(); now.Sub(s.failed) < retryRecord || !s.all && (at.IsZero() || now.Before(at)) {
		return false
	}
	s.WantAll()
	return true
}

// Status is how far the seals are; nil: none are made.
func (s *Sealer) Status() *status.Seals {
	if s.off {
		return nil
	}
	return &status.Seals{Chain: s.chain.ID, N: s.chain.N, Count: s.count, At: s.at, Since: s.since, Every: s.o.Every}
}

// nameIn is how a path is called in the log directory.
func (s *Sealer) nameIn(path string) string {
	if name, err := filepath.Rel(s.o.Dir, path); err == nil && filepath.IsLocal(name) {
		return name
	}
	return path
}

package series

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Series is a relay's series. Its methods are for one goroutine.
type Series struct {
	record     cursor.Store
	author     string // of the entries of this process
	unrecorded bool   // the record as it was written last does not have that author, or the place, or has entries that the store has lost
}

// New is the series that a record names; nil: another one, that nobody has begun.
func New(of *cursor.Store) *Series {
	s := &Series{author: newID()}
	if of != nil {
		s.record = *of
	}
	if !isID(s.record.ID) {
		s.record = cursor.Store{ID: newID()}
	}
	return s
}

// ID is the series' name in stores.
func (s *Series) ID() string { return s.record.ID }

// Record is what must be durable of the series; Recorded says that it is.
func (s *Series) Record() *cursor.Store {
	r := s.record // its authors are never changed: others take their place
	return &r
}

// ErrForeign: somebody else has made the last entry.
var ErrForeign = errors.New("another deliverer has written to this relay's entries (one with a copy of the state directory; or that directory is older than what it has delivered)")

// Start is where a relay goes on that has connected to a store.
type Start struct {
	At     spool.Positions
	Behind bool   // the store has less than it had: At is where it ends, as far as that is known
	Lacks  uint64 // how many entries it lacks, of those that are known
}

// Begin says where to go on at a place, which is how the store and what entries are named in it are called, that has last
// as its last mark; nil: it has none. known is up to where servers have accepted everything that they have not lost since, and
// safe is up to where the spool may be gone. The error is ErrForeign.
func (s *Series) Begin(place string, last []byte, known, safe spool.Positions) (Start, error) {
	had, same := s.record.N, s.record.Place == place
	switch {
	case s.record.Place == "":
		known = safe // a server that is no store can have lost the rest
		fallthrough
	case !same:
		had = 0
	}
	var m Mark
	if last != nil {
		var err error
		if m, err = ParseMark(string(last)); err != nil || m.Author != s.author && !slices.Contains(s.record.Authors, m.Author) {
			return Start{}, ErrForeign
		}
	}
	s.goOn(place, m.Author, m.N)
	start := Start{Behind: m.N < had, Lacks: had - min(had, m.N)}
	s.unrecorded = s.unrecorded || start.Behind
	switch {
	case same && m.N > 0 && !m.Partial:
		// The record does not count: the store may have lost entries since, and have as many again, which are shorter.
		start.At = safe.Joined(m.At)
	case start.Behind:
		start.At = safe
	default:
		start.At = known.Joined(m.At)
	}
	return start, nil
}

// goOn goes on behind entry n of an author; 0: there is none.
func (s *Series) goOn(place, author string, n uint64) {
	if s.record.Place != place || !slices.Contains(s.record.Authors, s.author) {
		s.unrecorded = true
	}
	authors := []string{s.author}
	for _, a := range append([]string{author}, s.record.Authors...) {
		if a != "" && !slices.Contains(authors, a) && len(authors) < maxAuthors {
			authors = append(authors, a)
		}
	}
	s.record.Place, s.record.Authors, s.record.N = place, authors, n
}

// maxAuthors is how many are remembered: entries of those before the last one can be on their way still.
const maxAuthors = 8

// IsUnrecorded reports whether the record has to be written before the next entry is made.
func (s *Series) IsUnrecorded() bool { return s.unrecorded }

// Recorded notes that the record was written, or that it could not be: the author of before then goes on,
// if there is one.
func (s *Series) Recorded(err error) {
	s.unrecorded = false
	if err != nil && len(s.record.Authors) > 1 {
		s.author = s.record.Authors[1]
	}
}

// Next is the mark of the next entry, which ends at all positions, of which own are those that the entry itself has
// reached. most bounds its length, in bytes.
func (s *Series) Next(all, own spool.Positions, most int) (mark []byte, partial bool) {
	m := Mark{Author: s.author, N: s.record.N + 1, At: latest(all)}
	if text := m.String(); len(text) <= most {
		return []byte(text), false
	}
	m.At, m.Partial = latest(own), true
	return []byte(m.String()), true
}

// latest are the positions in the last file of each writer. A relay is through with all files before that one.
func latest(all spool.Positions) spool.Positions {
	last := make(map[frame.WriterID]frame.FileID, len(all))
	for f := range all {
		if l, ok := last[f.Writer]; !ok || l.Number < f.Number {
			last[f.Writer] = f
		}
	}
	latest := make(spool.Positions, len(last))
	for _, f := range last {
		latest[f] = all[f]
	}
	return latest
}

// Appended notes that the store has the entry.
func (s *Series) Appended() { s.record.N++ }

const idSize = 16

// newID is 32 random hexadecimal digits.
func newID() string {
	var id [idSize]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

func isID(text string) bool {
	return len(text) == 2*idSize && strings.Trim(text, "0123456789abcdef") == ""
}

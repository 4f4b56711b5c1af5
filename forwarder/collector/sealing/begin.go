package sealing

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"httpd-syslog/forwarder/collector/files"
	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// Begin takes over what lists have behind the record: another process has made it before it died. Of each piece there
// known is told. What the lists have besides begins another chain.
func (s *Sealer) Begin(known func(*seal.Piece)) error {
	days, err := s.lists()
	if err != nil {
		return err
	}
	for _, day := range days {
		if int32(day) < s.now.Day || s.anew && day != days[len(days)-1] {
			continue
		}
		if err := s.adopt(day, known); err != nil {
			return err
		}
	}
	if s.anew {
		s.past, s.anew = s.now, false
	}
	s.begun = true
	s.compare()
	return nil
}

// Leave tells what the lists of a directory have behind a record, for a process that goes on in another one, and returns
// the last seal of the chain. What cannot be read there or told is the directory's, and stays so.
func Leave(o Options, was *cursor.CollectedSeals) seal.Chain {
	s := New(o, was)
	if days, err := s.lists(); err == nil {
		for _, day := range days {
			if int32(day) >= s.now.Day && s.adopt(day, func(*seal.Piece) {}) != nil {
				break
			}
		}
		_ = s.Tell()
	}
	if s.now.Chain.ID == s.last.Chain.ID && s.now.Chain.N < s.last.Chain.N {
		return s.last.Chain
	}
	return s.now.Chain
}

// Why a chain does not go on.
const (
	recordLacks = "the record is older than the lists of seals, or lost"
	listsLack   = "the lists of seals are not those of the record: they were cut, removed or restored"
)

// compare holds what the lists have against the record's last seal: one that is not there has been told, and must not
// get a second text.
func (s *Sealer) compare() {
	last := s.last.Chain
	if last.ID == "" || s.former.ID != "" || s.now.Chain.ID == last.ID && s.now.Chain.N >= last.N {
		return
	}
	lost := s.last.Size
	if s.now.Day == s.last.Day {
		lost -= min(lost, s.now.Size)
	}
	s.o.Tell(event.CollectShort.With("file", place.List(place.Day(s.last.Day)), "bytes", lost))
	s.former, s.why, s.now.Chain = last, listsLack, seal.Chain{}
}

// lists are the days of the lists that there are.
func (s *Sealer) lists() (days []place.Day, err error) {
	names, err := os.ReadDir(s.o.Dir + "/" + place.SealsDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range names {
		day, ok := place.ListDay(place.SealsDir + "/" + strings.TrimSuffix(e.Name(), place.Packed))
		if ok && e.Type().IsRegular() {
			days = append(days, day)
		}
	}
	slices.Sort(days)
	return slices.Compact(days), nil
}

// adopt takes over what the list of a day has behind what is known of it.
func (s *Sealer) adopt(day place.Day, known func(*seal.Piece)) error {
	f, err := files.Open(s.o.Dir, place.List(day), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return s.adoptPacked(day, known)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	from := min(s.until(day), st.Size())
	from, err = s.adoptFrom(day, from, io.NewSectionReader(f, from, st.Size()-from), known)
	if err == nil && from < st.Size() {
		err = f.Truncate(from) // a process was killed while it wrote this
	}
	return err
}

// until is up to where the list of a day is known.
func (s *Sealer) until(day place.Day) int64 {
	if int32(day) == s.now.Day {
		return s.now.Size
	}
	return 0
}

// adoptPacked does so with a list that was packed since the record was made, which is an older one then. Where it is
// damaged it ends. Without a record those of a year would be taken over; with one of the first seal, those before it.
func (s *Sealer) adoptPacked(day place.Day, known func(*seal.Piece)) error {
	if first := cmp.Or(s.now.Day, s.last.Day); !s.anew && (first == 0 || int32(day) < first) {
		return nil
	}
	f, err := files.OpenPacked(s.o.Dir, place.List(day))
	if err != nil {
		return nil
	}
	defer f.Close()
	from := s.until(day)
	if _, err := io.CopyN(io.Discard, f, from); err == nil {
		_, _ = s.adoptFrom(day, from, f, known)
	}
	return nil
}

// adoptFrom takes over what there is behind an offset, and returns up to where that is whole.
func (s *Sealer) adoptFrom(day place.Day, from int64, list io.Reader, known func(*seal.Piece)) (until int64, err error) {
	r := groups{from: bufio.NewReaderSize(list, 64<<10)}
	for {
		g, err := r.next()
		if g == nil || err != nil {
			return from, err
		}
		s.take(day, from, g)
		for i := range g.pieces {
			known(&g.pieces[i])
		}
		from += int64(len(g.text))
	}
}

// take makes the seal of a group once more. Where the group does not go on with the chain, another one begins: with it,
// or with the next seal.
func (s *Sealer) take(day place.Day, begin int64, g *group) {
	h, chain := &g.heading, s.now.Chain
	switch {
	case s.anew:
		s.now = cursor.SealedTo{Day: int32(day), Size: begin + int64(len(g.text))}
	case h.Chain == chain.ID && h.N == chain.N+1 && h.Prev == chain.Prev:
		s.add(chain, day, begin, g)
	case h.N == 1:
		if chain.ID != "" {
			s.former, s.why = chain, recordLacks
		}
		s.add(seal.Chain{ID: h.Chain}, day, begin, g)
	default:
		s.former, s.why = seal.Chain{ID: h.Chain, N: h.N}, recordLacks
		s.now = cursor.SealedTo{Day: int32(day), Size: begin + int64(len(g.text))}
	}
}

// group is a heading of a list with its pieces.
type group struct {
	heading seal.Heading
	pieces  []seal.Piece
	text    []byte // all of it
}

// groups reads them one by one.
type groups struct{ from *bufio.Reader }

// next is the next one; nil: what follows is none that is whole.
func (r *groups) next() (*group, error) {
	g := &group{}
	line, err := r.line(g)
	if line == nil || err != nil {
		return nil, err
	}
	if g.heading, err = seal.ParseHeading(line); err != nil {
		return nil, nil
	}
	for range g.heading.Pieces {
		if line, err = r.line(g); line == nil || err != nil {
			return nil, err
		}
		p, err := seal.ParsePiece(line)
		if err != nil {
			return nil, nil
		}
		g.pieces = append(g.pieces, p)
	}
	return g, nil
}

// line reads a line, of which it returns all but the LF; nil: there is none that is whole.
func (r *groups) line(g *group) ([]byte, error) {
	line, err := r.from.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	g.text = append(g.text, line...)
	return bytes.TrimSuffix(line, newline), err
}

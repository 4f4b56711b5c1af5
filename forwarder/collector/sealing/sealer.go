package sealing

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/collector/files"
	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/seal"
)

// Options say where lists are, and who is told.
type Options struct {
	Dir  string // of the collector's files
	Mode fs.FileMode
	Sync bool // lists survive a power failure
	// Tell tells an event. It does not wait for the disk.
	Tell func(event.Event)
	// Other is told of a file that is gone, cut or another one than the piece is of.
	Other func(name string)
	// TellNow tells an event, and reports whether it is written.
	TellNow func(event.Event) bool
}

// Sealer makes the seals. Not for concurrent use.
type Sealer struct {
	o      Options
	anew   bool // what the lists have is of another time, in which the files were there before
	begun  bool
	past   cursor.SealedTo // as a record has it from where seals are told again
	made   []made          // seals behind that, in their order
	now    cursor.SealedTo // behind the last one
	last   cursor.SealedTo // as the record had it at the begin
	former seal.Chain      // that the next one does not go on with; without an ID: there is none
	why    string          // it does not
	next   next
	text   []byte // scratch
	buf    []byte
}

// next is what the next seal is of.
type next struct {
	left   []files.Piece // to be read
	all    []seal.Piece  // that were
	sealed []files.Piece // likewise
	failed error
	bad    string // file of the last piece that could not be read
}

// made is a seal, and the state of the chain behind it.
type made struct {
	texts  []string // of the seal, and of an event before it, perhaps
	behind cursor.SealedTo
	told   time.Time // zero: it is not
}

// keepTold is how long a seal that was told is told again by another process: longer than the spool needs to be on the
// disk.
const keepTold = 30 * time.Second

// New returns the sealer in the state of a record; nil: there is none. Begin comes next.
func New(o Options, was *cursor.CollectedSeals) *Sealer {
	s := &Sealer{o: o}
	if was != nil {
		s.past, s.now, s.last = was.SealedTo, was.SealedTo, was.Last
	}
	return s
}

// Anew returns a sealer whose chain begins behind what there is in lists already. Begin comes next.
func Anew(o Options) *Sealer { return &Sealer{o: o, anew: true} }

// Record is what the next record is to have of the seals.
func (s *Sealer) Record() *cursor.CollectedSeals {
	for len(s.made) > 0 && !s.made[0].told.IsZero() && time.Since(s.made[0].told) >= keepTold {
		s.past, s.made = s.made[0].behind, s.made[1:]
	}
	last := s.Last()
	if s.past == (cursor.SealedTo{}) && last.Chain.ID == "" {
		return nil
	}
	return &cursor.CollectedSeals{SealedTo: s.past, Last: last}
}

// Last is the last seal that there is; without a chain: there is none.
func (s *Sealer) Last() cursor.SealedTo {
	if s.now.Chain.ID == "" || !s.begun {
		return s.last
	}
	return s.now
}

// Take has the next seal be of some pieces, which Read reads. An error: a seal before cannot be told, and nothing is
// sealed until it is.
func (s *Sealer) Take(pieces []files.Piece) error {
	if err := s.Tell(); err != nil {
		return err
	}
	s.next = next{left: pieces}
	return nil
}

// Reads reports whether there are pieces to be read.
func (s *Sealer) Reads() bool { return len(s.next.left) > 0 }

// Bounds of what is read at once, so that messages do not wait: some 50 ms where the processor is busy.
const (
	mostRead  = files.MostOfPiece
	filesRead = 1000
)

// Read reads some of the pieces. is reports whether a piece is still to be sealed.
func (s *Sealer) Read(is func(*files.Piece) bool) {
	bytes := int64(0)
	for n := 0; n < filesRead && s.Reads() && (n == 0 || bytes < mostRead); n++ {
		p := s.next.left[0]
		s.next.left = s.next.left[1:]
		if p.Name == s.next.bad || !is(&p) {
			continue
		}
		bytes += p.To - p.From
		s.read(&p)
	}
}

// read reads a piece. Where that fails, what follows of the file is not sealed either.
func (s *Sealer) read(p *files.Piece) {
	one, err := s.digest(p)
	if err == nil {
		s.next.all, s.next.sealed = append(s.next.all, one), append(s.next.sealed, *p)
		return
	}
	s.next.bad = p.Name
	if errors.Is(err, errOther) || errors.Is(err, fs.ErrNotExist) {
		s.o.Other(p.Name)
		return
	}
	s.next.failed = errors.Join(s.next.failed, err)
}

// Seal seals the pieces that were read, and returns those that are in the list now. An error is the first one: what
// could not be read is left out.
func (s *Sealer) Seal(first place.Day) (sealed []files.Piece, err error) {
	all, sealed, failed := s.next.all, s.next.sealed, s.next.failed
	s.next = next{}
	if len(all) == 0 {
		return nil, firstOf(failed)
	}
	now := time.Now()
	day := max(place.Day(s.now.Day), first, place.DayOf(now))
	chain := s.now.Chain
	if chain.ID == "" {
		chain = seal.NewChain()
	}
	h := seal.Heading{N: chain.N + 1, Chain: chain.ID, Time: now.Truncate(time.Second), Pieces: len(all), Prev: chain.Prev}
	s.text = h.Append(s.text[:0])
	for i := range all {
		s.text = all[i].Append(s.text)
	}
	begin, err := s.write(day, s.text)
	if err != nil {
		return nil, err
	}
	fault.Point("collect.seal.listed")
	s.add(chain, day, begin, &group{h, all, s.text})
	if cap(s.text) > 1<<20 {
		s.text = nil
	}
	return sealed, errors.Join(firstOf(failed), s.Tell())
}

// add makes the seal of what a list has got.
func (s *Sealer) add(chain seal.Chain, day place.Day, begin int64, g *group) {
	var texts []string
	if former := s.former; former.ID != "" {
		e := event.SealBroken.With("former", former.ID, "cause", s.why, "n", former.N, "chain", chain.ID)
		texts, s.former = append(texts, e.String()), seal.Chain{}
	}
	end := begin + int64(len(g.text))
	texts = append(texts, chain.Central(seal.Central{List: place.List(day), Begin: begin, End: end, Files: uint64(len(g.pieces)), Sum: seal.SumOf(string(g.text))}))
	s.now = cursor.SealedTo{Chain: chain, Day: int32(day), Size: end, At: g.heading.Time}
	s.made = append(s.made, made{texts: texts, behind: s.now})
}

// Tell tells what is in the list and is not told.
func (s *Sealer) Tell() error {
	for i := range s.made {
		m := &s.made[i]
		if !m.told.IsZero() {
			continue
		}
		for _, text := range m.texts {
			fault.Point("collect.seal.before")
			if !s.o.TellNow(event.Again(text)) {
				return fmt.Errorf("the event of seal %d cannot be written", m.behind.Chain.N)
			}
			fault.Point("collect.seal.told")
		}
		m.told = time.Now()
	}
	return nil
}

// write appends to the list of a day, whole or not at all, and returns where that begins.
func (s *Sealer) write(day place.Day, text []byte) (begin int64, err error) {
	f, err := files.Open(s.o.Dir, place.List(day), os.O_RDWR|os.O_APPEND|os.O_CREATE, s.o.Mode)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if begin = st.Size(); int32(day) == s.now.Day && begin < s.now.Size {
		s.o.Tell(event.CollectShort.With("file", place.List(day), "bytes", s.now.Size-begin))
	}
	fault.Point("collect.seal.writing")
	if _, err = f.Write(text); err == nil && s.o.Sync {
		err = unix.Fdatasync(int(f.Fd()))
	}
	if err == nil && s.o.Sync && begin == 0 {
		err = errors.Join(record.SyncDir(s.o.Dir+"/"+place.SealsDir), record.SyncDir(s.o.Dir))
	}
	if err != nil {
		return 0, errors.Join(err, f.Truncate(begin))
	}
	return begin, nil
}

// errOther: another file has the name, or the file has less than was recorded.
var errOther = errors.New("it is not as it was recorded")

// digest reads a piece.
func (s *Sealer) digest(p *files.Piece) (one seal.Piece, err error) {
	f, err := files.Open(s.o.Dir, p.Name, os.O_RDONLY, 0)
	if err != nil {
		return one, err
	}
	defer f.Close()
	if s.buf == nil {
		s.buf = make([]byte, 256<<10)
	}
	one = seal.Piece{Path: p.Name, From: p.From, To: p.To}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return one, err
	}
	if st.Size < p.To || st.Ino != p.Inode {
		return one, fmt.Errorf("%s: %w", p.Name, errOther)
	}
	one.Lines, one.Sum, err = sum(f, p.From, p.To, s.buf)
	if err != nil {
		err = fmt.Errorf("%s: %w", p.Name, err)
	}
	return one, err
}

// firstOf is the first of several errors, in one line.
func firstOf(err error) error {
	if err == nil {
		return nil
	}
	first, rest, more := strings.Cut(err.Error(), "\n")
	if more {
		first += fmt.Sprintf("; and of %d more files", strings.Count(rest, "\n")+1)
	}
	return errors.New(first)
}

package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"httpd-syslog/forwarder/event"
)

// Sum is a SHA-256. As text it is 64 hexadecimal digits, in JSON too.
type Sum [sha256.Size]byte

// SumOf is the sum of a text: of a seal, for the prev of the next one.
func SumOf(text string) Sum { return sha256.Sum256([]byte(text)) }

// String is the sum in lower case.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// MarshalText makes Sum a string of JSON.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is the reverse of MarshalText. It takes lower case alone, so that a sum has one text.
func (s *Sum) UnmarshalText(b []byte) error {
	sum, err := hex.DecodeString(string(b))
	if err != nil || len(sum) != len(s) || hex.EncodeToString(sum) != string(b) {
		return fmt.Errorf("%q is not the text of a SHA-256", b)
	}
	*s = Sum(sum)
	return nil
}

// Seal is one of a chain: of lines, of a file, or of a collector's files.
type Seal struct {
	N     uint64 // from 1
	Prev  Sum    // of the text of seal N-1
	Chain string

	// One of them:
	Lines   *Lines
	File    *File
	Central *Central
}

// Class says which of a writer's two rows of numbers is meant.
type Class string

// The classes.
const (
	OfLines  Class = "lines"
	OfEvents Class = "audit"
)

// Lines are texts of one writer.
type Lines struct {
	Writer      string // PROCID
	Stream      string
	Class       Class
	First, Last uint64    // numbers
	Lines       uint64    // texts; fewer than numbers where lines were lost before the spool
	From, To    time.Time // when First and Last came in; to the microsecond
	Sum         Sum
}

// File is a run of bytes of a file of the local log.
type File struct {
	File       string // in the log directory, before it is rotated
	Since      uint64 // number of the first seal of this very file
	Begin, End int64
	Sum        Sum
}

// Central is what a collector has added to its list of the pieces of its files.
type Central struct {
	List       string // in the directory of the collector's files
	Begin, End int64
	Files      uint64 // pieces
	Sum        Sum
}

// timeFormat is that of times in events: in UTC.
const timeFormat = "2006-01-02T15:04:05.000000Z"

// Event is the seal as it is told. Its text is the same whenever the seal is.
func (s *Seal) Event() event.Event {
	if f := s.File; f != nil {
		return event.SealFile.With("n", s.N, "prev", s.Prev, "chain", s.Chain,
			"file", f.File, "since", f.Since, "begin", f.Begin, "end", f.End, "sha256", f.Sum)
	}
	if c := s.Central; c != nil {
		return event.SealCentral.With("n", s.N, "prev", s.Prev, "chain", s.Chain, "file", c.List, "begin", c.Begin, "end", c.End, "files", c.Files, "sha256", c.Sum)
	}
	l := s.Lines
	return event.SealLines.With("n", s.N, "prev", s.Prev, "chain", s.Chain,
		"writer", l.Writer, "stream", l.Stream, "class", l.Class, "first", l.First, "last", l.Last, "lines", l.Lines,
		"from", l.From.UTC().Format(timeFormat), "to", l.To.UTC().Format(timeFormat), "sha256", l.Sum)
}

// ErrOther: the text is not that of a seal.
var ErrOther = errors.New("not a seal")

// Parse reads the text of a seal, as Event gives it and as it stands in audit_log behind the head of the
// line. It returns ErrOther for any other text, and another error for one that says it is a seal and is
// not as seals are.
func Parse(text string) (Seal, error) {
	told, ok := event.Parse(text)
	if !ok || told.Code != event.SealLines.Code && told.Code != event.SealFile.Code && told.Code != event.SealCentral.Code {
		return Seal{}, ErrOther
	}
	f := fields{told: &told}
	s := Seal{N: f.number("n"), Prev: f.sum("prev"), Chain: told.Get("chain")}
	switch told.Code {
	case event.SealFile.Code:
		s.File = f.file()
	case event.SealCentral.Code:
		s.Central = f.central()
	default:
		s.Lines = f.lines()
	}
	if f.err == nil && (s.N == 0 || s.Chain == "") {
		f.err = fmt.Errorf("seal %d of chain %q", s.N, s.Chain)
	}
	if f.err != nil {
		return Seal{}, fmt.Errorf("a seal that is none: %w", f.err)
	}
	return s, nil
}

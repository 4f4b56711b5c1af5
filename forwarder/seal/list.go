package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Heading stands in a collector's list before the pieces of a seal.
type Heading struct {
	N      uint64
	Chain  string
	Time   time.Time // in seconds
	Pieces int
	Prev   Sum // of the text of seal N-1
}

// Piece is what was added to a file of a collector.
type Piece struct {
	Path     string
	From, To int64
	Lines    int64
	Sum      Sum
}

// ListDir is the directory of the lists, below that of a collector's files.
const ListDir = "_seals"

const headingBegins = "seal "

// Append appends the line of a heading, with its LF.
func (h *Heading) Append(dst []byte) []byte {
	dst = fmt.Appendf(dst, headingBegins+"%d %s ", h.N, h.Chain)
	dst = h.Time.UTC().AppendFormat(dst, time.RFC3339)
	dst = strconv.AppendInt(append(dst, ' '), int64(h.Pieces), 10)
	return append(append(append(dst, ' '), h.Prev.String()...), '\n')
}

// Append appends the line of a piece, with its LF.
func (p *Piece) Append(dst []byte) []byte {
	dst = append(dst, p.Sum.String()...)
	for _, n := range []int64{p.From, p.To, p.Lines} {
		dst = strconv.AppendInt(append(dst, ' '), n, 10)
	}
	return append(append(append(dst, ' '), p.Path...), '\n')
}

// ErrList: a line is none of a list.
var ErrList = errors.New("not a line of a list of seals")

// IsHeading reports whether a line is to be read as a heading.
func IsHeading(line []byte) bool { return bytes.HasPrefix(line, []byte(headingBegins)) }

// ParseHeading reads a heading without its LF. It takes nothing but what Append writes.
func ParseHeading(line []byte) (h Heading, err error) {
	words := strings.Split(string(line), " ")
	if len(words) != 6 {
		return h, ErrList
	}
	errPrev := h.Prev.UnmarshalText([]byte(words[5]))
	n, errN := strconv.ParseUint(words[1], 10, 64)
	at, errTime := time.Parse(time.RFC3339, words[3])
	pieces, errPieces := strconv.Atoi(words[4])
	h = Heading{n, words[2], at, pieces, h.Prev}
	if errors.Join(errN, errTime, errPieces, errPrev) != nil || string(h.Append(nil)) != string(line)+"\n" {
		return h, ErrList
	}
	return h, nil
}

// ParsePiece reads the line of a piece without its LF. It takes nothing but what Append writes.
func ParsePiece(line []byte) (p Piece, err error) {
	words := strings.Split(string(line), " ")
	if len(words) != 5 {
		return p, ErrList
	}
	err = p.Sum.UnmarshalText([]byte(words[0]))
	for i, to := range []*int64{&p.From, &p.To, &p.Lines} {
		var bad error
		*to, bad = strconv.ParseInt(words[1+i], 10, 64)
		err = errors.Join(err, bad)
	}
	p.Path = words[4]
	if err != nil || p.From < 0 || p.To <= p.From || p.Path == "" || string(p.Append(nil)) != string(line)+"\n" {
		return p, ErrList
	}
	return p, nil
}

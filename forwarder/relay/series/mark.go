package series

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Mark is what an entry says of itself.
type Mark struct {
	Author  string          // of the entry: a process that delivers
	N       uint64          // of the entry in its series, from 1
	Partial bool            // At has the places of this entry alone
	At      spool.Positions // in the last file of each writer
}

// version begins a mark; programs that do not know it take the entry for one of somebody else.
const version = "1"

// String is the mark as an entry has it, in printable ASCII:
//
//	1 AUTHOR N full|partial FILE=OFFSET[+LINES] …
func (m *Mark) String() string {
	kind := "full"
	if m.Partial {
		kind = "partial"
	}
	b := fmt.Appendf(nil, "%s %s %d %s", version, m.Author, m.N, kind)
	for _, f := range slices.SortedFunc(maps.Keys(m.At), frame.FileID.Compare) {
		p := m.At[f]
		b = append(append(append(b, ' '), f.String()...), '=')
		b = strconv.AppendInt(b, p.Offset, 10)
		if p.Lines > 0 {
			b = strconv.AppendInt(append(b, '+'), int64(p.Lines), 10)
		}
	}
	return string(b)
}

var errNoMark = errors.New("it is not a mark that this program knows")

// ParseMark reads what String has made.
func ParseMark(text string) (Mark, error) {
	fields := strings.Split(text, " ")
	if len(fields) < 4 || fields[0] != version || !isID(fields[1]) {
		return Mark{}, errNoMark
	}
	n, err := strconv.ParseUint(fields[2], 10, 64)
	if err != nil || n == 0 || fields[3] != "full" && fields[3] != "partial" {
		return Mark{}, errNoMark
	}
	m := Mark{Author: fields[1], N: n, Partial: fields[3] == "partial", At: make(spool.Positions, len(fields)-4)}
	for _, field := range fields[4:] {
		name, place, _ := strings.Cut(field, "=")
		f, ferr := frame.ParseFileID(name)
		p, perr := parsePlace(place)
		if err := cmp.Or(ferr, perr); err != nil {
			return Mark{}, errNoMark
		}
		m.At[f] = p
	}
	return m, nil
}

func parsePlace(text string) (p spool.Position, err error) {
	offset, lines, some := strings.Cut(text, "+")
	if p.Offset, err = strconv.ParseInt(offset, 10, 64); err != nil || p.Offset < 0 {
		return p, errNoMark
	}
	if some {
		if p.Lines, err = strconv.Atoi(lines); err != nil || p.Lines <= 0 {
			return p, errNoMark
		}
	}
	return p, nil
}

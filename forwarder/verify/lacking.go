package verify

import (
	"bytes"
	"slices"

	"httpd-syslog/forwarder/verify/ledger"
)

// lacking are the numbers of a group whose lines local files can have, and the central server does not have
// as they were sealed.
type lacking struct {
	pieces  []lack
	altered bool // the server has another text for some of them

	// A web server's own lines have no number in its files, but stand there in the order of their numbers.
	of      ledger.Row // whose lines they are, if one writer alone lacks some
	order   ledger.Spans
	lines   uint64 // of all writers
	excused uint64 // those of which events say that the server does not get them
	found   uint64 // lines that a file has, and the server has not
	path    string // of that file
	unsure  bool   // the order does not say which of them has which number
}

// lack is what the server lacks of a piece.
type lack struct {
	*ledger.Piece
	explained ledger.Spans // by events
	others    ledger.Spans // missing, or there with another text
}

// lacking finds out what the server lacks of a group. It is known how the lines differ.
func (x *comparison) lacking(g *group) *lacking {
	k := &lacking{altered: len(g.differ.central) > 0}
	altered := make(map[*ledger.Piece]ledger.Spans)
	for n := range g.differ.central {
		altered[n.piece] = append(altered[n.piece], ledger.Span{First: n.number, Last: n.number})
	}
	for _, p := range g.Lines {
		l := lack{Piece: p}
		l.explained, l.others = x.central.Lacking(p)
		l.others = append(l.others, altered[p]...).Normal()
		if len(l.explained)+len(l.others) > 0 {
			k.add(l)
		}
	}
	k.order = k.order.Normal()
	for text := range g.differ.local {
		k.unsure = k.unsure || g.hasCentral(text) // another line has the same text
	}
	return k
}

func (k *lacking) add(l lack) {
	k.pieces = append(k.pieces, l)
	if l.Row.Audit {
		return
	}
	k.unsure = k.unsure || k.lines > 0 && k.of != l.Row
	k.of, k.order = l.Row, append(append(k.order, l.explained...), l.others...)
	k.lines += l.explained.Count() + l.others.Count()
	k.excused += l.explained.Count()
}

// place gives a line of a file that the server does not have its number, where that can be known. explained:
// events say that the server does not get it.
func (k *lacking) place(at *line, whole []byte) (explained bool) {
	pid, number, numbered := headOf(whole)
	if !numbered {
		k.unsure = k.unsure || k.found > 0 && k.path != at.path
		number, k.path, at.byOrder = k.order.At(k.found), at.path, true
		k.found++
	}
	sure := false
	for _, l := range k.pieces {
		is := l.explained.Has(number)
		if !is && !l.others.Has(number) || !numbered && l.Row != k.of {
			continue
		}
		same := bytes.HasPrefix([]byte(l.ProcID), append(slices.Clone(pid), '-'))
		if same || !sure { // several writers can lack this number
			at.piece, at.number, explained, sure = l.Piece, number, is, same
		}
	}
	return explained
}

// headOf is the process ID and the number of a line that has them in its head.
func headOf(line []byte) (pid []byte, number uint64, ok bool) {
	if _, number, ok = ledger.ParseLocal(line); !ok {
		return nil, 0, false
	}
	head, _, _ := bytes.Cut(line, []byte("]: [ID "))
	return head[bytes.LastIndexByte(head, '[')+1:], number, true
}

// isSure reports whether the lines of the web server that a file alone has, all of which were placed, have
// the numbers that they were given.
func (k *lacking) isSure() bool { return !k.unsure && k.found == k.lines }

// isTold reports whether nothing is to be said of these lines but what numbers say: it is not known which
// of them are meant.
func (k *lacking) isTold() bool {
	return !k.altered && (k.lines == k.excused && k.found <= k.excused || k.excused > 0 && k.found == k.lines)
}

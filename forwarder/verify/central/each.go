package central

import (
	"bytes"
	"context"
	"slices"

	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/ledger"
)

// Line is a line of a piece, where it stands. Text has no LF, and is valid until the next line.
type Line struct {
	Piece  *ledger.Piece
	Number uint64
	Text   []byte
	Path   string
	Line   int64
}

// Each calls visit for each line of some pieces, in the order of the files: repeats too.
func (c *Central) Each(ctx context.Context, pieces []*ledger.Piece, visit func(*Line)) {
	e := each{pieces: make(map[ledger.Row]ledger.Pieces), visit: visit}
	for _, p := range pieces {
		e.pieces[p.Row] = append(e.pieces[p.Row], p)
	}
	for _, list := range e.pieces {
		slices.SortFunc(list, func(a, b *ledger.Piece) int { return compareNumbers(a.First, b.First) })
	}
	for _, f := range c.files {
		if !e.concerns(f) {
			continue
		}
		e.m, e.line.Path = Message{}, f.path
		_, _ = archive.Read(ctx, f.path, e.block) // Central.Read tells of a file that cannot be read
	}
}

// each gives lines of pieces to a visitor.
type each struct {
	pieces map[ledger.Row]ledger.Pieces
	visit  func(*Line)
	m      Message
	line   Line
}

func (e *each) concerns(f *file) bool {
	for row, s := range f.rows {
		for _, p := range e.pieces[row] {
			if p.First <= s.Last && p.Last >= s.First {
				return true
			}
		}
	}
	return false
}

func (e *each) block(b archive.Block) error {
	e.line.Line = b.Line - 1
	for line := range bytes.Lines(b.Data) {
		e.line.Line++
		if e.m.Parse(bytes.TrimSuffix(line, []byte{'\n'})) != Numbered {
			continue
		}
		list := e.pieces[e.m.Row]
		if len(list) == 0 {
			continue
		}
		if _, p := list.Find(e.m.Number); p != nil {
			e.line.Piece, e.line.Number, e.line.Text = p, e.m.Number, e.m.Text
			e.visit(&e.line)
		}
	}
	return nil
}

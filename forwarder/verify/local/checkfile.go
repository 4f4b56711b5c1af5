package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/ledger"
)

// maxRuns bounds how often a file is read once more behind a place where bytes were put in or taken out.
const maxRuns = 100

// check is one of a file.
type check struct {
	l      *Local
	s      *sealedFile
	pieces []ledger.FilePiece // of the time that is checked
	size   int64              // of the content
	flaws  []string
	lines  []uint64 // of each piece
	shift  int64    // by how much bytes are behind the place where they were sealed
	runs   int
}

// checkFile holds a file against its seals.
func (l *Local) checkFile(ctx context.Context, s *sealedFile) {
	c := &check{l: l, s: s, pieces: l.inTime(s)}
	if len(c.pieces) == 0 {
		return
	}
	if s.file == nil {
		s.take(l.appeared(s))
	}
	if s.file == nil {
		l.tellGone(s)
		return
	}
	c.lines = make([]uint64, len(c.pieces))
	for i := 0; i < len(c.pieces); {
		bad, err := c.compare(ctx, i)
		for n := 0; n < maxMoves && (err != nil || len(bad) > 0) && c.moved(ctx); n++ {
			bad, err = c.compare(ctx, i)
		}
		if err != nil {
			l.o.Report.Cannot(finding.Plain(err.Error()))
			return
		}
		i = c.tellFirst(ctx, i, bad)
	}
	c.tellFlaws()
	c.tellGaps()
	c.tellEnd()
}

// inTime are the pieces of the time that is checked: those between the seals of lines of that time.
func (l *Local) inTime(s *sealedFile) (pieces []ledger.FilePiece) {
	between, known := l.between[s.Chain]
	if !known {
		between.First, between.Last = l.o.Ledger.Between(s.Chain, l.o.From, l.o.To)
		l.between[s.Chain] = between
	}
	for _, p := range s.Pieces {
		if p.N >= between.First && p.N <= between.Last {
			pieces = append(pieces, p)
		}
	}
	return pieces
}

func (l *Local) tellGone(s *sealedFile) {
	if s.isRemoved() {
		return
	}
	name := s.File.File
	if s.rotated != nil {
		name = s.rotated.File
	}
	last := &s.Pieces[len(s.Pieces)-1]
	l.o.Report.Add(finding.Finding{
		Code: finding.FileMissing, Host: s.host.Name, File: l.o.Dir + "/" + name, Seal: s.Name(last),
		Say: fmt.Sprintf("this file, of %d bytes or more, is not there, and no event says that it was removed", last.End),
	})
}

// compare hashes the pieces from the i-th one on, each where shift has it, and returns the indexes of those
// that are not as they were sealed.
func (c *check) compare(ctx context.Context, i int) (bad []int, err error) {
	c.runs++
	clear(c.lines[i:])
	sum := sha256.New()
	k := i
	content, err := archive.Read(ctx, c.s.file.path, func(b archive.Block) error {
		for k < len(c.pieces) {
			p := &c.pieces[k]
			begin, end := p.Begin+c.shift, p.End+c.shift
			n, done := feed(sum, &b, begin, end)
			c.lines[k] += n
			if !done {
				return nil
			}
			if seal.Sum(sum.Sum(nil)) != p.Sum {
				bad = append(bad, k)
			}
			sum.Reset()
			k++
		}
		return nil
	})
	c.size, c.flaws = content.Bytes+int64(content.Partial), content.Flaws
	for ; k < len(c.pieces); k++ {
		bad = append(bad, k) // not whole
	}
	return bad, err
}

// feed hashes the part of a block that is between two places, and counts its lines. It reports whether the
// block has the end.
func feed(sum hash.Hash, b *archive.Block, begin, end int64) (lines uint64, done bool) {
	from, to := max(0, begin-b.Offset), min(int64(len(b.Data)), end-b.Offset)
	if from < to {
		_, _ = sum.Write(b.Data[from:to]) // never fails
		lines = uint64(bytes.Count(b.Data[from:to], []byte{'\n'}))
	}
	return lines, end <= b.Offset+int64(len(b.Data))
}

// tellFirst tells of what is bad first, and returns the index of the piece that is to be looked at next.
func (c *check) tellFirst(ctx context.Context, i int, bad []int) int {
	if len(bad) == 0 {
		c.good(i, len(c.pieces))
		return len(c.pieces)
	}
	k := bad[0]
	c.good(i, k)
	n := 1
	for n < len(bad) && bad[n] == k+n {
		n++
	}
	if n == 1 || c.runs >= maxRuns { // those behind it are where they were
		c.tellBad(k, k+1, 0)
		return c.rest(k+1, bad[1:])
	}
	for m := 1; m < n; m++ { // bytes were put in or taken out
		if shift, ok := c.resync(ctx, k+m); ok {
			moved := shift - c.shift
			c.tellBad(k, k+m, moved)
			c.shift = shift
			return k + m
		}
		if m >= maxTries {
			break
		}
	}
	c.tellBad(k, k+n, 0)
	return c.rest(k+n, bad[n:])
}

// maxTries is how many pieces in a row are looked for elsewhere in the file.
const maxTries = 4

// rest goes on behind a piece that is bad, without reading again where nothing was moved.
func (c *check) rest(i int, bad []int) int {
	for _, k := range bad {
		c.good(i, k)
		c.tellBad(k, k+1, 0)
		i = k + 1
	}
	c.good(i, len(c.pieces))
	return len(c.pieces)
}

// good notes pieces that are as they were sealed.
func (c *check) good(from, to int) {
	for k := from; k < to; k++ {
		p := &c.pieces[k]
		if !c.s.isCounted(p) {
			c.l.count(p.End-p.Begin, c.lines[k], true)
		}
		c.l.Pieces[SealKey{c.s.Chain, p.N}] = &Piece{Path: c.s.file.path, Begin: p.Begin + c.shift, End: p.End + c.shift, Good: true}
	}
}

// count counts a piece.
func (l *Local) count(bytes int64, lines uint64, good bool) {
	c := &l.o.Report.Counts
	c.Bytes += bytes
	switch {
	case !l.o.Count:
	case good:
		c.Lines, c.Checked = c.Lines+lines, c.Checked+lines
	default:
		c.Lines, c.Beside = c.Lines+lines, c.Beside+lines
	}
}

// tellBad keeps what is to be told of pieces; moved is by how much what follows them is further behind.
func (c *check) tellBad(from, to int, moved int64) {
	first, last := &c.pieces[from], &c.pieces[to-1]
	f := finding.Finding{
		Code: finding.FileAltered, Host: c.s.host.Name, File: c.s.file.path, Seal: c.s.Name(first),
		Begin: first.Begin + c.shift, End: last.End + c.shift + moved,
	}
	switch {
	case f.End > c.size:
		f.Code, f.End = finding.FileShortened, max(c.size, f.Begin+1)
		f.Say = fmt.Sprintf("the file ends at byte %d; %d were sealed", c.size, last.End+c.shift)
	case moved > 0:
		f.Say = fmt.Sprintf("bytes are not those that were sealed: there are %d more", moved)
	case moved < 0:
		f.Say = fmt.Sprintf("bytes are not those that were sealed: there are %d fewer", -moved)
	default:
		f.Say = "bytes are not those that were sealed"
	}
	for k := from; k < to; k++ {
		p := &c.pieces[k]
		piece := &Piece{Path: c.s.file.path, Begin: p.Begin + c.shift, End: min(p.End+c.shift, c.size)}
		if k == to-1 {
			piece.End = min(f.End, c.size)
		}
		if !c.s.isCounted(p) {
			c.l.count(0, c.lines[k], false)
		}
		if k == from {
			piece.Tell = []finding.Finding{f}
		}
		c.l.Pieces[SealKey{c.s.Chain, p.N}] = piece
	}
}

// tellFlaws tells what is wrong with the file itself.
func (c *check) tellFlaws() {
	for _, flaw := range c.flaws {
		c.l.o.Report.Add(finding.Finding{Code: finding.FileFlaw, Host: c.s.host.Name, File: c.s.file.path, Say: flaw})
	}
}

// tellGaps tells of bytes between pieces that no seal has.
func (c *check) tellGaps() {
	for k := 1; k < len(c.pieces); k++ {
		a, b := &c.pieces[k-1], &c.pieces[k]
		if b.Begin != a.End {
			c.l.o.Report.Add(finding.Finding{
				Code: finding.NoSeal, Host: c.s.host.Name, File: c.s.file.path, Begin: min(a.End, b.Begin), End: max(a.End, b.Begin), Seal: c.s.Name(b),
				Say: "the seals on both sides of these bytes do not join up",
			})
		}
	}
}

// tellEnd tells of bytes behind the last seal of a file that nobody writes to any more.
func (c *check) tellEnd() {
	last := &c.s.Pieces[len(c.s.Pieces)-1]
	end := last.End + c.shift
	if c.size <= end || c.s.newest || c.s.reaches(last.End) || last.N != c.pieces[len(c.pieces)-1].N {
		return
	}
	c.l.o.Report.Add(finding.Finding{
		Code: finding.FileGrown, Host: c.s.host.Name, File: c.s.file.path, Begin: end, End: c.size, Seal: c.s.Name(last),
		Say: "bytes stand behind the last seal of a file that was finished",
	})
}

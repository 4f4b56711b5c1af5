package lists

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"os"
	"slices"
	"time"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
)

// sizeOfPiece is about what a piece takes in memory.
const sizeOfPiece = 64

// piece is one of a file.
type piece struct {
	from, to int64
	n        uint64 // of its seal
	sum      seal.Sum
}

// readDays reads the files, day by day.
func (c *check) readDays(ctx context.Context) {
	for name := range c.files { // those that no list has, too
		if date := dateOf(name); !IsList(name) && date != "" && c.byDay[date] == nil {
			c.byDay[date] = &day{}
		}
	}
	for _, date := range slices.Sorted(maps.Keys(c.byDay)) {
		if !c.wanted(date) {
			continue
		}
		d := c.byDay[date]
		parts := uint64(d.pieces*sizeOfPiece/c.o.Memory + 1)
		for part := range parts {
			c.readPart(ctx, date, d, part, parts)
		}
	}
}

// readPart reads one of several parts of the files of a day.
func (c *check) readPart(ctx context.Context, date string, d *day, part, parts uint64) {
	seed := c.seed
	in := func(name string) bool {
		return dateOf(name) == date && c.isAbout(name) && (parts == 1 || maphash.String(seed, name)%parts == part)
	}
	files := c.pieces(ctx, d.lists, in)
	for name := range c.files {
		if !IsList(name) && in(name) && files[name] == nil {
			files[name] = []piece{}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		c.file(ctx, date, name, files[name])
	}
}

// pieces are those that lists have of some files.
func (c *check) pieces(ctx context.Context, lists []string, in func(string) bool) map[string][]piece {
	files := make(map[string][]piece)
	n := uint64(0)
	for _, list := range lists {
		_, err := c.read(ctx, list, func(b archive.Block) error {
			for line := range bytes.Lines(b.Data[:max(0, min(int64(len(b.Data)), c.sizes[list]-b.Offset))]) {
				line = bytes.TrimSuffix(line, newline)
				if seal.IsHeading(line) {
					h, _ := seal.ParseHeading(line)
					n = h.N
				} else if p, err := seal.ParsePiece(line); err == nil && in(p.Path) {
					files[p.Path] = append(files[p.Path], piece{p.From, p.To, n, p.Sum})
				}
			}
			return nil
		})
		if err != nil { // which is told already, or the list has gone meanwhile
			c.o.Report.Cannot(finding.Plain(err.Error()))
		}
	}
	return files
}

// file holds a file against its pieces.
func (c *check) file(ctx context.Context, date, name string, pieces []piece) {
	path := c.files[name]
	if path == "" {
		if !c.told.Removed[name] {
			c.add(finding.FileMissing, name, "this file is missing, and no event says that it was removed", pieces[0].n, finding.Finding{Begin: pieces[0].from, End: pieces[len(pieces)-1].to})
		}
		return
	}
	if len(pieces) == 0 {
		switch was, size := c.wasSealed(path); {
		case c.isOver(date) && c.first < date:
			c.add(finding.Unknown, name, "no seal of the central server knows this file", 0, finding.Finding{})
		case was:
			c.add(finding.NoSeal, name, sealIsLost, 0, finding.Finding{End: size})
		}
		return
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	s := summer{pieces: pieces, bad: func(p piece, line, until int64) {
		c.add(finding.FileAltered, name, "these bytes are not those that the central server has sealed", p.n, finding.Finding{Line: line, Until: until, Begin: p.from, End: p.to})
	}}
	content, err := c.read(ctx, name, s.block)
	if err != nil {
		c.o.Report.Cannot(finding.Plain(err.Error()))
		return
	}
	size := content.Bytes + int64(content.Partial)
	s.end(size)
	c.o.Report.AddCentral(s.good)
	c.ends(date, name, pieces, size)
}

// ends tells what of a file is in no piece, and which pieces it does not have.
func (c *check) ends(date, name string, pieces []piece, size int64) {
	end := int64(0)
	for _, p := range pieces {
		if p.from > end {
			c.add(finding.NoSeal, name, "no seal of the central server has these bytes: the file was replaced, cut or added to while it was written", p.n, finding.Finding{Begin: end, End: p.from})
		}
		end = max(end, p.to)
	}
	last := pieces[len(pieces)-1]
	switch {
	case size < end:
		c.add(finding.FileShortened, name, fmt.Sprintf("it ends at byte %d, and is sealed up to byte %d", size, end), last.n, finding.Finding{Begin: size, End: end})
	case size > end && c.isOver(date):
		c.add(finding.FileGrown, name, fmt.Sprintf("it has %d bytes behind what is sealed of it", size-end), last.n, finding.Finding{Begin: end, End: size})
	case size > end:
		if was, _ := c.wasSealed(c.files[name]); was {
			c.add(finding.NoSeal, name, sealIsLost, last.n, finding.Finding{Begin: end, End: size})
		}
	}
}

const sealIsLost = "no seal that is left in the lists has these bytes, which were there before the last one was made: the lists lack seals that they had"

// recording is how long it takes at most until what was written can be sealed.
const recording = time.Minute

// wasSealed reports whether a file was not written to since a seal was made that is of all that there was, while the lists
// lack seals. A copy may have another time; then the end of the day tells.
func (c *check) wasSealed(path string) (was bool, size int64) {
	if !c.lost {
		return false, 0
	}
	st, err := os.Stat(path)
	if err != nil || st.Size() == 0 {
		return false, 0
	}
	return st.ModTime().Before(later(c.last, c.known).Add(-recording)), st.Size()
}

// add tells a finding about a file. n is the number of a seal; 0: none.
func (c *check) add(code finding.Code, name, say string, n uint64, f finding.Finding) {
	f.Code, f.Say, f.File = code, say, c.files[name]
	if f.File == "" {
		f.File = c.root + "/" + name
	}
	if n > 0 {
		f.Seal = fmt.Sprintf("seal %d of the central files", n)
	}
	c.o.Report.Add(f)
}

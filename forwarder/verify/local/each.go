package local

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"httpd-syslog/forwarder/verify/archive"
)

// Line is a line of a piece, where it stands. Text has no LF, and is valid until the next line.
type Line struct {
	Seal SealKey
	Text []byte
	Path string
	Line int64
}

type ranged struct {
	key        SealKey
	begin, end int64
}

// Each calls visit for each line of the pieces of some seals, in the order of their files.
func (l *Local) Each(ctx context.Context, seals []SealKey, visit func(*Line)) {
	files := make(map[string][]ranged)
	var paths []string
	for _, key := range seals {
		p := l.Pieces[key]
		if p == nil {
			continue
		}
		if files[p.Path] == nil {
			paths = append(paths, p.Path)
		}
		files[p.Path] = append(files[p.Path], ranged{key, p.Begin, p.End})
	}
	for _, path := range paths {
		list := files[path]
		slices.SortFunc(list, func(a, b ranged) int { return cmp.Compare(a.begin, b.begin) })
		at := Line{Path: path}
		_, _ = archive.Read(ctx, path, func(b archive.Block) error {
			at.each(&b, list, visit)
			return nil
		}) // Check tells of a file that cannot be read
	}
}

// each visits the lines of a block that are in one of the ranges.
func (at *Line) each(b *archive.Block, list []ranged, visit func(*Line)) {
	offset := b.Offset
	at.Line = b.Line - 1
	for line := range bytes.Lines(b.Data) {
		at.Line++
		for i := range list {
			if offset >= list[i].begin && offset < list[i].end {
				at.Seal, at.Text = list[i].key, bytes.TrimSuffix(line, []byte{'\n'})
				visit(at)
				break
			}
		}
		offset += int64(len(line))
	}
}

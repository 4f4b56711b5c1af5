package sealing

import (
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// File is the open piece of a file of the local log. The methods of a nil File do nothing: there are
// no seals.
type File struct {
	s    *Sealer
	path string
	name string // in the log directory

	since, until uint64 // first and last seal of this very file; 0: it has none
	begin, end   int64
	sum          digest  // of the piece, unless it is alone's
	alone        *Writer // the piece is this writer's, and nothing else; nil: it is not

	from  *Writer // who alone the text is of that is written next; nil: nobody's yet
	mixed bool    // it is of several, or has more than their texts

	first  time.Time // when the piece got its first bytes
	wanted bool      // the piece is to end in the next commit
}

// changedLength is why seals begin anew where a file does not end where it was left.
const changedLength = "others have changed its length"

// From notes that lines of a writer are part of the text that the file gets next. plain: they stand there
// as they were read, all of them.
func (f *File) From(w *Writer, plain bool) {
	if f == nil {
		return
	}
	f.mixed = f.mixed || !plain || w == nil || f.from != nil && f.from != w
	f.from = w
	if w != nil && w.file != f && w.file.isOf(w) {
		w.file.Part()
	}
}

// isOf reports whether the piece is the writer's, and nothing else.
func (f *File) isOf(w *Writer) bool { return f != nil && f.alone == w }

// share has the piece be the writer's.
func (f *File) share(w *Writer) { f.alone, w.file = w, f }

// Wrote takes in what was written to the file, which ends at size now.
func (f *File) Wrote(text []byte, size int64) {
	if f == nil {
		return
	}
	w, mixed := f.from, f.mixed || f.from == nil
	f.from, f.mixed = nil, false
	if at := size - int64(len(text)); at != f.end {
		f.Anew(at, changedLength)
	}
	if f.begin == f.end {
		f.first = time.Now()
	}
	f.end = size
	if !mixed && (f.alone == w || f.isFresh(text) && w.isNew()) && w.span.Bytes == uint64(f.end-f.begin) {
		f.share(w)
		return
	}
	f.end -= int64(len(text))
	f.Part()
	f.end = size
	_, _ = f.sum.Write(text)
}

// isFresh reports whether the text is all that the piece has.
func (f *File) isFresh(text []byte) bool { return f.alone == nil && f.end-f.begin == int64(len(text)) }

// isNew reports whether the piece has nothing but the batch in hand.
func (w *Writer) isNew() bool { return !w.inHand || w.before.Lines == 0 }

// Part gives the piece a hash of its own.
func (f *File) Part() {
	if f == nil || f.alone == nil {
		return
	}
	state, ok := f.alone.at(uint64(f.end - f.begin))
	f.alone = nil
	if !ok || f.sum.set(state) != nil {
		f.lose("its piece cannot be told from its writer's")
	}
}

// Skip forgets the text that was to be written next: the file does not get it now.
func (f *File) Skip() {
	if f == nil {
		return
	}
	f.Part()
	f.from, f.mixed = nil, false
}

// state is that of the hash of the piece, and who shares it.
func (f *File) state() cursor.FilePiece {
	p := cursor.FilePiece{Since: f.since, Until: f.until, Begin: f.begin, End: f.end}
	switch {
	case f.begin == f.end:
	case f.alone == nil:
		p.Sum = f.sum.append(nil)
	default:
		if span, _ := f.alone.done(); span.Bytes == uint64(f.end-f.begin) {
			p.Alone = f.alone.procID
		} else {
			p.Sum, _ = f.alone.at(uint64(f.end - f.begin))
		}
	}
	return p
}

// endedPiece is a piece of a file that has another name by now, or none.
type endedPiece struct {
	seal.File
	backup string // what the file is called by now; empty: that is not known
}

// endPiece ends the piece: the next commit has its seal. backup is what the file is called from now on; empty:
// that is not known.
func (f *File) endPiece(backup string) {
	if f.end > f.begin {
		sum := f.sum.append(nil)
		if f.alone != nil {
			sum, _ = f.alone.at(uint64(f.end - f.begin))
		}
		f.s.ended = append(f.s.ended, endedPiece{
			File: seal.File{File: f.name, Since: f.since, Begin: f.begin, End: f.end, Sum: sumOf(sum)}, backup: backup,
		})
	} else if backup != "" {
		f.s.toRead(cursor.RotatedFile{Path: backup, Chain: f.s.chain.ID, Since: f.since, Until: f.until})
	}
	f.begin = f.end
	f.clear()
}

// clear makes the piece an empty one.
func (f *File) clear() {
	f.begin, f.alone, f.wanted = f.end, nil, false
	f.sum.reset()
}

// begins has the next piece be a new file's, or another part of it, from there on.
func (f *File) begins(at int64) {
	f.since, f.until, f.begin, f.end = 0, 0, at, at
}

// Rotated notes that the file is called backup from now on, where that is known, and that the one that has
// its name has that size: it is a new one, or nothing was there to be rotated.
func (f *File) Rotated(backup string, size int64) {
	if f == nil || size > 0 {
		return
	}
	f.endPiece(backup)
	f.begins(0)
}

// Anew notes that the file is not as it was left: others have changed it, or another one has its name. Its
// piece ends where it was left, and the next one begins at its present size.
func (f *File) Anew(size int64, why string) {
	if f == nil || f.end == size && f.since == 0 && f.end == f.begin {
		return
	}
	left, known := f.end, f.end > 0 || f.since > 0
	f.endPiece("")
	f.begins(size)
	if known {
		f.tellAnew(left, why)
	}
}

func (f *File) tellAnew(left int64, why string) {
	f.s.o.Tell(event.SealAnew.With("file", f.name, "begin", f.begin, "cause", why, "end", left))
}

// lose begins anew where the state of the piece is not known, so that there is no seal of it.
func (f *File) lose(why string) {
	left := f.begin
	f.clear()
	f.begins(f.end)
	f.tellAnew(left, why)
}

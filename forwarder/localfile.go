package forwarder

import (
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/rotate"
)

// localFile is one file of the local log. As a rule it has what the local log has read of the spool.
// A file that cannot be written is behind: its lines wait in the spool while the other files go on.
// A file that a process had written to before it was killed may be ahead.
type localFile struct {
	name   string // in the log directory
	stream string // whose lines it has
	log    *rotate.Log
	pos    rotate.Position // committed, or as the file was when it was closed
	used   uint64          // when it was written to last, in the order of all files

	text    []byte    // lines to be written
	fresh   lineCount // of text
	passed  lineCount // of the batch, and not written since the file is behind
	touched bool      // the batch has lines for it
	written bool      // it has these lines
	taken   lineCount // of the batch, and written
	since   lineCount // written since the last commit
	dirty   bool      // written since the last sync
	leftOut bool      // lines were, since the last commit
	unready error     // why text cannot be written

	// at is the file's position in those spool files in which it is not where the local log is.
	at      spool.Positions
	waits   lineCount // that it is behind
	oldest  time.Time // when the first of these came in
	trouble heldBack
	// behind: its lines wait. catching: they are being written, beside those of the other files.
	behind, catching bool

	// unsettled: what the file has behind pos is to be looked at before anything is written.
	unsettled  bool
	distrusted bool // and the kernel may have dropped some of it
}

// heldBack says why a file is behind.
type heldBack struct {
	err   error // of the last attempt to write
	since time.Time
	tried time.Time // the last attempt
}

// lineCount is a number of lines, and of their bytes.
type lineCount struct{ lines, bytes uint64 }

func (c *lineCount) add(d lineCount) { c.lines, c.bytes = c.lines+d.lines, c.bytes+d.bytes }

func (c *lineCount) sub(d lineCount) {
	c.lines, c.bytes = c.lines-min(c.lines, d.lines), c.bytes-min(c.bytes, d.bytes)
}

// has reports whether the file has the frame's lines, being ahead.
func (f *localFile) has(frame *spool.Frame) bool {
	if len(f.at) == 0 {
		return false
	}
	pos, apart := f.at[frame.File.ID]
	return apart && frame.Start.Before(pos)
}

// lacks reports whether a file that is behind lacks the frame's lines.
func (f *localFile) lacks(frame *spool.Frame) bool {
	pos, apart := f.at[frame.File.ID]
	return apart && !frame.Start.Before(pos)
}

// stay notes that the file has nothing of a spool file from a position on, unless it is known to be
// elsewhere.
func (f *localFile) stay(file spool.FileID, pos spool.Position) {
	if _, apart := f.at[file]; !apart {
		f.move(file, pos)
	}
}

// move puts the file at a position of its own.
func (f *localFile) move(file spool.FileID, pos spool.Position) {
	if f.at == nil {
		f.at = make(spool.Positions)
	}
	f.at[file] = pos
}

// rejoin drops positions of its own where the local log has come to them.
func (f *localFile) rejoin(done spool.Positions, places []place) {
	for _, p := range places {
		if pos, apart := f.at[p.file]; apart && !done[p.file].Before(pos) {
			delete(f.at, p.file)
		}
	}
}

// isLevel reports whether the file, where it is apart, is not behind done.
func (f *localFile) isLevel(done spool.Positions) bool {
	for file, pos := range f.at {
		if pos.Before(done[file]) {
			return false
		}
	}
	return true
}

// places are where the file is in all spool files, done being where the local log is.
func (f *localFile) places(done spool.Positions) spool.Positions {
	all := done.Clone()
	for file, pos := range f.at {
		all[file] = pos
	}
	return all
}

// record is what a commit has of a file that is apart from the local log, which is at done; ok: it
// is. Where the commit is made within the writing of a batch, the file may have its lines already.
func (f *localFile) record(done spool.Positions, writing *localBatch) (r fileRecord, ok bool) {
	at := f.at
	if writing != nil && f.written {
		at = f.behindBatch(done, writing)
	}
	if len(at) == 0 && !f.behind {
		return r, false
	}
	return fileRecord{Stream: f.stream, At: at.Clone(), Lines: f.waits.lines, Bytes: f.waits.bytes, Oldest: f.oldest}, true
}

// behindBatch is where the file is with the batch's lines.
func (f *localFile) behindBatch(done spool.Positions, b *localBatch) spool.Positions {
	at := f.at.Clone()
	for _, p := range b.open.places {
		pos, apart := f.at[p.file]
		if b.late && !apart {
			continue // level there
		}
		if !apart {
			pos = done[p.file]
		}
		if pos.Before(p.pos) {
			at[p.file] = p.pos
		}
	}
	return at
}

// fileRecord is the durable position of a file that is behind the local log or ahead of it.
type fileRecord struct {
	Stream string          `json:"stream,omitempty"`
	At     spool.Positions `json:"at"` // in the spool files in which it is not where the local log is
	Lines  uint64          `json:"lines,omitempty"`
	Bytes  uint64          `json:"bytes,omitempty"`
	Oldest time.Time       `json:"oldest,omitzero"` // of the lines that wait
}

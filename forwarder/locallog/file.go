package locallog

import (
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/locallog/apart"
	"httpd-syslog/forwarder/locallog/sealing"
	"httpd-syslog/forwarder/locallog/shortage"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/rotate"
)

// logFile is one file of the local log. As a rule it has what the local log has read of the spool.
// A file that cannot be written is behind: its lines wait in the spool while the other files go on.
// A file that a process had written to before it was killed may be ahead.
type logFile struct {
	name   string // in the log directory
	stream string // whose lines it has
	log    *rotate.Log
	seal   *sealing.File   // nil: there are no seals
	pos    rotate.Position // committed, or as the file was when it was settled or closed
	used   uint64          // when it was written to last, in the order of all files

	share             // of the batch
	since   lineCount // written since the last commit
	dirty   bool      // written since the last sync
	leftOut bool      // lines were left out since the last commit

	// at is the file's position in those spool files in which it is not where the local log is.
	at      apart.Positions
	waits   lineCount // lines that wait for the file
	oldest  time.Time // when the first of these came in
	trouble heldBack
	// behind: its lines wait. catching: they are being written, beside those of the other files.
	behind, catching bool

	// unsettled: the file's bytes behind pos must be compared with the spool before anything is
	// written.
	unsettled  bool
	distrusted bool // the kernel may have dropped bytes that were written behind pos
	unrecorded bool // settling has found the file other than recorded: a commit comes before the next write
}

// share is what a batch has for one file.
type share struct {
	text    []byte        // lines to be written
	fresh   lineCount     // of text
	runs    shortage.Runs // likewise
	passed  lineCount     // not written, since the file is behind
	taken   lineCount     // written, or left out
	touched bool          // the batch has lines for the file
	written bool          // the file has these lines
	unready error         // why text cannot be written
}

// drop forgets the text: it is written, left out, or waits for the file.
func (s *share) drop() { s.text, s.fresh, s.runs = s.text[:0], lineCount{}, s.runs[:0] }

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

// record is a commit's entry for a file that is apart from the local log, which is at done; ok is false
// if the file is not apart. During the writing of a batch the file may have the batch's lines already.
func (f *logFile) record(done spool.Positions, writing *batch) (r cursor.File, ok bool) {
	at := f.at
	if writing != nil && f.written {
		at = at.Behind(done, writing.open.Places, writing.late)
	}
	if len(at) == 0 && !f.behind {
		return r, false
	}
	return cursor.File{Stream: f.stream, At: spool.Positions(at.Clone()), Lines: f.waits.lines, Bytes: f.waits.bytes, Oldest: f.oldest}, true
}

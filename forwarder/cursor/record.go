package cursor

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/rotate"
)

// Record is the durable position of a consumer of the spool.
type Record struct {
	Accepted spool.Positions `json:"accepted"`
	// Safe is where to begin again after anything but a clean end. What lies
	// before it will never be needed again. An empty one is the beginning of the spool,
	// and is not to be taken for a missing one, which stands for Accepted.
	Safe  spool.Positions `json:"safe"`
	Clean bool            `json:"clean"` // the last end was a clean one
	// Had is up to where a server had accepted lines that a process sent before it died. They are sent
	// again, from Safe on, but may be given up where the spool has no room for them.
	Had spool.Positions `json:"had,omitempty"`
	// Peak is up to where any server had ever accepted lines, where that is further than Accepted:
	// the lines between the two are repeats.
	Peak spool.Positions `json:"peak,omitempty"`
	// Logs are the local log's files by path, as they were at Accepted.
	Logs map[string]rotate.Position `json:"logs,omitempty"`
	// Streams is what the local log had counted at Accepted, Relay what a relay has.
	Streams StreamCounts `json:"streams,omitempty"`
	Relay   *RelayCount  `json:"relay,omitempty"`
	// Done is how far the local log has read, where some of its files are behind or ahead of that;
	// Accepted is then the position before which no file needs anything. Files are the files behind
	// and ahead, by path.
	Done  spool.Positions `json:"done,omitempty"`
	Files map[string]File `json:"files,omitempty"`
	// Damage is the damage of the spool that was passed over up to Accepted.
	Damage Damage `json:"damage,omitzero"`
	// Found are findings in the local log that nobody has acknowledged.
	Found []Found `json:"found,omitempty"`
	// LeftOut are the lines, by file, that the local log lacks up to Accepted and no
	// event has told of yet.
	LeftOut map[string]int `json:"left_out,omitempty"`
	// LeftOutNumbers are the numbers of these lines, by file.
	LeftOutNumbers map[string][]event.Range `json:"left_out_numbers,omitempty"`
	// Numbers are what numbers writers have given, as the local log has read them; nil: not known.
	Numbers *Numbers `json:"numbers,omitempty"`
	// Seals is how far the seals are; nil: none were ever made.
	Seals *Seals `json:"seals,omitempty"`
	// Collected is a collector's own.
	Collected *Collected `json:"collected,omitempty"`
	// Doubt is what a relay knows of messages that its servers do not take.
	Doubt *Doubt `json:"doubt,omitempty"`
	// Store is what a relay knows of its entries in a store; nil: its servers are none.
	Store *Store `json:"store,omitempty"`
}

// Read reads the record of a consumer. It returns a zero Record without an error if there is none:
// the spool is then read from its beginning. For a damaged record, and for one of a newer program
// (record.ErrVersion), it returns a zero Record and an error.
func Read(path string) (Record, error) {
	var c Record
	err := record.Read(path, &c)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if c.Accepted == nil {
		c.Accepted = spool.Positions{}
	}
	if c.Safe == nil {
		c.Safe = c.Accepted.Clone()
	}
	return c, err
}

// ReadBefore reads the record that was written before that of a path; there must be one.
func ReadBefore(path string) (Record, error) {
	path = record.Before(path)
	if _, err := os.Stat(path); err != nil {
		return Record{}, err
	}
	return Read(path)
}

// Reached is the position up to which lines were accepted, even if they are being sent again.
func (c *Record) Reached() spool.Positions {
	return c.Accepted.Joined(c.Had)
}

// Seen is the position up to which any server has ever accepted lines.
func (c *Record) Seen() spool.Positions {
	return c.Reached().Joined(c.Peak)
}

// ReadTo is how far the consumer has read.
func (c *Record) ReadTo() spool.Positions {
	if c.Done != nil {
		return c.Done
	}
	return c.Accepted
}

// Place is where a file of the local log is in a spool file.
func (c *Record) Place(path string, f frame.FileID) spool.Position {
	if pos, apart := c.Files[path].At[f]; apart {
		return pos
	}
	return c.ReadTo()[f]
}

// Waiting counts the lines that were read and that wait for files of a stream, or of all streams if
// stream is empty; oldest is when the first of them came in.
func (c *Record) Waiting(stream string) (lines, bytes uint64, oldest time.Time) {
	for _, r := range c.Files {
		if r.Lines == 0 || stream != "" && r.Stream != stream {
			continue
		}
		lines, bytes = lines+r.Lines, bytes+r.Bytes
		if oldest.IsZero() || r.Oldest.Before(oldest) {
			oldest = r.Oldest
		}
	}
	return lines, bytes, oldest
}

// File is the durable position of a file that is behind the local log or ahead of it.
type File struct {
	Stream string          `json:"stream,omitempty"`
	At     spool.Positions `json:"at"` // in the spool files in which it is not where the local log is
	Lines  uint64          `json:"lines,omitempty"`
	Bytes  uint64          `json:"bytes,omitempty"`
	Oldest time.Time       `json:"oldest,omitzero"` // of the lines that wait
}

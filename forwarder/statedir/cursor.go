package statedir

import (
	"errors"
	"io/fs"
	"path/filepath"

	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
)

// Cursors is where the records of the consumers are.
func (d Dir) Cursors() string { return filepath.Join(string(d), "cursors") }

// Cursor is the record of a consumer: LocalCursor, or RelayCursor of a relay's name.
func (d Dir) Cursor(consumer string) string {
	return filepath.Join(d.Cursors(), consumer)
}

// LocalCursor is the local log's record.
const LocalCursor = "local"

// CollectCursor is the collector's record.
const CollectCursor = "collect"

// Opened is the file in which a collector notes the files that it opens between two records.
func (d Dir) Opened() string { return filepath.Join(d.Cursors(), CollectCursor+".opened") }

// Changes is the path of the files in which a collector keeps what it knows, without their numbers.
func (d Dir) Changes() string { return filepath.Join(d.Cursors(), CollectCursor+".changes") }

// RelayCursor is the record of the relay with that name.
func RelayCursor(name string) string { return "relay-" + name }

// Aside is the file of the messages of a relay that no server took.
func (d Dir) Aside(relay string) string { return filepath.Join(string(d), "refused", relay) }

// accepted is up to where a consumer has accepted, or read, by its record; without a record nothing. The
// other fields of the record are for packages that deliver.
func (d Dir) accepted(consumer string) (spool.Positions, error) {
	var c struct {
		Accepted spool.Positions `json:"accepted"`
		Done     spool.Positions `json:"done"` // read by the local log, whose files may be behind
		Files    map[string]struct {
			Stream string          `json:"stream"`
			At     spool.Positions `json:"at"`
		} `json:"files"`
	}
	err := record.Read(d.Cursor(consumer), &c)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if c.Done == nil {
		return c.Accepted, err
	}
	for _, file := range c.Files {
		for f, pos := range file.At {
			if file.Stream != auditStream && pos.Before(c.Done[f]) {
				c.Done[f] = pos
			}
		}
	}
	return c.Done, err
}

// auditStream is the stream of events, which are no lines.
const auditStream = "audit"

package statedir

import (
	"errors"
	"io/fs"
	"path/filepath"

	"httpd-syslog/forwarder/spool"
)

// CursorDir is where the records of the consumers are.
func CursorDir(stateDir string) string { return filepath.Join(stateDir, "cursors") }

// CursorPath is the record of a consumer: LocalCursor, or RelayCursor of a relay's name.
func CursorPath(stateDir, consumer string) string {
	return filepath.Join(CursorDir(stateDir), consumer)
}

// LocalCursor is the local log's record.
const LocalCursor = "local"

// RelayCursor is the record of the relay with that name.
func RelayCursor(name string) string { return "relay-" + name }

// AsidePath is the file of the messages of a relay that no server took.
func AsidePath(stateDir, relay string) string { return filepath.Join(stateDir, "refused", relay) }

// accepted is what a consumer has accepted by its record, but for events; the rest of that is the
// deliverer's. Without a record that is nothing.
func accepted(stateDir, consumer string) (spool.Positions, error) {
	var c struct {
		Accepted spool.Positions `json:"accepted"`
		Done     spool.Positions `json:"done"` // read by the local log, whose files may be behind
		Files    map[string]struct {
			Stream string          `json:"stream"`
			At     spool.Positions `json:"at"`
		} `json:"files"`
	}
	err := spool.ReadRecord(CursorPath(stateDir, consumer), &c)
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

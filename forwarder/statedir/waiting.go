package statedir

import (
	"errors"
	"io/fs"

	"httpd-syslog/forwarder/spool/census"
	"httpd-syslog/forwarder/spool/frame"
)

// Waiting counts the lines of some writers that consumers have not accepted yet, as often as
// asked. It reads files alone, and so works whichever process delivers; the files are up to a
// second behind. It reads each frame once. Not for concurrent use.
type Waiting struct {
	stateDir Dir
	writers  []frame.WriterID
	census   *census.Census
}

// NewWaiting returns the count of those writers' lines in the spool of a state directory.
func NewWaiting(stateDir Dir, writers []frame.WriterID) *Waiting {
	return &Waiting{stateDir: stateDir, writers: writers, census: census.New(stateDir.Spool(), writers...)}
}

// Count is the number of lines that wait now, by consumer: LocalLog, or "relay NAME".
func (w *Waiting) Count() (map[string]uint64, error) {
	if _, _, err := w.census.Refresh(); err != nil {
		return nil, err
	}
	set, err := w.stateDir.Consumers()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	waiting := make(map[string]uint64)
	errs := []error{w.count(waiting, LocalLog, LocalCursor)}
	for _, name := range set.Relays {
		errs = append(errs, w.count(waiting, "relay "+name, RelayCursor(name)))
	}
	return waiting, errors.Join(errs...)
}

func (w *Waiting) count(waiting map[string]uint64, name, cursor string) error {
	at, err := w.stateDir.accepted(cursor)
	waiting[name] = 0
	if len(w.writers) > 0 {
		waiting[name] = w.census.Behind(cursor, at, func(string) bool { return true }).Lines
	}
	return err
}

// LocalLog is the local log's name as a consumer.
const LocalLog = "local log"

package statedir

import (
	"errors"
	"io/fs"
	"slices"

	"httpd-syslog/forwarder/spool"
)

// Waiting counts the lines of some writers that consumers have not yet
// accepted, by consumer: LocalLog, or "relay NAME". It reads files, and so
// works whoever delivers; these are up to a second behind.
func Waiting(stateDir string, writers []spool.WriterID) (map[string]uint64, error) {
	catalog := spool.NewCatalog(SpoolDir(stateDir))
	if err := catalog.Refresh(); err != nil {
		return nil, err
	}
	set, err := ReadConsumers(stateDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	of := func(f spool.FileID) bool { return slices.Contains(writers, f.Writer) }
	waiting := make(map[string]uint64)
	count := func(name, cursor string) error {
		at, err := accepted(stateDir, cursor)
		waiting[name] = catalog.Behind(at, of)
		return err
	}
	errs := []error{count(LocalLog, LocalCursor)}
	for _, name := range set.Relays {
		errs = append(errs, count("relay "+name, RelayCursor(name)))
	}
	return waiting, errors.Join(errs...)
}

// LocalLog is the local log's name as a consumer.
const LocalLog = "local log"

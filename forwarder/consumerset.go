package forwarder

import (
	"errors"
	"os"
	"slices"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// change is what taking over a changed configuration has done.
type change struct {
	added, removed []string
	givenUp        map[string]uint64 // lines, by removed relay
	logDir         string            // the former one, if that has changed
	unrecorded     error             // why the set could not be recorded; nil: it is
}

// adopt makes the state directory belong to the set: a relay that is new begins
// at the present end of the spool, one that is gone gives up its lines. The
// first set of a state directory gets everything that is in the spool. Where the record cannot
// be written the set is taken over without: a disk that is full of spool has no room for it
// before something is delivered.
func adopt(s *statedir.ConsumerSet, stateDir string, sync bool) (change, error) {
	var ch change
	have, err := statedir.CompareConsumers(stateDir, s)
	if err != nil {
		return ch, err
	}
	err = os.MkdirAll(statedir.CursorDir(stateDir), 0o750)
	if have == nil {
		ch.unrecorded = errors.Join(err, s.Record(stateDir, sync))
		return ch, nil
	}
	if err != nil {
		return ch, err
	}
	if have.Same(s) && have.Config == s.Config && have.Digest == s.Digest {
		return ch, nil // nothing to write: the disk may be failing, and the lines are to get out
	}
	if have.LogDir != s.LogDir {
		ch.logDir = have.LogDir
	}
	catalog := spool.NewCatalog(statedir.SpoolDir(stateDir))
	if err := catalog.Refresh(); err != nil {
		return ch, err
	}
	for _, name := range s.Relays {
		if slices.Contains(have.Relays, name) {
			continue
		}
		ch.added = append(ch.added, name)
		now := catalog.Ends()
		c := cursorRecord{Accepted: now, Safe: now, Clean: true}
		if err := spool.WriteRecord(statedir.CursorPath(stateDir, statedir.RelayCursor(name)), c, sync); err != nil {
			return ch, err
		}
	}
	ch.unrecorded = s.Record(stateDir, sync)
	ch.givenUp = make(map[string]uint64)
	for _, name := range have.Relays {
		if !slices.Contains(s.Relays, name) {
			ch.removed = append(ch.removed, name)
			ch.givenUp[name] = giveUp(stateDir, catalog, name)
		}
	}
	return ch, nil
}

// giveUp removes a consumer's cursor and counts the lines that it had not yet.
func giveUp(stateDir string, catalog *spool.Catalog, relay string) uint64 {
	path := statedir.CursorPath(stateDir, statedir.RelayCursor(relay))
	c, err := readCursor(path)
	if err != nil {
		return 0
	}
	_ = os.Remove(path + ".new")
	_ = os.Remove(path) // one that stays is replaced when the relay comes back
	return catalog.Behind(c.Accepted, nil)
}

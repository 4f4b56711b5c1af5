package forwarder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"httpd-syslog/forwarder/spool"
)

// ConsumerSet is who reads the spool of a state directory. A spool file may go
// when all of them have read it, so that two processes with different sets
// must never deliver from one state directory.
type ConsumerSet struct {
	Config  string   `json:"config"` // where the set is from: a file, whether it exists or not, and options
	Digest  string   `json:"digest"` // of the file's content: the set may change with it, and only then
	LogDir  string   `json:"log_dir"`
	Streams []string `json:"streams"`
	Relays  []string `json:"relays"` // their names
}

func consumersPath(stateDir string) string { return filepath.Join(stateDir, "consumers") }

func (s *ConsumerSet) same(t *ConsumerSet) bool {
	return s.LogDir == t.LogDir && slices.Equal(s.Streams, t.Streams) && slices.Equal(s.Relays, t.Relays)
}

func (s *ConsumerSet) String() string {
	return fmt.Sprintf("log directory %s, streams %s, relays [%s] (%s)",
		s.LogDir, strings.Join(s.Streams, " "), strings.Join(s.Relays, " "), s.Config)
}

// ErrOtherConsumers: the state directory belongs to another set of consumers.
var ErrOtherConsumers = errors.New("the state directory belongs to other consumers")

// CheckConsumers tells whether a process with this set may deliver from the
// state directory, or may after its configuration has been taken over.
func CheckConsumers(stateDir string, want ConsumerSet) error {
	_, err := compareConsumers(stateDir, &want)
	cursors := []string{localCursor}
	for _, name := range want.Relays {
		cursors = append(cursors, relayCursor(name))
	}
	for _, name := range cursors {
		if _, cerr := readCursor(cursorPath(stateDir, name)); errors.Is(cerr, spool.ErrRecordVersion) {
			err = errors.Join(err, cerr)
		}
	}
	return err
}

// ConsumersDiffer reports whether taking over this set would change the one
// that is recorded.
func ConsumersDiffer(stateDir string, want ConsumerSet) bool {
	have, err := compareConsumers(stateDir, &want)
	return err == nil && have != nil && !have.same(&want)
}

// compareConsumers returns the set that is recorded, nil if none is.
func compareConsumers(stateDir string, want *ConsumerSet) (*ConsumerSet, error) {
	var have ConsumerSet
	err := spool.ReadRecord(consumersPath(stateDir), &have)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !have.same(want) && (have.Config != want.Config || have.Digest == want.Digest) {
		return nil, fmt.Errorf("%w: %s has %s; this configuration has %s; give one of them a state directory of its own (--state-dir)",
			ErrOtherConsumers, stateDir, &have, want)
	}
	return &have, nil
}

// change is what taking over a changed configuration has done.
type change struct {
	added, removed []string
	givenUp        map[string]uint64 // lines, by removed relay
	logDir         string            // the former one, if that has changed
}

// adopt makes the state directory belong to the set: a relay that is new begins
// at the present end of the spool, one that is gone gives up its lines. The
// first set of a state directory gets everything that is in the spool.
func (s *ConsumerSet) adopt(stateDir string, sync bool) (change, error) {
	var ch change
	have, err := compareConsumers(stateDir, s)
	if err != nil {
		return ch, err
	}
	if err := os.MkdirAll(cursorDir(stateDir), 0o750); err != nil {
		return ch, err
	}
	if have == nil {
		return ch, s.record(stateDir, sync)
	}
	if have.same(s) && have.Config == s.Config && have.Digest == s.Digest {
		return ch, nil // nothing to write: the disk may be failing, and the lines are to get out
	}
	if have.LogDir != s.LogDir {
		ch.logDir = have.LogDir
	}
	catalog := spool.NewCatalog(SpoolDir(stateDir))
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
		if err := spool.WriteRecord(cursorPath(stateDir, relayCursor(name)), c, sync); err != nil {
			return ch, err
		}
	}
	if err := s.record(stateDir, sync); err != nil {
		return ch, err
	}
	ch.givenUp = make(map[string]uint64)
	for _, name := range have.Relays {
		if !slices.Contains(s.Relays, name) {
			ch.removed = append(ch.removed, name)
			ch.givenUp[name] = giveUp(stateDir, catalog, name)
		}
	}
	return ch, nil
}

// record makes the set that of the state directory.
func (s *ConsumerSet) record(stateDir string, sync bool) error {
	err := spool.WriteRecord(consumersPath(stateDir), s, sync)
	if err == nil && sync {
		err = errors.Join(spool.SyncDir(cursorDir(stateDir)), spool.SyncDir(stateDir))
	}
	return err
}

// giveUp removes a consumer's cursor and counts the lines that it had not yet.
func giveUp(stateDir string, catalog *spool.Catalog, relay string) uint64 {
	path := cursorPath(stateDir, relayCursor(relay))
	c, err := readCursor(path)
	if err != nil {
		return 0
	}
	_ = os.Remove(path + ".new")
	_ = os.Remove(path) // one that stays is replaced when the relay comes back
	return catalog.Behind(c.Accepted, nil)
}

const localCursor = "local"

func relayCursor(name string) string { return "relay-" + name }

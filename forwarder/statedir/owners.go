package statedir

import (
	"errors"
	"fmt"
	"io/fs"
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

// ReadConsumers reads the set that is recorded. Without one the error is fs.ErrNotExist.
func ReadConsumers(stateDir string) (ConsumerSet, error) {
	var s ConsumerSet
	err := spool.ReadRecord(consumersPath(stateDir), &s)
	return s, err
}

func consumersPath(stateDir string) string { return filepath.Join(stateDir, "consumers") }

// Same reports whether the consumers are the same ones, wherever the set is from.
func (s *ConsumerSet) Same(t *ConsumerSet) bool {
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
	_, err := CompareConsumers(stateDir, &want)
	cursors := []string{LocalCursor}
	for _, name := range want.Relays {
		cursors = append(cursors, RelayCursor(name))
	}
	for _, name := range cursors {
		if _, cerr := accepted(stateDir, name); errors.Is(cerr, spool.ErrRecordVersion) {
			err = errors.Join(err, cerr)
		}
	}
	return err
}

// ConsumersDiffer reports whether taking over this set would change the one
// that is recorded.
func ConsumersDiffer(stateDir string, want ConsumerSet) bool {
	have, err := CompareConsumers(stateDir, &want)
	return err == nil && have != nil && !have.Same(&want)
}

// CompareConsumers returns the set that is recorded, nil if none is. ErrOtherConsumers: it
// is not for this one to change.
func CompareConsumers(stateDir string, want *ConsumerSet) (*ConsumerSet, error) {
	have, err := ReadConsumers(stateDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !have.Same(want) && (have.Config != want.Config || have.Digest == want.Digest) {
		return nil, fmt.Errorf("%w: %s has %s; this configuration has %s; give one of them a state directory of its own (--state-dir)",
			ErrOtherConsumers, stateDir, &have, want)
	}
	return &have, nil
}

// Record makes the set that of the state directory.
func (s *ConsumerSet) Record(stateDir string, sync bool) error {
	err := spool.WriteRecord(consumersPath(stateDir), s, sync)
	if err == nil && sync {
		err = errors.Join(spool.SyncDir(CursorDir(stateDir)), spool.SyncDir(stateDir))
	}
	return err
}

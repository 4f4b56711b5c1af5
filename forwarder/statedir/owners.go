package statedir

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"httpd-syslog/forwarder/record"
)

// ConsumerSet is who reads the spool of a state directory. A spool file may go
// when all of them have read it, so that two processes with different sets
// must never deliver from one state directory.
type ConsumerSet struct {
	Config  string   `json:"config"` // where the set is from: a file, whether it exists or not, and options
	Digest  string   `json:"digest"` // of the file's content: the set may change with it, and only then
	LogDir  string   `json:"log_dir"`
	Streams []string `json:"streams"`
	Relays  []string `json:"relays"`              // their names
	Whole   []string `json:"collected,omitempty"` // of these: those that send on what is collected
}

// Consumers reads the set that is recorded. Without one the error is fs.ErrNotExist.
func (d Dir) Consumers() (ConsumerSet, error) {
	var s ConsumerSet
	err := record.Read(d.consumers(), &s)
	return s, err
}

func (d Dir) consumers() string { return filepath.Join(string(d), "consumers") }

// Same reports whether s and t have the same consumers, whatever configuration they come from.
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
func (d Dir) CheckConsumers(want ConsumerSet) error {
	_, err := d.CompareConsumers(&want)
	cursors := []string{LocalCursor}
	for _, name := range want.Relays {
		cursors = append(cursors, RelayCursor(name))
	}
	for _, name := range cursors {
		if _, cerr := d.accepted(name); errors.Is(cerr, record.ErrVersion) {
			err = errors.Join(err, cerr)
		}
	}
	return err
}

// ConsumersDiffer reports whether taking over this set would change the one
// that is recorded.
func (d Dir) ConsumersDiffer(want ConsumerSet) bool {
	have, err := d.CompareConsumers(&want)
	return err == nil && have != nil && !have.Same(&want)
}

// CompareConsumers returns the set that is recorded; nil: none is. ErrOtherConsumers: the recorded
// set is another one, and want must not replace it, since it comes from another configuration file, or
// from the same content of that.
func (d Dir) CompareConsumers(want *ConsumerSet) (*ConsumerSet, error) {
	have, err := d.Consumers()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !have.Same(want) && (have.Config != want.Config || have.Digest == want.Digest) {
		return nil, fmt.Errorf("%w: %s has %s; this configuration has %s; give one of them a state directory of its own (--state-dir)",
			ErrOtherConsumers, d, &have, want)
	}
	return &have, nil
}

// Record makes the set that of the state directory.
func (s *ConsumerSet) Record(stateDir Dir, sync bool) error {
	err := record.Write(stateDir.consumers(), s, sync)
	if err == nil && sync {
		err = errors.Join(record.SyncDir(stateDir.Cursors()), record.SyncDir(string(stateDir)))
	}
	return err
}

package forwarder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// ReadStatus reads how the delivery from a state directory is doing. It reads files
// alone, and so works whoever delivers, and if nobody does; what they say is up to a
// second old. For repeated looks use a StatusReader.
func ReadStatus(stateDir string) (Status, error) { return NewStatusReader(stateDir).Read() }

// StatusReader reads the status of a state directory again and again, and counts a
// backlog only once. Not for concurrent use.
type StatusReader struct {
	stateDir string
	census   *spool.Census
}

// NewStatusReader returns a reader of the status of a state directory.
func NewStatusReader(stateDir string) *StatusReader {
	return &StatusReader{stateDir: stateDir, census: spool.NewCensus(statedir.SpoolDir(stateDir))}
}

// Read is ReadStatus. A state directory that nobody has used yet is one without
// backlog; one that cannot be read is an error.
func (r *StatusReader) Read() (Status, error) {
	s := Status{Time: time.Now(), StateDir: r.stateDir}
	if _, err := os.ReadDir(r.stateDir); err != nil {
		return s, fmt.Errorf("state directory: %w", err)
	}
	running := statedir.Delivering(r.stateDir)
	if err := r.last(&s, running); err != nil {
		return s, err
	}
	var err error
	if s.Spool.Files, s.Spool.Bytes, err = r.census.Refresh(); err != nil {
		return s, err
	}
	r.readSpool(&s)
	return s, errors.Join(r.readLocal(&s), r.readRelays(&s, running))
}

// last takes over what the deliverer wrote last, or what the state directory's
// consumers are where none has written anything.
func (r *StatusReader) last(s *Status, running bool) error {
	now, dir := s.Time, r.stateDir
	err := spool.ReadRecord(statusPath(dir), s)
	if errors.Is(err, fs.ErrNotExist) {
		s.Delivery.Starting = running
		err = r.consumers(s)
	}
	s.Time, s.StateDir, s.Delivery.Running = now, dir, running
	if !running {
		s.idle()
	}
	return err
}

// idle takes out what is not so any more when nobody delivers.
func (s *Status) idle() {
	s.Delivery.PID, s.Delivery.Service, s.Delivery.Since = 0, false, time.Time{}
	s.Local.Error, s.Local.Since, s.Local.Rate = "", time.Time{}, 0
	for i := range s.Relays {
		s.Relays[i].State, s.Relays[i].Since, s.Relays[i].Rate = RelayUnknown, time.Time{}, 0
	}
	s.Listeners, s.Troubles = nil, nil
}

// readSpool adds what is seen of the spool, and of the disks.
func (r *StatusReader) readSpool(s *Status) {
	s.Spool.Unwritable = statedir.InDistress(r.stateDir)
	s.Spool.Disk, s.Local.Disk = diskOf(r.stateDir), diskOf(s.Local.Dir)
	n, err := r.census.Unread()
	if s.Spool.Unread = n; err != nil {
		s.Spool.ReadError = err.Error()
	}
}

// diskOf is the file system that a path is on, zero where there is none.
func diskOf(path string) Disk {
	var st unix.Statfs_t
	if path == "" || unix.Statfs(path, &st) != nil {
		return Disk{}
	}
	return Disk{Free: int64(st.Bavail) * st.Bsize, Size: int64(st.Blocks) * st.Bsize}
}

// strange are the streams of which lines wait that nobody reads.
func (r *StatusReader) strange(s *Status, at spool.Positions) (all []string) {
	if len(s.Streams) == 1 { // the events': nobody has delivered yet, so that none is known
		return nil
	}
	for _, name := range r.census.Streams() {
		known := func(st StreamStatus) bool { return st.Name == name }
		if !slices.ContainsFunc(s.Streams, known) && r.census.Behind(statedir.LocalCursor, at, func(stream string) bool { return stream == name }).Lines > 0 {
			all = append(all, name)
		}
	}
	return all
}

func (r *StatusReader) consumers(s *Status) error {
	set, err := statedir.ReadConsumers(r.stateDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.Delivery.Config, s.Local.Dir = set.Config, set.LogDir
	for _, name := range set.Streams {
		s.Streams = append(s.Streams, StreamStatus{Name: name})
	}
	for _, name := range set.Relays {
		s.Relays = append(s.Relays, RelayStatus{Name: name})
	}
	return nil
}

// readLocal adds what the local log's record and the spool say.
func (r *StatusReader) readLocal(s *Status) error {
	c, err := readCursor(statedir.CursorPath(r.stateDir, statedir.LocalCursor))
	if err != nil {
		return err
	}
	s.Local.Backlog = r.behind(statedir.LocalCursor, c.read(), nil)
	n, oldest := c.waiting("")
	s.Local.Backlog.Lines += n.lines
	s.Local.Backlog.Bytes += int64(n.bytes)
	if o := &s.Local.Backlog.Oldest; n.lines > 0 && (o.IsZero() || oldest.Before(*o)) {
		*o = oldest
	}
	s.Local.Found = unseen(c.Found, statedir.Acknowledged(r.stateDir))
	s.Spool.Damage = c.Damage
	s.Spool.Damage.New = c.Damage.Last.After(statedir.Acknowledged(r.stateDir))
	s.Streams = append(s.Streams, StreamStatus{Name: AuditStream})
	s.Spool.Strange = r.strange(s, c.read())
	for i := range s.Streams {
		st := &s.Streams[i]
		n := c.Streams[st.Name]
		waiting := r.census.Behind(statedir.LocalCursor, c.read(), func(stream string) bool { return stream == st.Name })
		st.Local, st.LocalB, st.LeftOut, st.Dropped = n.Lines, n.Bytes, n.LeftOut, n.Dropped
		held, _ := c.waiting(st.Name)
		st.Lines = n.Lines + n.LeftOut + waiting.Lines + held.lines
		st.Bytes = n.Bytes + n.LeftOutBytes + waiting.Text + held.bytes
	}
	return nil
}

// readRelays adds what the relays' records and the spool say.
func (r *StatusReader) readRelays(s *Status, running bool) error {
	for i := range s.Relays {
		relay := &s.Relays[i]
		c, err := readCursor(statedir.CursorPath(r.stateDir, statedir.RelayCursor(relay.Name)))
		if err != nil {
			return err
		}
		relay.Backlog = r.behindRelay(relay, &c)
		if _, err := os.Lstat(relay.AsideFile); err != nil {
			relay.AsideFile = "" // somebody has seen to it
		}
		if !running && c.Relay != nil {
			relay.setCount(c.Relay.atLeast(relay.count())) // one that was killed may have told of more than it had recorded
		}
	}
	return nil
}

// behindRelay is a relay's backlog. During an outage what its server had accepted and may
// have lost waits with the rest, since the outage began.
func (r *StatusReader) behindRelay(relay *RelayStatus, c *cursorRecord) Backlog {
	cursor := statedir.RelayCursor(relay.Name)
	if relay.State != RelayDown {
		return r.behind(cursor, c.Accepted, relay.Streams)
	}
	all, fresh := r.behind(cursor, c.Safe, relay.Streams), r.behind(cursor+" seen", c.seen(), relay.Streams)
	if all.Lines > fresh.Lines {
		all.Oldest = relay.Since
	}
	if fresh.Lines > 0 && fresh.Oldest.Before(all.Oldest) {
		all.Oldest = fresh.Oldest
	}
	return all
}

// behind is the backlog of a consumer of the streams; none: of all.
func (r *StatusReader) behind(consumer string, at spool.Positions, streams []string) Backlog {
	b := r.census.Behind(consumer, at, func(stream string) bool {
		return len(streams) == 0 || slices.Contains(streams, stream)
	})
	return Backlog{Lines: b.Lines, Bytes: b.Bytes, Oldest: b.Oldest}
}

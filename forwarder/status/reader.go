package status

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/census"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
)

// Read reads how the delivery from a state directory is doing. It reads files
// alone, and so works whoever delivers, and if nobody does; what they say is up to a
// second old. For repeated looks use a Reader.
func Read(stateDir statedir.Dir) (Status, error) { return NewReader(stateDir).Read() }

// Reader reads the status of a state directory again and again, and counts a
// backlog only once. Not for concurrent use.
type Reader struct {
	stateDir statedir.Dir
	census   *census.Census
}

// NewReader returns a reader of the status of a state directory.
func NewReader(stateDir statedir.Dir) *Reader {
	return &Reader{stateDir: stateDir, census: census.New(stateDir.Spool())}
}

// Read reads the status, as the function Read does. A state directory that nobody has used yet is one without
// backlog; a state directory that cannot be read is an error.
func (r *Reader) Read() (Status, error) {
	s := Status{Time: time.Now(), StateDir: r.stateDir}
	if _, err := os.ReadDir(string(r.stateDir)); err != nil {
		return s, fmt.Errorf("state directory: %w", err)
	}
	running := r.stateDir.Delivering()
	if err := r.last(&s, running); err != nil {
		return s, err
	}
	var err error
	if s.Spool.Files, s.Spool.Bytes, err = r.census.Refresh(); err != nil {
		return s, err
	}
	r.readSpool(&s)
	r.readVerified(&s)
	err = errors.Join(r.readLocal(&s), r.readCollect(&s), r.readRelays(&s, running)) // not within the return: s might be copied before
	return s, err
}

// last fills in what the deliverer wrote last, or the names of the state directory's consumers where
// no deliverer has written anything.
func (r *Reader) last(s *Status, running bool) error {
	now, dir := s.Time, r.stateDir
	err := record.Read(Path(dir), s)
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

// idle clears the fields that hold only while somebody delivers.
func (s *Status) idle() {
	s.Delivery.PID, s.Delivery.Service, s.Delivery.Since = 0, false, time.Time{}
	s.Local.Error, s.Local.Since, s.Local.Rate = "", time.Time{}, 0
	if s.Collect != nil {
		s.Collect.Error, s.Collect.Since = "", time.Time{}
	}
	for i := range s.Relays {
		s.Relays[i].State, s.Relays[i].Since, s.Relays[i].Rate = RelayUnknown, time.Time{}, 0
	}
	s.Listeners, s.Troubles, s.Incidents = nil, nil, nil
}

// readSpool fills in the state of the spool, and of the disks.
func (r *Reader) readSpool(s *Status) {
	s.Spool.Unwritable = r.stateDir.InDistress()
	s.Spool.Disk, s.Local.Disk = diskOf(string(r.stateDir)), diskOf(s.Local.Dir)
	n, err := r.census.Unread()
	if s.Spool.Unread = n; err != nil {
		s.Spool.ReadError = err.Error()
	}
}

// readVerified fills in what came of the last daily check.
func (r *Reader) readVerified(s *Status) {
	if v, err := r.stateDir.Verified(); err == nil && !v.At.IsZero() {
		s.Verified = &v
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

// strange are the streams that the configuration does not have and of which lines wait.
func (r *Reader) strange(s *Status, at spool.Positions) (all []string) {
	if len(s.Streams) == 1 { // the events alone: nobody has delivered yet, so that the configuration's are not known
		return nil
	}
	for _, name := range r.census.Streams() {
		if name == frame.MessageStream {
			continue // the collector's
		}
		known := func(st Stream) bool { return st.Name == name }
		if !slices.ContainsFunc(s.Streams, known) && r.census.Behind(statedir.LocalCursor, at, func(stream string) bool { return stream == name }).Lines > 0 {
			all = append(all, name)
		}
	}
	return all
}

func (r *Reader) consumers(s *Status) error {
	set, err := r.stateDir.Consumers()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.Delivery.Config, s.Local.Dir = set.Config, set.LogDir
	for _, name := range set.Streams {
		s.Streams = append(s.Streams, Stream{Name: name})
	}
	for _, name := range set.Relays {
		s.Relays = append(s.Relays, Relay{Name: name})
	}
	return nil
}

// readLocal fills in what the local log's record and the spool tell.
func (r *Reader) readLocal(s *Status) error {
	c, err := cursor.Read(r.stateDir.Cursor(statedir.LocalCursor))
	if err != nil {
		return err
	}
	s.Local.Backlog = r.behind(statedir.LocalCursor, c.ReadTo(), nil, false)
	lines, bytes, oldest := c.Waiting("")
	s.Local.Backlog.Lines += lines
	s.Local.Backlog.Bytes += int64(bytes)
	if o := &s.Local.Backlog.Oldest; lines > 0 && (o.IsZero() || oldest.Before(*o)) {
		*o = oldest
	}
	s.Local.Found = cursor.Unseen(c.Found, r.stateDir.Acknowledged())
	s.Spool.Damage = c.Damage
	s.Spool.Damage.New = c.Damage.Last.After(r.stateDir.Acknowledged())
	s.Streams = append(s.Streams, Stream{Name: stream.Audit})
	s.Spool.Strange = r.strange(s, c.ReadTo())
	for i := range s.Streams {
		st := &s.Streams[i]
		n := c.Streams[st.Name]
		waiting := r.census.Behind(statedir.LocalCursor, c.ReadTo(), func(stream string) bool { return stream == st.Name })
		st.Local, st.LocalB, st.LeftOut, st.Dropped = n.Lines, n.Bytes, n.LeftOut, n.Dropped
		st.Stored, st.Truncated = n.Stored, n.Truncated
		heldLines, heldBytes, _ := c.Waiting(st.Name)
		st.Lines = n.Lines + n.LeftOut + waiting.Lines + heldLines
		st.Bytes = n.Bytes + n.LeftOutBytes + waiting.Text + heldBytes
	}
	return nil
}

// readCollect fills in what waits for the collector.
func (r *Reader) readCollect(s *Status) error {
	if s.Collect == nil {
		return nil
	}
	c, err := cursor.Read(r.stateDir.Cursor(statedir.CollectCursor))
	if err != nil {
		return err
	}
	b := r.census.Behind(statedir.CollectCursor, c.Accepted, func(stream string) bool { return stream == frame.MessageStream })
	s.Collect.Backlog = Backlog{Lines: b.Lines, Bytes: b.Bytes, Oldest: b.Oldest}
	return nil
}

// readRelays fills in what the relays' records and the spool tell.
func (r *Reader) readRelays(s *Status, running bool) error {
	for i := range s.Relays {
		relay := &s.Relays[i]
		c, err := cursor.Read(r.stateDir.Cursor(statedir.RelayCursor(relay.Name)))
		if err != nil {
			return err
		}
		relay.Backlog = r.behindRelay(relay, &c)
		if _, err := os.Lstat(relay.AsideFile); err != nil {
			relay.AsideFile = "" // somebody has removed the file, and so has seen to it
		}
		if !running && c.Relay != nil {
			relay.SetCount(c.Relay.AtLeast(relay.Count())) // a deliverer that was killed may have told of more than it had recorded
		}
	}
	return nil
}

// behindRelay is a relay's backlog. During an outage lines that the server had accepted and may have
// lost count as waiting too.
func (r *Reader) behindRelay(relay *Relay, c *cursor.Record) Backlog {
	cursor := statedir.RelayCursor(relay.Name)
	if relay.State != RelayDown {
		return r.behind(cursor, c.Accepted, relay.Streams, relay.Whole)
	}
	all, fresh := r.behind(cursor, c.Safe, relay.Streams, relay.Whole), r.behind(cursor+" seen", c.Seen(), relay.Streams, relay.Whole)
	if all.Lines > fresh.Lines {
		all.Oldest = relay.Since
	}
	if fresh.Lines > 0 && fresh.Oldest.Before(all.Oldest) {
		all.Oldest = fresh.Oldest
	}
	return all
}

// behind is the backlog of a consumer that takes these streams; nil: all streams. whole: it takes messages
// of a collector, too, of which nobody knows here which stream they are of.
func (r *Reader) behind(consumer string, at spool.Positions, streams []string, whole bool) Backlog {
	b := r.census.Behind(consumer, at, func(stream string) bool {
		if stream == frame.MessageStream {
			return whole
		}
		return len(streams) == 0 || slices.Contains(streams, stream)
	})
	return Backlog{Lines: b.Lines, Bytes: b.Bytes, Oldest: b.Oldest}
}

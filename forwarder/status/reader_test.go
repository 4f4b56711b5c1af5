package status_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// site is a state directory whose spool has 5 lines of access, 3 of error, 2 of a stream that nobody has
// configured, and a message.
type site struct {
	t     *testing.T
	dir   statedir.Dir
	begun time.Time
	part  spool.Positions // behind the first 2 lines of access
	all   spool.Positions // behind everything
}

func newSite(t *testing.T) *site {
	s := &site{t: t, dir: statedir.Dir(t.TempDir()), begun: time.Now()}
	s.must(s.dir.Make())
	access := testbed.NewLineWriter(t, s.dir, "access")
	access.Lines(2)
	s.part = s.ends()
	access.Lines(3)
	testbed.NewLineWriter(t, s.dir, "error").Lines(3)
	testbed.NewLineWriter(t, s.dir, "stray").Lines(2)
	testbed.NewLineWriter(t, s.dir, frame.MessageStream).Lines(1)
	s.all = s.ends()
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) ends() spool.Positions {
	s.t.Helper()
	c := spool.NewCatalog(s.dir.Spool())
	s.must(c.Look())
	return c.Ends()
}

func (s *site) cursor(name string, c cursor.Record) {
	s.t.Helper()
	s.must(record.Write(s.dir.Cursor(name), &c, false))
}

// told has a deliverer, which is gone, have told its status.
func (s *site) told(st status.Status) {
	s.t.Helper()
	st.StateDir = s.dir
	s.must(record.Write(status.Path(s.dir), &st, false))
}

func (s *site) read() status.Status {
	s.t.Helper()
	st, err := status.Read(s.dir)
	s.must(err)
	return st
}

// configured is a status with two streams, a collector and two relays.
func configured() status.Status {
	then := time.Now().Add(-time.Hour)
	return status.Status{
		Delivery: status.Delivery{PID: 7, Service: true, Since: then, Config: "c", Rejected: "r"},
		Streams:  []status.Stream{{Name: "access"}, {Name: "error"}}, Local: status.Local{Dir: "/", Error: "full", Since: then, Rate: 3},
		Collect: &status.Collect{Error: "full", Since: then, Known: 4},
		Relays: []status.Relay{
			{Name: "a", State: status.RelayDown, Since: then, Rate: 3, Lines: 4},
			{Name: "b", State: status.RelayUp, Since: then, Rate: 3, Lines: 4, Streams: []string{"error"}, AsideFile: "/nonexistent"},
		},
		Listeners: []status.Listener{{URL: "x"}}, Troubles: []status.Trouble{{What: "x"}}, Incidents: []status.Incident{{ID: "x"}},
	}
}

// TestWhatWaits: each consumer's backlog is what its own record does not have, of the streams that it takes.
func TestWhatWaits(t *testing.T) {
	s := newSite(t)
	s.told(configured())
	s.cursor(statedir.LocalCursor, cursor.Record{Accepted: s.part})
	s.cursor(statedir.RelayCursor("a"), cursor.Record{Accepted: s.all})
	st := s.read()
	backlogs := map[string]status.Backlog{"local": st.Local.Backlog, "collect": st.Collect.Backlog, "a": st.Relays[0].Backlog, "b": st.Relays[1].Backlog}
	for name, lines := range map[string]uint64{"local": 8, "collect": 1, "a": 0, "b": 3} {
		b := backlogs[name]
		if b.Lines != lines || (b.Bytes > 0) != (lines > 0) || b.Oldest.Before(s.begun) != (lines == 0) || b.Oldest.After(time.Now()) {
			t.Errorf("%s: %+v, want %d lines", name, b, lines)
		}
	}
	if st.Spool.Files != 4 || st.Spool.Bytes == 0 || !slices.Equal(st.Spool.Strange, []string{"stray"}) || st.Spool.Unread != 0 {
		t.Errorf("%+v", st.Spool)
	}
	for _, disk := range []status.Disk{st.Spool.Disk, st.Local.Disk} {
		if disk.Size <= 0 || disk.Free <= 0 || disk.Free > disk.Size {
			t.Errorf("%+v", disk)
		}
	}
}

// TestWhatWaitsForFiles: lines that were read, and that wait for files of the local log, wait; streams count them.
func TestWhatWaitsForFiles(t *testing.T) {
	s := newSite(t)
	s.told(configured())
	old := s.begun.Add(-time.Hour)
	s.cursor(statedir.LocalCursor, cursor.Record{
		Accepted: spool.Positions{}, Done: s.all,
		Files: map[string]cursor.File{
			"/a": {Stream: "access", Lines: 3, Bytes: 21, Oldest: old.Add(time.Minute)}, "/b": {Stream: "error", Lines: 2, Bytes: 14, Oldest: old}, "/c": {Stream: "error"},
		},
		Streams: cursor.StreamCounts{"access": {Lines: 10, Bytes: 100, LeftOut: 5, LeftOutBytes: 50, Dropped: 7, Stored: cursor.CardCounts{"visa": 1}, Truncated: cursor.CardCounts{"amex": 2}}},
	})
	st := s.read()
	if b := st.Local.Backlog; b.Lines != 5 || b.Bytes != 35 || !b.Oldest.Equal(old) {
		t.Errorf("%+v", b)
	}
	if a := st.Streams[0]; a.Lines != 10+5+3 || a.Bytes != 100+50+21 || a.Local != 10 || a.LocalB != 100 || a.LeftOut != 5 || a.Dropped != 7 || a.Stored["visa"] != 1 || a.Truncated["amex"] != 2 {
		t.Errorf("%+v", a)
	}
	if len(st.Streams) != 3 || st.Streams[1].Lines != 2 || st.Streams[1].Bytes != 14 || st.Streams[2].Name != "audit" {
		t.Errorf("%+v", st.Streams)
	}
	s.cursor(statedir.LocalCursor, cursor.Record{Accepted: s.part, Streams: cursor.StreamCounts{"access": {Lines: 2, Bytes: 14}}})
	if a := s.read().Streams[0]; a.Lines != 5 || a.Bytes != 35 {
		t.Errorf("%+v with what waits in the spool", a)
	}
}

// TestOutage: while a server is away lines that it may have lost wait, too, and are as old as the outage.
func TestOutage(t *testing.T) {
	s := newSite(t)
	now := configured()
	s.told(now)
	lock, err := statedir.TakeLock(s.dir.DeliveryLock())
	s.must(err)
	defer lock.Release()
	s.cursor(statedir.RelayCursor("a"), cursor.Record{Accepted: s.all, Safe: s.part})
	if b := s.read().Relays[0].Backlog; b.Lines != 8 || !b.Oldest.Equal(now.Relays[0].Since) {
		t.Errorf("sent again: %+v", b)
	}
	s.cursor(statedir.RelayCursor("a"), cursor.Record{Accepted: s.part, Safe: s.part})
	if b := s.read().Relays[0].Backlog; b.Lines != 8 || b.Oldest.Before(s.begun) {
		t.Errorf("new: %+v", b)
	}
	late := configured()
	late.Relays[0].Since = time.Now().Add(time.Hour)
	s.told(late)
	s.cursor(statedir.RelayCursor("a"), cursor.Record{Accepted: s.part, Safe: spool.Positions{}})
	if b := s.read().Relays[0].Backlog; b.Lines != 10 || b.Oldest.Before(s.begun) || b.Oldest.After(time.Now()) {
		t.Errorf("new lines that are older than the outage: %+v", b)
	}
	s.cursor(statedir.RelayCursor("a"), cursor.Record{Accepted: s.all, Safe: s.part})
	if b := s.read().Relays[0].Backlog; b.Lines != 8 || !b.Oldest.Equal(late.Relays[0].Since) {
		t.Errorf("sent again, in a late outage: %+v", b)
	}
	s.told(now)
	s.cursor(statedir.RelayCursor("a"), cursor.Record{Accepted: s.part, Safe: spool.Positions{}})
	if b := s.read().Relays[0].Backlog; b.Lines != 10 || !b.Oldest.Equal(now.Relays[0].Since) {
		t.Errorf("both: %+v", b)
	}
}

// TestWhoDelivers: what holds only while somebody delivers is told only then; before the first status there are names.
func TestWhoDelivers(t *testing.T) {
	s := newSite(t)
	s.cursor(statedir.RelayCursor("a"), cursor.Record{Accepted: s.all, Relay: &cursor.RelayCount{Lines: 9, Refused: 2, Aside: 1}})
	set := statedir.ConsumerSet{Config: "c", LogDir: "/l", Streams: []string{"access"}, Relays: []string{"a"}}
	s.must(set.Record(s.dir, false))
	st := s.read()
	if d := st.Delivery; d.Running || d.Starting || d.Config != "c" || st.Local.Dir != "/l" || len(st.Streams) != 2 || st.Streams[0].Name != "access" || len(st.Relays) != 1 || st.Relays[0].Lines != 9 || st.Relays[0].Refused != 2 || st.Relays[0].Aside != 1 ||
		st.Time.Before(s.begun) || st.StateDir != s.dir {
		t.Errorf("%+v, %+v, %+v", d, st.Streams, st.Relays)
	}
	lock, err := statedir.TakeLock(s.dir.DeliveryLock())
	s.must(err)
	defer lock.Release()
	if d := s.read().Delivery; !d.Running || !d.Starting {
		t.Errorf("%+v", d)
	}
	s.told(configured())
	if st := s.read(); !st.Delivery.Running || st.Delivery.Starting || st.Delivery.PID != 7 || st.Relays[0].State != status.RelayDown || st.Relays[0].Lines != 4 || st.Local.Error == "" ||
		st.Collect.Error == "" || len(st.Listeners)+len(st.Troubles)+len(st.Incidents) != 3 {
		t.Errorf("%+v", st)
	}
	lock.Release()
	st = s.read()
	if d := st.Delivery; d.Running || d.PID != 0 || d.Service || !d.Since.IsZero() || d.Config != "c" || d.Rejected != "r" {
		t.Errorf("%+v", d)
	}
	if l := st.Local; l.Error != "" || !l.Since.IsZero() || l.Rate != 0 || l.Dir != "/" {
		t.Errorf("%+v", l)
	}
	if c := st.Collect; c.Error != "" || !c.Since.IsZero() || c.Known != 4 {
		t.Errorf("%+v", c)
	}
	for i, lines := range []uint64{9, 4} { // a killed one had told of less than it had recorded
		if r := st.Relays[i]; r.State != status.RelayUnknown || !r.Since.IsZero() || r.Rate != 0 || r.Lines != lines || r.AsideFile != "" {
			t.Errorf("%+v", r)
		}
	}
	if len(st.Listeners)+len(st.Troubles)+len(st.Incidents) != 0 {
		t.Errorf("%+v", st)
	}
}

// TestWhatIsKnownBesides: findings that nobody has seen, damage, the daily check, distress, and files that nobody can read.
func TestWhatIsKnownBesides(t *testing.T) {
	s := newSite(t)
	if st := s.read(); st.Verified != nil || st.Spool.Unwritable || st.Spool.Damage.New || st.Collect != nil {
		t.Errorf("%+v", st)
	}
	now := time.Now()
	s.cursor(statedir.LocalCursor, cursor.Record{Accepted: s.all, Found: []cursor.Found{{File: "f", Time: now}}, Damage: cursor.Damage{Places: 2, Last: now}})
	s.must(s.dir.RecordVerified(&statedir.Verified{At: now, Findings: 3}))
	s.must(os.WriteFile(filepath.Join(s.dir.Spool(), "019ac2f4a1b9f3a1-4711.000001"), []byte(strings.Repeat("x", 100)), 0o600))
	var distress statedir.Distress
	distress.Set(s.dir, true)
	st := s.read()
	if len(st.Local.Found) != 1 || st.Spool.Damage.Places != 2 || !st.Spool.Damage.New || st.Verified == nil || st.Verified.Findings != 3 || !st.Spool.Unwritable {
		t.Errorf("%+v, %+v, %+v", st.Local.Found, st.Spool, st.Verified)
	}
	if st.Spool.Unread != 1 || !strings.Contains(st.Spool.ReadError, "019ac2f4a1b9f3a1-4711.000001") {
		t.Errorf("%d cannot be read: %s", st.Spool.Unread, st.Spool.ReadError)
	}
	distress.Set(s.dir, false)
	s.must(s.dir.Acknowledge())
	if st := s.read(); len(st.Local.Found) != 0 || st.Spool.Damage.Places != 2 || st.Spool.Damage.New || st.Spool.Unwritable {
		t.Errorf("acknowledged: %+v, %+v", st.Local.Found, st.Spool)
	}
}

// TestUnreadableStatus: a status is an error where what it rests on cannot be read, not one that says that all is well.
func TestUnreadableStatus(t *testing.T) {
	if _, err := status.Read(statedir.Dir(filepath.Join(t.TempDir(), "none"))); err == nil {
		t.Error("without a state directory there is no error")
	}
	for _, path := range []func(s *site) string{
		func(s *site) string { return status.Path(s.dir) },
		func(s *site) string { return filepath.Join(string(s.dir), "consumers") },
		func(s *site) string { return s.dir.Cursor(statedir.LocalCursor) },
		func(s *site) string { return s.dir.Cursor(statedir.CollectCursor) },
		func(s *site) string { return s.dir.Cursor(statedir.RelayCursor("b")) },
		func(s *site) string { return s.dir.Spool() },
	} {
		s := newSite(t)
		bad := path(s)
		if filepath.Base(bad) != "consumers" {
			s.told(configured())
		}
		s.must(os.RemoveAll(bad))
		s.must(os.WriteFile(bad, []byte("damaged"), 0o600))
		if _, err := status.Read(s.dir); err == nil {
			t.Errorf("%s is damaged, and there is no error", filepath.Base(bad))
		}
	}
}

// TestStrangeStreams are those of which lines wait, and that the configuration does not have, once that is known.
func TestStrangeStreams(t *testing.T) {
	s := newSite(t)
	if all := s.read().Spool.Strange; all != nil {
		t.Errorf("%v are strange to a configuration that nobody knows", all)
	}
	s.told(configured())
	if all := s.read().Spool.Strange; !slices.Equal(all, []string{"stray"}) {
		t.Errorf("%v are strange", all)
	}
	c := spool.NewCatalog(s.dir.Spool())
	s.must(c.Look())
	at := spool.Positions{}
	for _, f := range c.Files() {
		if head, err := f.Header(); err == nil && head.Stream == "stray" {
			at[f.ID] = s.all[f.ID]
		}
	}
	s.cursor(statedir.LocalCursor, cursor.Record{Accepted: at})
	if all := s.read().Spool.Strange; all != nil || len(at) != 1 {
		t.Errorf("%v are strange, of which nothing waits", all)
	}
}

// TestRelayCount: each number that a relay counts is told, and read back.
func TestRelayCount(t *testing.T) {
	of := reflect.TypeFor[cursor.RelayCount]()
	for i := range of.NumField() {
		var c cursor.RelayCount
		reflect.ValueOf(&c).Elem().Field(i).SetUint(7)
		relay := status.Relay{Lines: 1, Repeated: 2, GivenUp: 3, Failures: 4, Refused: 5, Aside: 6}
		if relay.SetCount(c); relay.Count() != c {
			t.Errorf("%s: %+v", of.Field(i).Name, relay.Count())
		}
	}
}

package forwarder

import (
	"os"
	"reflect"
	"testing"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/census"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed"
)

// awaitStatus looks at the site's status until it is as it should be.
func (s *site) awaitStatus(what string, ok func(status.Status) bool) status.Status {
	s.t.Helper()
	r := status.NewReader(s.o.StateDir)
	var st status.Status
	for end := time.Now().Add(testbed.Patience); ; time.Sleep(10 * time.Millisecond) {
		var err error
		if st, err = r.Read(); err == nil && len(st.Relays) == len(s.o.Relays) && ok(st) {
			return st
		}
		if time.Now().After(end) {
			s.t.Fatalf("in vain for %s: %+v, %v", what, st, err)
		}
	}
}

// TestStatus: what is counted adds up, while a server is there, is away, and when
// nobody delivers.
func TestStatus(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	s.o.MaxSpool, s.o.DrainTimeout = 1e9, 0
	w, e := s.writer("access"), s.writer("error")
	w.Lines(10)
	stop := s.deliver()
	st := s.awaitStatus("everything delivered", func(st status.Status) bool {
		return st.Relays[0].Lines == 10 && st.Local.Backlog.Lines == 0 && st.Relays[0].Backlog.Lines == 0 && st.Streams[0].Local == 10
	})
	if st.Streams[0].Lines != 10 || st.Streams[0].Bytes != uint64(len(testbed.Numbered(1, 10))) || st.Streams[0].LocalB != st.Streams[0].Bytes {
		t.Errorf("access: %+v", st.Streams[0])
	}
	r := st.Relays[0]
	if r.State != status.RelayUp || r.Server != serverOf(c).String() || r.Failures != 0 || r.Error != "" || r.Repeated != 0 {
		t.Errorf("relay: %+v", r)
	}
	if d := st.Delivery; !d.Running || d.Service || d.PID != os.Getpid() || st.Spool.Max != 1e9 {
		t.Errorf("delivery: %+v, spool %+v", d, st.Spool)
	}
	if last := st.Streams[len(st.Streams)-1].Name; last != stream.Audit {
		t.Errorf("the last stream is %s", last)
	}

	// Lines that are in the spool and not yet in the log are counted as they came in.
	census := census.New(s.o.StateDir.Spool())
	if _, _, err := census.Refresh(); err != nil {
		t.Fatal(err)
	}
	if b := census.Behind("nobody", nil, func(s string) bool { return s == "access" }); b.Lines != 10 || b.Text != st.Streams[0].Bytes {
		t.Errorf("access, in the spool: %+v", b)
	}

	before := time.Now()
	c.Kill()
	w.Lines(5)
	e.Lines(2)
	st = s.awaitStatus("a relay that is down", func(st status.Status) bool {
		return st.Relays[0].State == status.RelayDown && st.Streams[1].Local == 2 && st.Streams[0].Local == 15 && st.Relays[0].Backlog.Lines >= 7
	})
	r = st.Relays[0]
	if r.Error == "" || r.Failures == 0 || r.Backlog.Bytes == 0 || r.Backlog.Oldest.IsZero() || r.Since.Before(before) {
		t.Errorf("relay that is down: %+v", r)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	st = s.awaitStatus("nobody", func(st status.Status) bool { return !st.Delivery.Running })
	r = st.Relays[0]
	// What was accepted before the break is sent again, and waits too.
	if r.State != status.RelayUnknown || r.Backlog.Lines < 7 || r.Error == "" || st.Streams[0].Lines != 15 {
		t.Errorf("nobody delivers: %+v, %+v", r, st.Streams)
	}

	c.Open()
	stop = s.deliver()
	s.awaitStatus("everything delivered again", func(st status.Status) bool {
		r := st.Relays[0]
		return r.State == status.RelayUp && r.Server != "" && r.Backlog.Lines == 0 && r.Lines-r.Repeated >= 17
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestStatusOfNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := status.Read(s.o.StateDir); err == nil {
		t.Error("a state directory that does not exist has a status")
	}
	if err := s.o.StateDir.Make(); err != nil {
		t.Fatal(err)
	}
	st, err := status.Read(s.o.StateDir)
	if err != nil || st.Delivery.Running || len(st.Relays) != 0 || st.Local.Backlog.Lines != 0 {
		t.Errorf("%+v, %v", st, err)
	}
}

// TestRepeatedLinesAreCounted: after an end that was not a good one, what had been accepted
// and is not safe is sent again.
func TestRepeatedLinesAreCounted(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	w := s.writer("access")
	w.Lines(10)
	w.Lines(10)
	w.Close()
	stop := s.deliver()
	s.awaitStatus("everything delivered", func(st status.Status) bool { return st.Relays[0].Lines == 20 })
	path := s.o.StateDir.Cursor(statedir.RelayCursor("central"))
	before := s.awaitRecord(path, func(r cursor.Record) bool { return r.Relay != nil && r.Relay.Lines == 20 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	// As if it had been killed: the file that a good end has removed is there again.
	w = s.writer("access")
	w.Lines(20)
	w.Close()
	after := cursor.Record{Accepted: spool.Positions{}, Safe: spool.Positions{}, Relay: before.Relay}
	catalog := spool.NewCatalog(s.o.StateDir.Spool())
	if err := catalog.Refresh(); err != nil {
		t.Fatal(err)
	}
	for id, end := range catalog.Ends() {
		after.Accepted[id] = end
	}
	if err := record.Write(path, after, false); err != nil {
		t.Fatal(err)
	}
	stop = s.deliver()
	st := s.awaitStatus("everything delivered again", func(st status.Status) bool { return st.Relays[0].Lines == 40 })
	if r := st.Relays[0]; r.Repeated != 20 {
		t.Errorf("%d lines are said to have been repeated, 20 were", r.Repeated)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// awaitRecord waits until a consumer's record is as it should be.
func (s *site) awaitRecord(path string, ok func(cursor.Record) bool) (r cursor.Record) {
	s.t.Helper()
	testbed.Eventually(s.t, path, func() bool {
		var err error
		r, err = cursor.Read(path)
		return err == nil && ok(r)
	})
	return r
}

// awaitAccepted waits until a relay's record says that the server has taken all that the spool has by now.
func (s *site) awaitAccepted(relay string) {
	s.t.Helper()
	catalog := spool.NewCatalog(s.o.StateDir.Spool())
	must(s.t, catalog.Refresh())
	ends := catalog.Ends()
	s.awaitRecord(s.o.StateDir.Cursor(statedir.RelayCursor(relay)), func(r cursor.Record) bool { return r.Accepted.Cover(ends) })
}

// TestLeftOutLinesWereTakenIn: lines that the local log lacks count as taken in, with their
// bytes, as they did while they waited.
func TestLeftOutLinesWereTakenIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if err := s.o.StateDir.Make(); err != nil {
		t.Fatal(err)
	}
	if err := s.o.Set.Record(s.o.StateDir, false); err != nil {
		t.Fatal(err)
	}
	counts := make(cursor.StreamCounts)
	counts.Absorb(cursor.StreamCounts{"access": {LeftOut: 2, LeftOutBytes: 20, Dropped: 1}})
	counts.Add("access", cursor.StreamCount{Lines: 3, Bytes: 30})
	if err := record.Write(s.o.StateDir.Cursor(statedir.LocalCursor), cursor.Record{Streams: counts}, false); err != nil {
		t.Fatal(err)
	}
	st, err := status.Read(s.o.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	if want := (status.Stream{Name: "access", Lines: 5, Bytes: 50, Dropped: 1, Local: 3, LocalB: 30, LeftOut: 2}); !reflect.DeepEqual(st.Streams[0], want) {
		t.Errorf("%+v, want %+v", st.Streams[0], want)
	}
}

package forwarder

import (
	"os"
	"testing"
	"time"

	"httpd-syslog/forwarder/spool"
)

// awaitStatus looks at the site's status until it is as it should be.
func (s *site) awaitStatus(what string, ok func(Status) bool) Status {
	s.t.Helper()
	r := NewStatusReader(s.o.StateDir)
	var st Status
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
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
	c := newCentral(t)
	s := newSite(t, relayTo(c, "central"))
	s.o.MaxSpool = 1e9
	w, e := s.writer("access"), s.writer("error")
	w.write(10)
	stop := s.deliver()
	st := s.awaitStatus("everything delivered", func(st Status) bool {
		return st.Relays[0].Lines == 10 && st.Local.Backlog.Lines == 0 && st.Relays[0].Backlog.Lines == 0 && st.Streams[0].Local == 10
	})
	if st.Streams[0].Lines != 10 || st.Streams[0].Bytes != uint64(len(numbered(1, 10))) || st.Streams[0].LocalB != st.Streams[0].Bytes {
		t.Errorf("access: %+v", st.Streams[0])
	}
	r := st.Relays[0]
	if r.State != RelayUp || r.Server != c.server().String() || r.Failures != 0 || r.Error != "" || r.Repeated != 0 {
		t.Errorf("relay: %+v", r)
	}
	if d := st.Delivery; !d.Running || d.Service || d.PID != os.Getpid() || st.Spool.Max != 1e9 {
		t.Errorf("delivery: %+v, spool %+v", d, st.Spool)
	}
	if last := st.Streams[len(st.Streams)-1].Name; last != AuditStream {
		t.Errorf("the last stream is %s", last)
	}

	// Lines that are in the spool and not yet in the log are counted as they came in.
	census := spool.NewCensus(SpoolDir(s.o.StateDir))
	if _, _, err := census.Refresh(); err != nil {
		t.Fatal(err)
	}
	if b := census.Behind("nobody", nil, func(s string) bool { return s == "access" }); b.Lines != 10 || b.Text != st.Streams[0].Bytes {
		t.Errorf("access, in the spool: %+v", b)
	}

	before := time.Now()
	c.kill()
	w.write(5)
	e.write(2)
	st = s.awaitStatus("a relay that is down", func(st Status) bool {
		return st.Relays[0].State == RelayDown && st.Streams[1].Local == 2 && st.Streams[0].Local == 15 && st.Relays[0].Backlog.Lines >= 7
	})
	r = st.Relays[0]
	if r.Error == "" || r.Failures == 0 || r.Backlog.Bytes == 0 || r.Backlog.Oldest.IsZero() || r.Since.Before(before) {
		t.Errorf("relay that is down: %+v", r)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	st = s.awaitStatus("nobody", func(st Status) bool { return !st.Delivery.Running })
	r = st.Relays[0]
	// What was accepted before the break is sent again, and waits too.
	if r.State != RelayUnknown || r.Backlog.Lines < 7 || r.Error == "" || st.Streams[0].Lines != 15 {
		t.Errorf("nobody delivers: %+v, %+v", r, st.Streams)
	}

	c.open()
	stop = s.deliver()
	s.awaitStatus("everything delivered again", func(st Status) bool {
		r := st.Relays[0]
		return r.State == RelayUp && r.Server != "" && r.Backlog.Lines == 0 && r.Lines-r.Repeated >= 17
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestStatusOfNothing(t *testing.T) {
	s := newSite(t)
	if _, err := ReadStatus(s.o.StateDir); err == nil {
		t.Error("a state directory that does not exist has a status")
	}
	if err := makeStateDir(s.o.StateDir); err != nil {
		t.Fatal(err)
	}
	st, err := ReadStatus(s.o.StateDir)
	if err != nil || st.Delivery.Running || len(st.Relays) != 0 || st.Local.Backlog.Lines != 0 {
		t.Errorf("%+v, %v", st, err)
	}
}

package forwarder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/spool/quota"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/smalldisk"
)

// TestStatusOfAFormerDeliverer: what one that is dead has told is not taken for what another
// says that has just begun, and counts are not forgotten over it.
func TestStatusOfAFormerDeliverer(t *testing.T) {
	t.Parallel()
	s := newSite(t, relayTo(testbed.NewCentral(t), "central"))
	must(t, s.o.StateDir.Make())
	must(t, s.o.Set.Record(s.o.StateDir, false))
	former := status.Status{StateDir: s.o.StateDir, Delivery: status.Delivery{Running: true, PID: 1},
		Streams: []status.Stream{{Name: "access"}}, Relays: []status.Relay{{Name: "central", State: status.RelayUp, Lines: 17}}}
	must(t, record.Write(status.Path(s.o.StateDir), former, false))
	lock, err := statedir.TakeLock(s.o.StateDir.DeliveryLock())
	must(t, err)
	defer lock.Release()
	events := audit.New(audit.Options{StateDir: s.o.StateDir, Host: s.o.Host})
	defer events.Close()
	d, err := newDeliverer(s.o, lock, events)
	must(t, err)
	st, err := status.Read(s.o.StateDir)
	must(t, err)
	if !st.Delivery.Running || !st.Delivery.Starting || st.Delivery.PID != 0 || len(st.Relays) != 1 || st.Relays[0].State != status.RelayUnknown {
		t.Errorf("before it has said anything: %+v, %+v", st.Delivery, st.Relays)
	}
	d.writeStatus(time.Now())
	st, err = status.Read(s.o.StateDir)
	must(t, err)
	if st.Delivery.Starting || st.Delivery.PID != os.Getpid() || st.Relays[0].State != status.RelayStarts || st.Relays[0].Lines != 17 {
		t.Errorf("%+v, %+v", st.Delivery, st.Relays)
	}
	if _, err := os.Stat(status.Path(s.o.StateDir) + ".new"); err != nil {
		t.Errorf("the next status has no room kept: %v", err)
	}
}

// TestStatusFollowsTheEvents: it has an outage when the event of it has been logged, not a look
// later, while nobody asks for anything else.
func TestStatusFollowsTheEvents(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	c.Kill()
	s := newSite(t, relayTo(c, "central"))
	w := s.writer("access")
	w.Lines(1)
	stop := s.deliver()
	down := s.awaitStatus("the outage", func(st status.Status) bool { return st.Relays[0].State == status.RelayDown })
	if late := down.Relays[0].ErrorAt.Sub(down.Relays[0].Since); late < 0 {
		t.Errorf("%+v", down.Relays[0])
	}
	c.Open()
	up := s.awaitStatus("its end", func(st status.Status) bool {
		return st.Relays[0].State == status.RelayUp && st.Relays[0].Backlog.Lines == 0
	})
	if up.Relays[0].Since.Before(down.Relays[0].Since) {
		t.Errorf("up since %v, down since %v", up.Relays[0].Since, down.Relays[0].Since)
	}
	w.Close()
	must(t, stop())
}

// TestStatusKnowsDamage: what was passed over is counted across restarts, and shown until
// somebody acknowledges it.
func TestStatusKnowsDamage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for n := 1; n <= 2; n++ {
		w := s.writer("access")
		w.Lines(1)
		w.Lines(1)
		w.Close()
		files, err := filepath.Glob(filepath.Join(s.o.StateDir.Spool(), "*"))
		must(t, err)
		b, err := os.ReadFile(files[len(files)-1])
		must(t, err)
		b[len(b)-2]++ // in the last frame
		must(t, os.WriteFile(files[len(files)-1], b, 0o640))
		if err := RunDeliverer(t.Context(), s.o); err != nil {
			t.Fatal(err)
		}
		st, err := status.Read(s.o.StateDir)
		must(t, err)
		if d := st.Spool.Damage; d.Places != uint64(n) || d.Bytes == 0 || !d.New {
			t.Errorf("after %d damages: %+v", n, d)
		}
	}
	must(t, s.o.StateDir.Acknowledge())
	if st, err := status.Read(s.o.StateDir); err != nil || st.Spool.Damage.New || st.Spool.Damage.Places != 2 {
		t.Errorf("acknowledged: %+v, %v", st.Spool.Damage, err)
	}
}

// TestStatusKnowsWhatNobodyReads: lines of a stream that is not configured, files that are not
// understood, and lines that cannot be spooled are no news that all is well.
func TestStatusKnowsWhatNobodyReads(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(1)
	w.Close()
	other := s.writer("other")
	other.Lines(3)
	other.Close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	st, err := status.Read(s.o.StateDir)
	must(t, err)
	if len(st.Spool.Strange) != 1 || st.Spool.Strange[0] != "other" || st.Local.Backlog.Lines != 3 {
		t.Errorf("%+v, %+v", st.Spool, st.Local.Backlog)
	}
	files, err := filepath.Glob(filepath.Join(s.o.StateDir.Spool(), "*"))
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%v", files)
	}
	b, err := os.ReadFile(files[0])
	must(t, err)
	b[6] += 2 // a newer version
	must(t, os.WriteFile(files[0], b, 0o640))
	st, err = status.Read(s.o.StateDir)
	must(t, err)
	if st.Spool.Unread != 1 || !strings.Contains(st.Spool.ReadError, files[0]) || len(st.Spool.Strange) != 0 {
		t.Errorf("%+v", st.Spool)
	}
	var distress statedir.Distress
	for _, on := range []bool{true, false} {
		distress.Set(s.o.StateDir, on)
		if st, err := status.Read(s.o.StateDir); err != nil || st.Spool.Unwritable != on {
			t.Errorf("in distress %v: %+v, %v", on, st.Spool, err)
		}
	}
}

// TestDiskFullBeforeTheFirstDelivery: where there is no room for a record of the consumers, nor
// for the positions, lines go out all the same, which makes the room, and the records are there
// as soon as they can be.
func TestDiskFullBeforeTheFirstDelivery(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	disk := filepath.Dir(string(s.o.StateDir))
	smalldisk.Mount(t, disk, "1m")
	w := s.writer("access")
	const lines = 20000
	for range lines / 100 {
		w.Lines(100)
	}
	w.Close()
	full, err := os.Create(filepath.Join(disk, "other"))
	must(t, err)
	for b := make([]byte, 4096); err == nil; {
		_, err = full.Write(b)
	}
	must(t, full.Close())
	stop := s.deliver()
	testbed.Eventually(t, "the server has all", func() bool { return c.Count() >= lines })
	testbed.Eventually(t, "there is room, and a record", func() bool {
		set, err := s.o.StateDir.Consumers()
		return err == nil && set.Same(&s.o.Set)
	})
	testbed.CheckRepeats(t, c.Messages(), "access", lines)
	must(t, stop())
	if left := quota.DirSize(s.o.StateDir.Spool()); left > 64<<10 {
		t.Errorf("%d bytes are left in the spool", left)
	}
}

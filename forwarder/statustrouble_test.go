package forwarder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
)

// TestStatusOfAFormerDeliverer: what one that is dead has told is not taken for what another
// says that has just begun, and counts are not forgotten over it.
func TestStatusOfAFormerDeliverer(t *testing.T) {
	s := newSite(t, relayTo(newCentral(t), "central"))
	must(t, statedir.Make(s.o.StateDir))
	must(t, s.o.Set.Record(s.o.StateDir, false))
	former := Status{StateDir: s.o.StateDir, Delivery: Delivery{Running: true, PID: 1},
		Streams: []StreamStatus{{Name: "access"}}, Relays: []RelayStatus{{Name: "central", State: RelayUp, Lines: 17}}}
	must(t, spool.WriteRecord(statusPath(s.o.StateDir), former, false))
	lock, err := statedir.TakeLock(statedir.DeliveryLock(s.o.StateDir))
	must(t, err)
	defer lock.Release()
	events := newEventLog(s.o.StateDir, s.o.Host, 0)
	defer events.close()
	d, err := newDeliverer(s.o, lock, events)
	must(t, err)
	st, err := ReadStatus(s.o.StateDir)
	must(t, err)
	if !st.Delivery.Running || !st.Delivery.Starting || st.Delivery.PID != 0 || len(st.Relays) != 1 || st.Relays[0].State != RelayUnknown {
		t.Errorf("before it has said anything: %+v, %+v", st.Delivery, st.Relays)
	}
	d.writeStatus(time.Now())
	st, err = ReadStatus(s.o.StateDir)
	must(t, err)
	if st.Delivery.Starting || st.Delivery.PID != os.Getpid() || st.Relays[0].State != RelayStarts || st.Relays[0].Lines != 17 {
		t.Errorf("%+v, %+v", st.Delivery, st.Relays)
	}
	if _, err := os.Stat(statusPath(s.o.StateDir) + ".new"); err != nil {
		t.Errorf("the next status has no room kept: %v", err)
	}
}

// TestStatusFollowsTheEvents: it has an outage when the event of it has been logged, not a look
// later, while nobody asks for anything else.
func TestStatusFollowsTheEvents(t *testing.T) {
	c := newCentral(t)
	c.kill()
	s := newSite(t, relayTo(c, "central"))
	w := s.writer("access")
	w.write(1)
	stop := s.deliver()
	down := s.awaitStatus("the outage", func(st Status) bool { return st.Relays[0].State == RelayDown })
	if late := down.Relays[0].ErrorAt.Sub(down.Relays[0].Since); late < 0 {
		t.Errorf("%+v", down.Relays[0])
	}
	c.open()
	up := s.awaitStatus("its end", func(st Status) bool { return st.Relays[0].State == RelayUp && st.Relays[0].Backlog.Lines == 0 })
	if up.Relays[0].Since.Before(down.Relays[0].Since) {
		t.Errorf("up since %v, down since %v", up.Relays[0].Since, down.Relays[0].Since)
	}
	w.close()
	must(t, stop())
}

// TestStatusKnowsDamage: what was passed over is counted across restarts, and shown until
// somebody acknowledges it.
func TestStatusKnowsDamage(t *testing.T) {
	s := newSite(t)
	for n := 1; n <= 2; n++ {
		w := s.writer("access")
		w.write(1)
		w.write(1)
		w.close()
		files, err := filepath.Glob(filepath.Join(statedir.SpoolDir(s.o.StateDir), "*"))
		must(t, err)
		b, err := os.ReadFile(files[len(files)-1])
		must(t, err)
		b[len(b)-2]++ // in the last frame
		must(t, os.WriteFile(files[len(files)-1], b, 0o640))
		if err := RunDeliverer(t.Context(), s.o); err != nil {
			t.Fatal(err)
		}
		st, err := ReadStatus(s.o.StateDir)
		must(t, err)
		if d := st.Spool.Damage; d.Places != uint64(n) || d.Bytes == 0 || !d.New {
			t.Errorf("after %d damages: %+v", n, d)
		}
	}
	must(t, statedir.Acknowledge(s.o.StateDir))
	if st, err := ReadStatus(s.o.StateDir); err != nil || st.Spool.Damage.New || st.Spool.Damage.Places != 2 {
		t.Errorf("acknowledged: %+v, %v", st.Spool.Damage, err)
	}
}

// TestStatusKnowsWhatNobodyReads: lines of a stream that is not configured, files that are not
// understood, and lines that cannot be spooled are no news that all is well.
func TestStatusKnowsWhatNobodyReads(t *testing.T) {
	s := newSite(t)
	w := s.writer("access")
	w.write(1)
	w.close()
	other := s.writer("other")
	other.write(3)
	other.close()
	if err := RunDeliverer(t.Context(), s.o); err != nil {
		t.Fatal(err)
	}
	st, err := ReadStatus(s.o.StateDir)
	must(t, err)
	if len(st.Spool.Strange) != 1 || st.Spool.Strange[0] != "other" || st.Local.Backlog.Lines != 3 {
		t.Errorf("%+v, %+v", st.Spool, st.Local.Backlog)
	}
	files, err := filepath.Glob(filepath.Join(statedir.SpoolDir(s.o.StateDir), "*"))
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%v", files)
	}
	b, err := os.ReadFile(files[0])
	must(t, err)
	b[6]++ // a newer version
	must(t, os.WriteFile(files[0], b, 0o640))
	st, err = ReadStatus(s.o.StateDir)
	must(t, err)
	if st.Spool.Unread != 1 || !strings.Contains(st.Spool.ReadError, files[0]) || len(st.Spool.Strange) != 0 {
		t.Errorf("%+v", st.Spool)
	}
	var distress statedir.Distress
	for _, on := range []bool{true, false} {
		distress.Set(s.o.StateDir, on)
		if st, err := ReadStatus(s.o.StateDir); err != nil || st.Spool.Unwritable != on {
			t.Errorf("in distress %v: %+v, %v", on, st.Spool, err)
		}
	}
}

// TestDiskFullBeforeTheFirstDelivery: where there is no room for a record of the consumers, nor
// for the positions, lines go out all the same, which makes the room, and the records are there
// as soon as they can be.
func TestDiskFullBeforeTheFirstDelivery(t *testing.T) {
	c := newCentral(t)
	s := newSite(t, relayTo(c, "central"))
	disk := filepath.Dir(s.o.StateDir)
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no tmpfs can be mounted (root may): %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) })
	w := s.writer("access")
	const lines = 20000
	for range lines / 100 {
		w.write(100)
	}
	w.close()
	full, err := os.Create(filepath.Join(disk, "other"))
	must(t, err)
	for b := make([]byte, 4096); err == nil; {
		_, err = full.Write(b)
	}
	must(t, full.Close())
	stop := s.deliver()
	eventually(t, "the server has all", func() bool { return c.count() >= lines })
	eventually(t, "there is room, and a record", func() bool {
		set, err := statedir.ReadConsumers(s.o.StateDir)
		return err == nil && set.Same(&s.o.Set)
	})
	checkRepeats(t, c.messages(), "access", lines)
	must(t, stop())
	if left := spool.DirSize(statedir.SpoolDir(s.o.StateDir)); left > 64<<10 {
		t.Errorf("%d bytes are left in the spool", left)
	}
}

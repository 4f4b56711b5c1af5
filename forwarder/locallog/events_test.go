package locallog

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool/spooltest"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/smalldisk"
)

// audit is what audit_log has when all that was told is in it.
func (s *site) audit() string {
	s.t.Helper()
	s.deliverLocally()
	return s.local("audit_log")
}

// TestRotationIsToldOf: one that succeeds, and one that fails as long as somebody holds the file's name.
func TestRotationIsToldOf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.o.MaxSize = 100
	s.o.Timing.Tick = time.Millisecond
	w := s.writer("access")
	l, end := s.beginLocal()
	w.Lines(20)
	s.step(l)
	path := filepath.Join(s.o.Dir, "access_log")
	if err := unix.Mount(path, path, "", unix.MS_BIND, ""); err != nil {
		testbed.Lacking(t, "nothing can be mounted (root may): %v", err)
	}
	mounted := true
	unmount := func() {
		if mounted {
			mounted = false
			must(t, unix.Unmount(path, unix.MNT_DETACH))
		}
	}
	t.Cleanup(unmount)
	isTrouble := func(want bool) func() bool {
		return func() bool {
			w.Lines(20)
			s.step(l)
			return len(l.Events.Troubles()) > 0 == want
		}
	}
	testbed.Eventually(t, "the trouble", isTrouble(true))
	unmount()
	testbed.Eventually(t, "its end", isTrouble(false))
	w.Close()
	end()
	s.deliverLocally()
	if told := testbed.ReadDir(t, s.o.Dir); !strings.Contains(told, "{event=log.rotated file=access_log}") {
		t.Errorf("nothing tells that access_log was rotated:\n%s", told)
	}
	testbed.WantTold(t, testbed.ReadDir(t, s.o.Dir), "file.unrotated", "file.rotated", "log.rotated") // audit_log is rotated, too
}

// TestNothingCanBeWritten: the disk of the log directory is full, until somebody makes room.
func TestNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.o.Timing.Tick = time.Millisecond
	must(t, os.MkdirAll(s.o.Dir, 0o755))
	smalldisk.Mount(t, s.o.Dir, "64k")
	w := s.writer("access")
	l, end := s.beginLocal()
	testbed.Eventually(t, "the trouble", func() bool {
		w.Lines(1000)
		return !l.tell(s.step(l))
	})
	must(t, unix.Mount("", s.o.Dir, "", unix.MS_REMOUNT, "size=64m"))
	testbed.Eventually(t, "its end", func() bool {
		l.tell(s.step(l))
		return l.Events.Opened(&event.LogFailing, "") == nil
	})
	w.Close()
	end()
	testbed.WantTold(t, s.audit(), "log.failing", "log.written")
}

// TestRecordOnAFullDisk: lines that every server has are left out, and the record of that cannot be written either.
func TestRecordOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := sealed(t)
	smalldisk.Mount(t, string(s.stateDir), "256k")
	must(t, s.stateDir.Make())
	w := s.writer("access")
	l, end := s.beginLocal()
	w.Lines(10)
	s.step(l)
	must(t, l.commit())
	s.others = s.base(statedir.RelayCursor("central")).Progress
	w.Lines(10)
	s.acceptAll(s.others)
	l.shortage.Full, l.shortage.LookedAt = true, time.Now().Add(time.Hour)
	must(t, os.RemoveAll(s.stateDir.Cursor(statedir.LocalCursor)+".new")) // the blocks of the next record
	fill := filepath.Join(string(s.stateDir), "other")
	for f, err := os.Create(fill); err == nil; {
		_, err = f.Write(make([]byte, 4096))
		if err != nil {
			_ = f.Close()
		}
	}
	must(t, s.step(l))
	l.state.seals.WantAll()
	must(t, l.commit()) // it goes on without
	if n := l.state.seals.Status().N; n != 0 {
		t.Errorf("%d seals are made, and are not in the record", n)
	}
	must(t, os.Remove(fill))
	l.shortage.Full = false
	w.Lines(10)
	must(t, s.step(l))
	must(t, l.commit())
	w.Close()
	s.others = nil
	end()
	testbed.WantTold(t, s.audit(), "log.unrecorded", "log.recorded")
	s.checkSeals(0, 0)
}

// TestDamageThatCannotBeSetAside: the place for it is taken.
func TestDamageThatCannotBeSetAside(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	testbed.WriteFile(t, s.stateDir.Damaged(), "no directory")
	w := s.writer("access")
	for range 3 {
		w.Lines(10)
	}
	files, _ := filepath.Glob(filepath.Join(s.stateDir.Spool(), "*.*")) // the pattern is good
	for _, file := range files {
		spooltest.Overwrite(t, file, func(b []byte) { b[bytes.LastIndex(b, []byte("line 15\n"))] ^= 0xff })
	}
	w.Close()
	s.deliverLocally()
	testbed.WantTold(t, s.audit(), "spool.damaged_away", "lines.missing")
	must(t, os.Remove(s.stateDir.Damaged()))
	w.Lines(10)
	files, _ = filepath.Glob(filepath.Join(s.stateDir.Spool(), "*.*"))
	for _, file := range files {
		spooltest.Overwrite(t, file, func(b []byte) {
			if i := bytes.LastIndex(b, []byte("line 35\n")); i > 0 {
				b[i] ^= 0xff
			}
		})
	}
	w.Close()
	s.deliverLocally()
	testbed.WantTold(t, s.audit(), "spool.damaged")
}

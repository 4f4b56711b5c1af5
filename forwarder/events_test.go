package forwarder

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/record"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// audit is what audit_log has.
func (s *site) audit() string { return s.local("audit_log") }

// TestRecordsThatCannotBeWritten: a relay's position and the status are told of, and when they can be again.
func TestRecordsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	must(t, s.o.StateDir.Make())
	inTheWay := []string{s.o.StateDir.Cursor(statedir.RelayCursor("central")) + ".new", status.Path(s.o.StateDir) + ".new"}
	for _, path := range inTheWay {
		must(t, os.Mkdir(path, 0o700)) // where a record is written before it gets its name
	}
	w := s.writer("access")
	w.Lines(10)
	stop := s.deliver()
	testbed.AwaitTold(t, s.audit, "relay.unrecorded", "status.unwritten")
	for _, path := range inTheWay {
		must(t, os.Remove(path))
	}
	testbed.Eventually(t, "the end of both", func() bool {
		w.Lines(1)
		return testbed.Tells(s.audit(), "relay.recorded") && testbed.Tells(s.audit(), "status.written")
	})
	w.Close()
	must(t, stop())
}

// TestPositionThatCannotBeRead: all is delivered again, and that is told.
func TestPositionThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, relayTo(testbed.NewCentral(t), "central"))
	must(t, s.o.StateDir.Make())
	testbed.WriteFile(t, s.o.StateDir.Cursor(statedir.RelayCursor("central")), strings.Repeat("no record\n", 500))
	w := s.writer("access")
	w.Lines(1)
	w.Close()
	must(t, RunDeliverer(t.Context(), s.o))
	testbed.WantTold(t, s.audit(), "cursor.unread")
}

// TestPositionOfBefore: where a relay's position cannot be read, as after a power failure, it goes on from the one before.
func TestPositionOfBefore(t *testing.T) {
	t.Parallel()
	c := testbed.NewCentral(t)
	s := newSite(t, relayTo(c, "central"))
	w := s.writer("access")
	w.Lines(1000)
	stop := s.deliver()
	testbed.Eventually(t, "the lines", func() bool { return c.Count() == 1000 })
	must(t, stop())
	path := s.o.StateDir.Cursor(statedir.RelayCursor("central"))
	if b, err := os.ReadFile(path); err != nil || os.WriteFile(record.Before(path), b, 0o640) != nil || os.WriteFile(path, b[1:], 0o640) != nil {
		t.Fatal(err)
	}
	w.Close()
	must(t, RunDeliverer(t.Context(), s.o))
	testbed.WantTold(t, s.audit(), "cursor.unread")
	if n := c.Count(); n != 1000 {
		t.Errorf("%d lines have come", n)
	}
}

// TestSpoolFileThatCannotBeRemoved is one that somebody has mounted something upon.
func TestSpoolFileThatCannotBeRemoved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(1)
	paths, _ := filepath.Glob(filepath.Join(s.o.StateDir.Spool(), "*")) // the pattern is good
	if len(paths) != 1 {
		t.Fatalf("%v", paths)
	}
	bind(t, paths[0], paths[0])
	w.Close()
	other := s.writer("access")
	other.Lines(1)
	stop := s.deliver()
	testbed.AwaitTold(t, s.audit, "spool.kept")
	must(t, unix.Unmount(paths[0], unix.MNT_DETACH))
	testbed.AwaitTold(t, s.audit, "spool.removed")
	other.Close()
	must(t, stop())
}

// bind mounts a file over another one, until the end of the test if not shorter.
func bind(t *testing.T, what, over string) {
	t.Helper()
	if err := unix.Mount(what, over, "", unix.MS_BIND, ""); err != nil {
		testbed.Lacking(t, "nothing can be mounted (root may): %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(over, unix.MNT_DETACH) }) // unless it was
}

// TestSpoolFileThatCannotBeRead is one over which a socket is mounted, which cannot be opened.
func TestSpoolFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.writer("access")
	w.Lines(1)
	paths, _ := filepath.Glob(filepath.Join(s.o.StateDir.Spool(), "*")) // the pattern is good
	if len(paths) != 1 {
		t.Fatalf("%v", paths)
	}
	socket := filepath.Join(t.TempDir(), "socket")
	l, err := net.Listen("unix", socket)
	must(t, err)
	defer l.Close()
	bind(t, socket, paths[0])
	stop := s.deliver()
	testbed.AwaitTold(t, s.audit, "spool.unread")
	must(t, unix.Unmount(paths[0], unix.MNT_DETACH))
	testbed.Eventually(t, "the end of that", func() bool {
		w.Lines(1)
		return testbed.Tells(s.audit(), "spool.read")
	})
	w.Close()
	must(t, stop())
}

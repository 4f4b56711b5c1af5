//go:build faultpoints

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// startFaulty starts the program with what happens at a fault point. passed: a
// process has come there; release ends it.
func (s *site) startFaulty(fault string) (f *front, w *os.File, passed func() bool, release func()) {
	s.t.Helper()
	marker := filepath.Join(s.dir, "marker")
	r, w := testbed.Pipe(s.t)
	cmd := s.command(r, "--config", s.config)
	cmd.Env = append(os.Environ(), "HTTPD_SYSLOG_FAULT="+fault, "HTTPD_SYSLOG_FAULT_MARKER="+marker)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	f = s.run(cmd)
	r.Close()
	return f, w, func() bool { return testbed.Exists(marker) }, func() { testbed.WriteFile(s.t, marker+".go", "") }
}

// TestFailingDisk: a disk that returns errors, or can be read alone, holds nobody
// up and costs no line. Everything goes on by itself when it works again.
func TestFailingDisk(t *testing.T) {
	for _, point := range []struct {
		name  string
		relay bool   // lines go to the server meanwhile
		event string // and say what is wrong
	}{
		{"spool.create", false, ""},
		{"spool.write", false, ""},
		{"local.write", true, "local log: "},
		{"local.sync", true, "local log: "},
		{"record.write", true, "cursor of "},
	} {
		for errno, text := range map[string]string{"EIO": "input/output error", "EROFS": "read-only file system"} {
			t.Run(point.name+"/"+errno, func(t *testing.T) {
				t.Parallel()
				s, srv := newSite(t), newServer(t)
				srv.open()
				s.configure("%s%s", s.places(), srv.relay("central"))
				first, w := s.pipe()
				f := &feed{t: t, w: w}
				f.write(1)
				w.Close()
				first.wait(0)
				s.awaitEnd()
				front, w, passed, release := s.startFaulty(point.name + "=" + errno)
				f.w = w
				f.write(100)
				testbed.Eventually(t, "the disk has failed", passed)
				worst := f.pour(5000)
				if point.relay {
					testbed.Eventually(t, "the server has all meanwhile", func() bool { return srv.distinct() == f.lines })
					testbed.Eventually(t, "an event says what is wrong", func() bool {
						said := events(srv.messages())
						return strings.Contains(said, point.event) && strings.Contains(said, text)
					})
				}
				if point.name == "local.sync" && errno == "EIO" { // the kernel may have dropped what it could not write
					testbed.Eventually(t, "an event says that its lines are written again", func() bool {
						return strings.Contains(events(srv.messages()), "cut back by")
					})
				}
				release()
				f.write(100)
				w.Close()
				front.wait(0)
				s.awaitEnd()
				o := f.check(s, srv, true)
				t.Logf("%d lines, %d lost, %d torn, %d repeats; longest write to the pipe %v", f.lines, len(o.lost), o.torn, o.repeats, worst)
				if len(o.lost) > 0 || o.torn > 0 || o.repeats > 0 {
					t.Errorf("%d lines lost, %d torn, %d repeats", len(o.lost), o.torn, o.repeats)
				}
			})
		}
	}
}

// besideRing is the memory that an intake may have beside its ring, in KiB.
const besideRing = 32 << 10

// TestStandingDisk: a disk that stands still holds up whoever waits for it, and
// nobody else. Standard input is read on, into memory that has a bound.
func TestStandingDisk(t *testing.T) {
	for _, point := range []struct {
		name  string
		relay bool // lines go to the server meanwhile
	}{
		{"spool.roll.before", false},
		{"spool.write.before", false},
		{"local.write.before", true},
		{"local.commit.before", true},
		{"relay.commit.before", true},
		{"clean.before", true},
	} {
		t.Run(point.name, func(t *testing.T) {
			t.Parallel()
			s, srv := newSite(t), newServer(t)
			srv.open()
			s.configure("%smax_size = \"256KiB\"\ncompress = false\n[spool]\nmemory = \"8MiB\"\nmax_size = \"4MiB\"\n%s", s.places(), srv.relay("central"))
			front, w, passed, release := s.startFaulty(point.name + "=stop")
			f := &feed{t: t, w: w}
			testbed.Eventually(t, "the disk stands", func() bool { f.write(100); return passed() })
			worst := f.pour(40000) // 4 MB
			if point.relay {
				testbed.Eventually(t, "the server has all meanwhile", func() bool { return srv.distinct() == f.lines })
			}
			most := testbed.Process(s.one("intake")).PeakMemory(t)
			release()
			f.write(100)
			w.Close()
			front.wait(0)
			s.awaitEnd()
			o := f.check(s, srv, true)
			t.Logf("%d lines, %d lost, %d torn, %d repeats; longest write to the pipe %v; the intake had %d KiB at most",
				f.lines, len(o.lost), o.torn, o.repeats, worst, most)
			if len(o.lost) > 0 || o.torn > 0 || o.repeats > 0 {
				t.Errorf("%d lines lost, %d torn, %d repeats", len(o.lost), o.torn, o.repeats)
			}
			if most > 8<<10+besideRing {
				t.Errorf("the intake had %d KiB of memory", most)
			}
		})
	}
}

// TestStandingDiskAboveMemory: what does not fit is dropped and counted to the line,
// and the web server is not held up.
func TestStandingDiskAboveMemory(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	srv.open()
	s.configure("%s[spool]\nmemory = \"2MiB\"\n%s", s.places(), srv.relay("central"))
	front, w, passed, release := s.startFaulty("spool.write.before=stop")
	f := &feed{t: t, w: w}
	f.write(100)
	testbed.Eventually(t, "the disk stands", passed)
	worst := f.pour(100000) // 10 MB
	most := testbed.Process(s.one("intake")).PeakMemory(t)
	release()
	testbed.Eventually(t, "the memory is written", func() bool { return srv.distinct() > 0 })
	f.write(100)
	w.Close()
	front.wait(0)
	s.awaitEnd()
	o := f.check(s, srv, true)
	dropped := told(events(srv.messages()), droppedEvent)
	t.Logf("%d lines, %d lost, %d dropped by the events, %d torn; longest write to the pipe %v; the intake had %d KiB at most",
		f.lines, len(o.lost), dropped, o.torn, worst, most)
	if dropped == 0 || dropped != len(o.lost) || o.torn > 0 || o.repeats > 0 {
		t.Errorf("%d lines lost, events tell of %d, %d torn, %d repeats", len(o.lost), dropped, o.torn, o.repeats)
	}
	if most > 2<<10+besideRing {
		t.Errorf("the intake had %d KiB of memory", most)
	}
}

// TestFailingDeliverer: what a deliverer cannot do for a while, and goes on without, is told once, and once more when
// it is over.
func TestFailingDeliverer(t *testing.T) {
	for _, tt := range []struct{ point, begins, ends string }{
		{"deliver.look", "spool.unseen", "spool.seen"},
		{"deliver.sync", "spool.unsynced", "spool.synced"},
		{"record.write", "consumers.unrecorded", "consumers.recorded"},
	} {
		t.Run(tt.point, func(t *testing.T) {
			t.Parallel()
			s, srv := newSite(t), newServer(t) // the server is away: the spool lags
			s.configure("%s[spool]\nsync = \"100ms\"\n%s", s.places(), srv.relay("central"))
			front, w, _, release := s.startFaulty(tt.point + "=EIO")
			f := &feed{t: t, w: w}
			told := func(code string) func() bool {
				return func() bool {
					f.write(1)
					return strings.Contains(s.local("audit_log")+s.spooled(), "{event="+code+" ")
				}
			}
			testbed.Eventually(t, tt.begins, told(tt.begins))
			release()
			testbed.Eventually(t, tt.ends, told(tt.ends))
			srv.open()
			w.Close()
			front.wait(0)
			s.awaitEnd()
		})
	}
}

//go:build faultpoints

package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestKilledWhileCompressing kills -9 whoever compresses rotated files, at each step. The next deliverer goes on where
// that one was: each line is there once, and nothing half-done is left.
func TestKilledWhileCompressing(t *testing.T) {
	for _, point := range []string{"compress.created", "compress.written", "compress.renamed", "compress.durable", "compress.done"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.configure("%smax_size = \"64KiB\"\n", s.places())
			const n = 20_000
			s.killedAt(point, n)
			s.checkCompressed(n + 1)
			if left, _ := filepath.Glob(filepath.Join(s.log, "*.partial")); len(left) > 0 {
				t.Errorf("%q are left", left)
			}
		})
	}
}

// TestKilledWhileRemoving likewise: each removal is told, that of the file in hand perhaps twice.
func TestKilledWhileRemoving(t *testing.T) {
	for _, point := range []string{"expire.before", "expire.after"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.oldFiles("access_log", "gone_log")
			s.configure("%skeep_age = \"1d\"\n", s.places())
			s.killedAt(point, 10)
			if n := s.old(); n != 0 {
				t.Errorf("%d are left", n)
			}
			told := 0
			for _, l := range s.logged("audit_log") {
				if strings.Contains(l, "is removed: rotated at") {
					told++
				}
			}
			if told != 6 && told != 7 {
				t.Errorf("%d removals of 6 are told", told)
			}
		})
	}
}

// killedAt writes lines while the deliverer is killed at a point, and one more when that has happened.
func (s *site) killedAt(point string, lines int) {
	s.t.Helper()
	front, w, passed, _ := s.startFaulty(point + "=kill")
	writeLines(s.t, w, 1, lines)
	testbed.Eventually(s.t, "the point is passed", passed)
	testbed.Eventually(s.t, "the process has died", func() bool {
		pid, err := strconv.Atoi(testbed.ReadFile(s.t, filepath.Join(s.dir, "marker")))
		return err == nil && syscall.Kill(pid, 0) != nil
	})
	writeLines(s.t, w, lines+1, lines+1)
	w.Close()
	front.wait(0)
	s.awaitEnd()
}

// TestFailingDiskOfRotatedFiles: where rotated files cannot be compressed, or removed, they stay as they are, an event
// says why, and no line waits for that. The next deliverer has done it.
func TestFailingDiskOfRotatedFiles(t *testing.T) {
	for point, says := range map[string]string{
		"compress.write": "rotated files cannot be compressed: ",
		"expire.remove":  "rotated files cannot be removed: ",
	} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.oldFiles("access_log")
			s.configure("%smax_size = \"64KiB\"\nkeep_age = \"1d\"\n", s.places())
			const n = 5000
			front, w, passed, release := s.startFaulty(point + "=EIO")
			writeLines(t, w, 1, n)
			testbed.Eventually(t, "the disk has failed", passed)
			testbed.Eventually(t, "an event says so", func() bool {
				said := testbed.ReadFile(t, filepath.Join(s.log, "audit_log"))
				return strings.Contains(said, says) && strings.Contains(said, "input/output error")
			})
			writeLines(t, w, n+1, n+1)
			testbed.Eventually(t, "no line waits", func() bool { return strings.HasSuffix(s.local("access_log"), line(n+1)+"\n") })
			release()
			w.Close()
			front.wait(0)
			s.awaitEnd()
			next, w := s.pipe()
			writeLines(t, w, n+2, n+2)
			w.Close()
			next.wait(0)
			s.awaitEnd()
			s.checkCompressed(n + 2)
		})
	}
}

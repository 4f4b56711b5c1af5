package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onSmallDisk puts the site's directories on a file system of so many MiB.
func (s *site) onSmallDisk(mib int) {
	s.t.Helper()
	disk := filepath.Join(s.dir, "disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%dm", mib)); err != nil {
		s.t.Skipf("skipped: no tmpfs can be mounted (root may): %v", err)
	}
	s.t.Cleanup(func() {
		s.end()
		_ = unix.Unmount(disk, unix.MNT_DETACH)
	})
	s.state, s.log = filepath.Join(disk, "state"), filepath.Join(disk, "log")
}

// pacedLines writes lines, numbered from a number on, of about 230 bytes, so many a second.
func pacedLines(t *testing.T, w *os.File, from, lines, rate int) (worst time.Duration) {
	t.Helper()
	padding := strings.Repeat(" 0123456789abcdef", 13)
	out := bufio.NewWriterSize(w, 64<<10)
	start := time.Now()
	for n := 0; n < lines; {
		for due := min(lines, int(time.Since(start).Seconds()*float64(rate))); n < due; n++ {
			fmt.Fprintf(out, "line %d%s\n", from+n, padding)
		}
		before := time.Now()
		if err := out.Flush(); err != nil {
			t.Fatal(err)
		}
		worst = max(worst, time.Since(before))
		time.Sleep(10 * time.Millisecond) // the pace
	}
	return worst
}

// told sums up a number that events have, each event once.
func told(events, pattern string) (sum int) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(events, -1) {
		n, _ := strconv.Atoi(m[1]) // digits
		sum += n
	}
	return sum
}

// events are the texts that a server has got of the program's events, once each.
func events(all []message) string {
	seen := make(map[string]bool)
	var b strings.Builder
	for _, m := range all {
		if key := fmt.Sprint(m.procID, m.msgID, m.seq); m.msgID == "audit" && !seen[key] {
			seen[key] = true
			fmt.Fprintln(&b, m.text)
		}
	}
	return b.String()
}

const (
	droppedEvent = `(\d+) lines of access dropped`
	leftOutEvent = `(\d+) lines of access_log were left out`
	givenUpEvent = `max_size: (\d+) lines are given up`
)

// distinct counts the different access lines that came.
func distinct(all []message) int {
	seen := make(map[string]bool)
	for _, m := range all {
		if m.msgID == "access" {
			seen[m.text] = true
		}
	}
	return len(seen)
}

// TestDiskFullWithServer: as long as the central server takes lines, a full disk
// costs none of them. The local log gives way before the spool, and says how much.
func TestDiskFullWithServer(t *testing.T) {
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(16)
	srv.open()
	s.configure("%s[spool]\nmax_size = \"8MiB\"\n%s", s.places(), srv.relay("central"))
	const lines = 120000 // 28 MB
	f, w := s.pipe()
	worst := pacedLines(t, w, 0, lines, 12000)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	log := s.local("access_log")
	local, arrived := strings.Count(log, "\n"), distinct(srv.messages())
	said := events(srv.messages())
	dropped, leftOut, givenUp := told(said, droppedEvent), told(said, leftOutEvent), told(said, givenUpEvent)
	t.Logf("%d lines in, %d in the local log and %d left out of it, %d at the server, %d dropped, %d given up; longest write to the pipe %v",
		lines, local, leftOut, arrived, dropped, givenUp, worst)
	if arrived != lines || dropped != 0 || givenUp != 0 {
		t.Error("a full disk has cost lines though the server was there")
	}
	if local == lines || local+leftOut != lines {
		t.Errorf("the local log and what was left out of it are %d lines\n%s", local+leftOut, said)
	}
	if !strings.HasSuffix(log, "\n") {
		t.Error("the local log ends in the middle of a line")
	}
}

// TestDiskFullWithoutServer: what a full disk costs while the server is away is
// counted to the line, and everything goes on by itself when there is room and a
// server again.
func TestDiskFullWithoutServer(t *testing.T) {
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(8)
	s.configure("%s[spool]\nmax_size = \"3MiB\"\nmemory = \"1MiB\"\n%s", s.places(), srv.relay("central"))
	const lines = 100000 // 23 MB
	f, w := s.pipe()
	worst := pacedLines(t, w, 0, lines, 20000)
	before := strings.Count(s.local("access_log"), "\n")
	srv.open()
	eventually(t, "the server has what waited", func() bool { return distinct(srv.messages()) > 0 })
	freed := filepath.Join(s.dir, "moved") // to another file system
	if err := os.WriteFile(freed, []byte(s.local("access_log")), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(s.log, "access_log"), 0); err != nil {
		t.Fatal(err)
	}
	const more = 1000
	pacedLines(t, w, lines, more, 20000)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	all := srv.messages()
	said := events(all)
	arrived, dropped, givenUp := distinct(all), told(said, droppedEvent), told(said, givenUpEvent)
	t.Logf("%d lines in, %d in the local log when it was full, %d at the server, %d dropped, %d given up; longest write to the pipe %v\n%s",
		lines+more, before, arrived, dropped, givenUp, worst, said)
	if dropped == 0 {
		t.Error("the disk was not full")
	}
	if lines+more != arrived+dropped+givenUp {
		t.Errorf("%d lines in, but %d at the server, dropped and given up", lines+more, arrived+dropped+givenUp)
	}
}

// TestFullSpoolBlocks: whoever would rather stop the web server than miss a line
// gets that, and everything goes on when the server is back.
func TestFullSpoolBlocks(t *testing.T) {
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(16)
	s.configure("%s[spool]\nmax_size = \"3MiB\"\nmemory = \"1MiB\"\nwhen_full = \"block\"\n%s", s.places(), srv.relay("central"))
	const lines = 50000 // 11 MB
	r, w := newPipe(t)
	f := s.start(r)
	size, err := unix.FcntlInt(r.Fd(), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		pacedLines(t, w, 0, lines, 20000)
	}()
	eventually(t, "the pipe is full", func() bool {
		held, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ)
		return err == nil && held > size*3/4 && len(s.spooled()) > 3<<20
	})
	select {
	case <-written:
		t.Error("the writer was not held up")
	default:
	}
	r.Close()
	srv.open()
	<-written
	w.Close()
	f.wait(0)
	s.awaitEnd()
	all := srv.messages()
	said := events(all)
	local, arrived := strings.Count(s.local("access_log"), "\n"), distinct(all)
	dropped, leftOut, givenUp := told(said, droppedEvent), told(said, leftOutEvent), told(said, givenUpEvent)
	t.Logf("%d lines in, %d in the local log and %d left out of it, %d at the server, %d dropped, %d given up", lines, local, leftOut, arrived, dropped, givenUp)
	if arrived != lines || local+leftOut != lines || dropped != 0 || givenUp != 0 {
		t.Error("lines are missing")
	}
}

package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// onSmallDisk puts the site's directories on a file system of so many MiB.
func (s *site) onSmallDisk(mib int) { s.onDisk(fmt.Sprintf("size=%dm", mib)) }

// onDisk puts them on a tmpfs with those options.
func (s *site) onDisk(options string) {
	s.t.Helper()
	disk := filepath.Join(s.dir, "disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, options); err != nil {
		lacking(s.t, "no tmpfs can be mounted (root may): %v", err)
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
	return dueLines(t, w, from, lines, rate, func() int { return lines })
}

// followedLines writes lines at a pace, but never so many ahead of the server that the
// memory for lines and what is left of the disk could not hold them: however slow the
// machine is, none may be dropped.
func followedLines(t *testing.T, w *os.File, srv *server, lines, rate int) (worst time.Duration) {
	t.Helper()
	const ahead = 40000 // 9 MB
	return dueLines(t, w, 0, lines, rate, func() int { return srv.distinct() + ahead })
}

// dueLines writes lines at a pace, and no more than may be written.
func dueLines(t *testing.T, w *os.File, from, lines, rate int, may func() int) (worst time.Duration) {
	t.Helper()
	padding := strings.Repeat(" 0123456789abcdef", 13)
	out := bufio.NewWriterSize(w, 64<<10)
	start := time.Now()
	for n := 0; n < lines; {
		for due := min(lines, may(), int(time.Since(start).Seconds()*float64(rate))); n < due; n++ {
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

// TestDiskFullWithServer: as long as the central server takes lines, a full disk
// costs none of them. The local log gives way before the spool, and says how much.
func TestDiskFullWithServer(t *testing.T) {
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(16)
	srv.open()
	s.configure("%s[spool]\nmax_size = \"8MiB\"\n%s", s.places(), srv.relay("central"))
	const lines = 120000 // 28 MB
	f, w := s.pipe()
	worst := followedLines(t, w, srv, lines, 12000)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	log := s.local("access_log")
	local, arrived := strings.Count(log, "\n"), srv.distinct()
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

// TestSmallDiskKeepsTheLocalLog: on a small file system the spool does not fill the disk by
// itself: as long as the server takes lines, and the local log has room, that lacks none.
func TestSmallDiskKeepsTheLocalLog(t *testing.T) {
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(24)
	srv.open()
	s.configure("%s%s", s.places(), srv.relay("central"))
	const lines = 75000 // 16 MB
	f, w := s.pipe()
	dueLines(t, w, 0, lines, 12000, func() int { return srv.distinct() + 5000 })
	w.Close()
	f.wait(0)
	s.awaitEnd()
	local, arrived, said := strings.Count(s.local("access_log"), "\n"), srv.distinct(), events(srv.messages())
	t.Logf("%d lines in, %d in the local log and %d left out of it, %d at the server", lines, local, told(said, leftOutEvent), arrived)
	if local != lines || arrived != lines {
		t.Errorf("lines are missing though there is room\n%s", said)
	}
}

// TestDiskFullWithoutServer: what a full disk costs while the server is away is
// counted to the line, and everything goes on by itself when there is room and a
// server again.
func TestDiskFullWithoutServer(t *testing.T) {
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(8)
	s.configure("%s[spool]\nmax_size = \"3MiB\"\nmemory = \"1MiB\"\n%s", s.places(), srv.relay("central"))
	other := filepath.Join(s.dir, "disk", "other") // what somebody else has there, and removes
	if err := os.WriteFile(other, make([]byte, 3<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	const lines = 100000 // 23 MB
	f, w := s.pipe()
	worst := pacedLines(t, w, 0, lines, 20000)
	before := strings.Count(s.local("access_log"), "\n")
	srv.open()
	eventually(t, "the server has what waited", func() bool { return srv.distinct() > 0 })
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	const more = 1000
	total := lines
	eventually(t, "lines go through again", func() bool {
		pacedLines(t, w, total, more, 20000)
		total += more
		return hasLine(srv.messages(), total-1)
	})
	w.Close()
	f.wait(0)
	s.awaitEnd()
	all := srv.messages()
	said := events(all)
	local, arrived := strings.Count(s.local("access_log"), "\n"), srv.distinct()
	dropped, leftOut, givenUp := told(said, droppedEvent), told(said, leftOutEvent), told(said, givenUpEvent)
	t.Logf("%d lines in, %d in the local log (%d when it was full) and %d left out of it, %d at the server, %d dropped, %d given up; longest write to the pipe %v\n%s",
		total, local, before, leftOut, arrived, dropped, givenUp, worst, said)
	if dropped == 0 {
		t.Error("the disk was not full")
	}
	if total != arrived+dropped+givenUp {
		t.Errorf("%d lines in, but %d at the server, dropped and given up", total, arrived+dropped+givenUp)
	}
	if total != local+leftOut+dropped {
		t.Errorf("%d lines in, but %d in the local log, left out of it and dropped", total, local+leftOut+dropped)
	}
	if local <= before {
		t.Error("the local log has not gone on")
	}
}

// hasLine looks for a numbered line.
func hasLine(all []message, n int) bool {
	prefix := fmt.Sprintf("line %d ", n)
	return slices.ContainsFunc(all, func(m message) bool { return strings.HasPrefix(m.text, prefix) })
}

// TestDiskFullAndKills: a deliverer that is killed again and again while the disk is
// full costs no line as long as the server is there, and none is in the local log
// twice; what is left out of that is told, though what was told last may be again.
func TestDiskFullAndKills(t *testing.T) {
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(24)
	srv.senderDies = true
	srv.open()
	s.configure("%s[spool]\nmax_size = \"12MiB\"\n%s", s.places(), srv.relay("central"))
	const total = 180000 // 41 MB
	f, w := s.pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		followedLines(t, w, srv, total, 12000)
	}()
	kills := 0
	for !isClosed(written) {
		before := srv.distinct()
		eventually(t, "the deliverer is at work", func() bool { return isClosed(written) || srv.distinct() > before+5000 })
		time.Sleep(time.Second) // one that dies sooner is not replaced at once
		if pids := s.pids("deliver"); len(pids) > 0 {
			_ = unix.Kill(pids[0], unix.SIGKILL) // it may just have ended
			kills++
		}
	}
	w.Close()
	f.wait(0)
	s.awaitEnd()
	all := srv.messages()
	said := events(all)
	lines := strings.Split(strings.TrimSuffix(s.local("access_log"), "\n"), "\n")
	local := make(map[string]bool)
	for _, l := range lines {
		local[l] = true
	}
	arrived, dropped, leftOut, givenUp := srv.distinct(), told(said, droppedEvent), told(said, leftOutEvent), told(said, givenUpEvent)
	t.Logf("%d lines in, %d kills: %d in the local log and %d left out of it, %d at the server, %d dropped, %d given up",
		total, kills, len(lines), leftOut, arrived, dropped, givenUp)
	if arrived != total || dropped != 0 || givenUp != 0 {
		t.Errorf("lines are missing at the server\n%s", said)
	}
	if len(local) != len(lines) {
		t.Errorf("%d lines are in the local log twice", len(lines)-len(local))
	}
	if leftOut == 0 || len(local)+leftOut+dropped < total {
		t.Errorf("%d lines are missing from the local log, and only %d are told to be left out\n%s", total-len(local), leftOut, said)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestDiskStaysFull: what the events say of a full disk is not worth events of its
// own, for ever. The program comes to its end, and the server has all.
func TestDiskStaysFull(t *testing.T) {
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(8)
	srv.open()
	s.configure("%s%s", s.places(), srv.relay("central"))
	other := filepath.Join(s.dir, "disk", "other")
	if err := os.WriteFile(other, make([]byte, 7<<20+512<<10), 0o644); err != nil { // half a MiB is left
		t.Fatal(err)
	}
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	for range 10 {
		f.write(100)
		eventually(t, "the server has all", func() bool { return srv.distinct() == f.lines })
	}
	w.Close()
	front.wait(0)
	s.awaitEnd()
	said := events(srv.messages())
	leftOut := told(said, leftOutEvent)
	t.Logf("%d lines, %d left out of the local log, %d events", f.lines, leftOut, strings.Count(said, "\n"))
	if local := strings.Count(s.local("access_log"), "\n"); local+leftOut != f.lines {
		t.Errorf("%d lines in the local log and %d left out of it", local, leftOut)
	}
	if n := strings.Count(said, "\n"); n > 100 {
		t.Errorf("%d events:\n%s", n, said[:10000])
	}
}

// TestNoInodesLeft: a file system that has blocks but no inodes any more holds up
// nobody, costs no line, and everything goes on when there are some again.
func TestNoInodesLeft(t *testing.T) {
	s, srv := newSite(t), newServer(t)
	s.onDisk("size=64m,nr_inodes=200")
	srv.open()
	s.configure("%smax_size = \"256KiB\"\ncompress = false\n[spool]\nmax_size = \"4MiB\"\n%s", s.places(), srv.relay("central"))
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	f.write(100)
	eventually(t, "the first lines are there", func() bool { return srv.distinct() == f.lines })
	var taken []string
	for n := 0; ; n++ {
		name := filepath.Join(s.dir, "disk", fmt.Sprint("other", n))
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			break
		}
		taken = append(taken, name)
	}
	worst := f.pour(20000) // 2 MB: spool files and local files are full several times
	eventually(t, "the server has all meanwhile", func() bool { return srv.distinct() == f.lines })
	for _, name := range taken {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	f.write(100)
	w.Close()
	front.wait(0)
	s.awaitEnd()
	o := f.check(s, srv, true)
	t.Logf("%d inodes taken, %d lines, %d lost, %d torn, %d repeats; longest write to the pipe %v", len(taken), f.lines, len(o.lost), o.torn, o.repeats, worst)
	if len(o.lost) > 0 || o.torn > 0 || o.repeats > 0 {
		t.Errorf("%d lines lost, %d torn, %d repeats", len(o.lost), o.torn, o.repeats)
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
	local, arrived := strings.Count(s.local("access_log"), "\n"), srv.distinct()
	dropped, leftOut, givenUp := told(said, droppedEvent), told(said, leftOutEvent), told(said, givenUpEvent)
	t.Logf("%d lines in, %d in the local log and %d left out of it, %d at the server, %d dropped, %d given up", lines, local, leftOut, arrived, dropped, givenUp)
	if arrived != lines || local+leftOut != lines || dropped != 0 || givenUp != 0 {
		t.Error("lines are missing")
	}
}

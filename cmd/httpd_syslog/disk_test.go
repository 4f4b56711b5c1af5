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

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/testbed"
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
		testbed.Lacking(s.t, "no tmpfs can be mounted (root may): %v", err)
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

// census is where a test's lines are, and what the events tell of those that are not there.
type census struct {
	local, arrived            int // in access_log, and at the server
	dropped, leftOut, givenUp int
	said                      string
}

func (s *site) census(srv *server) census {
	s.t.Helper()
	said := events(srv.messages())
	return census{
		local: strings.Count(s.local("access_log"), "\n"), arrived: srv.distinct(), said: said,
		dropped: told(said, droppedEvent), leftOut: told(said, leftOutEvent), givenUp: told(said, givenUpEvent),
	}
}

// numbers is how many numbers of lines events of a code name; keys are a name and a value that they must have.
func (c census) numbers(code string, keys ...string) (n uint64) {
	for line := range strings.Lines(c.said) {
		told, ok := event.Parse(strings.TrimSuffix(line, "\n"))
		if ok && told.Code == code && (len(keys) == 0 || told.Get(keys[0]) == keys[1]) {
			n += linesIn(told.Ranges())
		}
	}
	return n
}

// linesIn is how many numbers of lines ranges have, without those of events.
func linesIn(ranges []event.Range) uint64 {
	return event.Count(slices.DeleteFunc(ranges, func(r event.Range) bool { return r.Audit }))
}

func (c census) String() string {
	return fmt.Sprintf("%d in the local log and %d left out of it, %d at the server, %d dropped, %d given up", c.local, c.leftOut, c.arrived, c.dropped, c.givenUp)
}

const (
	droppedEvent = `(\d+) lines of access dropped`
	leftOutEvent = `(\d+) lines of access_log were left out`
	damagedEvent = `(\d+) lines of access are missing in the spool: damaged`
	givenUpEvent = `max_size: (\d+) lines are given up`
)

// TestDiskFullWithServer: as long as the central server takes lines, a full disk
// costs none of them. The local log gives way before the spool, and says how much.
func TestDiskFullWithServer(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(16)
	srv.open()
	s.configure("%s[spool]\nmax_size = \"8MiB\"\n%s%s", s.places(), seals, srv.relay("central"))
	const lines = 120000 // 28 MB
	f, w := s.pipe()
	worst := followedLines(t, w, srv, lines, 12000)
	w.Close()
	f.wait(0)
	s.awaitEnd()
	c := s.census(srv)
	t.Logf("%d lines in, %v; longest write to the pipe %v", lines, c, worst)
	if c.arrived != lines || c.dropped != 0 || c.givenUp != 0 {
		t.Error("a full disk has cost lines though the server was there")
	}
	if c.local == lines || c.local+c.leftOut != lines {
		t.Errorf("the local log and what was left out of it are %d lines\n%s", c.local+c.leftOut, c.said)
	}
	if n := c.numbers("log.left_out", "file", "access_log"); n != uint64(c.leftOut) {
		t.Errorf("%d numbers of %d lines that were left out are told", n, c.leftOut)
	}
	if !strings.HasSuffix(s.local("access_log"), "\n") {
		t.Error("the local log ends in the middle of a line")
	}
	s.verify(srv)
}

// TestSmallDiskKeepsTheLocalLog: on a small file system the spool does not fill the disk by
// itself: as long as the server takes lines, and the local log has room, that lacks none.
func TestSmallDiskKeepsTheLocalLog(t *testing.T) {
	t.Parallel()
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
	c := s.census(srv)
	t.Logf("%d lines in, %v", lines, c)
	if c.local != lines || c.arrived != lines {
		t.Errorf("lines are missing though there is room\n%s", c.said)
	}
}

// TestDiskFullWithoutServer: what a full disk costs while the server is away is
// counted to the line, and everything goes on by itself when there is room and a
// server again.
func TestDiskFullWithoutServer(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(8)
	s.configure("%s[spool]\nmax_size = \"3MiB\"\nmemory = \"1MiB\"\n%s%s", s.places(), seals, srv.relay("central"))
	other := filepath.Join(s.dir, "disk", "other") // what somebody else has there, and removes
	if err := os.WriteFile(other, make([]byte, 3<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	const lines = 100000 // 23 MB
	f, w := s.pipe()
	worst := pacedLines(t, w, 0, lines, 20000)
	before := strings.Count(s.local("access_log"), "\n")
	srv.open()
	testbed.Eventually(t, "the server has what waited", func() bool { return srv.distinct() > 0 })
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	const more = 1000
	total := lines
	testbed.Eventually(t, "lines go through again", func() bool {
		pacedLines(t, w, total, more, 20000)
		total += more
		return hasLine(srv.messages(), total-1)
	})
	w.Close()
	f.wait(0)
	s.awaitEnd()
	c := s.census(srv)
	t.Logf("%d lines in, %v; %d in the local log when it was full; longest write to the pipe %v\n%s", total, c, before, worst, c.said)
	if c.dropped == 0 {
		t.Error("the disk was not full")
	}
	if sum := c.arrived + c.dropped + c.givenUp; total != sum {
		t.Errorf("%d lines in, but %d at the server, dropped and given up", total, sum)
	}
	if sum := c.local + c.leftOut + c.dropped; total != sum {
		t.Errorf("%d lines in, but %d in the local log, left out of it and dropped", total, sum)
	}
	if n := c.numbers("lines.missing", "stream", "access"); n != uint64(c.dropped) {
		t.Errorf("%d numbers of %d lines that were dropped are told", n, c.dropped)
	}
	s.checkMissing(srv, c.said, total)
	s.verify(srv)
	if n := c.numbers("relay.given_up"); n != uint64(c.givenUp) {
		t.Errorf("%d numbers of %d lines that were given up are told", n, c.givenUp)
	}
	if c.local <= before {
		t.Error("the local log has not gone on")
	}
}

// checkMissing holds that events name each line that is nowhere by its number, once, and no other. The lines
// are those of one writer: line 0 has number 1.
func (s *site) checkMissing(srv *server, said string, total int) {
	s.t.Helper()
	named, have := make(map[uint64]int), make(map[uint64]bool)
	for line := range strings.Lines(said) {
		told, _ := event.Parse(strings.TrimSuffix(line, "\n"))
		for _, r := range told.Ranges() {
			for n := r.First; told.Code == "lines.missing" && n <= r.Last; n++ {
				named[n]++
			}
		}
	}
	texts := s.logged("access_log")
	for _, m := range srv.messages() {
		texts = append(texts, m.text)
	}
	for _, text := range texts {
		var n uint64
		if _, err := fmt.Sscanf(text, "line %d ", &n); err == nil {
			have[n+1] = true
		}
	}
	wrong := 0
	for n := uint64(1); n <= uint64(total); n++ {
		if want := map[bool]int{true: 0, false: 1}[have[n]]; named[n] != want {
			wrong++
		}
		delete(named, n)
	}
	if wrong > 0 || len(named) > 0 {
		s.t.Errorf("%d numbers are not named, or not once, or though their lines are there; %d are named that no line had", wrong, len(named))
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
	t.Parallel()
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
	for !testbed.IsClosed(written) {
		before := srv.distinct()
		testbed.Eventually(t, "the deliverer is at work", func() bool { return testbed.IsClosed(written) || srv.distinct() > before+5000 })
		time.Sleep(time.Second) // one that dies sooner is not replaced at once
		if pids := s.pids("deliver"); len(pids) > 0 {
			_ = unix.Kill(pids[0], unix.SIGKILL) // it may just have ended
			kills++
		}
	}
	w.Close()
	f.wait(0)
	s.awaitEnd()
	lines := strings.Split(strings.TrimSuffix(s.local("access_log"), "\n"), "\n")
	local := make(map[string]bool)
	for _, l := range lines {
		local[l] = true
	}
	c := s.census(srv)
	t.Logf("%d lines in, %d kills: %v", total, kills, c)
	if c.arrived != total || c.dropped != 0 || c.givenUp != 0 {
		t.Errorf("lines are missing at the server\n%s", c.said)
	}
	if len(local) != len(lines) {
		t.Errorf("%d lines are in the local log twice", len(lines)-len(local))
	}
	if c.leftOut == 0 || len(local)+c.leftOut+c.dropped < total {
		t.Errorf("%d lines are missing from the local log, and only %d are told to be left out\n%s", total-len(local), c.leftOut, c.said)
	}
}

// TestDiskStaysFull: what the events say of a full disk is not worth events of its
// own, for ever. The program comes to its end, and the server has all.
func TestDiskStaysFull(t *testing.T) {
	t.Parallel()
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
		testbed.Eventually(t, "the server has all", func() bool { return srv.distinct() == f.lines })
	}
	w.Close()
	front.wait(0)
	s.awaitEnd()
	c := s.census(srv)
	n := strings.Count(c.said, "\n")
	t.Logf("%d lines, %v, %d events", f.lines, c, n)
	if c.local+c.leftOut != f.lines {
		t.Errorf("%d lines in the local log and %d left out of it", c.local, c.leftOut)
	}
	if n > 100 {
		t.Errorf("%d events:\n%s", n, c.said[:10000])
	}
}

// TestNoInodesLeft: a file system that has blocks but no inodes any more holds up
// nobody, costs no line, and everything goes on when there are some again.
func TestNoInodesLeft(t *testing.T) {
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	s.onDisk("size=64m,nr_inodes=200")
	srv.open()
	s.configure("%smax_size = \"256KiB\"\ncompress = false\n[spool]\nmax_size = \"4MiB\"\n%s", s.places(), srv.relay("central"))
	front, w := s.pipe()
	f := &feed{t: t, w: w}
	f.write(100)
	testbed.Eventually(t, "the first lines are there", func() bool { return srv.distinct() == f.lines })
	var taken []string
	for n := 0; ; n++ {
		name := filepath.Join(s.dir, "disk", fmt.Sprint("other", n))
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			break
		}
		taken = append(taken, name)
	}
	worst := f.pour(20000) // 2 MB: spool files and local files are full several times
	testbed.Eventually(t, "the server has all meanwhile", func() bool { return srv.distinct() == f.lines })
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
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	s.onSmallDisk(16)
	s.configure("%s[spool]\nmax_size = \"3MiB\"\nmemory = \"1MiB\"\nwhen_full = \"block\"\n%s", s.places(), srv.relay("central"))
	const lines = 50000 // 11 MB
	r, w := testbed.Pipe(t)
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
	testbed.Eventually(t, "the pipe is full", func() bool {
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
	c := s.census(srv)
	t.Logf("%d lines in, %v", lines, c)
	if c.arrived != lines || c.local+c.leftOut != lines || c.dropped != 0 || c.givenUp != 0 {
		t.Error("lines are missing")
	}
}

package collector

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestMessagesInFiles: each form of message, in which file, and byte for byte.
func TestMessagesInFiles(t *testing.T) {
	s := newSite(t)
	s.received = time.Date(2030, 1, 2, 23, 59, 59, 0, time.UTC)
	c := s.begin()
	for _, tt := range []struct{ message, file, want string }{
		{message(1, 1, "a \r \x00 end \r"), "web1/access", message(1, 1, "a \r \x00 end \r")},
		{message(1, 2, "of RELP") + "\n", "web1/access", message(1, 2, "of RELP")},
		{message(1, 3, "a\nb\n") + "\n", "web1/access", message(1, 3, "a#012b#012")},
		{"<13>1 - - - - - - x", "_/_", "<13>1 - - - - - - x"},
		{"<13>1 2026-11-27T03:28:28Z ../.. a b ../x - x", place.Name("../..") + "/" + place.Name("../x"), "<13>1 2026-11-27T03:28:28Z ../.. a b ../x - x"},
		{"<13>Nov 27 03:28:28 switch7 kernel: hello", "switch7/_", "hello"},
		{"nothing of that", "192.0.2.1/_", "nothing of that"},
	} {
		s.put("web1.example.com", tt.message)
		s.step(c)
		name := filepath.Join(s.o.Dir, "web1.example.com", tt.file+"-2030-01-02.log")
		b, err := os.ReadFile(name)
		if err != nil {
			t.Errorf("%q: %v", tt.message, err)
			continue
		}
		lines := strings.SplitAfter(string(b), "\n")
		got := lines[len(lines)-2]
		if whole := strings.HasPrefix(tt.want, "<"); whole && got != tt.want+"\n" || !strings.HasSuffix(got, tt.want+"\n") || !strings.HasPrefix(got, "<13>1 ") && !whole {
			t.Errorf("%q is %q, want %q", tt.message, got, tt.want)
		}
	}
	s.end(c)
	s.expectTold()
}

// TestOnce: what is repeated is written once, in this process and in the next, if it is the same; what is not
// the same is kept, and told of once a writer.
func TestOnce(t *testing.T) {
	s := newSite(t)
	s.put("web1", message(1, 1, "a"), message(1, 2, "b"), message(1, 1, "a"))
	c := s.begin()
	s.step(c)
	s.put("web1", message(1, 2, "b"), message(1, 3, "c"), message(1, 3, "c"))
	s.step(c)
	s.end(c)
	s.put("web1", message(1, 1, "a"), message(1, 3, "c"), message(1, 4, "d"))
	s.put("web2", message(1, 1, "a"))                                         // another sender's
	s.put("web1", message(1, 2, "B"), message(1, 3, "C"))                     // another text
	s.put("web1", message(1, 2, "b"), message(1, 2, "B"))                     // both are there
	s.put("web1", strings.Replace(message(1, 4, "d"), " web1 ", " web9 ", 1)) // of another host
	c = s.begin()
	s.step(c)
	n := c.book.Find("web1").Counts()
	s.end(c)
	s.expect("web1/web1/*", "a", "b", "c", "d", "B", "C")
	s.expect("web1/web9/*", "d")
	s.expect("web2/*/*", "a")
	s.expectTold("collect.altered")
	if n.Messages != 7 || n.Repeated != 7 || n.Altered != 3 {
		t.Errorf("%+v", n)
	}
}

// TestForgedNumbers: whoever sends numbers ahead of a genuine writer's costs it no line.
func TestForgedNumbers(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	var want []string
	for n := range uint64(500) {
		s.put("web1", message(1, n+1, "forged"))
		want = append(want, "forged")
	}
	for n := range uint64(500) {
		s.put("web1", message(1, n+1, fmt.Sprint("genuine ", n)))
		want = append(want, fmt.Sprint("genuine ", n))
	}
	s.step(c)
	s.end(c)
	s.expect("web1/web1/*", want...)
	s.expectTold("collect.altered")
}

// TestPartOfAnotherFile: a line does not go where the line before a part has gone.
func TestPartOfAnotherFile(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	s.put("web1", message(1, 1, "one"), tells(2, 1, "ev…"), tells(2, 1, "event"), "", message(1, 2, "two"))
	s.step(c)
	s.end(c)
	s.expect("web1/web1/access-*.log", "one", "two")
	s.expect("web1/web1/audit-*.log", "event")
}

// TestParts: the part of a numbered message that a connection has broken off is none; any other is kept.
func TestParts(t *testing.T) {
	s := newSite(t)
	s.put("web1", message(1, 1, "a"), message(1, 2, "part")+"…", "<13>Nov 27 03:28:28 switch7 kernel: par…")
	for _, end := range []string{" access", " access -", " access [", " access [meta se", " access [meta sequenceId=\"2", " access [meta sequenceId=\"2\"]"} { // broken off in its header
		begin, _, _ := strings.Cut(message(1, 2, ""), " access")
		s.put("web1", begin+end+"…")
	}
	s.put("web1", message(1, 2, "partly"))
	c := s.begin()
	s.step(c)
	s.end(c)
	s.expect("web1/web1/*", "a", "partly")
	if got := s.texts("web1/switch7/*"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	s.expectTold()
}

// TestKilled: killed after any number of steps and records, at random: each line is there once, in its
// writer's order, whatever was in the files behind the record, and is as it was sealed.
func TestKilled(t *testing.T) {
	for seed := range int64(20) {
		r := rand.New(rand.NewSource(seed))
		s := newSite(t)
		s.o.Sync = seed == 0 // a disk takes its time
		s.o.Seal = time.Duration(seed % 2)
		var want [3][]string
		c := s.begin()
		n := [3]uint64{}
		for range 60 {
			for range r.Intn(4) {
				w := r.Intn(3)
				var some []string
				for range r.Intn(5) + 1 {
					n[w]++
					text := fmt.Sprint("line ", n[w])
					some = append(some, message(uint64(w+1), n[w], text))
					want[w] = append(want[w], text)
				}
				s.put(fmt.Sprint("web", w), some...)
				if r.Intn(3) == 0 {
					s.put(fmt.Sprint("web", w), some...) // again
				}
			}
			switch r.Intn(4) {
			case 0:
				s.step(c)
			case 1:
				s.step(c)
				c.state.at = time.Time{}
				must(t, c.commitDue(true))
			case 2:
				s.step(c)
				s.kill(c)
				if r.Intn(2) == 0 {
					tear(t, s, r)
				}
				c = s.begin()
			}
		}
		s.step(c)
		s.record(c)
		s.end(c)
		for w := range want {
			s.expect(fmt.Sprintf("web%d/*/*", w), want[w]...)
		}
		if s.o.Seal > 0 {
			s.checkSeals()
		}
	}
}

// tear leaves a part of a line at the end of a file, as a kill in the middle of a write may.
func tear(t *testing.T, s *site, r *rand.Rand) {
	paths, _ := filepath.Glob(filepath.Join(s.o.Dir, "*/*/*"))
	if len(paths) == 0 {
		return
	}
	f, err := os.OpenFile(paths[r.Intn(len(paths))], os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString("<141>1 2026-11-2")
	must(t, errors.Join(err, f.Close()))
}

// TestEventsOfSenders: what they say of their own numbers explains holes, and promises lines; of nobody
// else's.
func TestEventsOfSenders(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	lost := `2 lines of access are missing in the spool: dropped {event=lines.missing lines=2 stream=access why=dropped writer=4711-0000000000000001 first=3 last=4}`
	s.put("web1", message(1, 1, "a"), message(1, 2, "b"), message(1, 5, "e"), tells(1, 1, lost))
	s.put("web2", message(1, 1, "a"), message(1, 4, "d"))
	s.put("web1", tells(2, 1, `intake of access has begun: process 1 {event=intake.begin stream=access pid=1 writer=4711-0000000000000003}`), message(3, 3, "c"))
	s.put("web1", tells(2, 2, `intake of access has ended {event=intake.end stream=access writer=4711-0000000000000003 last=5}`))
	s.step(c)
	c.book.Sweep(s.received.Add(14 * time.Minute))
	s.expectTold()
	c.book.Sweep(s.received.Add(15 * time.Minute))
	s.end(c)
	slices.Sort(s.told)
	if len(s.told) != 2 || !strings.Contains(s.told[0], "web1: 4 numbers") || !strings.Contains(s.told[0], "writer=0000000000000003 first=1 last=2 first=4 last=5") ||
		!strings.Contains(s.told[1], "web2: 2 numbers") || !strings.Contains(s.told[1], "writer=0000000000000001 first=2 last=3") {
		t.Errorf("%q", s.told)
	}
}

// TestLastEventsAreMissed: what tells that a writer has given its last event promises those before.
func TestLastEventsAreMissed(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	s.put("web1", tells(1, 1, "x"), tells(1, 2, "x"))
	s.put("web1", tells(2, 1, `there are no more events of the process 1 {event=events.end pid=1 writer=4711-0000000000000001 last=0 last_event=4}`))
	s.step(c)
	c.book.Sweep(s.received.Add(15 * time.Minute))
	s.end(c)
	if len(s.told) != 1 || !strings.Contains(s.told[0], "web1: 2 numbers") || !strings.Contains(s.told[0], "writer=0000000000000001 class=audit first=3 last=4") {
		t.Errorf("%q", s.told)
	}
}

// TestForwarder: the sender of what a forwarder sends is the host, under the name that its certificate has.
func TestForwarder(t *testing.T) {
	s := newSite(t)
	s.o.Forwarders = []string{"LOG2.example.com"}
	s.put("log2.example.com", strings.Replace(message(1, 1, "a"), " web1 ", " WEB1.example.com ", 1))
	s.put("web1.example.com", strings.Replace(message(1, 2, "b"), " web1 ", " web1.example.com ", 1))
	s.put("web1.example.com", strings.Replace(message(1, 1, "a"), " web1 ", " WEB1.example.com ", 1))
	c := s.begin()
	s.step(c)
	s.end(c)
	if got := s.texts("web1.example.com/*/*"); len(got) != 2 {
		t.Errorf("%q", got)
	}
	if dirs, _ := filepath.Glob(filepath.Join(s.o.Dir, "*")); len(dirs) != 1 {
		t.Errorf("%q", dirs)
	}
}

// TestForwarderWithoutName: what a forwarder without a certificate says of itself, such as a message without a header,
// has no part in whose its other messages are.
func TestForwarderWithoutName(t *testing.T) {
	s := newSite(t)
	s.o.Forwarders = []string{"192.0.2.1"}
	s.put("", message(1, 1, "a"))
	s.put("", "no header")
	s.put("", message(1, 2, "b"), message(1, 1, "a"))
	c := s.begin()
	s.step(c)
	s.end(c)
	s.expect("web1/web1/access-*", "a", "b")
	if dirs, _ := filepath.Glob(filepath.Join(s.o.Dir, "*", "*")); len(dirs) != 2 {
		t.Errorf("%q", dirs)
	}
}

// TestSymlink: no path of a file goes through a symbolic link, nor does that of one that stands in for it.
func TestSymlink(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	out := t.TempDir()
	must(t, os.Symlink(out, filepath.Join(s.o.Dir, "web1")))
	must(t, os.Symlink(out, filepath.Join(s.o.Dir, place.ElsewhereDir)))
	s.put("web1", message(1, 1, "a"))
	must(t, s.catalog.Refresh())
	if err := c.step(t.Context()); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("%v", err)
	}
	must(t, os.Remove(filepath.Join(s.o.Dir, place.ElsewhereDir)))
	s.step(c)
	s.end(c)
	s.expect("_elsewhere/web1/*/*", "a")
	if left, _ := os.ReadDir(out); len(left) > 0 {
		t.Errorf("%v", left)
	}
}

// TestRemovedAndShortened: what others do to files is told, and costs no later line.
func TestRemovedAndShortened(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.put("web2", message(2, 1, "a"))
	s.step(c)
	c.commit()
	must(t, os.RemoveAll(filepath.Join(s.o.Dir, "web1")))
	s.put("web2", message(2, 2, "b"))
	s.step(c)
	c.commit()
	s.put("web1", message(1, 2, "b"))
	s.step(c)
	s.end(c)
	paths, _ := filepath.Glob(filepath.Join(s.o.Dir, "web2/*/*"))
	must(t, os.Truncate(paths[0], 10))
	c = s.begin()
	s.put("web2", message(2, 3, "c"))
	s.step(c)
	s.end(c)
	s.expect("web1/*/*", "b")
	s.expectTold("collect.gone file=web1/web1/access-DAY.log", fmt.Sprintf("collect.short file=web2/web1/access-DAY.log bytes=%d", 2*len(message(2, 1, "a\n"))-10))
}

// TestDayIsOver: files of a day are packed when the next one has come and all is written; what comes later,
// by a clock that was set back, goes to the next day's. Old files go, and their removal tells their sum.
func TestDayIsOver(t *testing.T) {
	s := newSite(t)
	s.o.Compress, s.o.Keep = true, 48*time.Hour
	today := place.DayOf(time.Now())
	s.received = today.Begin().Add(-time.Hour)
	s.put("web1", message(1, 1, "a"))
	c := s.begin()
	s.step(c)
	c.state.day = today // as commitDue does
	c.commit()
	must(t, c.keeper.pass(t.Context()))
	if paths, _ := filepath.Glob(filepath.Join(s.o.Dir, "*/*/*.gz")); len(paths) > 0 {
		t.Errorf("%q is packed while a record names it", paths)
	}
	c.commit()
	must(t, c.keeper.pass(t.Context()))
	s.put("web1", message(1, 2, "b"), message(1, 1, "a"))
	s.step(c)
	s.end(c)
	s.expect("web1/*/access-"+today.String()+".log", "b", "a") // the first one is packed, and so the repeat is kept
	if paths, _ := filepath.Glob(filepath.Join(s.o.Dir, "*/*/access-"+(today-1).String()+".log*")); len(paths) != 1 || !strings.HasSuffix(paths[0], ".gz") {
		t.Errorf("%q", paths)
	}
	k := newKeeper(&c.o, c.Events)
	k.day.Store(int32(today))
	k.now = func() time.Time { return today.Begin().Add(48*time.Hour - 1) }
	must(t, k.pass(t.Context()))
	s.expectTold("collect.altered")
	k.now = func() time.Time { return today.Begin().Add(48 * time.Hour) }
	must(t, k.pass(t.Context()))
	c.Events.Close()
	held := message(1, 1, "a\n")
	s.expectTold("collect.altered number=1 sender=web1 writer=0000000000000001 class=lines",
		fmt.Sprintf(`collect.removed file=web1/web1/access-DAY.log.gz bytes=%d why="older than keep_age (2d)" sha256=%x`, len(held), sha256.Sum256([]byte(held))))
	if paths, _ := filepath.Glob(filepath.Join(s.o.Dir, "*/*/*")); len(paths) != 1 {
		t.Errorf("%q", paths)
	}
}

// TestUnwritable: what can be written nowhere waits, with all behind it, and is written in the end.
func TestUnwritable(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	must(t, os.WriteFile(filepath.Join(s.o.Dir, place.ElsewhereDir), nil, 0o640)) // where a directory should be
	must(t, os.Mkdir(filepath.Join(s.o.Dir, "web1"), 0o750))
	must(t, os.WriteFile(filepath.Join(s.o.Dir, "web1/web1"), nil, 0o640)) // where a directory should be
	s.put("web1", message(1, 1, "a"))
	s.put("web2", message(2, 1, "a"))
	must(t, s.catalog.Refresh())
	for range 3 {
		err := c.step(t.Context())
		if c.tell(err); err == nil {
			t.Fatal("it is written")
		}
		if now := c.Progress.CollectHealth(); now.Error != err.Error() || now.Since.IsZero() {
			t.Errorf("the status says %q since %v", now.Error, now.Since)
		}
	}
	must(t, os.Remove(filepath.Join(s.o.Dir, "web1/web1")))
	must(t, os.Remove(filepath.Join(s.o.Dir, place.ElsewhereDir)))
	s.step(c)
	c.tell(nil)
	if now := c.Progress.CollectHealth(); now.Error != "" || !now.Since.IsZero() {
		t.Errorf("the status says %q since %v", now.Error, now.Since)
	}
	s.end(c)
	s.expectTold("collect.failing", "collect.written")
	s.expect("web1/*/*", "a")
	s.expect("web2/*/*", "a")
}

// TestCutBack: what a killed collector has written behind its record is written again, and told.
func TestCutBack(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	c.commit()
	s.put("web1", message(1, 2, "b"))
	s.step(c)
	s.kill(c)
	c = s.begin()
	s.step(c)
	s.end(c)
	s.expect("web1/*/*", "a", "b")
	s.expectTold("collect.cut_back files=1 bytes=" + fmt.Sprint(len(message(1, 2, "b\n"))))
}

// TestTooManyHoles: a writer has more of them than are kept, and that is told once.
func TestTooManyHoles(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	for n := range uint64(1500) {
		s.put("web1", message(1, 2*n+1, "a"))
	}
	s.step(c)
	s.end(c)
	s.expectTold("collect.bound sender=web1 what=intervals max=1000")
}

// TestNothingPerLine: the usual message costs no allocation.
func TestNothingPerLine(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	f, n := frameOf("web1"), uint64(1)
	c.current = f
	c.from, _ = frame.ParseSender(f.Origin)
	buf := make([]byte, 0, 1000)
	if a := testing.AllocsPerRun(2000, func() {
		n++
		buf = fmt.Appendf(buf[:0], "<141>1 2026-11-27T03:28:28.000000Z web1 httpd 4711-0000000000000001 access [meta sequenceId=\"%d\"] x", n)
		c.renderer.Render(frame.Message{Bytes: buf}, &c.from, f.Time)
		must(t, c.take(f.Time, false))
		must(t, c.set.Flush())
	}); a > 1 { // of Appendf
		t.Errorf("%v allocations", a)
	}
	c.current = nil
	s.end(c)
}

// TestUnrecorded: a record that cannot be written is told of, and that it can again; meanwhile lines are written,
// and after a kill each is there once.
func TestUnrecorded(t *testing.T) {
	s := newSite(t)
	c := s.begin()
	next := s.stateDir.Cursor(statedir.CollectCursor) + ".new"
	must(t, os.Mkdir(next, 0o750))
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	c.commit()
	s.put("web1", message(1, 2, "b"))
	s.step(c)
	s.kill(c)
	c = s.begin()
	c.commit()
	must(t, os.Remove(next))
	s.step(c)
	c.commit()
	s.end(c)
	s.expect("web1/*/*", "a", "b")
	told := strings.Join(s.told, "\n")
	for _, code := range []string{"collect.unrecorded", "collect.recorded"} {
		if !strings.Contains(told, "{event="+code+" ") {
			t.Errorf("%s is not in %s", code, told)
		}
	}
}

// TestUnpacked: a file that cannot be packed is told of, and that it could be in the end.
func TestUnpacked(t *testing.T) {
	s := newSite(t)
	s.o.Compress, s.o.Timing.Keep = true, time.Millisecond
	c := s.begin()
	dir := filepath.Join(s.o.Dir, "web1/web1")
	must(t, os.MkdirAll(dir, 0o750))
	must(t, os.WriteFile(filepath.Join(dir, "access-2026-01-02.log"), []byte("a\n"), 0o640))
	other := filepath.Join(dir, "access-2026-01-02.log.gz")
	must(t, os.WriteFile(other, gzipped(t, "b\n"), 0o640))
	c.keeper.day.Store(int32(place.DayOf(time.Now())))
	stop := c.keeper.start()
	testbed.Eventually(t, "the trouble", func() bool { return len(c.Events.Troubles()) > 0 })
	must(t, os.Remove(other))
	testbed.Eventually(t, "its end", func() bool { return len(c.Events.Troubles()) == 0 })
	stop()
	s.end(c)
	s.expectTold("collect.kept", "collect.packed")
}

func gzipped(t *testing.T, text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	must(t, errors.Join(err, z.Close()))
	return b.Bytes()
}

// TestDrainIsNotWaitedFor: a collector that waits for messages, or for its next record, ends as soon as it
// is to.
func TestDrainIsNotWaitedFor(t *testing.T) {
	s := newSite(t)
	s.o.Timing.Commit = 1000 * time.Hour
	c := s.begin()
	s.put("web1", message(7, 1, "one"))
	must(t, s.w.Close())
	s.step(c)
	drain, ended := make(chan struct{}), make(chan struct{})
	go func() {
		c.Run(t.Context(), consumer.Ending{Drain: drain, Stop: t.Context()})
		close(ended)
	}()
	testbed.Eventually(t, "the collector is at the end", c.Progress.AtEnd)
	close(drain)
	testbed.Eventually(t, "the collector has ended", func() bool { return testbed.IsClosed(ended) })
	c.Events.Close()
	s.expect("web1/*/*", "one")
}

// TestNotRemoved: a file whose day is over stays, and why is said, where its content cannot be read, or its removal cannot
// be told.
func TestNotRemoved(t *testing.T) {
	for name, tt := range map[string]struct {
		file, text string
		untold     bool
		want       string
	}{
		"no gzip":        {"access-2026-01-02.log.gz", "a\n", false, "access-2026-01-02.log.gz: "},
		"a damaged gzip": {"access-2026-01-02.log.gz", string(gzipped(t, "a\n")[:20]), false, "access-2026-01-02.log.gz: "},
		"untold":         {"access-2026-01-02.log", "a\n", true, "access-2026-01-02.log is kept, since its removal cannot be told"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.o.Keep = time.Hour
			c := s.begin()
			path := filepath.Join(s.o.Dir, "web1/web1", tt.file)
			must(t, os.MkdirAll(filepath.Dir(path), 0o750))
			must(t, os.WriteFile(path, []byte(tt.text), 0o640))
			other := filepath.Join(s.o.Dir, "web2/web2/access-2026-01-02.log")
			must(t, os.MkdirAll(filepath.Dir(other), 0o750))
			must(t, os.WriteFile(other, nil, 0o640))
			if tt.untold {
				defer s.noSpool()()
			}
			c.keeper.day.Store(int32(place.DayOf(time.Now())))
			if err := c.keeper.pass(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
			if !testbed.Exists(path) || testbed.Exists(other) != tt.untold || testbed.Exists(filepath.Dir(other)) != tt.untold {
				t.Error("the one was removed, or the other was not, with its directory")
			}
			s.end(c)
		})
	}
}

// TestHostsAreWaitedFor: a sender that must be there, and was never heard, is told of under the name that it would have.
func TestHostsAreWaitedFor(t *testing.T) {
	s := newSite(t)
	s.o.Hosts, s.o.Silence = []string{"WEB9.example.com"}, time.Minute
	c := s.begin()
	c.book.Sweep(time.Now().Add(s.o.Silence))
	s.end(c)
	s.expectTold("host.silent sender=web9.example.com time=never")
}

// TestClosesAll: a collector that has ended has no file open, whatever it has done.
func TestClosesAll(t *testing.T) {
	s := newSealed(t)
	s.o.Keep, s.o.Compress = time.Hour, true
	for range 2 {
		c := s.begin()
		s.put("web1", message(1, s.number, "a"))
		s.put("web1", message(1, 1, "a"))
		s.step(c)
		s.record(c)
		for name, text := range map[string]string{"access-2026-01-02.log": "a\n", "access-2026-01-03.log.gz": string(gzipped(t, "a\n"))} {
			must(t, os.WriteFile(filepath.Join(s.o.Dir, "web1/web1", name), []byte(text), 0o640))
		}
		c.keeper.day.Store(int32(place.DayOf(s.received)))
		must(t, c.keeper.pass(t.Context()))
		c.known.log.Close()
		must(t, c.commit())
		s.w.Close()
		s.end(c)
		if left := s.open(); len(left) > 0 {
			t.Errorf("open: %q", left)
		}
		s.w = spool.NewWriter(spool.WriterOptions{Dir: s.stateDir.Spool(), Host: "log1", Messages: true})
	}
}

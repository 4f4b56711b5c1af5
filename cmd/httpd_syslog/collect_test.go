package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// centre is the use of the program at a central server.
type centre struct {
	*site
	address string
	files   string
	service *front
	cables  []*testbed.Cable // of its connections, of tests that cut them
}

// newCentre returns one that collects what comes over TCP; more is the rest of [collect].
func newCentre(t *testing.T, more string) *centre {
	t.Helper()
	c := &centre{site: newSite(t), address: testbed.FreeAddress(t)}
	c.files = filepath.Join(c.dir, "central")
	c.configure("hostname = \"log1.example.com\"\n%s[[listen]]\nurl = \"tcp://%s\"\ncollect = true\n[collect]\ndir = %q\n%s", c.places(), c.address, c.files, more)
	return c
}

func (c *centre) begin() { c.service = c.serve() }

// killed kills the service, and begins another one.
func (c *centre) killed() {
	c.t.Helper()
	_ = c.service.cmd.Process.Kill()
	<-c.service.exited
	c.begin()
}

// newSender returns a site that relays to the centre.
func (c *centre) newSender(n int) *site {
	s := newSite(c.t)
	s.configure("hostname = \"web%d.example.com\"\n%s%s[[relay]]\nname = \"central\"\nservers = [\"tcp://%s\"]\n", n, s.places(), seals, c.address)
	return s
}

// collected are the lines of the central files of a host and a stream, day by day.
func (c *centre) collected(host, stream string) []string {
	c.t.Helper()
	return split(c.t, c.collectedSoFar(host, stream))
}

// textsOf are the texts of messages with numbers, and the rows that they are of.
func textsOf(t *testing.T, messages []string) (texts, numbers []string) {
	t.Helper()
	for _, m := range messages {
		words := strings.SplitN(m, " ", 8)
		head, text, ok := strings.Cut(m, `"]`) // a blank follows, or nothing where there is no text
		if len(words) < 8 || !ok {
			t.Fatalf("not a message with a number: %q", m)
		}
		texts = append(texts, strings.TrimPrefix(text, " "))
		numbers = append(numbers, words[4]+" "+words[5]+head[strings.LastIndexByte(head, '"'):])
	}
	return texts, numbers
}

// checkCollected holds that each line and each event of a sender is in the central files once, and each
// writer's in its order; what the feed has beyond that, intakes that were killed had in hand.
func (c *centre) checkCollected(s *site, host string, f *feed) (lines int) {
	c.t.Helper()
	got, numbers := textsOf(c.t, c.collected(host, "access"))
	byWriter := map[string][]string{}
	seen := map[string]bool{}
	for i, n := range numbers {
		if seen[n] {
			c.t.Errorf("%s: %s is there twice: %s", host, n, got[i])
		}
		seen[n] = true
		writer, _, _ := strings.Cut(n, " ")
		byWriter[writer] = append(byWriter[writer], got[i])
	}
	f.checkWriters(host, byWriter)
	want := s.logged("access_log")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		c.t.Errorf("%s: %d lines in the central files, %d in the local ones", host, len(got), len(want))
	}
	return len(want)
}

// checkWriters holds that writers, one behind the other, have the lines of the feed in its order, each once.
// Where an intake was killed lines may be missing that it had in hand: it has read them, and not written them.
// The next one then begins within a line.
func (f *feed) checkWriters(host string, writers map[string][]string) {
	f.t.Helper()
	type part struct{ first, last int }
	var parts []part
	var tails []string
	for writer, texts := range writers {
		p := part{-1, -1}
		for i, text := range texts {
			n, whole := number(text)
			switch {
			case i == 0 && !whole:
				tails = append(tails, text)
				continue
			case !whole || p.last >= 0 && n != p.last+1:
				f.t.Errorf("%s: %q of %s behind line %d", host, text, writer, p.last)
			}
			if p.last = n; p.first < 0 {
				p.first = n
			}
		}
		if p.last >= 0 {
			parts = append(parts, p)
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.first, b.first) })
	parts = append(parts, part{f.lines, f.lines})
	next, lost := 0, outcome{torn: len(tails)}
	for _, p := range parts {
		if p.first < next {
			f.t.Errorf("%s: line %d is of two writers", host, p.first)
		}
		for n := next; n < p.first; n++ {
			lost.lost = append(lost.lost, n)
		}
		next = p.last + 1
	}
	for _, tail := range tails {
		if !slices.ContainsFunc(lost.lost, func(n int) bool { return isTail(tail, n) }) {
			f.t.Errorf("%s: %q is not the rest of a line that was in hand", host, tail)
		}
	}
	if lost.lostBytes() > f.killed*oneFrame || lost.torn > f.killed {
		f.t.Errorf("%s: %d bytes lost, %d lines torn: that is more than the frames in hand of %d intakes", host, lost.lostBytes(), lost.torn, f.killed)
	}
}

// isTail reports whether a text is the end of a line of a feed, and not all of it.
func isTail(text string, n int) bool {
	line := fmt.Sprintf("line %d%s", n, feedEnd)
	return len(text) < len(line) && strings.HasSuffix(line, text)
}

// TestCollectorKills: 60 kills -9 at random, of intakes, deliverers and the collector's service, while three
// senders write over TCP: each line of each sender is in the central files once, in its writer's order.
func TestCollectorKills(t *testing.T) {
	t.Parallel()
	const kills, lines, senders = 60, 120_000, 3
	t.Logf("-seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 7))
	c := newCentre(t, "")
	c.begin()
	var sites []*site
	var feeds []*feed
	var fronts []*front
	for n := range senders {
		s := c.newSender(n + 1)
		f, w := s.pipe()
		sites, fronts, feeds = append(sites, s), append(fronts, f), append(feeds, &feed{t: t, w: w})
	}
	count := map[string]int{}
	for range kills {
		for range 10 {
			for _, f := range feeds {
				f.write(lines / kills / 10 / senders)
			}
			time.Sleep(time.Duration(r.Int64N(int64(20 * time.Millisecond)))) // so that the kill comes at any moment
		}
		victim := []string{"intake", "deliver", "collector"}[r.IntN(3)]
		n := r.IntN(senders)
		if pids := sites[n].pids(victim); victim != "collector" && len(pids) > 0 {
			_ = syscall.Kill(pids[len(pids)-1], syscall.SIGKILL) // it may just have ended
			if count[victim]++; victim == "intake" {
				feeds[n].killed++
			}
			continue
		}
		c.killed()
		count["collector"]++
	}
	for n, s := range sites {
		feeds[n].w.Close()
		fronts[n].wait(0)
		again, w := s.pipe()
		feeds[n].w = w
		feeds[n].write(1)
		w.Close()
		again.wait(0)
		s.awaitEnd()
	}
	c.endWhenDone(sites)
	total := 0
	for n, s := range sites {
		total += c.checkCollected(s, fmt.Sprintf("web%d.example.com", n+1), feeds[n])
	}
	t.Logf("%d lines, kills %v", total, count)
}

// endWhenDone ends the service when the lines of each sender are in the central files. The last one mostly ends them;
// a relay that is in doubt about a message sends one of another writer first, which can be that.
func (c *centre) endWhenDone(sites []*site) {
	c.t.Helper()
	for n, s := range sites {
		want := s.logged("access_log")
		host := fmt.Sprintf("web%d.example.com", n+1)
		count := c.counter(host, "access")
		testbed.Eventually(c.t, "the lines of "+host, func() bool {
			return c.endsWith(host, "access", "] "+want[len(want)-1]+"\n") || count() >= len(want)
		})
	}
	c.service.endService()
}

// counter counts the lines of the central files of a host and a stream, at each call those that are new.
func (c *centre) counter(host, stream string) func() (lines int) {
	type counted struct {
		size  int64
		lines int
	}
	files := map[string]counted{}
	return func() (lines int) {
		names, _ := filepath.Glob(filepath.Join(c.files, "*", host, stream+"-*.log")) // the pattern is good
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || info.Size() < files[name].size {
				files[name] = counted{} // it was cut back
			}
			if f, err := os.Open(name); err == nil {
				b, _ := io.ReadAll(io.NewSectionReader(f, files[name].size, 1<<40))
				f.Close()
				files[name] = counted{files[name].size + int64(len(b)), files[name].lines + bytes.Count(b, []byte("\n"))}
			}
			lines += files[name].lines
		}
		return lines
	}
}

// collectedSoFar is the text of the central files of a host and a stream, day by day; it may end within a line that is
// being written.
func (c *centre) collectedSoFar(host, stream string) (text string) {
	names, _ := filepath.Glob(filepath.Join(c.files, "*", host, stream+"-*.log")) // the pattern is good
	slices.Sort(names)
	for _, name := range names {
		b, _ := os.ReadFile(name) // it is there
		text += string(b)
	}
	return text
}

// endsWith reports whether the last central file of a host and a stream ends so. It reads no more than that: to read
// large files again and again takes from the collector what it needs.
func (c *centre) endsWith(host, stream, end string) bool {
	names, _ := filepath.Glob(filepath.Join(c.files, "*", host, stream+"-*.log")) // the pattern is good
	if len(names) == 0 {
		return false
	}
	f, err := os.Open(slices.Max(names))
	if err != nil {
		return false
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size < int64(len(end)) {
		return false
	}
	got := make([]byte, len(end))
	_, err = f.ReadAt(got, size-int64(len(end)))
	return err == nil && string(got) == end
}

// say sends bytes to the centre over a connection of its own.
func (c *centre) say(text string) {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
	conn.Close()
}

// TestCollectorMisses: numbers that do not come and a sender that falls silent are an event each, and stand in
// the status, whose check fails; what comes late is told too.
func TestCollectorMisses(t *testing.T) {
	t.Parallel()
	c := newCentre(t, "grace = \"1s\"\nsilence = \"1s\"\n")
	c.begin()
	line := func(n int) string {
		return fmt.Sprintf("<141>1 2026-11-27T03:28:28.000000Z web1 httpd 4711-019ac2f4a1b9f3a1 access [meta sequenceId=\"%d\"] x\n", n)
	}
	check := func() (string, int) {
		out, err := c.command(nil, "status", "--check", "--config", c.config).Output()
		code := 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		}
		return string(out), code
	}
	c.say(line(1) + line(2) + line(5))
	c.awaitEvent("event=gap.open incident=")
	c.awaitEvent("event=host.silent incident=")
	testbed.Eventually(t, "both in the check", func() bool {
		out, code := check()
		return code == 2 && strings.Contains(out, "lines of senders are missing: 2 numbers did not come") && strings.Contains(out, "senders are silent: 127.0.0.1")
	})
	c.say(line(4) + line(3))
	c.awaitEvent("127.0.0.1 is heard again")
	c.awaitEvent("all numbers that did not come in time have come, or are explained")
	if !strings.Contains(c.local("audit_log"), "writer=019ac2f4a1b9f3a1 first=3 last=4") {
		t.Error(c.local("audit_log"))
	}
	out, err := c.command(nil, "status", "--config", c.config).Output()
	if !strings.Contains(string(out), "collected in "+c.files) || !strings.Contains(string(out), "127.0.0.1: ") {
		t.Errorf("%s, %v", out, err)
	}
	c.service.endService()
}

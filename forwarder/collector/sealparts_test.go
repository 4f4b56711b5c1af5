package collector

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/place"
)

// TestCutBeforeItIsSealed: a file that others empty, and that is written to again, while others are sealed has nothing in
// this seal: what it has now is not recorded.
func TestCutBeforeItIsSealed(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.put("web2", message(2, 1, "a"))
	s.step(c)
	must(t, c.commit())
	must(t, c.beginSeal())
	name := "web1/web1/access-" + place.DayOf(s.received).String() + ".log"
	must(t, os.Truncate(filepath.Join(s.o.Dir, name), 0))
	c.set.Close() // and it is opened again
	s.put("web1", message(1, 2, "b"), message(1, 3, "longer than what was there"))
	s.step(c)
	for c.state.seals.sealer.Reads() {
		c.sealSome()
	}
	if list := string(s.read(place.List(place.DayOf(time.Now())))); strings.Contains(list, name) || !strings.Contains(list, " web2/") {
		t.Errorf("sealed:\n%s", list)
	}
	s.record(c)
	s.end(c)
	s.expectTold("collect.gone")
	s.checkSeals()
}

// TestRepeatsAreSealed: a line of the day before that comes again makes nothing that waits for its seal.
func TestRepeatsAreSealed(t *testing.T) {
	s := newSealed(t)
	today := place.DayOf(time.Now())
	s.received = today.Begin().Add(-time.Hour)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	c.state.day = today // as commitDue does
	must(t, c.commit())
	s.record(c)
	s.record(c)
	if c.set.Names() != 0 {
		t.Error("a file that is sealed is kept")
	}
	s.received = time.Now()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	s.expect("web1/*/*", "a")
	c.publish()
	if got := c.Progress.CollectHealth().Seals; got.Files != 0 || got.Bytes != 0 || !got.Since.IsZero() {
		t.Errorf("not sealed: %+v", got)
	}
	s.end(c)
}

// TestFileIsLookedAtFirst: a file of the day before that was looked at before anything was written to it is sealed as any
// other, each byte once, as long as that day may get lines.
func TestFileIsLookedAtFirst(t *testing.T) {
	s := newSealed(t)
	today := place.DayOf(time.Now())
	c := s.begin()
	c.state.day = today - 1
	elsewhere := func(n uint64, text string) string {
		return strings.Replace(message(1, n, text), " access ", " error ", 1)
	}
	s.put("web1", message(1, 1, "a"), elsewhere(1, "another text")) // which is looked for, the day before too
	s.step(c)
	s.received = today.Begin().Add(-time.Hour)
	for n := range uint64(3) {
		s.put("web1", elsewhere(n+2, "late"))
		s.step(c)
		must(t, c.commit())
		must(t, sealAll(c))
		must(t, c.commit()) // lets go of what is done with
	}
	s.end(c)
	s.expect("web1/web1/error-"+(today-1).String()+".log", "late", "late", "late")
	s.checkSeals()
}

// TestDaysBeforeUnsealedOnes: files of days before that of one that waits for its seal are packed all the same, after a
// start too: that the disk is full may be why nothing is sealed, and then old files must go.
func TestDaysBeforeUnsealedOnes(t *testing.T) {
	s := newSealed(t)
	s.o.Compress = true
	today := place.DayOf(time.Now())
	write := func(c *Collector, day place.Day) {
		c.state.day, s.received = day, day.Begin().Add(time.Hour)
		s.foreign("a line")
		s.step(c)
		s.record(c)
	}
	c := s.begin()
	write(c, today-2)
	s.end(c)
	lists, aside := filepath.Join(s.o.Dir, place.SealsDir), filepath.Join(t.TempDir(), "lists")
	must(t, os.Rename(lists, aside))
	must(t, os.WriteFile(lists, nil, 0o640))
	c = s.begin()
	write(c, today-1)
	c.state.day, c.state.dirty = today, true // as commitDue does
	s.record(c)
	must(t, c.keeper.pass(t.Context()))
	for day, suffix := range map[place.Day]string{today - 2: ".log.gz", today - 1: ".log"} {
		if _, err := os.Lstat(filepath.Join(s.o.Dir, "db1/db1/_-"+day.String()+suffix)); err != nil {
			t.Error(err)
		}
	}
	must(t, os.Remove(lists))
	must(t, os.Rename(aside, lists))
	s.record(c)
	s.end(c)
	s.expectTold("collect.unsealed", "collect.sealed")
	s.verified()
}

// TestSealedWhenItReturns: what a file had that could not be read at a start is sealed when it can be, though nothing
// comes meanwhile.
func TestSealedWhenItReturns(t *testing.T) {
	s := newSealed(t)
	c := s.begin()
	s.put("web1", message(1, 1, "a"))
	s.step(c)
	must(t, c.commit())
	s.kill(c)
	path := filepath.Join(s.o.Dir, "web1/web1/access-"+place.DayOf(s.received).String()+".log")
	must(t, os.Rename(path, path+".aside"))
	must(t, os.Mkdir(path, 0o750))
	c = s.begin()
	s.record(c)
	must(t, os.Remove(path))
	must(t, os.Rename(path+".aside", path))
	s.record(c)
	s.end(c)
	s.expectTold("collect.elsewhere", "collect.in_place")
	if n := s.checkSeals(); n != 1 {
		t.Errorf("%d seals", n)
	}
}

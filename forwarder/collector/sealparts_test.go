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

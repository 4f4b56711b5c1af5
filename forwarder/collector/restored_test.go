package collector

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"httpd-syslog/forwarder/collector/place"
	"httpd-syslog/forwarder/spool"
)

// TestStateRestoredFromBeforeADayWasPacked: files and lists that are packed since then are there: nothing is short, the
// chain goes on, and where files have more than the record says that is told.
func TestStateRestoredFromBeforeADayWasPacked(t *testing.T) {
	for name, tt := range map[string]struct {
		more  string
		told  []string
		seals int
	}{
		"more":    {"b", []string{"collect.older"}, 4},
		"as much": {"", nil, 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSealed(t)
			s.o.Compress = true
			copied := string(s.stateDir) + ".copy"
			write := func(c *Collector, text string) {
				s.put("web1", message(1, s.number, text))
				s.step(c)
				s.record(c)
			}
			c := s.begin()
			write(c, "a")
			s.end(c)
			must(t, os.CopyFS(copied, os.DirFS(string(s.stateDir))))
			c = s.begin()
			if tt.more != "" {
				write(c, tt.more)
			}
			today := place.DayOf(s.received)
			c.state.day, c.state.dirty = today+1, true // as commitDue does
			s.record(c)
			s.record(c)
			must(t, c.keeper.pass(t.Context()))
			s.received = s.received.Add(24 * time.Hour)
			write(c, "another day")
			s.end(c)
			must(t, os.RemoveAll(string(s.stateDir)))
			must(t, os.Rename(copied, string(s.stateDir)))
			s.told = nil
			c = s.begin()
			s.step(c)
			s.record(c)
			c.state.day = today + 1
			s.w.Close() // that of the directory which is gone
			s.w = spool.NewWriter(spool.WriterOptions{Dir: s.stateDir.Spool(), Host: "log1", Messages: true})
			write(c, "behind the backup")
			s.end(c)
			s.expectTold(tt.told...)
			if n := len(s.seals()); n != tt.seals {
				t.Errorf("%d seals", n)
			}
			for _, name := range []string{"web1/web1/access-" + today.String() + ".log", place.List(today)} {
				if _, err := os.Lstat(filepath.Join(s.o.Dir, name)); err == nil {
					t.Errorf("%s was begun anew", name)
				}
			}
		})
	}
}

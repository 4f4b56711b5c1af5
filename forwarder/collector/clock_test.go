package collector

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
)

// life is what a collector does while the clock shows so many days behind that of a bubble.
func (s *site) life(t *testing.T, days int, do func(c *Collector)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		time.Sleep(time.Duration(days)*24*time.Hour + time.Hour)
		s.received = time.Now()
		do(s.begin())
	})
}

// foreign puts a line of another program into the spool. It has no number.
func (s *site) foreign(text string) {
	s.put("db1", fmt.Sprintf("<13>1 %s db1 su 5 - - %s", s.received.UTC().Format("2006-01-02T15:04:05.000000Z"), text))
}

// linesOf are the lines of all files of a sender, packed ones too, in the order of days; sep is before the texts.
func (s *site) linesOf(sender, sep string) (texts []string) {
	s.t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.o.Dir, sender, "*/*"))
	must(s.t, err)
	for _, path := range paths {
		_, err := archive.Read(s.t.Context(), path, func(b archive.Block) error {
			for line := range strings.Lines(string(b.Data)) {
				_, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), sep)
				texts = append(texts, text)
			}
			return nil
		})
		must(s.t, err)
	}
	return texts
}

// recordLater makes a record when a seal is due.
func (s *site) recordLater(c *Collector) {
	time.Sleep(time.Minute)
	s.record(c)
	time.Sleep(time.Minute)
	s.record(c)
}

// verified holds that verify finds nothing in the files, with the events that were told, but what codes say.
func (s *site) verified(codes ...string) {
	s.t.Helper()
	logDir := filepath.Join(s.t.TempDir(), "log")
	testbed.WriteFile(s.t, filepath.Join(logDir, "audit_log"), string(s.auditLog()))
	r, err := verify.Run(s.t.Context(), verify.Options{Central: []string{s.o.Dir}, CentralDir: s.o.Dir, CentralLog: logDir})
	must(s.t, err)
	r.Findings = slices.DeleteFunc(r.Findings, func(f finding.Finding) bool { return slices.Contains(codes, string(f.Code)) })
	if len(r.Findings) > 0 || len(r.Unchecked) > 0 || r.Counts.Central == 0 {
		s.t.Errorf("verify: %d bytes are as they were sealed\n%+v\nnot checked %q\nnotes %q", r.Counts.Central, r.Findings, r.Unchecked, r.Notes)
	}
}

// auditLog are the events as the local log writes them.
func (s *site) auditLog() (text []byte) {
	s.t.Helper()
	s.eachEvent(func(f *spool.Frame) { text = stream.AppendEvent(text, f, f.Payload) })
	return text
}

// TestClockIsStepped: the clock of a collector's machine goes days forward and back between its lives, of which
// some end with a kill -9. Each line is in the files once, and the files are as they were sealed.
func TestClockIsStepped(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]bool{"in good order": false, "killed": true} {
		t.Run(name, func(t *testing.T) {
			s := newSealed(t)
			s.o.Compress = true
			var want []string
			add := func(c *Collector, n int, done func()) {
				for i := range 3 {
					text := fmt.Sprintf("line %d.%d", n, i)
					want = append(want, text)
					s.foreign(text)
					s.put("web1", message(1, uint64(3*n+i+1), text))
					s.step(c)
					if i < 2 {
						done() // the last line is behind the record
					}
				}
			}
			for n, days := range []int{1000, 1005, 998, 1001, 1001, 990, 1006, 1007} {
				s.life(t, days, func(c *Collector) {
					add(c, n, func() { s.recordLater(c) })
					must(t, c.keeper.pass(t.Context()))
					if kill && n%2 == 0 {
						s.kill(c)
						return
					}
					s.end(c)
				})
			}
			s.life(t, 1008, func(c *Collector) {
				s.step(c)
				s.recordLater(c)
				s.recordLater(c)
				must(t, c.keeper.pass(t.Context()))
				s.end(c)
			})
			slices.Sort(want)
			for _, got := range [][]string{s.linesOf("db1", " - - "), s.linesOf("web1", "] ")} {
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("lines are\n%q, not\n%q", got, want)
				}
			}
			for _, text := range s.told {
				if !kill || !strings.Contains(text, "{event=collect.cut_back ") {
					t.Errorf("told: %s", text)
				}
			}
			s.verified("no_seal") // web1's own: there is none, and that is true
		})
	}
}

// TestSealAfterDaysOff: what was not sealed when a collector ended is sealed when it begins again, however many
// days later.
func TestSealAfterDaysOff(t *testing.T) {
	t.Parallel()
	for _, days := range []int{0, 1, 2, 30} {
		t.Run(fmt.Sprint(days), func(t *testing.T) {
			s := newSealed(t)
			s.o.Compress = true
			s.life(t, 1000, func(c *Collector) {
				s.foreign("sealed")
				s.step(c)
				s.recordLater(c)
				s.foreign("not sealed")
				s.step(c)
				s.end(c)
			})
			s.life(t, 1000+days, func(c *Collector) {
				s.foreign("later")
				s.step(c)
				s.recordLater(c)
				s.recordLater(c)
				must(t, c.keeper.pass(t.Context()))
				s.end(c)
			})
			if got := s.linesOf("db1", " - - "); !slices.Equal(got, []string{"sealed", "not sealed", "later"}) {
				t.Errorf("%q", got)
			}
			s.verified()
		})
	}
}

// TestDaysAreRemoved: over days, with seals, the files of days that are too old go, each with an event, and
// verify finds nothing in what is left: it knows where the others are.
func TestDaysAreRemoved(t *testing.T) {
	t.Parallel()
	s := newSealed(t)
	s.o.Compress, s.o.Keep = true, 3*24*time.Hour
	const days = 9
	for day := range days {
		s.life(t, 1000+day, func(c *Collector) {
			c.state.at = time.Time{}
			must(t, c.commitDue(true)) // the day has begun
			s.foreign(fmt.Sprint("line ", day))
			s.step(c)
			s.recordLater(c)
			must(t, c.keeper.pass(t.Context()))
			s.end(c)
		})
	}
	if got, want := s.linesOf("db1", " - - "), []string{"line 5", "line 6", "line 7", "line 8"}; !slices.Equal(got, want) {
		t.Errorf("lines are %q, not %q", got, want)
	}
	removed := strings.Count(string(s.auditLog()), "{event=collect.removed file=db1/db1/")
	if removed != days-4 {
		t.Errorf("%d removals are told", removed)
	}
	s.verified()
}

package rotate

import (
	"os"
	"path/filepath"
	"testing"
	"time"
	_ "time/tzdata"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	must(t, err)
	return loc
}

const wallFormat = "2006-01-02 15:04:05.999 -0700"

// TestPeriodBoundaries gives the last instant of one period and the first of the next.
func TestPeriodBoundaries(t *testing.T) {
	for _, c := range []struct {
		name, zone   string
		period       Period
		before, then string
	}{
		{"hour", "UTC", Hourly, "2026-11-22 14:59:59.999 +0000", "2026-11-22 15:00:00 +0000"},
		{"hour of a half-hour zone", "Asia/Kolkata", Hourly, "2026-11-22 14:59:59.999 +0530", "2026-11-22 15:00:00 +0530"},
		{"hour repeated", "Europe/Berlin", Hourly, "2026-10-25 02:59:59 +0200", "2026-10-25 02:00:00 +0100"},
		{"hour after the repeated", "Europe/Berlin", Hourly, "2026-10-25 02:59:59 +0100", "2026-10-25 03:00:00 +0100"},
		{"hour skipped", "Europe/Berlin", Hourly, "2026-03-29 01:59:59 +0100", "2026-03-29 03:00:00 +0200"},
		{"midnight", "Europe/Berlin", Daily, "2026-11-21 23:59:59.999 +0100", "2026-11-22 00:00:00 +0100"},
		{"midnight before a 25 h day", "Europe/Berlin", Daily, "2026-10-24 23:59:59 +0200", "2026-10-25 00:00:00 +0200"},
		{"midnight after it", "Europe/Berlin", Daily, "2026-10-25 23:59:59 +0100", "2026-10-26 00:00:00 +0100"},
		{"midnight after a 23 h day", "Europe/Berlin", Daily, "2026-03-29 23:59:59 +0200", "2026-03-30 00:00:00 +0200"},
		{"midnight that does not exist", "America/Sao_Paulo", Daily, "2018-11-03 23:59:59 -0300", "2018-11-04 01:00:00 -0200"},
		{"midnight put off by an hour", "America/Sao_Paulo", Daily, "2018-02-17 23:59:59 -0300", "2018-02-18 00:00:00 -0300"},
		{"first of two midnights", "America/Havana", Daily, "2026-10-31 23:59:59 -0400", "2026-11-01 00:00:00 -0400"},
		{"year", "UTC", Daily, "2026-12-31 23:59:59 +0000", "2027-01-01 00:00:00 +0000"},
		{"week", "Europe/Berlin", Weekly, "2026-11-22 23:59:59 +0100", "2026-11-23 00:00:00 +0100"},
		{"week after a 25 h Sunday", "Europe/Berlin", Weekly, "2026-10-25 23:59:59 +0100", "2026-10-26 00:00:00 +0100"},
		{"week over the year", "UTC", Weekly, "2027-01-03 23:59:59 +0000", "2027-01-04 00:00:00 +0000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, then := parse(t, c.zone, c.before), parse(t, c.zone, c.then)
			if a, b := c.period.start(before), c.period.start(then); a >= b {
				t.Errorf("%v (%d) and %v (%d) are one period", before, a, then, b)
			}
		})
	}
}

func TestWithinOnePeriod(t *testing.T) {
	for _, c := range []struct {
		name, zone string
		period     Period
		from, to   string
	}{
		{"never", "UTC", Never, "2000-01-01 00:00:00 +0000", "2026-01-01 00:00:00 +0000"},
		{"hour", "UTC", Hourly, "2026-11-22 15:00:00 +0000", "2026-11-22 15:59:59.999 +0000"},
		{"day", "UTC", Daily, "2026-11-22 00:00:00 +0000", "2026-11-22 23:59:59.999 +0000"},
		{"25 h day", "Europe/Berlin", Daily, "2026-10-25 00:00:00 +0200", "2026-10-25 23:59:59 +0100"},
		{"two midnights", "America/Havana", Daily, "2026-11-01 00:00:00 -0400", "2026-11-01 00:00:00 -0500"},
		{"Monday to Sunday", "UTC", Weekly, "2026-11-23 00:00:00 +0000", "2026-11-29 23:59:59 +0000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			from, to := parse(t, c.zone, c.from), parse(t, c.zone, c.to)
			if a, b := c.period.start(from), c.period.start(to); a != b {
				t.Errorf("%v (%d) and %v (%d) are two periods", from, a, to, b)
			}
		})
	}
}

func parse(t *testing.T, zoneName, wall string) time.Time {
	t.Helper()
	tm, err := time.Parse(wallFormat, wall)
	must(t, err)
	tm = tm.In(zone(t, zoneName))
	if got := tm.Format("-0700"); got != wall[len(wall)-5:] {
		t.Fatalf("%s is not a time of %s: it has %s there", wall, zoneName, got)
	}
	return tm
}

func TestPeriodString(t *testing.T) {
	for p, want := range map[Period]string{Never: "never", Hourly: "hourly", Daily: "daily", Weekly: "weekly", 7: "Period(7)"} {
		if p.String() != want {
			t.Errorf("%q, want %q", p.String(), want)
		}
	}
}

// clock is set by the test.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func TestDueByPeriod(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	c := &clock{time.Date(2026, 10, 25, 0, 0, 0, 0, berlin)}
	l := newLog(t, Options{Period: Daily, Now: c.now})
	must(t, l.Reopen())
	wantDue := func(n int, want bool) {
		t.Helper()
		if l.Due(n) != want {
			t.Fatalf("%v: Due(%d) = %v", c.Time, n, !want)
		}
	}
	c.Time = c.Add(30 * time.Hour)
	wantDue(1, false) // empty
	c.Time = time.Date(2026, 10, 25, 0, 0, 0, 0, berlin)
	put(t, l, "a\n")
	c.Time = c.Add(25*time.Hour - 1)
	wantDue(1, false)
	c.Time = c.Add(1)
	wantDue(1, true)
	wantDue(0, true) // idle
	must(t, l.Rotate())
	wantDue(0, false)
	put(t, l, "b\n")
	c.Time = c.Add(-time.Second) // the clock is stepped back over midnight
	wantDue(0, false)
	c.Time = c.Add(time.Second)
	wantDue(0, true) // and the file ends with the day it now is
	must(t, l.Rotate())
	put(t, l, "c\n")
	c.Time = c.AddDate(-3, 0, 0)
	wantDue(0, false)
	c.Time = c.AddDate(0, 0, 1)
	wantDue(0, true)
}

func TestDueForWhatAnEarlierProcessLeft(t *testing.T) {
	c := &clock{time.Date(2026, 11, 22, 9, 0, 0, 0, zone(t, "America/New_York"))}
	midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, c.Location())
	for _, tc := range []struct {
		name  string
		mtime time.Time
		want  bool
	}{
		{"yesterday", midnight.Add(-1), true},
		{"today", midnight, false},
		{"future", midnight.AddDate(1, 0, 0), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "access_log")
			must(t, os.WriteFile(path, []byte("a\nb\n"), 0o600))
			must(t, os.Chtimes(path, tc.mtime, tc.mtime))
			l := newLog(t, Options{Path: path, Period: Daily, MaxSize: 100, Now: c.now})
			if l.Due(0) != tc.want || !l.Due(97) {
				t.Fatal("not open: due", l.Due(0), l.Due(97))
			}
			must(t, l.Reopen())
			if l.Due(0) != tc.want {
				t.Fatal("open: due", l.Due(0))
			}
			must(t, l.Close())

			st, _ := lstat(path)
			r, err := l.Recover(Position{Dev: st.Dev, Ino: st.Ino, Size: 2}, nil)
			must(t, err)
			if r.Cut != 2 || l.Due(0) != tc.want {
				t.Fatalf("after Recover: %+v, due %v", r, l.Due(0))
			}
			must(t, l.Close())
			if l.Due(0) != tc.want {
				t.Fatal("the cut has changed the time that counts")
			}
			must(t, l.Rotate()) // without having been opened
			wantFile(t, backups(t, path)[0], "a\n")
			if l.Due(0) {
				t.Fatal("due after Rotate")
			}
		})
	}
}

func TestDueBySize(t *testing.T) {
	l := newLog(t, Options{MaxSize: 10})
	must(t, l.Reopen())
	if l.Due(1000) {
		t.Fatal("empty and due")
	}
	put(t, l, "12345")
	if l.Due(5) || !l.Due(6) {
		t.Fatal("not at 10 bytes")
	}
	put(t, l, "1234567") // the caller may write beyond
	if !l.Due(0) {
		t.Fatal("beyond and not due")
	}
}

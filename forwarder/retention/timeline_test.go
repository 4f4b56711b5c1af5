package retention

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata" // the machine may have none
)

const day = 24 * time.Hour

// machine is a machine's clocks, for a test to turn.
type machine struct {
	true time.Time // what time it is
	off  time.Duration
	up   time.Duration
	boot int
	zone *time.Location
}

func newMachine(t *testing.T, zone string) *machine {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return &machine{true: time.Date(2026, 1, 1, 0, 0, 0, 0, loc), zone: loc, up: time.Hour}
}

func (m *machine) reading() reading {
	return reading{wall: m.true.Add(m.off), uptime: m.up, boot: fmt.Sprint(m.boot), zone: m.zone}
}

func (m *machine) pass(d time.Duration) {
	m.true, m.up = m.true.Add(d), m.up+d
}

// reboot is one with the machine off for d.
func (m *machine) reboot(d time.Duration) {
	m.true, m.up = m.true.Add(d), 0
	m.boot++
}

// name is what the clock of the names shows, as if it were UTC.
func (m *machine) name() time.Time {
	w := m.true.Add(m.off).In(m.zone)
	return time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond()/1e6*1e6, time.UTC)
}

// rotation is one of a simulation.
type rotation struct {
	name    time.Time
	written time.Time // the last write before it, as the file system has it
	at      time.Time // what time it was
}

// TestTwoYearsOfHours: whatever summer time does to names, each file of an hour is kept for keep_age to the second.
func TestTwoYearsOfHours(t *testing.T) {
	for _, zone := range []string{"UTC", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Berlin", "Pacific/Apia", "Africa/Casablanca"} {
		t.Run(zone, func(t *testing.T) {
			m := newMachine(t, zone)
			var line timeline
			p := Policy{KeepAge: 365 * day}
			var files []rotation
			first := 0
			removed := 0
			for hour := 0; hour < 2*366*24; hour++ {
				m.pass(time.Hour - 40*time.Millisecond)
				written := m.true // with the last request of the hour
				m.pass(40*time.Millisecond + time.Duration(hour%900)*time.Microsecond)
				line.advance(m.reading())
				files = append(files, rotation{m.name(), written, m.true})
				for ; first < len(files) && m.true.Sub(files[first].at) >= 364*day; first++ {
					f := files[first]
					ours := line.rotatedAt(f.name, f.written, m.zone)
					if d := f.at.Sub(ours); d < 0 || d >= time.Second {
						t.Fatalf("%s in UTC, written last %v, was rotated at %v: taken for %v", f.name.Format(time.DateTime), f.written.UTC(), f.at.UTC(), ours.UTC())
					}
					all := []file{{rotated: ours}}
					if gone, next := p.expired(all, f.at.Add(365*day-time.Second)); len(gone) > 0 || next.Sub(f.at.Add(365*day)).Abs() >= time.Second {
						t.Fatalf("%v: removed a second too early, or next at %v", f.at, next)
					}
					if gone, _ := p.expired(all, f.at.Add(365*day)); len(gone) != 1 {
						t.Fatalf("%v: not removed in time", f.at)
					}
					removed++
				}
				m.pass(-time.Duration(hour%900) * time.Microsecond) // so that hours do not drift
			}
			if removed < 365*24 {
				t.Fatalf("%d files came to their end", removed)
			}
			if n := len(line.Names); n > 12 {
				t.Fatalf("%d segments", n)
			}
		})
	}
}

// TestClockIsStepped: no step makes a file older than what has passed; younger only one back, and only files of the
// time that the clock has shown twice.
func TestClockIsStepped(t *testing.T) {
	const year = 365 * day
	for name, steps := range map[string][]time.Duration{
		"forward":          {2 * year},
		"back":             {-2 * year},
		"forward and back": {2 * year, -2 * year},
		"back and forward": {-2 * year, 2 * year},
		"an hour":          {time.Hour, time.Hour, -time.Hour},
		"a minute":         {-time.Minute, time.Minute},
		"none":             {0},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, "America/Los_Angeles")
			var line timeline
			var files []rotation
			var twice time.Duration
			check := func(what string) {
				t.Helper()
				now, _, _ := line.advance(m.reading())
				for _, f := range files {
					age := now.Sub(line.rotatedAt(f.name, f.written, m.zone))
					if d := age - m.true.Sub(f.at); d > 2*time.Second || d < -2*time.Second-twice {
						t.Fatalf("%s: a file of %v counts as %v old", what, m.true.Sub(f.at), age)
					}
				}
			}
			rotate := func() {
				for range 5 {
					m.pass(time.Hour)
					line.advance(m.reading())
					files = append(files, rotation{m.name(), m.true.Add(m.off), m.true})
				}
			}
			rotate()
			for i, step := range steps {
				m.pass(time.Minute)
				check("before")
				m.off += step
				if step < 0 && -step <= time.Hour {
					twice = -step
				}
				m.pass(time.Minute)
				check(fmt.Sprint("step ", i))
				rotate()
				check(fmt.Sprint("rotations after step ", i))
				line = reread(t, line)
				m.pass(time.Hour) // with nobody there
				check("a restart")
			}
		})
	}
}

// reread is the timeline as a later process finds it.
func reread(t *testing.T, line timeline) timeline {
	line.Names = append([]segment(nil), line.Names...)
	return line
}

func TestClockAcrossBoots(t *testing.T) {
	const year = 365 * day
	m := newMachine(t, "Europe/Berlin")
	var line timeline
	line.advance(m.reading())
	name, at := m.name(), m.true
	age := func() time.Duration {
		now, _, _ := line.advance(m.reading())
		return now.Sub(line.rotatedAt(name, at, m.zone))
	}
	want := func(what string, d time.Duration) {
		t.Helper()
		if got := age(); (got - d).Abs() > time.Second {
			t.Fatalf("%s: %v old, want %v", what, got, d)
		}
	}
	m.pass(day)
	want("a day", day)
	m.reboot(2 * day)
	want("two days off", 3*day)
	m.off = -20 * year // its battery is empty
	m.reboot(time.Hour)
	want("a clock that begins anew", 3*day)
	m.pass(time.Minute)
	want("a minute later", 3*day+time.Minute)
	m.off = 0
	want("it is set", 3*day+time.Minute)
	m.pass(30 * day)
	want("a month", 33*day+time.Minute+time.Hour) // the hour off was believed with the rest
	m.off = 10 * year
	m.reboot(time.Minute)
	want("ten years ahead after a boot", 33*day+time.Minute+time.Hour)
	m.pass(6 * day)
	want("for six days", 39*day+time.Minute+time.Hour)
	m.off = 0
	m.pass(60 * day)
	want("set right in time", 99*day+time.Minute+time.Hour)
	m.reboot(100 * day)
	want("a hundred days off", 99*day+time.Minute+time.Hour)
	m.pass(standing - time.Hour)
	want("not for a week", 106*day+time.Minute)
	m.pass(time.Hour)
	want("then they count", m.true.Sub(at))
}

func TestNamesOfOlderPrograms(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ what, zone, name, written, want string }{
		{"in the zone", "America/Los_Angeles", "2026-11-25 17:00", "2026-11-26 00:59", "2026-11-26 01:00"},
		{"compressed a little later", "America/Los_Angeles", "2026-11-25 17:00", "2026-11-26 01:02", "2026-11-26 01:00"},
		{"idle before", "Asia/Kolkata", "2026-11-26 00:00", "2026-11-20 10:00", "2026-11-25 18:30"},
		{"touched later", "Asia/Kolkata", "2026-11-23 00:00", "2026-11-26 10:00", "2026-11-22 18:30"},
		{"the zone was Los Angeles'", "UTC", "2026-11-25 17:00", "2026-11-26 00:59", "2026-11-26 01:00"},
		{"the zone was UTC", "Asia/Kolkata", "2026-11-25 17:00", "2026-11-25 16:50", "2026-11-25 17:00"},
		{"twice: the later one", "America/Los_Angeles", "2026-11-01 01:30", "2026-11-01 07:00", "2026-11-01 09:30"},
		{"never", "America/Los_Angeles", "2026-03-08 02:30", "2026-03-08 09:00", "2026-03-08 10:30"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		var line timeline
		line.advance(reading{wall: at("2026-11-26 12:00"), zone: zone})
		if got := line.rotatedAt(at(c.name), at(c.written), zone); !got.Equal(at(c.want)) {
			t.Errorf("%s: %v, want %s", c.what, got.UTC(), c.want)
		}
	}
}

// TestZoneOfTheMachineChanges: names of before and after are told apart.
func TestZoneOfTheMachineChanges(t *testing.T) {
	m := newMachine(t, "America/Los_Angeles")
	var line timeline
	var files []rotation
	for i, zone := range []string{"Asia/Kolkata", "UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Tokyo"} {
		for range 30 {
			m.pass(time.Hour)
			line.advance(m.reading())
			files = append(files, rotation{m.name(), m.true.Add(-time.Millisecond), m.true})
		}
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(i, err)
		}
		m.zone = loc
	}
	line.advance(m.reading())
	for _, f := range files {
		if got := line.rotatedAt(f.name, f.written, m.zone); f.at.Sub(got).Abs() >= time.Second {
			t.Errorf("%v, taken for %v", f.at.UTC(), got.UTC())
		}
	}
}

func TestTimelineIsBounded(t *testing.T) {
	m := newMachine(t, "UTC")
	var line timeline
	for range 3 * maxSegments {
		m.off += time.Hour
		m.pass(time.Minute)
		line.advance(m.reading())
	}
	if n := len(line.Names); n != maxSegments {
		t.Fatalf("%d segments", n)
	}
}

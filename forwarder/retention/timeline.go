package retention

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// tolerance: a smaller move of the wall clock is a correction, and no step.
	tolerance = time.Second
	// standing is how long a clock that is ahead must stand so before it is believed, and the longest
	// that a machine may have been off for its clock to be believed at once.
	standing = 7 * 24 * time.Hour
	// maxSegments bounds the record: the oldest segments are forgotten.
	maxSegments = 1000
)

// reading is what the clocks of the machine say.
type reading struct {
	wall   time.Time
	uptime time.Duration // since the boot, suspension included; 0: not known
	boot   string        // which boot it is; "": not known
	zone   *time.Location
}

// readClocks reads the clocks of the machine.
func readClocks(zone *time.Location) reading {
	r := reading{wall: time.Now(), zone: zone}
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) == nil {
		r.uptime = time.Duration(ts.Nano())
	}
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without it each start counts as a boot
	r.boot = strings.TrimSpace(string(id))
	return r
}

// timeline tells how much time has passed, whatever has happened to the wall clock, and what the
// clock of the files' names showed when. "Own time" is the wall clock's less its steps. Times are
// in ns since 1970.
type timeline struct {
	Boot   string `json:"boot"`
	Uptime int64  `json:"uptime"` // at the last look
	Wall   int64  `json:"wall"`   // likewise
	// Ahead is by how much the wall clock is ahead of own time; negative: behind.
	Ahead int64     `json:"ahead"`
	Since int64     `json:"since"` // own time of the last change of Ahead
	Names []segment `json:"names"` // in order; never empty after the first look
}

// segment is a time in which the clock of the names was equally far from own time.
type segment struct {
	From   int64 `json:"from"` // own time
	Ahead  int64 `json:"ahead"`
	Offset int   `json:"offset"` // of the zone, seconds east of UTC
}

// advance brings the timeline up to now and returns own time. changed: the record must be written
// before a file gets a name. step is by how much the wall clock was stepped since the last look.
func (t *timeline) advance(r reading) (now time.Time, changed bool, step time.Duration) {
	wall := r.wall.UnixNano()
	if len(t.Names) > 0 {
		step = time.Duration(wall-t.Wall) - t.elapsed(r)
	}
	if step.Abs() < tolerance {
		step = 0
	}
	if step != 0 {
		t.Ahead += int64(step)
		t.Since = wall - t.Ahead
	}
	if t.Ahead > 0 && time.Duration(wall-t.Ahead-t.Since) >= standing {
		t.Ahead = 0
	}
	t.Boot, t.Uptime, t.Wall = r.boot, int64(r.uptime), wall
	_, offset := r.wall.In(r.zone).Zone()
	own := wall - t.Ahead
	return time.Unix(0, own), t.show(segment{own, t.Ahead, offset}) || step != 0, step
}

// elapsed is how much time has passed since the last look.
func (t *timeline) elapsed(r reading) time.Duration {
	if r.boot != "" && r.boot == t.Boot && int64(r.uptime) >= t.Uptime {
		return r.uptime - time.Duration(t.Uptime)
	}
	d := r.wall.Sub(time.Unix(0, t.Wall))
	if d < 0 || d > standing {
		return 0
	}
	return d
}

// show notes how the clock of the names stands from now on. It reports whether that is a change.
func (t *timeline) show(s segment) bool {
	if n := len(t.Names); n > 0 && t.Names[n-1].Ahead == s.Ahead && t.Names[n-1].Offset == s.Offset {
		return false
	}
	t.Names = append(t.Names[max(0, len(t.Names)+1-maxSegments):], s)
	return true
}

// rotatedAt is the own time at which the names' clock showed what a name says; clock is that as if it
// were UTC. Where summer time has the clock show it twice, the last write tells which: it was before the
// rotation, and the rotation before it has ended the file before. Where the clock was set back it is the
// later one.
func (t *timeline) rotatedAt(clock, written time.Time, zone *time.Location) time.Time {
	var found int64
	var wall time.Time // of found
	for i, s := range t.Names {
		at := clock.UnixNano() - s.Ahead - int64(s.Offset)*1e9
		if at < s.From-int64(tolerance) || at > t.until(i)+int64(tolerance) {
			continue
		}
		shown := time.Unix(0, at+s.Ahead)
		if wall.IsZero() || wall.Add(tolerance).Before(written) || shown.Sub(wall).Abs() < tolerance {
			found, wall = at, shown
		}
	}
	if wall.IsZero() {
		return unexplained(clock, written, zone).Add(time.Duration(-min(0, t.Ahead)))
	}
	return time.Unix(0, found)
}

// until is the own time at which a segment ends.
func (t *timeline) until(i int) int64 {
	if i+1 < len(t.Names) {
		return t.Names[i+1].From
	}
	return t.Wall - t.Ahead
}

// unexplained is the wall time of a rotation that the timeline knows nothing of. The name is read in
// the zone, where that leaves two times as the later one. A file cannot have been rotated before it
// was written last: where another zone explains that (they are whole quarters of an hour, from 12 hours
// behind UTC), it was that zone. A file that was touched later than that is as old as its name says.
func unexplained(clock, written time.Time, zone *time.Location) time.Time {
	const quarter, furthest = 15 * time.Minute, 12 * time.Hour
	at := lastIn(clock, zone)
	if late := written.Sub(at); late <= quarter || written.Sub(clock) > furthest {
		return at
	}
	steps := (written.Sub(clock) + furthest + quarter - 1) / quarter
	return clock.Add(steps*quarter - furthest)
}

// lastIn is the last time at which a zone's clock shows what clock shows as UTC.
func lastIn(clock time.Time, zone *time.Location) time.Time {
	const day = 24 * time.Hour
	var shown, possible []time.Time
	for _, near := range []time.Duration{-day, day} { // before a change of the zone's clock, and after
		_, offset := clock.Add(near).In(zone).Zone()
		at := clock.Add(time.Duration(-offset) * time.Second)
		possible = append(possible, at)
		if _, o := at.In(zone).Zone(); o == offset {
			shown = append(shown, at)
		}
	}
	if len(shown) == 0 {
		shown = possible // a time that the zone's clock leaves out
	}
	return slices.MaxFunc(shown, func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
}

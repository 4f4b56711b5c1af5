package retention

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Policy says how long rotated files are kept. Zero values are no limits.
type Policy struct {
	Keep     int           // files of a log, the newest
	KeepAge  time.Duration // since a file's rotation
	KeepSize int64         // bytes of all rotated files together; the oldest go first
	Compress bool
}

// Words are the limits as the configuration has them.
func (p Policy) Words() string {
	return fmt.Sprintf("keep_age %s, keep %d, keep_size %s", days(p.KeepAge), p.Keep, sizeKey(p.KeepSize))
}

// days writes a duration as the configuration has it.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == 0:
		return "0"
	case d%day != 0:
		return d.String()
	}
	return fmt.Sprintf("%dd", d/day)
}

// sizeKey writes a number of bytes as the configuration has it, rounded down to three digits or so.
func sizeKey(n int64) string {
	for _, u := range []struct {
		name  string
		bytes int64
	}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if n%u.bytes == 0 && n != 0 || n >= 100*u.bytes {
			return fmt.Sprintf("%d%s", n/u.bytes, u.name)
		}
	}
	return fmt.Sprint(n)
}

// bytesOf writes a number of bytes in a unit that everybody knows.
func bytesOf(n int64) string {
	v, unit := float64(n), "B"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if v < 1000 {
			break
		}
		v, unit = v/1000, next
	}
	if unit == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}

// expired returns which of one log's files go, and why, by age and count: files are in order, the
// oldest first. next is when the first of the others will be too old; zero: none will.
func (p Policy) expired(files []file, now time.Time) (gone []removal, next time.Time) {
	excess := 0
	if p.Keep > 0 {
		excess = max(0, len(files)-p.Keep)
	}
	for i, f := range files {
		end := f.rotated.Add(p.KeepAge)
		switch {
		case p.KeepAge > 0 && !now.Before(end):
			gone = append(gone, removal{f, fmt.Sprintf("older than keep_age (%s)", days(p.KeepAge))})
		case i < excess:
			gone = append(gone, removal{f, fmt.Sprintf("there are newer ones of its log, as many as keep (%d)", p.Keep)})
		case p.KeepAge > 0 && (next.IsZero() || end.Before(next)):
			next = end
		}
	}
	return gone, next
}

// oversized returns which of all files go because together they are larger than KeepSize: files are in
// order, the oldest first.
func (p Policy) oversized(files []file) (gone []removal) {
	total := sum(files)
	for _, f := range files {
		if p.KeepSize == 0 || total <= p.KeepSize {
			break
		}
		total -= f.size
		gone = append(gone, removal{f, fmt.Sprintf("one of the oldest where all are more than keep_size (%s)", sizeKey(p.KeepSize))})
	}
	return gone
}

// removal is a file that is to go.
type removal struct {
	file
	why string
}

// wouldFree says in words what a shorter retention would free. files are in order, the oldest first.
func (p Policy) wouldFree(files []file, now time.Time) string {
	const day = 24 * time.Hour
	var words []string
	for part := time.Duration(2); part <= 8; part *= 2 {
		age := now.Sub(files[0].rotated) / part / day * day
		if age < day {
			break
		}
		n, _ := slices.BinarySearchFunc(files, now.Add(-age), func(f file, t time.Time) int { return f.rotated.Compare(t) })
		words = append(words, fmt.Sprintf("keep_age = %q would free %s", days(age), bytesOf(sum(files[:n]))))
	}
	words = append(words, fmt.Sprintf("keep_size = %q would free %s", sizeKey(sum(files)/2), bytesOf(sum(files)/2)))
	if !p.Compress {
		words = append(words, "compress = true would make them smaller")
	}
	return "[log] " + strings.Join(words, ", ")
}

func sum(files []file) (total int64) {
	for _, f := range files {
		total += f.size
	}
	return total
}

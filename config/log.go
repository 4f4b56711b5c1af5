package config

import (
	"io/fs"
	"time"
)

// Log is the local log: one file per stream, rotated.
type Log struct {
	// Dir is where the files are. An absolute, clean path.
	Dir string
	// MaxSize rotates a file before it grows beyond so many bytes: 64 KiB to 1 TiB.
	MaxSize int64
	// Rotate rotates at the turn of each period, whatever the size.
	Rotate Period
	// Keep is how many rotated files are kept, 0 to 100,000. 0: no limit by count.
	Keep int
	// KeepDays is after how many days a rotated file is deleted, 0 to 36,500 (keep_age in the
	// file). 0: no limit by age.
	KeepDays int
	// KeepSize is how many bytes all rotated files together may have; beyond it the oldest are deleted: at
	// least MaxSize, at most 1 PiB. 0: no limit by size.
	KeepSize int64
	// Compress compresses rotated files.
	Compress bool
	// Mode is the permission of new files. The owner can always read and write, others can
	// never write.
	Mode fs.FileMode
}

// Period is how often files are rotated regardless of their size. Periods begin at local midnight
// or the full hour.
type Period int

// The periods.
const (
	Never Period = iota
	Hourly
	Daily
	Weekly
)

var periodNames = []string{"never", "hourly", "daily", "weekly"}

// String returns the period as the file has it.
func (p Period) String() string { return nameOf(periodNames, int(p)) }

const maxKeepDays = 36500

func defaultLog() Log {
	return Log{
		Dir:      "/var/log/httpd-syslog",
		MaxSize:  100e6,
		Rotate:   Daily,
		KeepDays: 365,
		Compress: true,
		Mode:     0o640,
	}
}

func (l *Log) fields() []field {
	return []field{
		{"dir", directory(&l.Dir)},
		{"max_size", size(&l.MaxSize, 64*kib, 1024*gib)},
		{"rotate", choice(&l.Rotate, periodNames)},
		{"keep", number(&l.Keep, 0, 100_000)},
		{"keep_age", days(&l.KeepDays)},
		{"keep_size", size(&l.KeepSize, 0, 1024*1024*gib)},
		{"compress", boolean(&l.Compress)},
		{"mode", mode(&l.Mode)},
	}
}

// days reads a duration that must be whole days.
func days(dst *int) func(value) {
	return func(v value) {
		var d time.Duration
		if !v.duration(&d) {
			return
		}
		switch n := d / day; {
		case d%day != 0:
			v.fail("%s is not a whole number of days (write \"7d\")", v.quoted())
		case n > maxKeepDays:
			v.fail("%s is too long (at most \"%dd\"; \"0\" keeps files whatever their age)", v.quoted(), maxKeepDays)
		default:
			*dst = int(n)
		}
	}
}

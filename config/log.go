package config

import (
	"io/fs"
	"time"

	"httpd-syslog/config/strict"
	"httpd-syslog/config/unit"
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

func (l *Log) fields() []strict.Field {
	return []strict.Field{
		strict.Key("dir", "/var/log/httpd-syslog", directory(&l.Dir)),
		strict.Key("max_size", "100MB", unit.Size(&l.MaxSize, 64*unit.KiB, 1024*unit.GiB)),
		strict.Key("rotate", "daily", strict.Choice(&l.Rotate, periodNames)),
		strict.Key("keep", 0, strict.Number(&l.Keep, 0, 100_000)),
		strict.Key("keep_age", "365d", days(&l.KeepDays)),
		strict.Key("keep_size", "0", unit.Size(&l.KeepSize, 0, 1024*1024*unit.GiB)),
		strict.Key("compress", true, strict.Bool(&l.Compress)),
		strict.Key("mode", "0640", unit.Mode(&l.Mode)),
	}
}

// days reads a duration that must be whole days.
func days(dst *int) func(strict.Value) {
	return func(v strict.Value) {
		var d time.Duration
		if !unit.ReadDuration(v, &d) {
			return
		}
		switch n := d / unit.Day; {
		case d%unit.Day != 0:
			v.Failf("%s is not a whole number of days (write \"7d\")", v.Quoted())
		case n > maxKeepDays:
			v.Failf("%s is too long (at most \"%dd\"; \"0\" keeps files whatever their age)", v.Quoted(), maxKeepDays)
		default:
			*dst = int(n)
		}
	}
}

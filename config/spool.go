package config

import (
	"time"

	"httpd-syslog/config/strict"
	"httpd-syslog/config/unit"
)

// Spool bounds what waits for delivery.
type Spool struct {
	// MaxSize is the most that waits on the disk, in bytes: 1 MiB to 1 EB, and at least 16 times
	// MaxLine. Beyond it a relay loses its oldest lines, which the local log has.
	MaxSize int64
	// Memory is the most an intake holds while the disk is stalled or full, in bytes: 1 MiB to
	// 1 GiB, and at least four times MaxLine.
	Memory int64
	// Full is what an intake does when Memory is used up (when_full in the file).
	Full WhenFull
	// Sync is how soon lines must be on the disk: 1 ms to 1 hour. 0: never forced there.
	Sync time.Duration
	// MaxLine is where longer lines are cut, in bytes: 1 KiB to 1 MiB.
	MaxLine int
}

// WhenFull says what gives way when memory is used up: the newest lines or the web server.
type WhenFull int

const (
	// Drop gives up the newest lines, counted and reported. The web server never waits.
	Drop WhenFull = iota
	// Block stops reading: no line is lost, and the web server waits.
	Block
)

var whenFullNames = []string{"drop", "block"}

// String returns w as the file has it.
func (w WhenFull) String() string { return nameOf(whenFullNames, int(w)) }

const exabyte = 1e18

func (s *Spool) fields() []strict.Field {
	return []strict.Field{
		strict.Key("max_size", "10GB", unit.Size(&s.MaxSize, unit.MiB, exabyte)),
		strict.Key("memory", "16MB", unit.Size(&s.Memory, unit.MiB, unit.GiB)),
		strict.Key("when_full", "drop", strict.Choice(&s.Full, whenFullNames)),
		strict.Key("sync", "1s", s.readSync),
		strict.Key("max_line", "128KiB", unit.Size(&s.MaxLine, unit.KiB, unit.MiB)),
	}
}

// readSync is a duration with bounds, or 0.
func (s *Spool) readSync(v strict.Value) {
	var d time.Duration
	if !unit.ReadDuration(v, &d) {
		return
	}
	if d != 0 && (d < time.Millisecond || d > time.Hour) {
		v.Failf("%s is out of range (\"1ms\" to \"1h\", or \"0\" for never)", v.Quoted())
		return
	}
	s.Sync = d
}

package locallog

import (
	"cmp"
	"time"

	"httpd-syslog/forwarder/idle"
)

// Timing is how long the local log waits for what nothing tells it of. The zero value is for
// production; tests shorten it.
type Timing struct {
	// Tick is how long the local log waits between two attempts to write what cannot be written,
	// and between two looks whether a rotation is due by time; 0: idle.Tick.
	Tick time.Duration
	// Nap is the least time between two looks at the spool. Nobody waits for a line of the local log
	// as for one at the server, and one write for many lines costs the machine less than a write for
	// each. 0: 20 ms.
	Nap time.Duration
}

func (t Timing) tick() time.Duration { return cmp.Or(t.Tick, idle.Tick) }

func (t Timing) nap() time.Duration { return cmp.Or(t.Nap, 20*time.Millisecond) }

package forwarder

import (
	"cmp"
	"time"

	"httpd-syslog/forwarder/idle"
)

// Timing is how long a deliverer waits for what nothing tells it of. The zero value is for
// production; tests shorten it. The local log and the relays have timings of their own.
type Timing struct {
	// Tick is how often the deliverer looks while there is anything to do; 0: idle.Tick. Consumers
	// commit twice as often.
	Tick time.Duration
	// Quiet is how long there must be nothing to do before a deliverer ends: a web server that
	// restarts opens its logs twice, within a second or so. 0: 900 ms.
	Quiet time.Duration
	// CalmDrain is how long a drain may take while nobody waits for it: a drain that is cut short
	// sends lines again that a slow server has got already and not read yet. 0: 1 min.
	CalmDrain time.Duration
	// Stop is how long a consumer may take to end in good order with what is on its way: the
	// service that takes over waits for it. 0: 1.5 s.
	Stop time.Duration
	// Blind is the time between two looks of a watcher without inotify; 0: 50 ms.
	Blind time.Duration
	// FollowZone is how often the deliverer looks at the machine's time zone without another
	// occasion; 0: 1 min.
	FollowZone time.Duration
	// Heartbeat is the time between two heartbeats; 0: 5 min.
	Heartbeat time.Duration
}

func (t Timing) tick() time.Duration { return cmp.Or(t.Tick, idle.Tick) }

func (t Timing) quiet() time.Duration { return cmp.Or(t.Quiet, 900*time.Millisecond) }

func (t Timing) calmDrain() time.Duration { return cmp.Or(t.CalmDrain, time.Minute) }

func (t Timing) stop() time.Duration { return cmp.Or(t.Stop, 1500*time.Millisecond) }

func (t Timing) blind() time.Duration { return cmp.Or(t.Blind, 50*time.Millisecond) }

func (t Timing) heartbeat() time.Duration { return cmp.Or(t.Heartbeat, 5*time.Minute) }

func (t Timing) followZone() time.Duration { return cmp.Or(t.FollowZone, time.Minute) }

package listener

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// Stats count since Open.
type Stats struct {
	Messages  uint64            // taken over by the sink
	Malformed uint64            // of these: in none of the formats
	Cut       uint64            // of these: longer than they may be, or broken off
	Refused   map[string]uint64 // messages by Reason; only those that there were

	Connections int    // open now
	Closed      uint64 // connections that were idle for too long, or were to make room
	TurnedAway  uint64 // connections that there was no room for
}

// counts are Stats as they are counted.
type counts struct {
	messages, malformed, cut atomic.Uint64
	refused                  [len(reasons)]atomic.Uint64
	closed, turnedAway       atomic.Uint64
}

func (c *counts) count(r Reason, whole bool, lost int) {
	if r != Taken {
		c.refuse(r)
		return
	}
	c.messages.Add(1)
	if !whole {
		c.malformed.Add(1)
	}
	if lost != 0 {
		c.cut.Add(1)
	}
}

func (c *counts) refuse(r Reason) {
	c.refused[max(0, slices.Index(reasons[:], r))].Add(1)
}

// Stats returns the counts. It may be called at any time.
func (l *Listener) Stats() Stats {
	c := &l.counts
	s := Stats{
		Messages: c.messages.Load(), Malformed: c.malformed.Load(), Cut: c.cut.Load(), Refused: make(map[string]uint64),
		Connections: l.conns.number(), Closed: c.closed.Load(), TurnedAway: c.turnedAway.Load(),
	}
	for i, r := range reasons {
		if n := c.refused[i].Load(); n > 0 {
			s.Refused[string(r)] = n
		}
	}
	return s
}

const (
	lookEvery   = 5 * time.Second
	reportEvery = time.Hour
)

// report tells what was refused: at first soon, then not too often, since it may be
// what always happens.
func (l *Listener) report(ctx context.Context) {
	t := time.NewTimer(untilLook())
	defer t.Stop()
	var told Stats
	var at time.Time
	for last := false; !last; {
		select {
		case <-t.C:
			t.Reset(untilLook())
			if !at.IsZero() && time.Since(at) < reportEvery {
				continue
			}
		case <-ctx.Done():
			last = true
		}
		now := l.Stats()
		if news := now.since(told); news != "" {
			l.o.Event(syslogfmt.Warning, fmt.Sprintf("listener %s: %s", l.o.Address, news))
			told, at = now, time.Now()
		}
	}
}

// untilLook is how long until the next look: at full multiples of the time, as the rest
// of an idle process wakes up.
func untilLook() time.Duration {
	now := time.Now()
	return now.Truncate(lookEvery).Add(lookEvery).Sub(now)
}

// since says what there was since before. What is full the sink tells.
func (s Stats) since(before Stats) string {
	var news []string
	add := func(now, then uint64, what string) {
		if now > then {
			news = append(news, fmt.Sprintf("%d %s", now-then, what))
		}
	}
	add(s.Refused[string(Facility)], before.Refused[string(Facility)], "messages refused, whose facility no stream has")
	add(s.Refused[string(Malformed)], before.Refused[string(Malformed)], "messages refused that had no <PRI>")
	add(s.Cut, before.Cut, "messages cut")
	add(s.Closed, before.Closed, "connections closed that sent no message for too long")
	add(s.TurnedAway, before.TurnedAway, "connections turned away, as there were too many")
	return strings.Join(news, ", ")
}

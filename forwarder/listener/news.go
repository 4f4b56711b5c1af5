package listener

import (
	"cmp"
	"context"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/trust"
)

const (
	lookEvery = 5 * time.Second
	tellEvery = time.Hour
)

// tellNews tells until ctx ends how many messages were refused and cut, and connections closed
// and turned away: each kind soon at first, then once in tellEvery at most, since it may happen
// all the time.
func (l *Listener) tellNews(ctx context.Context) {
	t := time.NewTimer(untilLook())
	defer t.Stop()
	var told told
	for {
		select {
		case <-t.C:
			t.Reset(untilLook())
			if l.tls != nil {
				l.tls.Refresh()
			}
			l.tell(told.news(l.kinds(), time.Now().Add(-tellEvery)))
		case <-ctx.Done():
			l.tell(told.news(l.kinds(), time.Now()))
			return
		}
	}
}

func (l *Listener) tell(news []event.Event) {
	for _, e := range news {
		l.o.Tell(e)
	}
}

// untilLook is how long until the next look, which comes at a full multiple of lookEvery: at
// such moments the rest of an idle process wakes up too.
func untilLook() time.Duration {
	now := time.Now()
	return now.Truncate(lookEvery).Add(lookEvery).Sub(now)
}

// told is how many of each kind there had been when that was told last, and when that was.
type told [numKinds]struct {
	count uint64
	at    time.Time
}

// numKinds is how many kinds there are.
const numKinds = 10

// kind is a kind of thing to tell: how often it has happened, and the event for a number of it.
type kind struct {
	count uint64
	what  func(n uint64) event.Event
}

// kinds are all kinds with their counts. Messages that there is no space for are not among
// them: the sink tells of those.
func (l *Listener) kinds() [numKinds]kind {
	s, c, at := l.Stats(), &l.counts, l.o.Address
	oversized := c.oversized.Load()
	return [numKinds]kind{
		{s.Refused[string(Facility)], func(n uint64) event.Event {
			return event.ListenerFacility.With("listener", at, "messages", n)
		}},
		{s.Refused[string(Malformed)], func(n uint64) event.Event {
			return event.ListenerNoPRI.With("listener", at, "messages", n, "sample", c.nextSample())
		}},
		{s.Cut, func(n uint64) event.Event {
			return event.ListenerCut.With("listener", at, "messages", n, "bytes", s.CutBytes)
		}},
		{s.Closed - min(oversized, s.Closed), func(n uint64) event.Event {
			return event.ListenerIdle.With("listener", at, "connections", n)
		}},
		{oversized, func(n uint64) event.Event {
			last := c.lastOversized.Load()
			return event.ListenerOversized.With("listener", at, "connections", n, "max", last.max, "bytes", last.bytes, "peer", cmp.Or(last.peer, "this machine"))
		}},
		{s.TurnedAway, func(n uint64) event.Event {
			return event.ListenerTurnedAway.With("listener", at, "connections", n, "max", s.MaxConnections)
		}},
		{c.broken.number.Load(), func(n uint64) event.Event {
			last := c.broken.last.Load()
			return event.ListenerRELP.With("listener", at, "connections", n, "peer", last.peer, "cause", last.cause)
		}},
		{c.faults[trust.NotTLS].number.Load(), func(n uint64) event.Event {
			last := c.faults[trust.NotTLS].last.Load()
			return event.ListenerNotTLS.With("listener", at, "connections", n, "peer", last.peer, "cause", last.cause)
		}},
		{c.faults[trust.Stranger].number.Load(), func(n uint64) event.Event {
			last := c.faults[trust.Stranger].last.Load()
			return event.ListenerStranger.With("listener", at, "connections", n, "peer", last.peer, "cause", last.cause)
		}},
		{c.faults[trust.Failed].number.Load(), func(n uint64) event.Event {
			last := c.faults[trust.Failed].last.Load()
			return event.ListenerHandshake.With("listener", at, "connections", n, "peer", last.peer, "cause", last.cause)
		}},
	}
}

// news are the events for each kind that has happened since it was told last, if that was
// before due.
func (r *told) news(kinds [numKinds]kind, due time.Time) (news []event.Event) {
	for i, k := range kinds {
		told := &r[i]
		if n := k.count - told.count; n > 0 && !told.at.After(due) {
			news = append(news, k.what(n))
			told.count, told.at = k.count, time.Now()
		}
	}
	return news
}

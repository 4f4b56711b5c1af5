package listener

import (
	"context"
	"fmt"
	"strings"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

const (
	lookEvery   = 5 * time.Second
	reportEvery = time.Hour
)

// report tells what was refused, cut, closed and turned away until ctx ends: each kind of
// it soon at first, then not too often, since it may be what always happens.
func (l *Listener) report(ctx context.Context) {
	t := time.NewTimer(untilLook())
	defer t.Stop()
	var told reported
	for {
		select {
		case <-t.C:
			t.Reset(untilLook())
			l.tell(told.news(l.kinds(), time.Now().Add(-reportEvery)))
		case <-ctx.Done():
			l.tell(told.news(l.kinds(), time.Now()))
			return
		}
	}
}

func (l *Listener) tell(news []string) {
	if len(news) > 0 {
		l.o.Event(syslogfmt.Warning, fmt.Sprintf("listener %s: %s", l.o.Address, strings.Join(news, ", ")))
	}
}

// untilLook is how long until the next look: at full multiples of the time, as the rest
// of an idle process wakes up.
func untilLook() time.Duration {
	now := time.Now()
	return now.Truncate(lookEvery).Add(lookEvery).Sub(now)
}

// reported is what was told of each kind: how many there had been, and when.
type reported [numKinds]struct {
	count uint64
	at    time.Time
}

// numKinds is how many kinds of things are told.
const numKinds = 6

// kind is something to be told, how often it was, and in which words.
type kind struct {
	count uint64
	what  func(n uint64) string
}

// kinds are the counts of what is to be told. What there is no room for the sink tells.
func (l *Listener) kinds() [numKinds]kind {
	s, c := l.Stats(), &l.counts
	oversized := c.oversized.Load()
	plain := func(count uint64, what string) kind {
		return kind{count, func(n uint64) string { return fmt.Sprintf("%d %s", n, what) }}
	}
	return [numKinds]kind{
		plain(s.Refused[string(Facility)], "messages refused, whose facility no stream has"),
		{s.Refused[string(Malformed)], func(n uint64) string {
			return fmt.Sprintf("%d messages refused that had no <PRI>%s", n, c.takeSample())
		}},
		plain(s.Cut, fmt.Sprintf("messages cut (by %d bytes in all, as far as that is known)", s.CutBytes)),
		plain(s.Closed-min(oversized, s.Closed), "connections closed that sent no message for too long"),
		{oversized, func(n uint64) string { return fmt.Sprintf("%d %v", n, c.lastOversized.Load()) }},
		plain(s.TurnedAway, fmt.Sprintf("connections turned away, as there were %d already (raise connections of [[listen]])", s.MaxConnections)),
	}
}

// news are the words for what has come since it was told, where that was before due.
func (r *reported) news(kinds [numKinds]kind, due time.Time) (news []string) {
	for i, k := range kinds {
		told := &r[i]
		if n := k.count - told.count; n > 0 && !told.at.After(due) {
			news = append(news, k.what(n))
			told.count, told.at = k.count, time.Now()
		}
	}
	return news
}

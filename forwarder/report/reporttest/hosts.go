package reporttest

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// told is an event that is to be told.
type told struct {
	at time.Time
	do func(h *host, at time.Time)
}

const relay = "central"

// on is a time of the year.
func (y *Year) on(month time.Month, day, hour, minute int) time.Time {
	return time.Date(2026, month, day, hour, minute, 1, 0, y.Zone)
}

// web makes the year of a web server.
func (y *Year) web(n int) {
	h := y.newHost(fmt.Sprintf("web%02d", n))
	list := y.mishaps(n)
	add := func(at time.Time, e event.Event) {
		list = append(list, told{at, func(h *host, at time.Time) { h.tell(at, e) }})
	}
	add(y.From.Add(time.Second), event.SealChain.With("chain", h.seals.ID))
	y.service(add, y.From.Add(2*time.Second), "truncate")
	for day := y.From; day.Before(y.To); day = day.AddDate(0, 0, 1) {
		y.day(h, add, day, n)
	}
	for at := y.From.Add(3 * time.Second); at.Before(y.To); at = at.Add(y.Beat) {
		list = append(list, told{at, beat})
	}
	if y.Seals > 0 {
		for at := y.From.Add(30 * time.Second); at.Before(y.To); at = at.Add(time.Hour / time.Duration(y.Seals)) {
			list = append(list, told{at, sealed})
		}
	}
	slices.SortStableFunc(list, func(a, b told) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	for _, t := range list {
		t.do(h, t.at)
	}
	h.close()
}

func (y *Year) service(add func(time.Time, event.Event), at time.Time, cards string) {
	add(at, event.ServiceBegin.With("version", "0.2.0", "pid", 4711, "writer", "4711-019ac2f4a1b9f3a1", "binary", "ab", "digest", "cd", "cards", cards))
}

func beat(h *host, at time.Time) {
	b := seal.Heartbeat{
		N: h.seals.N, Chain: h.seals.ID, Clock: seal.Clock{State: "synchronised", Error: time.Duration(1000+h.y.rng.IntN(12000)) * time.Microsecond},
		Relays:  []seal.Relay{{Name: relay, Delay: time.Duration(h.y.rng.IntN(20000)) * time.Microsecond}},
		Writers: []event.Range{{Writer: h.procID, First: 1, Last: 100 + h.number}},
	}
	h.tell(at, b.Event())
}

func sealed(h *host, at time.Time) {
	h.text(at, event.SealLines.Severity, h.seals.Lines(seal.Lines{Writer: h.procID, Stream: "access", Class: seal.OfLines, First: h.number*100 + 1, Last: h.number*100 + 100, Lines: 100, From: at.Add(-time.Minute), To: at,
		Sum: sha256.Sum256(fmt.Append(nil, h.procID, h.number)),
	}))
}

// day is what each day has.
func (y *Year) day(h *host, add func(time.Time, event.Event), day time.Time, n int) {
	at := func(hour, minute int) time.Time {
		return day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	for i, file := range []string{"access_log", "error_log", "audit_log"} {
		add(at(0, i), event.LogRotated.With("file", file))
		add(at(0, 10+i), event.SealRotated.With("file", file+day.Format("-2006-01-02"), "chain", h.seals.ID, "since", 1, "until", 2, "size", 1000, "compared", 1000, "sha256", "ef"))
	}
	add(at(0, 20), event.RotatedRemoved.With("file", "access_log-2025"+day.Format("-01-02"), "time", at(0, 0).AddDate(0, 0, -365).Format(time.RFC3339), "bytes", 1000, "why", "keep_age"))
	if altered := n == 2 && day.Equal(time.Date(2026, 5, 12, 0, 0, 0, 0, y.Zone)); !altered {
		add(at(4, 30), event.VerifyOK.With("result", "1,000 of 1,000 lines checked: 0 altered, 0 missing, 0 lost and explained.", "time", day.AddDate(0, 0, -1).Format(time.RFC3339), "lines", 1000, "writer", "1-019ac2f4a1b9f3a2", "last", 0, "last_event", 1))
		y.Truth.Verified++
	}
	if day.Weekday() == time.Sunday {
		add(at(3, 0), event.IntakeEnd.With("stream", "access", "pid", 5, "lines", 7000, "dropped", 0, "cut", 0, "writer", "5-019ac2f4a1b9f3a3", "last", 7000))
		add(at(3, 0), event.IntakeBegin.With("stream", "access", "pid", 6, "writer", "6-019ac2f4a1b9f3a4"))
	}
	if n%3 == 0 && y.rng.IntN(4) == 0 {
		count := uint64(1 + y.rng.IntN(5))
		y.Truth.Truncated += count
		add(at(9, y.rng.IntN(60)), event.CardsTruncated.With("count", count, "network", "visa", "stream", "access"))
	}
}

// mishaps are what goes wrong at the web server of a number.
func (y *Year) mishaps(n int) []told {
	switch n {
	case 1:
		return y.outage(y.on(3, 4, 10, 0), 3*time.Hour+12*time.Minute, &y.Truth.Noted, 184467)
	case 2:
		return []told{
			{y.on(5, 12, 0, 12), func(h *host, at time.Time) {
				h.tell(at, event.SealDiffers.With("file", "access_log-2026-05-11", "cause", "bytes 4096 to 8192 are not those of seal 77", "chain", h.seals.ID, "since", 70, "until", 80, "size", 9000, "compared", 9000, "sha256", "ab"))
			}},
			{y.on(5, 12, 4, 30), func(h *host, at time.Time) {
				h.tell(at, event.VerifyFound.With("findings", 1, "result", "999 of 1,000 lines checked: 1 altered.", "finding", "file_altered: access_log-2026-05-11, bytes 4096 to 8192: not as sealed", "time", "2026-05-11T04:30:00Z", "lines", 999, "writer", "1-019ac2f4a1b9f3a5", "last", 0, "last_event", 1))
			}},
		}
	case 3:
		return y.outage(y.on(7, 7, 7, 7), 4*time.Minute, &y.Truth.Short, 12)
	case 4:
		return y.week()
	case 5:
		down := y.outage(y.on(12, 30, 22, 15), 0, &y.Truth.StillDown, 0)
		return append(down, told{y.on(12, 31, 12, 0), func(h *host, at time.Time) {
			y.Truth.GivenUp = 2500
			e := event.RelayGivenUp.With("relay", relay, "lines", 2500, "total", 2500)
			e.Ranges = []event.Range{{Writer: h.procID, First: 101, Last: 2600}}
			h.tell(at, e)
		}})
	}
	return nil
}

// outage is one of the relay; without a length it goes on.
func (y *Year) outage(at time.Time, length time.Duration, id *string, lines uint64) []told {
	list := []told{{at, func(h *host, at time.Time) {
		*id = h.id()
		h.tell(at, event.RelayDown.With("relay", relay, "server", "tls://logs.example.com:6514", "cause", "connection refused").Of(*id))
	}}}
	if length == 0 {
		return list
	}
	return append(list, told{at.Add(length), func(h *host, at time.Time) {
		h.tell(at, event.RelayUp.With("relay", relay, "server", "tls://logs.example.com:6514", "after", length, "bytes", lines*200).Of(*id))
	}}, told{at.Add(length + 10*time.Second), func(h *host, at time.Time) {
		y.Truth.Waited += lines
		h.tell(at, event.RelayCaughtUp.With("relay", relay, "lines", lines).Of(*id))
	}})
}

// week is one without truncation.
func (y *Year) week() []told {
	load := func(cards string) func(h *host, at time.Time) {
		return func(h *host, at time.Time) {
			h.tell(at, event.ConfigLoaded.With("config", "/etc/httpd-syslog/httpd_syslog.toml", "digest", "cd", "cards", cards))
		}
	}
	list := []told{{y.on(6, 1, 9, 0), load("report")}, {y.on(6, 8, 8, 0), load("truncate")}}
	for day := range 7 {
		list = append(list, told{y.on(6, 1+day, 12, 0), func(h *host, at time.Time) {
			count := uint64(10 + y.rng.IntN(90))
			y.Truth.InClear += count
			h.tell(at, event.CardsFound.With("count", count, "network", "mastercard", "stream", "access"))
		}})
	}
	return list
}

// central makes the year of the central server.
func (y *Year) central() {
	h := y.newHost("logs")
	list := []told{
		{y.on(2, 3, 4, 5), func(h *host, at time.Time) {
			y.Truth.Hole, y.Truth.Missing = h.id(), 17
			e := event.GapOpen.With("sender", "web06", "lines", 17)
			e.Ranges = []event.Range{{Writer: "019ac2f4a1b9f3a6", First: 101, Last: 110}, {Writer: "019ac2f4a1b9f3a7", First: 5, Last: 11}}
			h.tell(at, e.Of(y.Truth.Hole))
			h.tell(at, e.Of(y.Truth.Hole)) // the same numbers, told again
		}},
		{y.on(3, 5, 9, 30), func(h *host, at time.Time) {
			h.tell(at, event.IncidentNote.With("user", "ada", "what", "relay.down of central at web01", "cause", "the power of rack 4 was off", "remedy", "a second supply",
				"uid", 0, "login", 1000, "writer", "9-019ac2f4a1b9f3a8", "last", 0, "last_event", 1).Of(y.Truth.Noted))
		}},
	}
	for at := y.From.Add(3 * time.Second); at.Before(y.To); at = at.Add(y.Beat) {
		list = append(list, told{at, beat})
	}
	for day := y.From; day.Before(y.To); day = day.AddDate(0, 0, 1) {
		list = append(list, told{day.Add(5 * time.Hour), func(h *host, at time.Time) {
			y.Truth.Verified++
			h.tell(at, event.VerifyOK.With("result", "all", "time", "the beginning", "lines", 10, "writer", "1-019ac2f4a1b9f3a9", "last", 0, "last_event", 1))
		}})
	}
	begin := told{y.From.Add(time.Second), func(h *host, at time.Time) {
		h.tell(at, event.SealChain.With("chain", h.seals.ID))
		y.service(h.tell, at, "truncate")
	}}
	list = append(list, begin)
	slices.SortStableFunc(list, func(a, b told) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	for _, t := range list {
		t.do(h, t.at)
	}
	h.close()
}

package seal

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"httpd-syslog/forwarder/event"
)

// Rotated is what was found when a rotated file was read again.
type Rotated struct {
	File         string // in the log directory, without ".gz"
	Chain        string
	Since, Until uint64 // its first and last seal; 0: it has none
	Size         int64  // bytes, before compression
	Compared     int64  // of these: the others have no seal that is known
	Sum          Sum    // of all of them
	Why          string // how it differs from its seals; empty: it does not
}

// Event is what is told of it.
func (r *Rotated) Event() event.Event {
	values := []any{"file", r.File}
	kind := &event.SealRotated
	if r.Why != "" {
		kind, values = &event.SealDiffers, append(values, "cause", r.Why)
	}
	return kind.With(append(values, "chain", r.Chain, "since", r.Since, "until", r.Until, "size", r.Size, "compared", r.Compared, "sha256", r.Sum)...)
}

// ParseRotated reads what Event made. It returns ErrOther for another event.
func ParseRotated(told *event.Told) (Rotated, error) {
	if told.Code != event.SealRotated.Code && told.Code != event.SealDiffers.Code {
		return Rotated{}, ErrOther
	}
	f := fields{told: told}
	r := Rotated{
		File: told.Get("file"), Chain: told.Get("chain"), Since: f.number("since"), Until: f.number("until"),
		Size: f.offset("size"), Compared: f.offset("compared"), Sum: f.sum("sha256"), Why: told.Get("cause"),
	}
	return r, f.err
}

// Heartbeat says that a deliverer lives, and where everything is.
type Heartbeat struct {
	N       uint64 // the last seal; 0: there is none
	Chain   string
	Writers []event.Range // that are open: the numbers that they have given to lines, from 1
	Relays  []Relay
	Clock   Clock
}

// Relay is how a relay is doing.
type Relay struct {
	Name    string
	Backlog uint64        // bytes of spool that wait for it
	Delay   time.Duration // the greatest from receipt to acceptance, since the heartbeat before
}

// Clock is what the kernel knows of the clock.
type Clock struct {
	State string        // "synchronised", "unsynchronised" or "unknown"
	Error time.Duration // at most, by the kernel's estimate; 0 where the clock is not synchronised
}

// Event is what is told of it. Where there are many writers it becomes several when it is told.
func (h *Heartbeat) Event() event.Event {
	relays := make([]string, len(h.Relays))
	for i, r := range h.Relays {
		relays[i] = fmt.Sprintf("%s:%d:%s", r.Name, r.Backlog, seconds(r.Delay))
	}
	e := event.Heartbeat.With("n", h.N, "chain", h.Chain, "relays", strings.Join(relays, ","),
		"clock", h.Clock.State, "clock_error", seconds(h.Clock.Error))
	e.Ranges = h.Writers
	return e
}

// ParseHeartbeat reads what Event made, or a part of that. It returns ErrOther for another event.
func ParseHeartbeat(told *event.Told) (Heartbeat, error) {
	if told.Code != event.Heartbeat.Code {
		return Heartbeat{}, ErrOther
	}
	f := fields{told: told}
	h := Heartbeat{N: f.number("n"), Chain: told.Get("chain"), Writers: told.Ranges(), Clock: Clock{State: told.Get("clock"), Error: f.seconds("clock_error")}}
	if text := told.Get("relays"); text != "" {
		for text := range strings.SplitSeq(text, ",") {
			h.Relays = append(h.Relays, f.relay(text))
		}
	}
	return h, f.err
}

// relay reads NAME:BYTES:SECONDS.
func (f *fields) relay(text string) (r Relay) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		f.fail("relays")
		return r
	}
	backlog, err := strconv.ParseUint(parts[1], 10, 64)
	delay, derr := parseSeconds(parts[2])
	if errors.Join(err, derr) != nil {
		f.fail("relays")
	}
	return Relay{parts[0], backlog, delay}
}

func (f *fields) seconds(name string) time.Duration {
	d, err := parseSeconds(f.told.Get(name))
	if err != nil {
		f.fail(name)
	}
	return d
}

// seconds is a duration as events have it: in seconds, with six digits behind the point.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }

func parseSeconds(text string) (time.Duration, error) {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || !(s >= 0 && s < 1e9) {
		return 0, fmt.Errorf("%q is no number of seconds", text)
	}
	return time.Duration(math.Round(s*1e6)) * time.Microsecond, nil
}

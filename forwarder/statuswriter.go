package forwarder

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

func statusPath(stateDir string) string { return filepath.Join(stateDir, "status") }

// formerStatus is what the deliverer before told last.
func formerStatus(stateDir string) string { return statusPath(stateDir) + ".before" }

// retireStatus puts away what another deliverer has told: nobody is to take it for what this one
// says. A rename needs no room on the disk.
func retireStatus(stateDir string) { _ = os.Rename(statusPath(stateDir), formerStatus(stateDir)) }

// statusWriter puts what only the deliverer knows where others can read it.
type statusWriter struct {
	written []byte // what was written last, but for its time
	rates   map[string]*rate
}

// rate is how fast a count grows, over the last rateTicks looks.
type rate struct {
	counts []uint64 // the last ones, in order
	times  []time.Time
}

// rateTicks is how many looks a rate is over: about ten seconds.
const rateTicks = 10

// next takes in a count and returns how much it grows in a second.
func (r *rate) next(count uint64, now time.Time) float64 {
	r.counts, r.times = append(r.counts, count), append(r.times, now)
	if len(r.counts) > rateTicks+1 {
		r.counts, r.times = r.counts[1:], r.times[1:]
	}
	seconds := now.Sub(r.times[0]).Seconds()
	if seconds <= 0 || count < r.counts[0] {
		return 0
	}
	return float64(count-r.counts[0]) / seconds
}

func (w *statusWriter) rate(name string, count uint64, now time.Time) float64 {
	if w.rates == nil {
		w.rates = make(map[string]*rate)
	}
	r := w.rates[name]
	if r == nil {
		r = &rate{}
		w.rates[name] = r
	}
	return r.next(count, now)
}

// write writes a status if it says anything new.
func (w *statusWriter) write(s Status) error {
	s.Time = time.Time{}
	b, err := json.Marshal(&s)
	if err != nil || bytes.Equal(b, w.written) {
		return err
	}
	err = spool.WriteRecord(statusPath(s.StateDir), &s, false)
	if err == nil {
		w.written = b
		keepRoom(s.StateDir)
	}
	return err
}

// keepRoom has the room of the former status be that of the next one, where there is none: a
// disk that has become full has no other.
func keepRoom(stateDir string) {
	next := statusPath(stateDir) + ".new"
	if _, err := os.Lstat(next); errors.Is(err, fs.ErrNotExist) {
		_ = os.Rename(formerStatus(stateDir), next)
	}
}

// writeStatus writes how the delivery is doing. It fails where the disk does, and what
// that keeps from working is told elsewhere.
func (d *deliverer) writeStatus(now time.Time) {
	err := d.status.write(d.look(now))
	if errors.Is(err, fs.ErrNotExist) { // the state directory has gone
		err = nil
	}
	d.events.trouble(syslogfmt.Warning, "the status cannot be written", err)
}

// look is what the deliverer knows of its status: all but backlogs, and lines.
func (d *deliverer) look(now time.Time) Status {
	s := Status{
		StateDir: d.o.StateDir,
		Delivery: d.o.Info,
		Spool:    SpoolStatus{Max: d.o.MaxSpool},
	}
	s.Delivery.Running, s.Delivery.Service, s.Delivery.PID = true, d.service, os.Getpid()
	if d.o.Listeners != nil {
		s.Listeners = d.o.Listeners()
	}
	if d.o.Rejected != nil {
		s.Delivery.Rejected = d.o.Rejected()
	}
	s.Troubles = d.events.current()
	for _, st := range d.o.Streams {
		s.Streams = append(s.Streams, StreamStatus{Name: st.Name})
	}
	for _, c := range d.consumers.all() {
		if c.name == statedir.LocalCursor {
			_, s.Local = c.report.read()
			s.Local.Dir = d.o.Log.Dir
			s.Local.Rotated = d.keeper.Load().Status()
			s.Local.Rate = d.status.rate(c.name, c.lines(), now)
		}
	}
	for _, c := range d.consumers.relays() {
		i := slices.IndexFunc(d.o.Relays, func(o RelayOptions) bool { return statedir.RelayCursor(o.Name) == c.name })
		if i < 0 {
			continue
		}
		o := &d.o.Relays[i]
		relay, _ := c.report.read()
		relay.Name, relay.Streams = o.Name, o.Streams
		if relay.Aside > 0 {
			relay.AsideFile = setAside{statedir.AsidePath(d.o.StateDir, o.Name)}.file()
		}
		for _, server := range o.Servers {
			relay.Servers = append(relay.Servers, server.String())
		}
		relay.Rate = d.status.rate(c.name, relay.Lines-relay.Repeated, now)
		s.Relays = append(s.Relays, relay)
	}
	return s
}

// lines are all that the local log has.
func (p *progress) lines() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.streams.lines()
}

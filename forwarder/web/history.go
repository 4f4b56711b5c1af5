package web

import (
	"slices"
	"sync"
	"time"

	"httpd-syslog/forwarder/status"
)

const (
	span  = 10 * time.Minute // what the plots show
	every = 5 * time.Second  // between samples
	// maxSamples bounds the samples where the clock stands still; otherwise span does.
	maxSamples = int(span/every) * 2
)

// sample has the figures of one Status that are plotted.
type sample struct {
	at      time.Time
	streams map[string]uint64 // lines taken in so far
	local   point
	relays  map[string]point
}

// point has the figures of one consumer.
type point struct {
	backlog uint64  // lines
	rate    float64 // lines a second
}

// history is the last span of samples, the oldest first.
type history struct {
	mu      sync.Mutex
	samples []sample // guarded by mu
}

func sampleOf(st *status.Status) sample {
	s := sample{
		at:      st.Time,
		streams: make(map[string]uint64, len(st.Streams)),
		local:   point{st.Local.Backlog.Lines, st.Local.Rate},
		relays:  make(map[string]point, len(st.Relays)),
	}
	for i := range st.Streams {
		s.streams[st.Streams[i].Name] = st.Streams[i].Lines
	}
	for i := range st.Relays {
		s.relays[st.Relays[i].Name] = point{st.Relays[i].Backlog.Lines, st.Relays[i].Rate}
	}
	return s
}

// add adds the sample of a Status, at the Status' own time. Where the clock was set back it drops
// samples that are later than that.
func (h *history) add(st *status.Status) {
	s := sampleOf(st)
	h.mu.Lock()
	defer h.mu.Unlock()
	var kept []sample // a new slice: callers of all may hold the old one
	for _, old := range h.samples {
		if old.at.Before(s.at) && s.at.Sub(old.at) <= span+every {
			kept = append(kept, old)
		}
	}
	kept = append(kept, s)
	h.samples = kept[max(0, len(kept)-maxSamples):]
}

// all returns the samples, which are not to be changed.
func (h *history) all() []sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.samples
}

// upTo adds a Status that is newer than the samples, so that a plot ends with the figures beside it.
func upTo(samples []sample, st *status.Status) []sample {
	if n := len(samples); n > 0 && !st.Time.After(samples[n-1].at) {
		return samples
	}
	return append(slices.Clip(samples), sampleOf(st))
}

// value is a point of a plot.
type value struct {
	at time.Time
	v  float64
}

// streamRates are the rates at which a stream's lines came in between one sample
// and the next. A counter that has gone back began anew.
func streamRates(samples []sample, name string) (all []value) {
	for i := 1; i < len(samples); i++ {
		a, okA := samples[i-1].streams[name]
		b, okB := samples[i].streams[name]
		if gap := samples[i].at.Sub(samples[i-1].at); okA && okB && a <= b && gap <= longestGap {
			all = append(all, value{samples[i].at, float64(b-a) / gap.Seconds()})
		}
	}
	return all
}

// consumer picks the points of one consumer from the samples that have it.
func consumer(samples []sample, pick func(*sample) (point, bool)) (backlogs, rates []value) {
	for i := range samples {
		if p, ok := pick(&samples[i]); ok {
			backlogs = append(backlogs, value{samples[i].at, float64(p.backlog)})
			rates = append(rates, value{samples[i].at, p.rate})
		}
	}
	return backlogs, rates
}

package forwarder

import (
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
)

// settle takes in what was accepted since, and commits when it is time.
func (r *relay) settle() {
	now := time.Now()
	if r.session != nil && !r.window.sent.empty() && (!r.doubt.isOn() || r.session.Evidence() == answering) {
		r.accept(r.session.Accepted(), now)
	}
	if r.outage.isOn() && r.stands(now) {
		r.outage.over(r.servers.current(), r.behind(), now)
		r.progress.report.up(r.servers.current().String(), now)
	}
	if !r.lossy && r.window.age(now) {
		r.dirty = true
	}
	r.doubtEnds(now)
	if (r.dirty || r.progress.stale.Load()) && r.progress.commitDue(r.commitAt) {
		r.commitLater()
	}
}

// stands reports whether there is a session that works: one that is refused breaks soon, or as
// soon as those before it.
func (r *relay) stands(now time.Time) bool {
	least := standFor + min(r.doubt.longest, steadyFor)
	return r.session != nil && !r.doubt.isOn() && now.Sub(r.connected) >= least && (r.useful || r.window.sent.empty())
}

// behind is how many bytes of the spool are not accepted.
func (r *relay) behind() (bytes int64) {
	for _, f := range r.catalog.Files() {
		if size, err := f.Size(); err == nil {
			bytes += size - min(size, r.window.accepted[f.ID].Offset)
		}
	}
	return bytes
}

// accept takes in that the session's first n bytes are accepted.
func (r *relay) accept(n uint64, now time.Time) {
	keep := r.servers.current().Rewinds() || r.doubt.isOn() && r.evidence == standing
	for s := r.window.accept(n, now, keep); s != nil; s = r.window.accept(n, now, keep) {
		r.counted(s, now)
		r.dirty, r.useful = true, true
		fault.Point("relay.accept")
	}
}

// counted counts what was accepted. Of lines that were accepted before only the number
// counts.
func (r *relay) counted(s *span, now time.Time) {
	r.count.Lines += uint64(s.lines)
	r.outage.took(s.lines - s.repeats)
	r.progress.report.sent(r.count, s.received, now)
}

// giveUp passes over the files that the spool has no more room for.
func (r *relay) giveUp() {
	files := r.progress.takeUnwanted()
	if len(files) == 0 {
		return
	}
	before := r.count.GivenUp
	for _, f := range files {
		size, err := f.Size()
		if err != nil {
			continue // it has gone
		}
		r.count.GivenUp += r.reader.Skip(f, r.window.had[f.ID])
		end := spool.Position{Offset: size}
		if r.session != nil {
			r.open.reach(f.ID, end) // behind what is on its way
			continue
		}
		r.window.skip(f.ID, end)
		r.dirty = true
	}
	if r.count.GivenUp > before {
		r.events.log(syslogfmt.Alert, "relay %s: the spool is above its max_size: %d lines are given up, %d so far; the local log has them",
			r.o.Name, r.count.GivenUp-before, r.count.GivenUp)
	}
}

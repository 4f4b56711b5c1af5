package forwarder

import (
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// reportCuts makes events of the messages that were longer than MaxMessage, and of those
// whose structured data was too long beside a text.
func (r *relay) reportCuts() {
	if r.enc == nil {
		return
	}
	if n := r.enc.Cut() - r.cuts; n > 0 {
		r.cuts += n
		r.events.log(syslogfmt.Warning, "relay %s: %d messages longer than %d bytes were cut", r.o.Name, n, r.o.MaxMessage)
	}
	if n := r.enc.LeftOut() - r.leftOut; n > 0 {
		r.leftOut += n
		r.events.log(syslogfmt.Warning, "relay %s: the structured data of %d messages was left out: it would take more than half of the %d bytes that a message may have",
			r.o.Name, n, r.o.MaxMessage)
	}
}

// commitLater notes where the relay is while lines go on.
func (r *relay) commitLater() {
	r.reportCuts()
	r.window.prune(r.catalog)
	r.refusals.prune(r.window.safe, r.catalog)
	if r.progress.commitLater(r.record(false), r.committed) {
		r.dirty, r.commitAt = false, time.Now()
	}
}

// commit notes where the relay is at the end.
func (r *relay) commit(clean bool) {
	r.committed(r.progress.commit(r.record(clean)))
}

func (r *relay) record(clean bool) cursorRecord {
	count := r.count
	c := cursorRecord{Accepted: r.window.accepted, Safe: r.window.safe, Clean: clean, Relay: &count}
	if !clean {
		c.Had, c.Peak = r.window.had, r.window.peak
	}
	c.Doubt = recordOf(&r.doubt, &r.refusals)
	return c
}

// committed takes in how a commit has gone.
func (r *relay) committed(err error) {
	r.events.trouble(syslogfmt.Err, cannotCommit(r.o.Name), err)
}

func cannotCommit(relay string) string { return "relay " + relay + ": its position cannot be recorded" }

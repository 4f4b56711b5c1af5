package doubt

import (
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
)

// Record puts the part of the doubt that outlives the process into a record. It reports whether there
// is any.
func (d *Doubt) Record(rec *cursor.Doubt) bool {
	rec.Breaks, rec.Long, rec.Refused = d.breaks, d.long, d.refused
	switch d.stage {
	case noDoubt:
	case searching:
		if rec.Step = d.step; d.known {
			rec.Few = d.few
		}
	default:
		rec.Step, rec.Few = 1, 1
	}
	return d.breaks > 0 || d.refused
}

// Restore goes on where an earlier process has ended, in whatever way. place is up to where its last
// session had been given messages, as far as is known.
func (d *Doubt) Restore(rec *cursor.Doubt, place spool.Positions) {
	if rec == nil {
		return
	}
	d.long, d.refused = rec.Long, rec.Refused
	if d.breaks = min(max(rec.Breaks, 0), breakLimit); d.breaks > 0 {
		d.place = place
	}
	switch {
	case rec.Step > 0:
		d.Search()
		d.step, d.few, d.known = rec.Step, rec.Few, rec.Few > 0
	case d.breaks == breakLimit:
		d.Search()
	}
}

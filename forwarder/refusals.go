package forwarder

import (
	"slices"
	"time"

	"httpd-syslog/forwarder/spool"
)

// messageID says which message of the spool one is: a line of a frame of a file.
type messageID struct {
	File   spool.FileID `json:"file"`
	Offset int64        `json:"offset"`         // of the frame
	Line   int          `json:"line,omitempty"` // of its lines, from 0
}

// refusals are the messages that servers were proven not to take, and what is sent instead.
// The zero value is ready. Not for concurrent use.
type refusals struct {
	sizes map[messageID]int // bytes that a message is cut to; 0: it is set aside
	files map[spool.FileID]int
	times []time.Time // of those of the last hour

	// trying is a message that is cut to tryingSize for a trial; nil: none is.
	trying     *messageID
	tryingSize int
}

// refusalsPerHour bounds what one hour may cut or set aside: a server that takes nothing any
// more must not come to cost more.
const refusalsPerHour = 100

// in reports whether there are any in a file.
func (r *refusals) in(f spool.FileID) bool {
	return r.files[f] > 0 || r.trying != nil && r.trying.File == f
}

// of is what a message is cut to; 0: it is not sent at all. refused: it is one of these.
func (r *refusals) of(id messageID) (size int, refused bool) {
	if r.trying != nil && *r.trying == id {
		return r.tryingSize, true
	}
	size, refused = r.sizes[id]
	return size, refused
}

// try has a message cut to a size, until there is another trial.
func (r *refusals) try(id messageID, size int) { r.trying, r.tryingSize = &id, size }

// mayAdd reports whether there were less than refusalsPerHour in the hour before now. If not,
// next is when there may be another one.
func (r *refusals) mayAdd(now time.Time) (next time.Time, may bool) {
	kept := r.times[:0]
	for _, t := range r.times {
		if age := now.Sub(t); age >= 0 && age < time.Hour { // the clock may have been stepped
			kept = append(kept, t)
		}
	}
	r.times = kept
	if len(kept) < refusalsPerHour {
		return now, true
	}
	return kept[0].Add(time.Hour), false
}

// add notes that from now on a message is cut to size, or set aside.
func (r *refusals) add(id messageID, size int, now time.Time) {
	r.trying = nil
	r.times = append(r.times, now)
	r.put(id, size)
}

func (r *refusals) put(id messageID, size int) {
	if r.sizes == nil {
		r.sizes, r.files = make(map[messageID]int), make(map[spool.FileID]int)
	}
	if _, there := r.sizes[id]; !there {
		r.files[id.File]++
	}
	r.sizes[id] = size
}

// prune forgets what lies before the positions, or in a file that has gone: it is not sent again.
func (r *refusals) prune(safe spool.Positions, c *spool.Catalog) {
	if len(r.sizes) == 0 {
		return
	}
	there := func(id spool.FileID) bool {
		return slices.ContainsFunc(c.Files(), func(f *spool.File) bool { return f.ID == id })
	}
	for id := range r.sizes {
		next := spool.Position{Offset: id.Offset, Lines: id.Line + 1}
		if !safe[id.File].Before(next) || !there(id.File) {
			delete(r.sizes, id)
			if r.files[id.File]--; r.files[id.File] == 0 {
				delete(r.files, id.File)
			}
		}
	}
}

// doubtRecord is what of doubts and refusals outlives the process. An older program knows
// nothing of it, and sends everything whole.
type doubtRecord struct {
	Breaks   int             `json:"breaks,omitempty"` // connections in a row that broke at one place
	Step     int             `json:"step,omitempty"`   // messages of the next run from Accepted on; 0: there are no trials
	Few      int             `json:"few,omitempty"`    // messages that the one is among, from there on; 0: not known
	Long     int             `json:"long,omitempty"`   // bytes of a message that goes alone
	Refused  bool            `json:"refused,omitempty"`
	Messages []refusedRecord `json:"messages,omitempty"`
	Times    []time.Time     `json:"times,omitempty"` // of the refusals of the last hour
}

// refusedRecord is a message that was refused.
type refusedRecord struct {
	messageID
	Size int `json:"size,omitempty"` // that it is cut to; 0: it is set aside
}

// recordOf is nil where there is nothing to record.
func recordOf(d *doubt, r *refusals) *doubtRecord {
	if d.breaks == 0 && !d.refused && len(r.sizes) == 0 && len(r.times) == 0 {
		return nil
	}
	rec := &doubtRecord{Breaks: d.breaks, Long: d.long, Refused: d.refused, Times: append([]time.Time(nil), r.times...)}
	switch d.stage {
	case noDoubt:
	case searching:
		if rec.Step = d.step; d.known {
			rec.Few = d.few
		}
	default:
		rec.Step, rec.Few = 1, 1
	}
	for id, size := range r.sizes {
		rec.Messages = append(rec.Messages, refusedRecord{id, size})
	}
	return rec
}

// inTrials reports whether the process ended within trials: they go on from what has passed.
func (rec *doubtRecord) inTrials() bool { return rec != nil && rec.Step > 0 }

// restore goes on where a process that has ended, in whatever way, had come to. place is what
// had been given to its last session, as far as is known.
func (rec *doubtRecord) restore(d *doubt, r *refusals, place spool.Positions) {
	if rec == nil {
		return
	}
	d.long, d.refused = rec.Long, rec.Refused
	if d.breaks = min(max(rec.Breaks, 0), breakLimit); d.breaks > 0 {
		d.place = place
	}
	switch {
	case rec.Step > 0:
		d.search()
		d.step, d.few, d.known = rec.Step, rec.Few, rec.Few > 0
	case d.breaks == breakLimit:
		d.search()
	}
	r.times = append(r.times, rec.Times...)
	for _, m := range rec.Messages {
		r.put(m.messageID, m.Size)
	}
}

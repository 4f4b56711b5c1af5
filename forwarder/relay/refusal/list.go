package refusal

import (
	"slices"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// List has the messages that servers were proven not to take, and the sizes they are cut to instead.
// The zero value is ready. Not for concurrent use.
type List struct {
	sizes map[cursor.MessageID]int // bytes that a message is cut to; 0: it is set aside
	files map[frame.FileID]int
	times []time.Time // of the refusals of the last hour

	// trying is a message that is cut to tryingSize for a trial; nil: none is.
	trying     *cursor.MessageID
	tryingSize int
}

// PerHour is how many messages may be refused in an hour: a server that takes nothing at all any
// more must not cost more than that.
const PerHour = 100

// In reports whether any message of a spool file is in the list.
func (l *List) In(f frame.FileID) bool {
	return l.files[f] > 0 || l.trying != nil && l.trying.File == f
}

// Of is the size in bytes that a message is cut to; 0: it is not sent at all. refused is false if the
// message is not in the list.
func (l *List) Of(id cursor.MessageID) (size int, refused bool) {
	if l.trying != nil && *l.trying == id {
		return l.tryingSize, true
	}
	size, refused = l.sizes[id]
	return size, refused
}

// Try has a message cut to a size for a trial, until Try, Add or EndTrial is called.
func (l *List) Try(id cursor.MessageID, size int) { l.trying, l.tryingSize = &id, size }

// MayAdd reports whether there were less than PerHour refusals in the hour before now. If not,
// next is when there may be another one.
func (l *List) MayAdd(now time.Time) (next time.Time, may bool) {
	kept := l.times[:0]
	for _, t := range l.times {
		if age := now.Sub(t); age >= 0 && age < time.Hour { // the clock may have been stepped
			kept = append(kept, t)
		}
	}
	l.times = kept
	if len(kept) < PerHour {
		return now, true
	}
	return kept[0].Add(time.Hour), false
}

// Add notes that from now on a message is cut to size, or set aside.
func (l *List) Add(id cursor.MessageID, size int, now time.Time) {
	l.trying = nil
	l.times = append(l.times, now)
	l.put(id, size)
}

func (l *List) put(id cursor.MessageID, size int) {
	if l.sizes == nil {
		l.sizes, l.files = make(map[cursor.MessageID]int), make(map[frame.FileID]int)
	}
	if _, there := l.sizes[id]; !there {
		l.files[id.File]++
	}
	l.sizes[id] = size
}

// Prune forgets messages before the positions, and of files that are gone: they are not sent again.
func (l *List) Prune(safe spool.Positions, c *spool.Catalog) {
	if len(l.sizes) == 0 {
		return
	}
	there := func(id frame.FileID) bool {
		return slices.ContainsFunc(c.Files(), func(f *spool.File) bool { return f.ID == id })
	}
	for id := range l.sizes {
		next := spool.Position{Offset: id.Offset, Lines: id.Line + 1}
		if !safe[id.File].Before(next) || !there(id.File) {
			delete(l.sizes, id)
			if l.files[id.File]--; l.files[id.File] == 0 {
				delete(l.files, id.File)
			}
		}
	}
}

// EndTrial ends what Try has begun.
func (l *List) EndTrial() { l.trying = nil }

// Record adds the list to a record. It reports whether there was anything to add.
func (l *List) Record(rec *cursor.Doubt) bool {
	rec.Times = append(rec.Times, l.times...)
	for id, size := range l.sizes {
		rec.Messages = append(rec.Messages, cursor.Refused{MessageID: id, Size: size})
	}
	return len(l.sizes) > 0 || len(l.times) > 0
}

// Restore makes the list that of a record; of nil an empty one.
func (l *List) Restore(rec *cursor.Doubt) {
	if rec == nil {
		return
	}
	l.times = append(l.times, rec.Times...)
	for _, m := range rec.Messages {
		l.put(m.MessageID, m.Size)
	}
}

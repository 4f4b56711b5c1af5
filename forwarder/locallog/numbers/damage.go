package numbers

import (
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// DamageEvent copies the bytes of a place that was passed over to a directory, and returns the event that
// tells of both.
func DamageEvent(damage *spool.DamageError, dir string) event.Event {
	aside, err := damage.SetAside(dir)
	if err != nil {
		return event.SpoolDamagedAway.With("file", damage.Path, "bytes", damage.Length, "how", damage.How(), "offset", damage.Offset, "cause", damage.Err, "trouble", err)
	}
	return event.SpoolDamaged.With("file", damage.Path, "bytes", damage.Length, "how", damage.How(), "offset", damage.Offset, "cause", damage.Err, "aside", aside)
}

// Damaged notes that a place of a spool file was passed over. Which numbers are lost shows when the writer's
// next lines are read, or it tells its end: a writer that is out of room writes the same lines again, in another
// file. Of one that never goes on the headers in the damaged place say it, as far as they go on with the numbers
// that were read.
func (b *Book) Damaged(damage *spool.DamageError) {
	w := b.writers[damage.File.Writer]
	if w == nil {
		w = &writer{Writer: cursor.Writer{ID: damage.File.Writer, Begun: damage.File.Number == 1 && damage.Offset <= frame.MaxFileHeader}}
		b.writers[damage.File.Writer] = w
	}
	if damage.Head != nil {
		w.Stream = damage.Head.Stream
	}
	w.damaged = true
	for _, run := range damage.Runs() {
		w.tear(run)
	}
}

// tear notes the numbers of a damaged frame, if they are the next ones.
func (w *writer) tear(run frame.Run) {
	read, torn, dropped := w.Lines, &w.TornLines, run.Dropped
	if run.IsEvent {
		read, torn, dropped = w.Events, &w.TornEvents, 0
	}
	at := max(read, *torn)
	next := run.First == at+1+dropped || !run.IsEvent && w.dropped && run.First > at
	if next && (at > 0 || w.Begun) {
		*torn = run.Last
	}
}

// lose counts the numbers of a writer's damaged last frames as missing, since it has gone.
func (b *Book) lose(w *writer) {
	w.damaged = true
	b.gap(w, false, w.Lines, w.TornLines+1, 0)
	b.gap(w, true, w.Events, w.TornEvents+1, 0)
	w.Lines, w.Events = max(w.Lines, w.TornLines), max(w.Events, w.TornEvents)
	w.TornLines, w.TornEvents = 0, 0
}

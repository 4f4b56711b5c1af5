package locallog

import (
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/locallog/reconcile"
	"httpd-syslog/rotate"
)

// tellRecovery makes events of the results of a recovery, and a finding if somebody should look at the
// file.
func (l *Log) tellRecovery(file *logFile, r *reconcile.Reconciler, rec rotate.Recovery) {
	if rec.Cut > 0 && !l.state.cutTold {
		l.state.cutTold = true
		l.Events.Tell(event.FileCutBack.With("file", rec.Path, "bytes", rec.Cut))
	}
	if file.pos.IsZero() && len(r.There()) == 0 {
		return // a file that was there before there was a record
	}
	found := cursor.Found{
		File: file.name, Time: time.Now(), Lines: r.Strange().Lines, Bytes: r.Strange().Bytes,
		Twice: r.Strange().Lines > 0 && r.MayRepeat(), Short: rec.Short, Replaced: rec.Other,
	}
	if found.Lines == 0 && found.Short == 0 && !found.Replaced {
		return
	}
	l.Events.Tell(event.FileFound.With("file", found.File, "finding", found.Words()))
	l.state.found = cursor.AddFound(l.state.found, found)
	l.state.dirty = true
}

// dropSeen forgets findings that somebody has acknowledged.
func (l *Log) dropSeen() {
	if len(l.state.found) == 0 {
		return
	}
	left := cursor.Unseen(l.state.found, l.StateDir.Acknowledged())
	if n := len(l.state.found) - len(left); n > 0 {
		l.Events.Tell(event.FileAcknowledged.With("count", n))
		l.state.found, l.state.dirty = left, true
	}
}

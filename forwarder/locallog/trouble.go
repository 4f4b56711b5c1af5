package locallog

import (
	"fmt"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/locallog/shortage"
	"httpd-syslog/forwarder/locallog/turn"
	"httpd-syslog/forwarder/status"
)

// tell tells how a step has gone, by events and in the status. It reports whether it has gone well.
func (l *Log) tell(err error) bool {
	now := time.Now()
	if l.shortage.Skipping || shortage.IsFull(err) {
		l.keeper.Full()
	}
	switch l.trouble.Note(err, l.shortage.Skipping, l.lastStep, now) {
	case turn.Begins:
		l.Events.Tell(event.LogFailing.With("cause", err))
	case turn.Over:
		l.Events.Tell(event.LogWritten.With())
	}
	l.tellStatus(err, now)
	return err == nil
}

// tellStatus puts into the status why lines are not in the local log. err is not nil if no file can be
// written.
func (l *Log) tellStatus(err error, now time.Time) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	var held []status.HeldFile
	if err == nil {
		held = l.held()
	}
	if len(held) > 0 {
		text = held[0].File + ": " + held[0].Error
		if len(held) > 1 {
			text += fmt.Sprintf(" (%d files like that)", len(held))
		}
		text += "; the other files are written"
	}
	if text != l.trouble.Status {
		l.Progress.Failing(text, now)
	}
	l.trouble.Status = text
	l.Progress.Files(held, l.state.found)
}

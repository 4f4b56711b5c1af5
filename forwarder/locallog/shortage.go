package locallog

import (
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/locallog/shortage"
)

// Others are what the local log knows of the other consumers and of the deliverer.
type Others = shortage.Others

// writeOrLeaveOut writes a file's lines, but where the disk is full leaves out what every central
// server has: the central copy wins, and the spool is freed.
func (l *Log) writeOrLeaveOut(b *batch, file *logFile) error {
	err := file.unready
	if err == nil && l.shortage.IsNearlyFull(l.o.Dir) {
		err = shortage.ErrNearlyFull
	}
	if err == nil && file.leftOut {
		err = l.commit() // so that the lines that the file gets behind a commit have no gap
	}
	if err == nil {
		err = l.write(file)
	}
	if err == nil {
		l.shortage.Skipping = false
		l.pending.Add(file.stream, cursor.StreamCount{Lines: file.fresh.lines, Bytes: file.fresh.bytes})
		file.since.add(file.fresh)
		file.taken.add(file.fresh)
		return nil
	}
	if !shortage.IsFull(err) || !l.shortage.Others.Have(&b.open) {
		return err
	}
	l.leaveOut(file)
	return nil
}

// leaveOut counts a file's lines as left out.
func (l *Log) leaveOut(file *logFile) {
	l.shortage.Note(file.name, int(file.fresh.lines), file.runs)
	l.pending.Add(file.stream, cursor.StreamCount{LeftOut: file.fresh.lines, LeftOutBytes: file.fresh.bytes})
	file.leftOut = true
	file.seal.Skip()
	file.taken.add(file.fresh)
}

// tellLeftOut makes events of what was left out, when that is due.
func (l *Log) tellLeftOut() error {
	if !l.shortage.IsToBeTold(l.lastStep) {
		return nil
	}
	l.shortage.Tell(l.Events.TellNow)
	return l.commit() // at once, or a kill would have them told again
}

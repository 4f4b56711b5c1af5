package locallog

import (
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/locallog/sealing"
	"httpd-syslog/forwarder/spool"
)

func (l *Log) newSealer() *sealing.Sealer {
	return sealing.New(sealing.Options{
		Every: l.o.Seal, Dir: l.o.Dir,
		Tell: func(e event.Event) { l.Events.Tell(e) },
		TellNow: func(e event.Event) bool {
			_, written := l.Events.TellNow(e)
			return written
		},
		Secure: l.Progress.Secure,
	})
}

// sealDue makes seals when they are due, and tells those that were made. It is called where no batch is in
// hand.
func (l *Log) sealDue() error {
	seals := l.state.seals
	if seals.Due() {
		if err := l.commit(); err != nil {
			return err
		}
	}
	if l.state.asked != nil {
		seals.WantAll()
		if err := l.commit(); err != nil {
			return err
		}
	}
	if !seals.TellMade() {
		return nil
	}
	seals.Step()
	if l.state.asked != nil {
		close(l.state.asked)
		l.state.asked = nil
	}
	return nil
}

// sealsDue tells when seals are due, a rotated file is to be read, or a writer may have gone; nil: nothing is.
func (l *Log) sealsDue() <-chan time.Time {
	at := l.state.seals.NextAt()
	if gone := l.state.book.NextAt(); at.IsZero() || !gone.IsZero() && gone.Before(at) {
		at = gone
	}
	return l.alarms.seals.At(at)
}

// took tells what was found in a rotated file.
func (l *Log) took(found sealing.Reread) {
	if l.state.seals.Took(found) {
		l.state.dirty = true
	}
}

// rotateFirst rotates the file that a frame's lines are for, if that is due, while nothing is in hand: so that
// the seals of all files and writers end together. After an error the rotation comes later, and the seals of
// that file alone end with it.
func (l *Log) rotateFirst(b *batch, f *spool.Frame, file *logFile) error {
	if file.seal == nil || b.late || file.behind || l.writing != nil || file.log.Position().IsZero() ||
		!file.log.Due(len(file.text)+len(f.Payload)) {
		return nil
	}
	if err := l.flush(b); err != nil {
		return err
	}
	return l.rotate([]*logFile{file})
}

// reopen turns to the file at the path. Where it is another one, or was cut, its seals begin anew.
func (l *Log) reopen(file *logFile, why string) error {
	err := file.log.Reopen()
	if err == nil {
		file.seal.Anew(file.log.Position().Size, why)
	}
	return err
}

package relay

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
)

// encode adds the frame's lines to the batch, and sends each batch that is full.
func (r *Relay) encode(f *spool.Frame) error {
	st := r.streams.Of(f)
	if f.Lines > 0 && (r.o.wants(st.Name) || st.Name == frame.MessageStream) {
		r.batch.enc.SetHeader(st.Header(f))
		if err := r.encodeLines(f, st); err != nil {
			return err
		}
	}
	r.batch.span.Reach(f.File.ID, spool.Position{Offset: f.End})
	if r.batch.isFull() {
		return r.send()
	}
	return nil
}

func (r *Relay) encodeLines(f *spool.Frame, st *stream.View) error {
	text, repeated := f.Payload, r.window.Repeated(f)
	if repeated < f.Lines && r.batch.span.Received.IsZero() {
		r.batch.span.Received = f.Time
	}
	special := r.isSpecial(f, repeated)
	for i := 0; len(text) > 0; i++ {
		var line []byte
		var is bool
		if line, text, is = r.cutLine(f, text); !is || i < f.Start.Lines {
			continue
		}
		if special {
			added, err := r.addSpecial(f, st, i, line, i < repeated)
			if err != nil {
				return err
			}
			if !added {
				continue
			}
		} else {
			r.batch.bytes = r.batch.enc.Append(r.batch.bytes, st.SeverityOf(f, line), f.First+uint64(i), line)
		}
		r.batch.endMessage(i < repeated)
		if r.batch.cuts.Has() {
			r.noteCut(f, i)
		}
		if r.batch.isFull() {
			r.batch.span.Reach(f.File.ID, spool.Position{Offset: f.Start.Offset, Lines: i + 1})
			if err := r.send(); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutLine cuts the first line off a frame's text; is says whether it is one to be sent.
func (r *Relay) cutLine(f *spool.Frame, text []byte) (line, rest []byte, is bool) {
	if f.Kind == frame.Messages {
		line, rest, is = r.batch.whole.Cut(f, text, r.o.Streams)
		r.batch.enc.SetMore(r.batch.whole.TrailSize())
		return line, rest, is
	}
	if end := bytes.IndexByte(text, '\n'); end >= 0 { // bytes.Cut takes twice the time for lines of this length
		return text[:end], text[end+1:], true
	}
	return text, nil, true
}

// isSpecial reports whether a frame's lines must be looked at one by one: sessions have broken,
// messages were refused, or some of the lines are sent again.
func (r *Relay) isSpecial(f *spool.Frame, repeated int) bool {
	return r.doubt.Place() != nil || r.doubt.IsOn() || r.long > 0 || repeated > 0 || r.batch.span.Repeats > 0 || r.refusals.In(f.File.ID)
}

// addSpecial adds a frame's line i to the batch, if the line is to be sent. errEnough: neither the line
// nor any behind it is to be sent now.
func (r *Relay) addSpecial(f *spool.Frame, st *stream.View, i int, line []byte, repeated bool) (added bool, err error) {
	if r.left == 0 {
		return false, r.enough(f, i)
	}
	if r.batch.span.IsRepeat() && !repeated { // a span has repeats alone, or none
		_ = r.enough(f, i)
		if err := r.send(); err != nil {
			return false, err
		}
		r.batch.span.Received = f.Time
	}
	before := len(r.batch.bytes)
	r.batch.bytes = r.message(f, st, i, line)
	size := len(r.batch.bytes) - before
	if size == 0 {
		return false, nil // the message was set aside
	}
	if r.long > 0 && size >= r.long && !r.goesAlone() {
		r.batch.bytes = r.batch.bytes[:before]
		return false, r.enough(f, i)
	}
	r.longest = max(r.longest, size)
	if r.doubt.IsOn() {
		r.left--
		r.inRun++
		r.last = cursor.MessageOf(f, i)
	}
	return true, nil
}

// enough ends the reading before a frame's line i.
func (r *Relay) enough(f *spool.Frame, i int) error {
	if i > f.Start.Lines {
		r.batch.span.Reach(f.File.ID, spool.Position{Offset: f.Start.Offset, Lines: i})
	}
	return errEnough
}

// goesAlone reports whether a message that must go alone can be sent now: it must be the first of its
// run, and no other is sent in that run.
func (r *Relay) goesAlone() bool {
	if !r.doubt.IsOn() || r.inRun > 0 {
		return false
	}
	r.alone, r.left = true, 1
	return true
}

// message appends a message to the batch: as it is, cut to what a server takes, or not at all.
func (r *Relay) message(f *spool.Frame, st *stream.View, i int, line []byte) []byte {
	severity, seq := st.SeverityOf(f, line), f.First+uint64(i)
	switch size, refused := r.refusals.Of(cursor.MessageOf(f, i)); {
	case !refused:
		return r.batch.enc.Append(r.batch.bytes, severity, seq, line)
	case size > 0:
		b, _ := r.batch.enc.AppendCut(r.batch.bytes, severity, seq, line, size) // fits: the size was tried before
		return b
	}
	return r.batch.bytes
}

func (o *Options) wants(stream string) bool {
	return len(o.Streams) == 0 || slices.Contains(o.Streams, stream)
}

// send sends the batch, and settles.
func (r *Relay) send() error {
	if r.batch.span.IsEmpty() {
		r.settle()
		return nil
	}
	if len(r.batch.bytes) > 0 {
		if err := r.batch.keepPace(r.waiting); err != nil {
			return err
		}
	}
	if err := r.session.Err(); err != nil {
		return err // nothing of the batch was sent
	}
	r.window.Give(&r.batch.span, len(r.batch.bytes)) // before Send, which may have sent part of it when it fails
	r.batch.span.Reset()
	if len(r.batch.bytes) > 0 {
		fault.Point("relay.send.before")
		err := r.session.Send(r.batch.bytes, r.batch.ends, r.waiting)
		r.sentAt = time.Now()
		r.opened = cmp.Or(r.opened, r.sentAt)
		if err != nil {
			return err
		}
		fault.Point("relay.send.after")
	}
	r.batch.sent()
	r.settle()
	return r.appendFull()
}

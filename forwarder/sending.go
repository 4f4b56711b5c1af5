package forwarder

import (
	"bytes"
	"slices"
	"time"

	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/spool"
)

// encode adds the frame's lines to the batch, and sends full batches.
func (r *relay) encode(f *spool.Frame) error {
	st := r.streams.of(f)
	if f.Lines > 0 && r.wants(st.Name) {
		r.enc.SetHeader(st.header(f))
		if err := r.encodeLines(f, st); err != nil {
			return err
		}
	}
	r.open.reach(f.File.ID, spool.Position{Offset: f.End})
	if r.batchFull() {
		return r.flush()
	}
	return nil
}

func (r *relay) batchFull() bool {
	return len(r.batch) >= r.batchSize || r.pace != nil && len(r.ends) >= r.pace.burst
}

func (r *relay) encodeLines(f *spool.Frame, st *stream) error {
	text, repeated := f.Payload, r.window.repeated(f)
	if repeated < f.Lines && r.open.received.IsZero() {
		r.open.received = f.Time
	}
	special := r.isSpecial(f, repeated)
	for i := 0; len(text) > 0; i++ {
		n := bytes.IndexByte(text, '\n')
		if n < 0 {
			n = len(text) // cannot be: payloads are whole lines
		}
		line := text[:n]
		text = text[min(n+1, len(text)):]
		if i < f.Start.Lines {
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
			r.batch = r.enc.Append(r.batch, st.severity(f, line), f.First+uint64(i), line)
		}
		r.ends = append(r.ends, len(r.batch))
		r.open.lines++
		if i < repeated {
			r.open.repeats++
		}
		if r.batchFull() {
			r.open.reach(f.File.ID, spool.Position{Offset: f.Start.Offset, Lines: i + 1})
			if err := r.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// isSpecial reports whether a frame's lines are to be looked at one by one: because sessions have
// broken, or messages were refused, or some are sent again.
func (r *relay) isSpecial(f *spool.Frame, repeated int) bool {
	return r.doubt.place != nil || r.doubt.isOn() || r.long > 0 || repeated > 0 || r.open.repeats > 0 || r.refusals.in(f.File.ID)
}

// addSpecial adds a frame's line i to the batch, if it is to be sent. errEnough: it is not to be
// sent now, nor anything behind it.
func (r *relay) addSpecial(f *spool.Frame, st *stream, i int, line []byte, repeated bool) (added bool, err error) {
	if r.left == 0 {
		return false, r.enough(f, i)
	}
	if r.open.isRepeat() && !repeated { // what is new is not in one span with it
		_ = r.enough(f, i)
		if err := r.flush(); err != nil {
			return false, err
		}
		r.open.received = f.Time
	}
	before := len(r.batch)
	r.batch = r.message(f, st, i, line)
	size := len(r.batch) - before
	if size == 0 {
		return false, nil // it was set aside
	}
	if r.long > 0 && size >= r.long && !r.goesAlone() {
		r.batch = r.batch[:before]
		return false, r.enough(f, i)
	}
	r.longest = max(r.longest, size)
	if r.doubt.isOn() {
		r.left--
		r.inRun++
		r.last = messageID{f.File.ID, f.Start.Offset, i}
	}
	return true, nil
}

// enough ends the reading before a frame's line i.
func (r *relay) enough(f *spool.Frame, i int) error {
	if i > f.Start.Lines {
		r.open.reach(f.File.ID, spool.Position{Offset: f.Start.Offset, Lines: i})
	}
	return errEnough
}

// goesAlone reports whether a message that is to go alone does: it is the first of a run.
func (r *relay) goesAlone() bool {
	if !r.doubt.isOn() || r.inRun > 0 {
		return false
	}
	r.alone, r.left = true, 1
	return true
}

// message appends a message to the batch: as it is, cut to what a server takes, or not at all.
func (r *relay) message(f *spool.Frame, st *stream, i int, line []byte) []byte {
	severity, seq := st.severity(f, line), f.First+uint64(i)
	switch size, refused := r.refusals.of(messageID{f.File.ID, f.Start.Offset, i}); {
	case !refused:
		return r.enc.Append(r.batch, severity, seq, line)
	case size > 0:
		b, _ := r.enc.AppendCut(r.batch, severity, seq, line, size) // it was found to fit
		return b
	}
	return r.batch
}

func (r *relay) wants(stream string) bool {
	return len(r.o.Streams) == 0 || slices.Contains(r.o.Streams, stream)
}

// flush sends the batch.
func (r *relay) flush() error {
	if len(r.open.places) == 0 {
		r.settle()
		return nil
	}
	if len(r.batch) > 0 {
		if err := r.keepPace(); err != nil {
			return err
		}
	}
	if err := r.session.Err(); err != nil {
		return err // nothing of the batch was sent
	}
	r.window.give(&r.open, len(r.batch)) // before it is: what is on its way counts after a break
	r.open.reset()
	if len(r.batch) > 0 {
		fault.Point("relay.send.before")
		r.sentAt = time.Now()
		if err := r.session.Send(r.batch, r.ends, r.waiting); err != nil {
			return err
		}
		fault.Point("relay.send.after")
	}
	r.batch, r.ends = r.batch[:0], r.ends[:0]
	r.settle()
	return nil
}

// keepPace waits until the batch may be sent.
func (r *relay) keepPace() error {
	if r.pace == nil {
		return nil
	}
	return r.pace.wait(len(r.ends), r.waiting)
}

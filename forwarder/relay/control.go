package relay

import (
	"bytes"

	"httpd-syslog/forwarder/spool/frame"
)

// sendControl sends the control, a message from behind the suspect, out of turn. errNoOther: there is no
// message behind the suspect.
func (r *Relay) sendControl() error {
	control, err := r.control()
	if err != nil {
		return err
	}
	if control == nil {
		return errNoOther
	}
	r.window.Pad(len(control))
	return r.session.Send(control, []int{len(control)}, r.waiting)
}

// control returns the message that the suspect is compared with; nil: there is none. If it can be, that is the
// first of another row of numbers than the suspect's. The server may prove to take the suspect: it was away when
// connections broke, say. Then each row stands there in its order all the same, and nobody who checks the
// server's files is told that a line stands behind a later one.
func (r *Relay) control() ([]byte, error) {
	known := r.batch.whole.Known(r.streams)
	if !r.doubt.Any() {
		seen := map[frame.WriterID]bool{}
		best, err := r.shortest(func(h *frame.FileHeader) bool { return known(h) && r.isOfOthers(h) }, func(m *encoded) bool {
			first := !seen[m.id.File.Writer]
			seen[m.id.File.Writer] = true
			return first
		})
		if best != nil || err != nil {
			return best, err
		}
	}
	return r.shortest(known, func(m *encoded) bool { return m.id != r.suspect.ID })
}

// isOfOthers reports whether a file has rows of its own, and not the suspect's. What a collector has taken in may
// all be of one row, whichever of its processes has written it.
func (r *Relay) isOfOthers(h *frame.FileHeader) bool {
	return !h.Messages && h.File.Writer != r.suspect.ID.File.Writer
}

// shortest returns the first message of these files that may be the control; if that is to be far behind the
// suspect, the shortest one of many. nil: there is none.
func (r *Relay) shortest(files func(*frame.FileHeader) bool, may func(m *encoded) bool) (best []byte, err error) {
	const many = 1000
	n := 0
	err = r.messages(files, func(m *encoded) bool {
		n++
		if may(m) {
			if b := m.encode(r.batch.enc); best == nil || len(b) < len(best) {
				best = bytes.Clone(b)
			}
		}
		return best == nil || r.doubt.Far() && n < many
	})
	return best, err
}

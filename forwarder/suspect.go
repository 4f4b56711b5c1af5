package forwarder

import (
	"bytes"
	"fmt"
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/syslogfmt"
)

// sendControl sends one message from behind the suspect, out of its turn. errNoOther: there
// is none.
func (r *relay) sendControl() error {
	const many = 1000
	n, best := 0, []byte(nil)
	err := r.messages(func(m *encoded) bool {
		if m.id == r.suspect.id {
			return true
		}
		b := m.encode(r.enc)
		if n++; n == 1 || r.doubt.far && len(b) < len(best) {
			best = bytes.Clone(b)
		}
		return r.doubt.far && n < many
	})
	if err != nil {
		return err
	}
	if best == nil {
		return errNoOther
	}
	r.window.pad(len(best))
	return r.session.Send(best, []int{len(best)}, r.waiting)
}

// encoded is a message of the spool that can be encoded.
type encoded struct {
	id       messageID
	stream   *stream
	header   *syslogfmt.Header
	severity syslogfmt.Severity
	seq      uint64
	line     []byte
}

// encode is valid until the next call.
func (m *encoded) encode(e *syslogfmt.Encoder) []byte {
	e.SetHeader(m.header)
	return e.Append(nil, m.severity, m.seq, m.line)
}

// messages calls each with the messages that are not accepted, until that returns false. It
// reads by itself and moves nothing.
func (r *relay) messages(each func(m *encoded) bool) error {
	from := spool.NewReader(r.catalog, r.window.accepted, r.streams.known)
	defer from.Close()
	for {
		f, err := from.Next()
		if f == nil && err == nil {
			return nil
		}
		if f == nil {
			continue // damage, which the local log reports
		}
		st := r.streams.of(f)
		if f.Lines == 0 || !r.wants(st.Name) {
			continue
		}
		i := 0
		for line := range bytes.Lines(f.Payload) {
			m := encoded{messageID{f.File.ID, f.Start.Offset, i}, st, st.header(f), st.severity(f, line), f.First + uint64(i), bytes.TrimSuffix(line, []byte("\n"))}
			if i++; i <= f.Start.Lines {
				continue
			}
			if size, refused := r.refusals.of(m.id); refused && size == 0 {
				continue
			}
			if !each(&m) {
				return nil
			}
		}
	}
}

// suspects finds the message that was sent last, alone.
func (r *relay) suspects() {
	r.suspect = &refusedMessage{id: r.last, relay: r.o.Name, server: r.servers.current().String()}
	plain := syslogfmt.NewEncoder(r.o.Format, syslogfmt.None, r.o.MaxMessage)
	plain.SetData(r.o.Data)
	_ = r.messages(func(m *encoded) bool {
		if m.id != r.last {
			return true
		}
		s := r.suspect
		s.stream, s.procID, s.seq, s.text = m.stream.Name, m.header.ProcID, m.seq, bytes.Clone(m.encode(plain))
		r.doubt.of(len(s.text), func(size int) bool {
			_, fits := plain.AppendCut(nil, m.severity, m.seq, m.line, size)
			return fits
		})
		return false
	})
}

// refuse has the suspect be cut to a size from now on, or, 0, set aside.
func (r *relay) refuse(size int) {
	s := r.suspect
	now := time.Now()
	r.refusals.add(s.id, size, now)
	r.count.Refused++
	r.progress.report.sent(r.count, time.Time{}, now)
	r.doubt.isRefused(len(s.text))
	r.suspect = nil
	r.commit(false) // with the position, and before anything behind it is sent
	r.tellRefused(s, size)
}

func (r *relay) tellRefused(s *refusedMessage, size int) {
	what := fmt.Sprintf("relay %s: %s does not take a message (%s; %v), but others from behind it", r.o.Name, s.server, s, s.err)
	if size > 0 {
		r.events.log(syslogfmt.Alert, "%s: it is cut to %d bytes; the local log has all of it", what, size)
		return
	}
	r.events.log(syslogfmt.Alert, "%s, nor any part of it: it is set aside in %s; the local log has it, too", what, r.aside.path)
}

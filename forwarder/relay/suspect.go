package relay

import (
	"bytes"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/relay/refusal"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
)

// encoded is a message of the spool that can be encoded.
type encoded struct {
	id       cursor.MessageID
	stream   *stream.View
	header   *syslogfmt.Header
	severity syslogfmt.Severity
	seq      uint64
	line     []byte
	more     int // bytes that it may have above the limit
}

// encode returns the message as it is sent. The bytes are valid until the next call.
func (m *encoded) encode(e *syslogfmt.Encoder) []byte {
	e.SetHeader(m.header)
	e.SetMore(m.more)
	return e.Append(nil, m.severity, m.seq, m.line)
}

// messages calls each with every message of these files that is not accepted, until each returns false. It has a
// reader of its own, and leaves the relay's position as it is.
func (r *Relay) messages(files func(*frame.FileHeader) bool, each func(m *encoded) bool) error {
	from := spool.NewReader(r.catalog, r.window.Accepted(), files)
	defer from.Close()
	for {
		f, err := from.Next()
		if f == nil && err == nil {
			return nil
		}
		if f == nil {
			continue // a damaged place, of which the local log tells
		}
		st := r.streams.Of(f)
		if f.Lines == 0 || !r.o.wants(st.Name) && f.Kind != frame.Messages {
			continue
		}
		text := f.Payload
		for i := 0; len(text) > 0; i++ {
			var line []byte
			var is bool
			if line, text, is = r.cutLine(f, text); !is || i < f.Start.Lines {
				continue
			}
			m := encoded{cursor.MessageOf(f, i), st, st.Header(f), st.SeverityOf(f, line), f.First + uint64(i), line, 0}
			if f.Kind == frame.Messages {
				m.more = r.batch.whole.TrailSize()
			}
			if size, refused := r.refusals.Of(m.id); refused && size == 0 {
				continue
			}
			if !each(&m) {
				return nil
			}
		}
	}
}

// suspects makes the message that was sent last, alone, the suspect.
func (r *Relay) suspects() {
	r.suspect = &refusal.Message{ID: r.last, Relay: r.o.Name, Server: r.servers.Current().String()}
	plain := syslogfmt.NewEncoder(r.o.Format, syslogfmt.None, r.o.MaxMessage)
	plain.SetData(r.o.data())
	_ = r.messages(r.batch.whole.Known(r.streams), func(m *encoded) bool {
		if m.id != r.last {
			return true
		}
		s := r.suspect
		s.Stream, s.ProcID, s.Seq, s.Text = m.stream.Name, m.header.ProcID, m.seq, bytes.Clone(m.encode(plain))
		r.doubt.SuspectIs(len(s.Text), func(size int) bool {
			_, fits := plain.AppendCut(nil, m.severity, m.seq, m.line, size)
			return fits
		})
		return false
	})
}

// refuse has the suspect cut to a size from now on; 0: it is set aside.
func (r *Relay) refuse(size int) {
	s := r.suspect
	now := time.Now()
	r.refusals.Add(s.ID, size, now)
	r.record.count.Refused++
	r.progress.Sent(r.record.count, time.Time{}, now)
	r.doubt.IsRefused(len(s.Text))
	r.suspect = nil
	r.commit(false) // before anything behind the suspect is sent, so that a kill does not have it tried again
	r.tellRefused(s, size)
}

func (r *Relay) tellRefused(s *refusal.Message, size int) {
	var e event.Event
	switch isEvent := s.Stream == stream.Audit; {
	case isEvent && size > 0: // in few words: a server that takes no event would take no event of that
		e = event.RelayRefusedEvent.With("relay", r.o.Name, "max", size)
	case isEvent:
		e = event.RelayEventAside.With("relay", r.o.Name, "aside", r.aside.Path)
	case size > 0:
		e = event.RelayRefused.With("relay", r.o.Name, "server", s.Server, "stream", s.Stream, "max", size, "bytes", len(s.Text), "cause", s.Err)
	default:
		e = event.RelaySetAside.With("relay", r.o.Name, "server", s.Server, "stream", s.Stream, "aside", r.aside.Path, "bytes", len(s.Text), "cause", s.Err)
	}
	e.Ranges = []event.Range{{Writer: s.ID.File.Writer.ProcID(), First: s.Seq, Last: s.Seq, Audit: s.Stream == stream.Audit}}
	r.events.Tell(e)
}

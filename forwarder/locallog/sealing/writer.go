package sealing

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Writer is the open piece of a writer's lines, or of its events.
type Writer struct {
	key
	procID string
	stream string
	number *uint64 // of the last line, for heartbeats
	file   *File   // whose piece was the writer's last; nil: none was

	sum    digest
	span   cursor.LinesSpan // with the batch in hand
	inHand bool             // the batch in hand has texts of it
	state  []byte           // of sum, where that batch began
	before cursor.LinesSpan // likewise
}

type key struct {
	writer frame.WriterID
	class  seal.Class
}

// done are the piece and the state of its hash without the batch in hand. The state is valid until
// the next call for the writer.
func (w *Writer) done() (cursor.LinesSpan, []byte) {
	if !w.inHand {
		w.state, w.before = w.sum.append(w.state[:0]), w.span
	}
	return w.before, w.state
}

// at is the state of the hash behind the first bytes of the piece, if it is one of the two that are known.
func (w *Writer) at(bytes uint64) (state []byte, ok bool) {
	if w.inHand && w.span.Bytes == bytes {
		return w.sum.append(nil), true
	}
	span, state := w.done()
	return slices.Clone(state), span.Bytes == bytes
}

// Read takes the texts of a frame into its writer's piece, and returns that; nil for a frame without.
// The frame is in hand from then on, until Applied.
func (s *Sealer) Read(f *spool.Frame) *Writer {
	if s.off || f.Lines == 0 {
		return nil
	}
	w := s.writerOf(f)
	if !w.inHand {
		w.done()
		w.inHand = true
		s.inHand = append(s.inHand, w)
	}
	if w.span.Lines == 0 {
		w.span.First, w.span.From = f.First, f.Time
	}
	_, _ = w.sum.Write(f.Payload)
	w.span.Bytes += uint64(len(f.Payload))
	w.span.Lines += uint64(f.Lines)
	w.span.Last, w.span.To = f.First+uint64(f.Lines)-1, f.Time
	if f.Kind != frame.Event {
		*w.number, s.numbers.dirty = w.span.Last, true
	}
	if !s.isEvidence(f) && s.since.IsZero() {
		s.since = time.Now()
	}
	return w
}

// Applied notes that all that was read is part of the position.
func (s *Sealer) Applied() {
	for _, w := range s.inHand {
		w.inHand = false
	}
	s.inHand = s.inHand[:0]
}

// writerOf is the piece that a frame's texts belong to.
func (s *Sealer) writerOf(f *spool.Frame) *Writer {
	class := seal.OfLines
	if f.Kind == frame.Event {
		class = seal.OfEvents
	}
	if s.last.file == f.File && s.last.class == class {
		return s.last.w
	}
	k := key{f.Head.File.Writer, class}
	w := s.writers[k]
	if w == nil {
		w = s.newWriter(k, f.Head.Stream)
	}
	s.last = lastWriter{f.File, class, w}
	return w
}

func (s *Sealer) newWriter(k key, stream string) *Writer {
	w := &Writer{key: k, procID: k.writer.ProcID(), stream: stream}
	if k.class == seal.OfLines {
		w.number = s.numbers.entry(w.procID)
	}
	s.writers[k] = w
	return w
}

// lastWriter is whose frame was read last: mostly the next one is the same writer's.
type lastWriter struct {
	file  *spool.File
	class seal.Class
	w     *Writer
}

// isEvidence reports whether a frame is a seal, the beginning of a chain or a heartbeat, which alone are
// nothing to seal. It notes the
// end of a writer.
func (s *Sealer) isEvidence(f *spool.Frame) bool {
	if f.Kind != frame.Event {
		return false
	}
	told, _ := event.Parse(string(bytes.TrimSuffix(f.Payload, []byte{'\n'})))
	if kind := event.Find(told.Code); kind != nil && kind.Accounts == event.Ended {
		s.numbers.drop(cmp.Or(told.Get("writer"), f.Head.File.Writer.ProcID()))
	}
	switch told.Code {
	case event.SealLines.Code, event.SealFile.Code, event.SealCentral.Code, event.SealChain.Code, event.SealBroken.Code, event.Heartbeat.Code:
		return true
	}
	return false
}

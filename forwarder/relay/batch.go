package relay

import (
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/relay/whole"
	"httpd-syslog/forwarder/relay/window"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
)

// batch is messages that are encoded and not yet given to the session, and the span of lines that they
// are. Lines that are passed over are in the span and among no messages.
type batch struct {
	whole whole.Cutter
	enc   *syslogfmt.Encoder // nil: there was no session yet
	bytes []byte
	ends  []int       // of each message, in bytes
	full  int         // bytes of a full batch, about: the session's
	pace  *pace.Pacer // of the messages; nil: no limit
	span  window.Span

	cut       uint64         // how many messages enc has cut, as far as that is in cuts
	cuts      []event.Range  // numbers of messages that were cut, and that no event has told of
	cutOf     frame.WriterID // whose message was cut last
	cutProcID string         // of that
	leftOut   uint64         // likewise: messages without their structured data, which was too long
}

// begin sets the encoder for a new session, which takes about full bytes at once.
func (b *batch) begin(enc *syslogfmt.Encoder, full int) {
	b.enc, b.full = enc, full
	b.cut, b.leftOut = 0, 0
}

func (b *batch) isFull() bool {
	return len(b.bytes) >= b.full || len(b.span.Places) >= mostPlaces/2 || b.pace != nil && len(b.ends) >= b.pace.Burst
}

// endMessage notes that a message ends where the bytes end. repeat: it was accepted before.
func (b *batch) endMessage(repeat bool) {
	b.ends = append(b.ends, len(b.bytes))
	b.span.Lines++
	if repeat {
		b.span.Repeats++
	}
}

// sent empties the batch after the session has got its messages; the span stays.
func (b *batch) sent() { b.bytes, b.ends = b.bytes[:0], b.ends[:0] }

// forget drops messages that were not sent, and will be read again.
func (b *batch) forget() {
	b.sent()
	b.span.Reset()
}

// keepPace waits until the batch may be sent. It calls waiting about once a second; an error of
// waiting ends it.
func (b *batch) keepPace(waiting func() error) error {
	if b.pace == nil {
		return nil
	}
	return b.pace.Wait(len(b.ends), waiting)
}

// hasCut reports whether a message was cut since the last call.
func (b *batch) hasCut() bool {
	cut := b.enc.Cut() != b.cut
	b.cut = b.enc.Cut()
	return cut
}

// untold is how many messages had structured data left out since the last call.
func (b *batch) untold() (leftOut uint64) {
	if b.enc == nil {
		return 0
	}
	leftOut = b.enc.LeftOut() - b.leftOut
	b.leftOut += leftOut
	return leftOut
}

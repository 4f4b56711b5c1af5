package relay

import (
	"httpd-syslog/forwarder/relay/cuts"
	"httpd-syslog/forwarder/relay/pace"
	"httpd-syslog/forwarder/relay/whole"
	"httpd-syslog/forwarder/relay/window"
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
	cuts  cuts.Cuts // of messages
}

// begin sets the encoder for a new session, which takes about full bytes at once.
func (b *batch) begin(enc *syslogfmt.Encoder, full int) {
	b.enc, b.full = enc, full
	b.cuts.Begin(enc)
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

package cursor

import (
	"bytes"
	"strconv"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// CountOf is what a frame tells of its stream beside its lines: how many were dropped before it, and
// how many card numbers there were.
func CountOf(f *spool.Frame) (n StreamCount) {
	n.Dropped = uint64(f.Dropped)
	if f.Kind != frame.Event || !bytes.Contains(f.Payload, cardsMark) {
		return n
	}
	told, _ := event.Parse(string(bytes.TrimSuffix(f.Payload, []byte{'\n'})))
	count, err := strconv.ParseUint(told.Get("count"), 10, 64)
	if err != nil {
		return n
	}
	switch cards := (CardCounts{told.Get("network"): count}); told.Code {
	case event.CardsFound.Code:
		n.Stored = cards
	case event.CardsTruncated.Code:
		n.Truncated = cards
	}
	return n
}

// cardsMark is in the text of every event of card numbers.
var cardsMark = []byte("{event=cards.")

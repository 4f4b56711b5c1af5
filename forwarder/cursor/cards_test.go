package cursor

import (
	"reflect"
	"testing"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// TestCardsAreCounted by the events that tell of them, and by no line that looks like one.
func TestCardsAreCounted(t *testing.T) {
	found := event.CardsFound.With("count", 2, "network", "visa", "stream", "access").String()
	for _, tt := range []struct {
		kind frame.Kind
		text string
		want StreamCount
	}{
		{frame.Event, found + "\n", StreamCount{Dropped: 3, Stored: CardCounts{"visa": 2}}},
		{frame.Lines, found + "\n", StreamCount{Dropped: 3}},
		{frame.Event, event.CardsTruncated.With("count", 1<<40, "network", "amex", "stream", "x").String(), StreamCount{Dropped: 3, Truncated: CardCounts{"amex": 1 << 40}}},
		{frame.Event, event.CardsExcepted.With("count", 1, "stream", "x").String(), StreamCount{Dropped: 3}},
		{frame.Event, "x {event=cards.found count=-1 network=visa}", StreamCount{Dropped: 3}},
		{frame.Event, "other", StreamCount{Dropped: 3}},
	} {
		f := &spool.Frame{Frame: frame.Frame{Kind: tt.kind, Payload: []byte(tt.text), Dropped: 3}}
		if got := CountOf(f); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v", tt.text, got)
		}
	}
}

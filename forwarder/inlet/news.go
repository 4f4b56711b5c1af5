package inlet

import (
	"cmp"
	"os"
	"time"

	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// tellDropped makes an event of the lines that were dropped since the last frame.
func (in *inlet) tellDropped(space []byte) {
	if in.dropped > 0 {
		e := event.MessagesDropped.With("messages", in.dropped, "stream", in.stream, "memory", in.ring.Size())
		e.Ranges = []event.Range{in.numbers(in.number-uint64(in.dropped), in.number-1)}
		in.event(space, e)
	}
}

// totals are counts of an inlet's life.
type totals struct {
	lines, dropped, cut uint64 // lines: of the writers before
}

// tellBegin adds the event that the inlet has begun, before its first message.
func (in *inlet) tellBegin(space []byte) {
	if !in.began {
		in.began = true
		in.event(space, event.InletBegin.With("stream", in.stream, "pid", os.Getpid(), "writer", in.procID))
	}
}

// end is the event that the writer has ended.
func (in *inlet) end() event.Event {
	return event.InletEnd.With("stream", in.stream, "pid", os.Getpid(), "messages", in.all.lines+in.number-1, "dropped", in.all.dropped, "cut", in.all.cut,
		"writer", in.procID, "last", in.number-1)
}

// turnOver has another writer go on behind what the ring has, if the numbers are used up.
func (in *inlet) turnOver() {
	if in.number <= cmp.Or(in.r.o.MaxNumber, spool.MaxNumber) || in.turn.IsSet() {
		return
	}
	space := in.ring.Space(in.built, newsSpace)
	if space == nil {
		return
	}
	in.event(space, in.end())
	in.add()
	w := newWriter(in.r, in.stream)
	in.turn.Set(int64(in.added), w)
	in.all.lines += in.number - 1
	in.procID, in.number, in.events, in.began = w.ID().ProcID(), 1, 0, false
}

// numbers are a run of the inlet's numbers.
func (in *inlet) numbers(first, last uint64) event.Range {
	return event.Range{Writer: in.procID, First: first, Last: last}
}

// tellCut makes an event of messages that were cut, of as many as one event has ranges for.
func (in *inlet) tellCut(space []byte) {
	e := event.MessagesCut.With("messages", event.Count(in.cut), "stream", in.stream, "max", in.r.o.MaxLine)
	e.Ranges = in.cut
	first := e.Split()[0]
	in.event(space, first)
	in.cut = in.cut[len(first.Ranges):]
}

// event builds a frame about the log itself.
func (in *inlet) event(space []byte, e event.Event) {
	text := e.String()
	in.r.tell(e.Kind.Severity, text)
	in.events++
	f := frame.Frame{Severity: uint8(e.Kind.Severity), Time: time.Now(), First: in.events, Dropped: in.dropped}
	in.dropped = 0
	in.built += len(frame.AppendEvent(space[in.built:in.built], f, text))
}

// hasNews reports whether there is something to tell. The caller holds the lock.
func (in *inlet) hasNews() bool {
	return in.dropped > 0 || len(in.cut) > 0 || in.short > 0 || in.watch.HasNews()
}

// tellNews makes events of the messages that were dropped and cut, if the ring has space for them.
func (in *inlet) tellNews() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed && in.hasNews() {
		in.tellAll(in.ring.Space(in.built, newsSpace), false)
	}
	if !in.closed {
		in.turnOver()
	}
}

// cardNews is of how many networks tellAll tells at most.
const cardNews = 3

// newsSpace is for all that tellAll tells.
const newsSpace = (3 + cardNews) * (frame.HeaderSize + eventMax)

// tellAll tells what there is; of card numbers some of what is due, or at the end of what there is.
func (in *inlet) tellAll(space []byte, atEnd bool) {
	if space == nil {
		return
	}
	in.tellDropped(space)
	if len(in.cut) > 0 {
		in.tellCut(space)
	}
	if in.short > 0 {
		in.event(space, event.DataLeftOut.With("messages", in.short, "stream", in.stream, "max", frame.MaxOriginData))
		in.short = 0
	}
	told := 0
	in.watch.Tell(time.Now(), atEnd, func(e event.Event) bool {
		if told == cardNews {
			return false
		}
		in.event(space, e)
		told++
		return true
	})
	in.add()
}

// setCards changes what is done about card numbers. Those that were found and not told are told
// before that, if the ring has space.
func (in *inlet) setCards(rules cards.Rules) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for !in.closed && in.hasNews() {
		space := in.ring.Space(in.built, newsSpace)
		if space == nil {
			break
		}
		in.tellAll(space, true)
	}
	in.watch = cards.New(in.stream, rules)
}

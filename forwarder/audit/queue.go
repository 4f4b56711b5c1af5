package audit

import (
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/fault"
	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool/frame"
)

// writeOut writes the queue until it is empty, or until the disk takes no more for now.
func (e *Log) writeOut() {
	for {
		e.writing.Lock()
		done := e.flush()
		if done { // the record is not ahead of the events
			e.record()
		}
		e.writing.Unlock()
		e.mu.Lock()
		again := done && len(e.queue) > 0
		switch {
		case again:
		case done || !e.busy: // not busy: Close has given up
			e.busy = false
		case e.retry == nil:
			e.retry = time.AfterFunc(idle.Tick, e.writeOut)
		default:
			e.retry.Reset(idle.Tick)
		}
		e.mu.Unlock()
		if !again {
			return
		}
	}
}

// flush writes the queue, and reports whether all of it could be. writing is held.
func (e *Log) flush() bool {
	for {
		q, ok := e.first()
		if !ok {
			return true
		}
		if !e.write(&q) {
			return false
		}
		e.mu.Lock()
		e.queue = e.queue[1:]
		e.mu.Unlock()
	}
}

// first is the event to be written next: the oldest of the queue, or behind the last one those
// that tell which were dropped.
func (e *Log) first() (queued, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) == 0 && len(e.holes) > 0 {
		e.queueHoles()
	}
	if len(e.queue) == 0 {
		e.queue = nil
		return queued{}, false
	}
	return e.queue[0], true
}

// queueHoles makes events of the numbers whose events were dropped. mu is held.
func (e *Log) queueHoles() {
	ev := event.EventsLost.With("events", event.Count(e.holes))
	ev.Ranges, e.holes = e.holes, nil
	for _, part := range ev.Split() {
		q, _ := e.numbered(part)
		e.queue = append(e.queue, q)
	}
}

// write puts an event into the spool.
func (e *Log) write(q *queued) bool {
	f := frame.Frame{Severity: uint8(q.kind.Severity), Time: q.time, First: q.number}
	fault.Point("audit.write.before")
	if e.last != nil && e.last != q.w {
		_ = e.last.Close() // its numbers are used up
	}
	e.last = q.w
	_, err := q.w.Write(frame.AppendEvent(nil, f, q.text))
	return err == nil
}

package forwarder

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"httpd-syslog/forwarder/idle"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/syslogfmt"
)

// AuditStream is the stream of the events: what happens to the log is itself
// logged (PCI DSS 10.2.1.6, 10.7), locally and at every relay.
const AuditStream = "audit"

// AuditFile is its file in the log directory.
const AuditFile = "audit_log"

const auditTag = "httpd_syslog"

// eventQueue is how many events wait for the disk at most. There are a few in a minute
// even where everything goes wrong.
const eventQueue = 1000

// eventLog writes events of this process to the spool, in the order of log. Its methods
// may be called from several goroutines. log does not wait for the disk: what the disk
// does not take waits in memory, and what that has no room for is counted, and told of
// when there is room again.
type eventLog struct {
	tell func(s syslogfmt.Severity, text string) // is told each event, too; nil: nobody
	news chan struct{}                           // gets something after each event; buffered

	mu       sync.Mutex // guards what follows
	queue    []event
	lost     int         // events that the queue had no room for
	pouring  bool        // a goroutine writes the queue, or retry is to begin one
	retry    *time.Timer // nil: there was no need yet
	troubles []*trouble  // that there are, or were lately

	writing sync.Mutex // guards what follows, and the taking from the queue
	w       *spool.Writer
	number  uint64
}

// event is one that is not written yet.
type event struct {
	severity syslogfmt.Severity
	time     time.Time
	text     string
}

func newEventLog(stateDir, host string, rollSize int64) *eventLog {
	w := spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(stateDir), Host: host, Stream: AuditStream, RollSize: rollSize})
	return &eventLog{w: w, number: 1, news: make(chan struct{}, 1)}
}

// log has an event written. It does not wait for that.
func (e *eventLog) log(s syslogfmt.Severity, format string, args ...any) {
	ev := e.announce(s, format, args)
	e.mu.Lock()
	ev.time = time.Now() // in the order of the queue
	if len(e.queue) < eventQueue {
		e.queue = append(e.queue, ev)
	} else {
		e.lost++
	}
	start := !e.pouring
	e.pouring = true
	e.mu.Unlock()
	if start {
		go e.pour()
	}
	e.hasNews()
}

// logNow writes an event, behind those before it, and reports whether that could be done.
// One that could not is forgotten: the caller tells of it again.
func (e *eventLog) logNow(s syslogfmt.Severity, format string, args ...any) bool {
	ev := e.announce(s, format, args)
	e.writing.Lock()
	defer e.writing.Unlock()
	done := e.flush() && e.write(&ev)
	e.hasNews()
	return done
}

// announce makes an event.
func (e *eventLog) announce(s syslogfmt.Severity, format string, args []any) event {
	ev := event{s, time.Now(), strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ")}
	if e.tell != nil {
		e.tell(s, ev.text)
	}
	return ev
}

func (e *eventLog) hasNews() {
	select {
	case e.news <- struct{}{}:
	default: // it is known already that there is some
	}
}

// pour writes the queue until it is empty, or until the disk takes no more for now.
func (e *eventLog) pour() {
	for {
		e.writing.Lock()
		done := e.flush()
		e.writing.Unlock()
		e.mu.Lock()
		again := done && len(e.queue) > 0
		switch {
		case again:
		case done || !e.pouring: // close has given up
			e.pouring = false
		case e.retry == nil:
			e.retry = time.AfterFunc(idle.Tick, e.pour)
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
func (e *eventLog) flush() bool {
	for {
		ev, ok := e.first()
		if !ok {
			return true
		}
		if !e.write(&ev) {
			return false
		}
		e.mu.Lock()
		e.queue = e.queue[1:]
		e.mu.Unlock()
	}
}

// first is the event to be written next. Behind the last one that was queued comes one of
// those that were not.
func (e *eventLog) first() (event, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) == 0 && e.lost > 0 {
		e.queue = append(e.queue, event{syslogfmt.Alert, time.Now(), fmt.Sprintf("%d events could not be written, and are lost", e.lost)})
		e.lost = 0
	}
	if len(e.queue) == 0 {
		e.queue = nil
		return event{}, false
	}
	return e.queue[0], true
}

// write puts an event into the spool.
func (e *eventLog) write(ev *event) bool {
	b := append(make([]byte, spool.FrameHeader), ev.text...)
	b = append(b, '\n')
	f := spool.Frame{Kind: spool.Event, Severity: uint8(ev.severity), Time: ev.time, First: e.number, Lines: 1}
	f.Seal(b)
	_, err := e.w.Write(b)
	if err == nil {
		e.number++
	}
	return err == nil
}

// setHost has later events come from that host.
func (e *eventLog) setHost(host string) { e.w.SetHost(host) }

// owns reports whether a spool file is this event log's.
func (e *eventLog) owns(id spool.FileID) bool { return id.Writer == e.w.ID() }

// close writes what waits, if the disk takes it, and lets go of the file. The next event
// has a file of its own; until there is one, what the disk has not taken is not tried again.
func (e *eventLog) close() {
	e.writing.Lock()
	defer e.writing.Unlock()
	e.flush()
	_ = e.w.Close() // nothing is buffered
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pouring = false
	if e.retry != nil {
		e.retry.Stop()
	}
}

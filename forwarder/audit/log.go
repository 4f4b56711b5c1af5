package audit

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
)

// maxQueue is how many events wait for the disk at most. There are a few in a minute
// even where everything goes wrong.
const maxQueue = 1000

// Options say where events go.
type Options struct {
	StateDir statedir.Dir
	Host     string // that the events come from
	RollSize int64  // bytes of a spool file; 0: the spool's default

	MaxNumber uint64 // of an event, behind which another writer goes on; 0: spool.MaxNumber

	// Tell, if not nil, is told each event as well, but for those that are routine. It may be called
	// from several goroutines.
	Tell func(s syslogfmt.Severity, text string)
}

// Log writes events of this process to the spool, in the order of the calls of Tell. Its
// methods may be called from several goroutines.
type Log struct {
	tell func(s syslogfmt.Severity, text string) // nil: nobody is told
	news chan struct{}                           // gets something after each event; buffered
	dir  statedir.Dir
	o    Options
	host atomic.Pointer[string]

	mu        sync.Mutex // guards what follows
	queue     []queued
	number    uint64        // of the next event
	holes     []event.Range // numbers of events that were dropped because the queue was full
	busy      bool          // a goroutine writes the queue, or retry is to begin one
	retry     *time.Timer   // nil: there was no need yet
	troubles  []*trouble    // troubles that are on, or were lately
	incidents incidents

	w   *spool.Writer    // of the next event
	own []frame.WriterID // whose numbers were given

	writing sync.Mutex    // guards the taking from the queue, and the writing
	last    *spool.Writer // that was written to
}

// queued is an event that is not written yet.
type queued struct {
	kind   *event.Kind
	time   time.Time
	number uint64
	text   string
	w      *spool.Writer // whose number it is
}

// New returns a log that has written nothing. It must be closed.
func New(o Options) *Log {
	e := &Log{o: o, tell: o.Tell, dir: o.StateDir, news: make(chan struct{}, 1)}
	e.host.Store(&o.Host)
	e.turn()
	return e
}

// turn begins to give numbers anew, as another writer. mu is held, or there is no other goroutine.
func (e *Log) turn() {
	e.w = spool.NewWriter(spool.WriterOptions{Dir: e.dir.Spool(), Host: *e.host.Load(), Stream: stream.Audit, RollSize: e.o.RollSize})
	e.own, e.number = append(e.own, e.w.ID()), 1
}

// News gets something after each event, and after each call of Stir.
func (e *Log) News() <-chan struct{} { return e.news }

// Tell has an event written, several for one that has many ranges, and returns the incident that
// it begins or belongs to. It does not wait for the disk: an event that the disk does not take
// waits in the queue. While the queue is full events are dropped; their numbers are an event when
// the queue has been written.
func (e *Log) Tell(ev event.Event) (incident string) {
	for _, part := range ev.Split() {
		if incident != "" {
			part.Incident = incident
		}
		incident = e.tellOne(part)
	}
	e.Stir()
	return incident
}

// TellOwn is Tell for an event that has the log's own PROCID and the number of the event itself.
func (e *Log) TellOwn(of func(writer string, number uint64) event.Event) {
	e.mu.Lock()
	e.enqueue(of(e.w.ID().ProcID(), e.number))
	e.Stir()
}

func (e *Log) tellOne(ev event.Event) (incident string) {
	e.mu.Lock()
	return e.enqueue(ev)
}

// enqueue has an event written. mu is held, and is not any more when it returns.
func (e *Log) enqueue(ev event.Event) (incident string) {
	q, incident := e.numbered(ev)
	ev.Incident = incident
	e.incidents.note(&ev, q.time)
	if len(e.queue) < maxQueue && len(e.holes) < maxQueue {
		e.queue = append(e.queue, q)
	} else {
		e.lose(&q)
	}
	start := !e.busy
	e.busy = true
	e.mu.Unlock()
	if start {
		go e.writeOut()
	}
	e.announce(&q)
	return incident
}

// TellNow writes an event, behind those before it, and reports whether that could be done.
// An event that could not be written is forgotten: the caller tells of it again.
func (e *Log) TellNow(ev event.Event) (incident string, written bool) {
	e.writing.Lock()
	defer e.writing.Unlock()
	defer e.Stir()
	for _, part := range ev.Split() {
		if incident != "" {
			part.Incident = incident
		}
		if incident, written = e.tellOneNow(part); !written {
			return "", false
		}
	}
	return incident, true
}

// tellOneNow writes an event. writing is held.
func (e *Log) tellOneNow(ev event.Event) (incident string, written bool) {
	for {
		done := e.flush()
		e.mu.Lock()
		if done && (len(e.queue) > 0 || len(e.holes) > 0) {
			e.mu.Unlock()
			continue // somebody has told of something meanwhile
		}
		q, incident := e.numbered(ev)
		e.mu.Unlock()
		e.announce(&q)
		if done && e.write(&q) {
			e.mu.Lock()
			ev.Incident = incident
			e.incidents.note(&ev, q.time)
			e.mu.Unlock()
			e.record()
			return incident, true
		}
		e.giveBack(&q)
		return "", false
	}
}

// numbered gives an event its number. mu is held.
func (e *Log) numbered(ev event.Event) (q queued, incident string) {
	now := time.Now()
	e.incidents.assign(&ev, fmt.Sprintf("%v.%d", e.w.ID(), e.number))
	q = queued{ev.Kind, now, e.number, ev.String(), e.w}
	if e.number++; e.number > cmp.Or(e.o.MaxNumber, spool.MaxNumber) {
		e.turn()
	}
	return q, ev.Incident
}

// giveBack takes back the number of an event that is forgotten, or lets it be a hole if there
// are numbers behind it.
func (e *Log) giveBack(q *queued) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if q.w == e.w && e.number == q.number+1 {
		e.number = q.number
	} else {
		e.lose(q)
	}
}

// lose notes that there will be no event of a number. mu is held.
func (e *Log) lose(q *queued) {
	e.holes = event.AddRange(e.holes, event.Range{Writer: q.w.ID().ProcID(), First: q.number, Last: q.number, Audit: true})
}

func (e *Log) announce(q *queued) {
	if e.tell != nil && !q.kind.Routine {
		e.tell(q.kind.Severity, q.text)
	}
}

// Stir says that there is something new to tell, besides events.
func (e *Log) Stir() {
	select {
	case e.news <- struct{}{}:
	default: // News has something already
	}
}

// SetHost has later events come from that host.
func (e *Log) SetHost(host string) {
	e.host.Store(&host)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.w.SetHost(host)
}

// Writer is who gives the events their numbers: the PROCID of its messages.
func (e *Log) Writer() string { return e.w.ID().ProcID() }

// Owns reports whether a spool file is this event log's.
func (e *Log) Owns(id frame.FileID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Contains(e.own, id.Writer)
}

// Close writes the queue, if the disk takes it, and closes the spool file. The Log can be used
// again: the next event goes into another file, and only with it are events tried again that
// the disk has not taken.
func (e *Log) Close() {
	e.writing.Lock()
	defer e.writing.Unlock()
	if e.flush() {
		e.record()
	}
	if e.last != nil {
		_ = e.last.Close() // nothing is buffered
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy = false
	if e.retry != nil {
		e.retry.Stop()
	}
}

package forwarder

import (
	"fmt"
	"strings"
	"sync"
	"time"

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

// eventLog writes events of this process to the spool. Its methods may be
// called from several goroutines. An event that cannot be spooled is dropped:
// it must not stop what it is about.
type eventLog struct {
	mu     sync.Mutex
	w      *spool.Writer
	number uint64
	last   map[string]bool // texts logged by once

	tell func(s syslogfmt.Severity, text string) // is told each event, too; nil: nobody
}

func newEventLog(stateDir, host string, rollSize int64) *eventLog {
	w := spool.NewWriter(spool.WriterOptions{Dir: statedir.SpoolDir(stateDir), Host: host, Stream: AuditStream, RollSize: rollSize})
	return &eventLog{w: w, number: 1, last: make(map[string]bool)}
}

// log writes an event. It reports whether that could be done.
func (e *eventLog) log(s syslogfmt.Severity, format string, args ...any) bool {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ")
	if e.tell != nil {
		e.tell(s, text)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	b := append(make([]byte, spool.FrameHeader), text...)
	b = append(b, '\n')
	f := spool.Frame{Kind: spool.Event, Severity: uint8(s), Time: time.Now(), First: e.number, Lines: 1}
	f.Seal(b)
	_, err := e.w.Write(b)
	if err == nil {
		e.number++
	}
	return err == nil
}

// once logs an event whose text was not logged before.
func (e *eventLog) once(s syslogfmt.Severity, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	e.mu.Lock()
	known := e.last[text]
	if len(e.last) < 1000 {
		e.last[text] = true
	}
	e.mu.Unlock()
	if !known {
		e.log(s, "%s", text)
	}
}

// owns reports whether a spool file is this event log's.
func (e *eventLog) owns(id spool.FileID) bool { return id.Writer == e.w.ID() }

func (e *eventLog) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = e.w.Close() // nothing is buffered
}

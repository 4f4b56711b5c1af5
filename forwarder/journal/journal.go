// Package journal has events in the journal of the service manager, as well as in the audit log.
package journal

import (
	"fmt"
	"io"
	"os"

	"httpd-syslog/forwarder/syslogfmt"
)

// Journal writes events to standard error, where a service manager keeps them. Tell never
// blocks: an event that the journal's queue has no room for is in the audit log all the same.
type Journal struct {
	lines chan string
	stop  chan struct{}
	done  chan struct{}
	level bool // each line begins with its severity, as sd-daemon(3) has it
}

// New returns a journal that writes to w. It must be closed.
func New(w io.Writer) *Journal {
	const waiting = 256
	j := &Journal{
		lines: make(chan string, waiting), stop: make(chan struct{}), done: make(chan struct{}),
		level: os.Getenv("JOURNAL_STREAM") != "",
	}
	go j.write(w)
	return j
}

// Tell tells an event. Any goroutine may call it.
func (j *Journal) Tell(s syslogfmt.Severity, text string) {
	line := "httpd_syslog: " + text + "\n"
	if j.level {
		line = fmt.Sprintf("<%d>%s\n", s, text)
	}
	select {
	case j.lines <- line:
	default:
	}
}

// write writes lines until Close is called, and then those that are left.
func (j *Journal) write(w io.Writer) {
	defer close(j.done)
	stop := j.stop
	for {
		select {
		case line := <-j.lines:
			_, _ = io.WriteString(w, line) // there is no other place to tell
			continue
		default:
		}
		if stop == nil {
			return
		}
		select {
		case line := <-j.lines:
			_, _ = io.WriteString(w, line)
		case <-stop:
			stop = nil
		}
	}
}

// Close writes the lines that are left, and returns when they are written. An event that is
// told after that goes to the audit log alone.
func (j *Journal) Close() {
	close(j.stop)
	<-j.done
}

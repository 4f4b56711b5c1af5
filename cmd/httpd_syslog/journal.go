package main

import (
	"fmt"
	"io"
	"os"

	"httpd-syslog/forwarder/syslogfmt"
)

// journal writes events to standard error, where a service manager keeps them. Nobody
// waits for it: what it cannot take is in the audit log.
type journal struct {
	lines chan string
	done  chan struct{}
	level bool // each line begins with its severity, as sd-daemon(3) has it
}

func newJournal(w io.Writer) *journal {
	const waiting = 256
	j := &journal{lines: make(chan string, waiting), done: make(chan struct{}), level: os.Getenv("JOURNAL_STREAM") != ""}
	go func() {
		defer close(j.done)
		for line := range j.lines {
			_, _ = io.WriteString(w, line) // there is no other place to tell
		}
	}()
	return j
}

func (j *journal) tell(s syslogfmt.Severity, text string) {
	line := "httpd_syslog: " + text + "\n"
	if j.level {
		line = fmt.Sprintf("<%d>%s\n", s, text)
	}
	select {
	case j.lines <- line:
	default:
	}
}

// close writes what is left. Nothing may be told after that.
func (j *journal) close() {
	close(j.lines)
	<-j.done
}

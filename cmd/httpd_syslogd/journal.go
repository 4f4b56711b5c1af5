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
	stop  chan struct{}
	done  chan struct{}
	level bool // each line begins with its severity, as sd-daemon(3) has it
}

func newJournal(w io.Writer) *journal {
	const waiting = 256
	j := &journal{
		lines: make(chan string, waiting), stop: make(chan struct{}), done: make(chan struct{}),
		level: os.Getenv("JOURNAL_STREAM") != "",
	}
	go j.write(w)
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

// write writes until it is to stop, and then what is left.
func (j *journal) write(w io.Writer) {
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

// close writes what is left. What is told after that is told to nobody.
func (j *journal) close() {
	close(j.stop)
	<-j.done
}

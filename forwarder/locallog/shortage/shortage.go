// Package shortage is what is known of a disk that is full, and of the lines that were left out since. It
// writes nothing, and has a teller.
package shortage

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/audit"
	"httpd-syslog/forwarder/consumer"
	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
)

// Others are what the local log knows of the other consumers and of the deliverer, for a disk that is
// full. The functions do not block.
type Others struct {
	// Are reports whether there are other consumers: without, nothing may be left out.
	Are func() bool
	// Have reports whether there are others, and each has accepted all lines of the span.
	Have func(*cursor.Span) bool
	// MakeRoom has spool freed, as soon as that can be. It does not wait.
	MakeRoom func()
}

// Shortage is what happens when the disk is full: the central copy wins over the local one, so that
// what every server has may be left out, and the last of the disk is for the spool.
type Shortage struct {
	Others   Others
	Full     bool // the disk was nearly full at the last look
	short    bool // the disk was short at the last look: spool is freed
	LookedAt time.Time
	LeftOut  map[string]int // lines left out by file that no event has told of; committed with done
	// Numbers are those of LeftOut, by file. Where each virtual host has its file they are those of the frames
	// that have the lines: lines of other hosts are among them, and no line of the file's own that it has.
	Numbers  map[string][]event.Range
	Skipping bool      // the last lines were left out
	ToldAt   time.Time // when an event last told of LeftOut
}

// ErrNearlyFull: nothing more is written to the local log.
var ErrNearlyFull = fmt.Errorf("what is left of the disk is for the spool: %w", unix.ENOSPC)

// IsFull reports whether a file system, or a user's part of it, is full.
func IsFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// IsNearlyFull reports whether the rest of the disk is to be left to the spool; it is false without other
// consumers. On a short disk it has spool freed before that. It looks at the disk ten times between two
// commits at most.
func (s *Shortage) IsNearlyFull(dir string) bool {
	if now := time.Now(); s.Others.Are() && now.Sub(s.LookedAt) >= consumer.CommitEvery/10 {
		was := s.short
		s.short, s.Full = spool.Shortage(dir)
		s.LookedAt = now
		if s.short && !was {
			s.Others.MakeRoom()
		}
	}
	return s.Full
}

// Runs are the numbers of frames, of one stream or of events.
type Runs []run

type run struct {
	writer      frame.WriterID
	first, last uint64
	isEvent     bool
}

// Add adds those of a frame, unless they are the last ones already.
func (rs *Runs) Add(f *spool.Frame) {
	r := run{f.Head.File.Writer, f.First, f.First + uint64(f.Lines) - 1, f.Kind == frame.Event}
	if n := len(*rs); n == 0 || (*rs)[n-1] != r {
		*rs = append(*rs, r)
	}
}

// Note counts lines of a file that were left out: all that it was to have of some frames.
func (s *Shortage) Note(file string, lines int, of Runs) {
	if s.LeftOut == nil {
		s.LeftOut = make(map[string]int)
	}
	if s.Numbers == nil {
		s.Numbers = make(map[string][]event.Range)
	}
	s.LeftOut[file] += lines
	for _, r := range of {
		s.Numbers[file] = event.AddRange(s.Numbers[file], event.Range{Writer: r.writer.ProcID(), First: r.first, Last: r.last, Audit: r.isEvent})
	}
	s.Skipping = true
}

// Tell tells what was left out, and forgets what was told.
func (s *Shortage) Tell(tell func(event.Event) (incident string, written bool)) {
	s.ToldAt = time.Now()
	for file, n := range s.LeftOut {
		e := event.LogLeftOut.With("lines", n, "file", file)
		e.Ranges = s.Numbers[file]
		if _, told := tell(e); told {
			delete(s.LeftOut, file)
			delete(s.Numbers, file)
		}
	}
}

// Clone is a copy of Numbers.
func Clone(numbers map[string][]event.Range) map[string][]event.Range {
	all := maps.Clone(numbers)
	for file, ranges := range all {
		all[file] = slices.Clone(ranges)
	}
	return all
}

// IsToBeTold reports whether an event is to tell now which lines were left out: once in a while, and at
// the end. Events that were left out of their own file are told with other lines, or when the disk
// has room again: an event of them alone would be left out in its turn.
func (s *Shortage) IsToBeTold(lastStep bool) bool {
	eventsAlone := len(s.LeftOut) == 1 && s.LeftOut[stream.AuditFile] > 0
	return len(s.LeftOut) > 0 && !(eventsAlone && s.Skipping) && (lastStep || time.Since(s.ToldAt) >= audit.RepeatAfter)
}

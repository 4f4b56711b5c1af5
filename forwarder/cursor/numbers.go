package cursor

import (
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/spool/frame"
)

// Numbers are what the local log has read of the numbers that writers have given. They may be ahead of
// its position.
type Numbers struct {
	Writers []Writer `json:"writers,omitempty"`
	// Missing are numbers that were found to be missing, and that no event has told of.
	Missing []Missing `json:"missing,omitempty"`
}

// Writer is a writer that was not told to have gone.
type Writer struct {
	ID     frame.WriterID `json:"writer"`
	Stream string         `json:"stream"`
	Lines  uint64         `json:"lines"`            // the last number of a line; 0: there was none
	Events uint64         `json:"events,omitempty"` // likewise, of an event
	Begun  bool           `json:"begun,omitempty"`  // it was read from its beginning
	Ended  bool           `json:"ended,omitempty"`  // it has told of its end
	// TornLines and TornEvents are numbers up to which damaged frames at the end of its file go, as their
	// headers say; 0: there are none.
	TornLines  uint64    `json:"torn_lines,omitempty"`
	TornEvents uint64    `json:"torn_events,omitempty"`
	Free       time.Time `json:"free,omitzero"` // since when nobody holds its spool file; zero: somebody does
}

// Missing are numbers that no line has, and why.
type Missing struct {
	event.Range
	Stream string `json:"stream"`
	Why    string `json:"why"`
}

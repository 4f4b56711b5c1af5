package cursor

import (
	"time"

	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
)

// Doubt is the part of a relay's doubts and refusals that outlives the process (packages doubt and
// refusal). An older program does not know the field, and sends all messages whole.
type Doubt struct {
	Breaks   int         `json:"breaks,omitempty"` // connections in a row that broke at one place
	Step     int         `json:"step,omitempty"`   // messages of the next run from Accepted on; 0: there are no trials
	Few      int         `json:"few,omitempty"`    // messages from there on among which the refused one is; 0: not known
	Long     int         `json:"long,omitempty"`   // bytes from which on a message goes alone; 0: none does
	Refused  bool        `json:"refused,omitempty"`
	Messages []Refused   `json:"messages,omitempty"`
	Times    []time.Time `json:"times,omitempty"` // of the refusals of the last hour
}

// Refused is a message that was refused.
type Refused struct {
	MessageID
	Size int `json:"size,omitempty"` // that it is cut to; 0: it is set aside
}

// InTrials reports whether the process ended within trials: they go on from what has passed.
func (rec *Doubt) InTrials() bool { return rec != nil && rec.Step > 0 }

// MessageID identifies a message of the spool: a line of a frame of a file.
type MessageID struct {
	File   frame.FileID `json:"file"`
	Offset int64        `json:"offset"`         // of the frame
	Line   int          `json:"line,omitempty"` // of its lines, from 0
}

// MessageOf is the ID of the message of a frame's line, from 0.
func MessageOf(f *spool.Frame, line int) MessageID {
	return MessageID{File: f.File.ID, Offset: f.Start.Offset, Line: line}
}

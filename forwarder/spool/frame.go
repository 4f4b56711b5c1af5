package spool

import "httpd-syslog/forwarder/spool/frame"

// Frame is a frame as a reader gives it.
type Frame struct {
	frame.Frame
	File  *File             // where it was read from
	Head  *frame.FileHeader // what that file says of its writer
	Start Position          // where it starts; Start.Lines of its lines are done
	End   int64             // offset of the byte after it
}

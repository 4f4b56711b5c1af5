// Package stream says what a stream's lines are called on the wire, and how they look in a file of
// the local log: whose header a message has (the web server's own, or that of the program that sent
// it as syslog), which severity, and what stands before the text of an event or of a received line.
//
// A Table finds the stream of a frame; each consumer has one of its own. A web server's line is
// nobody's to change: its text is sent, and written, byte for byte. Nothing is lost here, and
// nothing is allocated for a line.
package stream

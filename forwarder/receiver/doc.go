// Package receiver is the small syslog receiver behind `httpd_syslog receive URL`: it listens on one
// address and prints what arrives, to try a relay out and to test one. It is no log server: nothing
// is kept. Sockets, connections and their bounds are package listener's.
//
// What is guaranteed: whatever was read from a socket is printed, also what is no syslog message,
// then with the reason and its raw bytes; memory is bounded, for each connection and as a whole;
// output is written as soon as the writer has taken what came before.
//
// What can be lost: datagrams that the kernel drops because they arrive faster than they are printed
// (on a unix socket the sender waits instead); the end of a message above Options.MaxMessage, and the
// rest of a connection that announces one four times as long; what has not been read yet when
// Options.Count messages are printed. Structured data that repeats a parameter name within one element shows the
// last of them only, which is what the parser keeps; mode Raw has them all.
//
// Messages are RFC 5424, or RFC 3164 with or without HOSTNAME, as package syslogparse has them. Streams are framed as
// syslogfmt.Deframer describes; NUL ends a message on unix stream sockets, and over TCP before a PRI
// and where nothing more has arrived.
package receiver

// Package listener takes syslog messages in: from unix sockets, /dev/log among
// them, and over UDP and TCP. It knows no streams and writes no files: what it
// takes it gives to a Sink.
//
// # What is understood
//
// RFC 5424; RFC 3164 as libc's syslog() writes it, with a host name, with a time of RFC
// 3339, and in the many ways that package syslogparse has. Of a message that is not quite
// in one of these forms what is good of the header is kept, and the rest is text; without
// a PRI it is user.notice (RFC 3164, 4.3). Such messages are counted (Stats.Malformed).
//
// On streams frames are octet counted or lines, as the connection begins (RFC 6587, 3.4; see
// syslogfmt.Deframer); NUL ends a line on unix sockets, where libc writes it, and over TCP
// before a PRI and where nothing more has arrived. A frame without a PRI behind a message is
// a line of that message's text: it goes where that went, with the same header.
//
// # Bounds
//
// A message is cut at MaxText and its overhead; what is cut is said to the Sink.
// There are MaxConnections connections, and no more than half of the descriptors that
// the process may have: for a new one the longest idle of those
// that never sent a message is closed; it waits while what these have sent is yet
// to be read, and is turned away where all have sent messages. A connection begins with a buffer of a few
// KiB, and its buffer grows only while a long frame arrives; all that is grown has
// a bound as well. One that announces a message of more than 1 MiB, or four times as much as
// a message may be, is closed: the announcement would swallow what comes behind it. A connection that sends no message, or no end to one, within
// Idle is closed, however many bytes it sends; one that has sent messages may be
// silent between two of them for as long as it likes, since its next one would be
// lost, but not if there is no room for others.
//
// # What can be lost
//
//   - UDP: what comes faster than it is read, beyond the socket's buffer. On unix
//     datagram sockets the sender waits instead.
//   - What the Sink has no room for, counted by it.
//   - Of a frame above the limits the rest. Where a connection ends within a frame,
//     what is there of it is taken, marked as cut.
//   - At the end of Serve: what is still on its way over a network. What waits in a
//     datagram socket, or in the kernel for a connection, is taken before; a
//     socket that was inherited keeps it for the next process.
package listener

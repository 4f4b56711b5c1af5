// Package listener takes syslog messages in: from unix sockets, /dev/log among
// them, and over UDP, TCP, TLS and RELP. It knows no streams and writes no files: it gives
// each message to a Sink, or as it came to a RawTaker, with its Sender.
//
// # What is understood
//
// RFC 5424; RFC 3164 as libc's syslog() writes it, with a host name, with a time of RFC
// 3339, and in the many ways that package syslogparse has. Of a message that is not quite
// in one of these forms what is good of the header is kept, and the rest is text; without
// a PRI the message is user.notice (RFC 3164, 4.3). Such messages are counted (Stats.Malformed).
//
// On streams frames are octet counted or lines, as the connection begins (RFC 6587, 3.4; see
// syslogfmt.Deframer); NUL ends a line on unix sockets, where libc writes it, and over TCP
// before a PRI and where nothing more has arrived. A frame without a PRI behind a message is
// a line of that message's text: it goes where that message went, with the same header.
//
// # Bounds
//
// A message is cut at MaxText and its overhead; Message.Lost tells the Sink how much.
// There are MaxConnections connections, and no more than half of the descriptors that
// the process may have. For a new one the longest idle of those that never sent a message is
// closed. The new one waits while bytes that these have sent are still to be read, and is turned
// away where all have sent messages. A connection that sends no message, or no end to one,
// within Idle is closed, however many bytes it sends: where some of these wait to be read when that time is
// over, it has it once more, as it may be this process that stood still. A connection that has sent messages may be
// silent between two of them for as long as it likes, since closing it would lose the next one,
// unless the number of connections has reached its limit.
//
// A connection begins with a buffer of a few KiB, which grows only while a long frame arrives;
// what all buffers have grown has a bound, Memory, those of connections that were closed and have not
// ended yet included. A connection that announces a message of more
// than 1 MiB, or of four times as much as a message may be, is closed: the announcement would
// swallow the messages behind it.
//
// Over TLS a connection has Handshake for its handshake, without the time that our own steps take, and 64 KiB; beyond 16 KiB these count as
// those of long messages. A client whose certificate was verified counts as one that has sent a
// message. Who is not let in, or speaks no TLS, is counted and told of by kind, with the last one.
//
// A RELP session ends at what is no RELP. Its messages are answered in order when the Taker says that
// they are written; while 64 runs of them, of 4,096 at most, wait for that, no more are read.
//
// # Who waits
//
// Over TLS and RELP the senders are relays and log servers, which keep what they cannot send: they wait
// while a Taker has no room (Sender.Waits). Over TCP and on unix sockets programs log directly, and would
// stand still where they write a line: whether these wait is the Sink's to say. Over RELP nothing need be
// dropped even at the end: what is not answered comes again (Sender.Repeats).
//
// # What can be lost
//
//   - UDP: messages that come faster than they are read, beyond the socket's buffer. On unix
//     datagram sockets the sender waits instead.
//   - Messages that the Sink has no space for, counted by the Sink.
//   - Of a frame above the limits the rest. Where a connection ends within a frame,
//     what is there of it is taken, marked as cut.
//   - At the end of Serve: what is still on its way over a network. What waits in a
//     datagram socket, or in the kernel for a connection, is taken before; a
//     socket that was inherited keeps it for the next process.
package listener

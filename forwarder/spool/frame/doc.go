// Package frame is the format of the spool, byte for byte: what a frame is, how it is sealed, parsed and
// checked, and found again behind damage; the header of a file of frames, and its name. It opens no file.
//
// A frame that [Frame.Parse] takes is as it was sealed: a checksum covers all of it. What the other
// functions read of a frame's header ([LinesIn] and its neighbours) is not covered by that: it is for who
// only counts. A payload can hold anything, frames included, so that a frame is looked for ([Find]) behind
// what is damaged, and never within what may be the part of one that was being written ([MayBeTorn]).
//
// # File name
//
//	WRITER-PID.NUMBER     e.g. 019ac2f4a1b9f3a1-4711.000001
//
// WRITER is the writer's identity, 16 hexadecimal digits: the milliseconds
// since 1970 at its start in the upper 44 bits, 20 random bits below, so that
// names sort by age. NUMBER counts the files of the writer from 1.
//
// # File header
//
// All integers are little-endian. CRC is CRC-32C (Castagnoli).
//
//	offset  size  field
//	     0     6  "HSPOOL"
//	     6     2  format version: 1, of lines; 2, of messages
//	     8     4  H, length of this header with its CRC
//	    12     8  WRITER
//	    20     4  PID
//	    24     4  NUMBER
//	    28     8  time of the writer's start, ns since 1970
//	    36     2  n, length of the host name
//	    38     n  host name
//	  38+n     2  m, length of the stream's name
//	  40+n     m  stream's name
//	   H-4     4  CRC of the bytes 0..H-4
//
// # Frame
//
//	offset  size  field
//	     0     4  0xF5 "HSF"
//	     4     4  CRC of all that follows, payload included
//	     8     4  N, length of all that follows this header
//	    12     4  lines in the payload
//	    16     8  number of the first line in this writer, from 1
//	    24     8  time of receipt, ns since 1970
//	    32     4  lines dropped just before this frame; they have numbers too
//	    36     1  kind: 0 log lines, 1 an event of the program's own, 2 messages; 128 is added where there is padding
//	    37     1  severity; 255: the stream's
//	    38     2  A, length of the origin; 0: none, as with all that comes from an intake.
//	              With padding its length P, and A is 0
//	    40     A  origin
//	  40+A N-A-P  payload: whole lines, each with its LF
//	40+N-P     P  padding, which means nothing: zeros
//
// An intake that has much to write pads its frames so that each ends at a multiple of
// 128 KiB in the file: then the kernel keeps each in one piece of memory.
//
// # Origin
//
// What a message that came as syslog said of itself.
//
//	offset  size  field
//	     0     8  its time, s since 1970
//	     8     4  and ns
//	    12     2  that time's zone, minutes east of UTC; -32768: it has no time
//	    14     1  h, length of the host name; 0: none, or that of this machine
//	    15     1  t, length of the tag
//	    16     1  p, length of the process id, and of NUL and the message id if there is one
//	    17     h  host name
//	  17+h     t  tag
//	17+h+t     p  process id, and NUL and message id; an older program takes all for the process id
//	   ...        the rest: structured data, as RFC 5424 writes it
//
// # Messages
//
// A frame of messages has them whole, as they came to a collector, in a file of format version 2. Its
// origin is who sent them, all of them, and its payload is not lines. It has numbers of the writer too,
// one for each message, which no message has on it.
//
//	offset  size  field of the origin
//	     0     1  n, length of the name; 0: the sender has not proved who it is
//	     1     n  name, which a certificate has proved
//	   1+n        the rest: the sender's address
//
//	offset  size  field of the payload, for each message
//	     0     4  n, length of the message
//	     4     4  bytes that were cut off its end; 4294967295: not known how many
//	     8     n  message, as it came but for its framing: it can hold anything, LF included
//
// Files of messages have a stream's name, too: MessageStream, which no stream of the configuration has.
//
// Readers refuse files of another format version and leave them alone, so that
// after a downgrade nothing that a newer version wrote is lost.
package frame

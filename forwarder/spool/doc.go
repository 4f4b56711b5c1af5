// Package spool is the store between the processes that take log lines in and
// the one that delivers them: a directory of append-only files of frames.
//
// # Guarantees
//
// Each file belongs to exactly one Writer, has its final name from birth, and
// is never renamed or shared. A Writer holds an exclusive flock on its file for
// as long as it may still write to it. Frames reach the kernel with the Write
// that carries them, so what Write has taken survives the death of any process;
// a power failure costs what was not yet synced (File.Sync).
//
// A file is complete when a successor of the same writer exists, or when its
// lock is free and it is not empty; what a complete file holds never grows.
// A short frame at the end of a complete file is torn: its writer was killed
// within the write, or the disk was full. A frame whose checksum is wrong is
// damaged. Readers pass over both, say so with a DamageError, and go on at the
// next frame that is whole: nothing else is given up. What is torn is not
// searched for frames, since its payload can hold anything.
//
// A file is removed (Catalog.Remove) under its lock, by the deliverer alone,
// when each consumer's committed position has reached its end.
//
// Local file systems only: flock and O_APPEND are relied upon.
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
//	     6     2  format version, 1
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
//	    36     1  kind: 0 log lines, 1 an event of the program's own; 128 is added where there is padding
//	    37     1  severity; 255: the stream's
//	    38     2  A, length of the origin; 0: none, as with all that comes from an intake.
//	              With padding its length P, and A is 0
//	    40     A  origin
//	  40+A N-A-P  payload: whole lines, each with its LF
//	40+N-P     P  padding, which means nothing
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
// Readers refuse files of another format version and leave them alone, so that
// after a downgrade nothing that a newer version wrote is lost.
package spool

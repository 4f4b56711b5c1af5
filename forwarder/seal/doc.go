// Package seal is the form of seals: what is hashed, byte for byte, how a seal stands in an event, and
// how seals hang together. It is pure: it reads no file, and knows no clock.
//
// A seal vouches for what has happened since the one before. Seals of lines and of files are numbered
// together, from 1, in a chain, which is a state directory's.
//
// # What is hashed
//
// All sums are SHA-256.
//
//	of lines   the texts of one writer, of the numbers FIRST to LAST, in the order of their numbers,
//	           each with one LF behind it
//	of a file  its bytes from offset BEGIN up to, and not including, END
//	of a file  that was rotated: all of its bytes, before they were compressed
//	prev       the text of the seal before, without an LF; 64 zeros in seal 1
//
// A writer has two rows of numbers, and so two classes of texts, each with seals of its own:
//
//	lines  what came in for the stream
//	audit  the writer's events
//
// The text of a line is what the spool has of it, from its first byte to the last one before its LF,
// whether it was written to a local file or left out:
//
//   - of a line from a pipe: the line, as its file has it, with the mark of a cut where it was cut. As
//     a message of RFC 5424 it is MSG, without an octet count and an LF of the framing.
//   - of a line that came as syslog: its text alone, which is MSG as it came in, with a byte order mark
//     if there was one, and empty if it had no text. Header and structured data are not sealed.
//   - of an event: sentence and block, from the first letter to the closing brace. Severity, time and
//     host are not part of it. It is what stands behind "] " in audit_log, and MSG at a server.
//
// A number without a text is a line that was lost before it came into the spool. It adds nothing to a
// sum: LINES says how many texts there are. FIRST and LAST have texts. Texts of a number that were
// sent twice count once.
//
// A server that shortens, escapes or trims what it takes has other texts.
//
// # The text of a seal
//
//	seal 812 of lines {event=seal.lines n=812 prev=HEX chain=ID writer=PROCID stream=NAME class=lines first=4801 last=9600 lines=4800 from=TIME to=TIME sha256=HEX}
//	seal 813 of a file {event=seal.file n=813 prev=HEX chain=ID file=NAME since=790 begin=1048576 end=2097152 sha256=HEX}
//
// HEX is 64 digits, lower case. ID is the chain's, 32 random hexadecimal digits. PROCID is the writer's
// as messages have it; of a line that came as syslog PROCID has the same 16 digits at its end. TIME is in
// UTC, with microseconds: when FIRST and LAST came in. NAME is a file in the log directory. SINCE is the
// number of the first seal of this very file: after a rotation the name is another file's, whose seals
// have another one. Its pieces join up: BEGIN is the END of the piece before, and 0 in the first one
// unless the file is older than its seals.
//
// # The files of a collector
//
// A collector has many files: the pieces that were added to them stand in a list, a file a day in the directory
// of its files, and a seal is of what it adds to the list.
//
//	seal 17 of the central files {event=seal.central n=17 prev=HEX chain=ID file=_seals/DAY.log begin=0 end=4711 files=2 sha256=HEX}
//
// What is added is a heading, with the number of pieces and prev, and a line for each piece. So the text of the
// event can be computed from the list, and the list hangs together as the events do. FROM and TO are the first byte of the piece and the one
// behind it, LINES how many LFs it has, and HEX the sum of its bytes; PATH is below the directory. Each piece is
// hashed on its own:  tail -c +$((FROM+1)) PATH | head -c $((TO-FROM)) | sha256sum
//
//	seal 17 ID 2026-11-27T12:34:56Z 2 PREV
//	HEX FROM TO LINES PATH
//
// The seals of a collector are a chain of their own. A collector that is killed behind its list makes the
// event of the list when it begins again: the same text.
//
// # How seals hang together
//
// A seal with number n+1 has in prev the sum of the text of seal n. So one seal in other hands vouches
// for all before it. The same seal may be told more than once, word for word: after the death of a
// deliverer the next one tells the last ones again, under numbers of its own event log. Two texts with one
// number are a fork, and are never made by one state directory, but by a copy of it that went on too.
package seal

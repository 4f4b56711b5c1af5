// Package collector is the consumer of the spool that writes the messages of others to files: by sender,
// host, kind and day, each line once.
//
// # Guarantees
//
// Every message that a collecting listener has put into the spool is in its file, whole, in the order of its
// writer, after the death of any process at any instant: positions, sizes of files and what is known of
// numbers are one record, and files have nothing behind their record but what the spool gives again, the same
// bytes (package files).
//
// A message is left out only if its number is known and the very same line is in the file (package index):
// neither a forged number nor a machine that was restored from a copy costs a line. And if its trail shows that this
// process has sent it on (package trail): servers relay to each other in a ring.
//
// What does not come is missed: numbers below others that came, and those that events of the sender tell of
// (package numbers). Who falls silent is missed too.
//
// # Files
//
// One line a message, as RFC 5424 has it: what came so is there byte for byte, but for LF within it, which
// is "#012"; anything else gets a header of RFC 5424. Days are those of arrival, in UTC. When a day is over,
// and all of it is written, its files are packed; later messages go to the next day's, whatever the clock
// says.
//
// # What can be lost
//
// Nothing of what is in the spool. Of a file that cannot be written, for a reason of its own, the lines go to
// another one below "_elsewhere", until it can be. A disk that is full, or cannot be written, holds up all: messages wait in
// the spool, and senders wait for the spool. Where two processes of one writer's machine both live on, from a
// copy, lines are kept that nobody can tell apart from repeats: they may be there twice.
package collector

// Package intake gets lines into the spool, whatever happens. RunFront is what Apache
// starts: it keeps an intake alive on its standard input. Run is the intake: it reads
// standard input to its end and appends what it reads to spool files of its own. Between
// the reading and the appending is a ring (package ring).
//
// # What can be lost
//
// What was read from the pipe and is not in the spool yet dies with the intake: the frame in
// hand, and the ring while the disk stands still. What is in the pipe survives: the front
// starts another intake on it. Lines that the full ring has no space for are dropped, counted,
// and told by an event, unless Options.Block is set; they keep their numbers, so that the gap
// shows at the central server.
//
// # Concurrency
//
// An intake is three goroutines: a reader, which waits for nothing but input and, briefly, the
// ring; a store, which waits for the disk; a keeper, which sees to it that somebody delivers.
// A front has no goroutines, since each that blocks in a system call costs a thread.
//
// The package knows no network, no relay and no rotation: the program that is made of it must
// be small, and ready before the web server's first signal comes.
package intake

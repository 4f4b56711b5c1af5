// Package intake gets lines into the spool, whatever happens. RunFront is what Apache
// starts: it keeps an intake alive on its standard input. Run is the intake: it reads
// standard input to its end and appends what it reads to spool files of its own. Ring is
// the memory between the two, for all who take lines in.
//
// It knows no network, no relay and no rotation: the program that is made of it must be
// small, and there before the web server's first signal comes.
package intake

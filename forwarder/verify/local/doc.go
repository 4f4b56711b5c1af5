// Package local reads a web server's own log files, and holds their bytes against the seals of files:
// which are altered, from which byte to which, shortened, grown, or gone without an event.
//
// A file is known by its seals, not by its name: after a rotation another one has the name. Files that
// are still written are checked up to their last seal. Nothing is written, and no link is followed.
package local

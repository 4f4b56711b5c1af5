// Package cursor is what the record of a consumer of the spool holds: how far the consumer is, and
// what else has to be durable together with that. The record is a file of the state directory
// (statedir.Dir.Cursor), as JSON; only the process that delivers writes it, and whoever reads a status
// reads it.
//
// A field that an older program does not know is ignored by that program, and kept nowhere. A record
// that is older than what was delivered costs a relay repeats; the local log never has a position
// that its files do not have.
package cursor

// Package locallog is the consumer of the spool that writes the local log: the web server's own
// lines, byte for byte, in rotated files, one for each stream or for each virtual host.
//
// # Guarantees
//
// What is in the spool is in its file once, in the order of its writer, after the death of any process
// at any instant: a position and the sizes of the files are committed together, and what a file has
// behind its record is compared with the spool before anything is written to it. Nothing is cut from
// a file that the spool cannot give back. A file that cannot be written waits, with its lines in the
// spool, and holds up no other.
//
// # What can be lost
//
// Where the disk is nearly full, and every server has the lines: those, counted and told of. Lines of
// a file that was removed while its lines were not committed are written again; what others cut from a
// file is not.
//
// # What is not in here
//
// Rotation itself (package rotate) and what becomes of rotated files (package retention); how a line
// looks (package stream). The package knows no relay, no server and no deliverer: where the disk is
// full it asks Others.
package locallog

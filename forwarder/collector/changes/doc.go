// Package changes keeps what a collector knows in files that grow by what has changed, beside the
// collector's record. The record says which file, and how many bytes of it count (cursor.Changes). So what is
// known is always that of the record's positions, whichever instant a process was killed at, and a record
// costs what has changed since the one before, not all that is known.
//
// There are two files, PATH.0 and PATH.1, which take turns: one begins with all that is known, and changes
// follow. When these are longer than the beginning, the other one is begun, over what it had, once
// the record that names the present one is durable.
//
//	"httpd_syslog changes 1" LF
//	chunks, each:
//	    kind, one byte
//	    length of the payload, 4 bytes, little-endian
//	    CRC-32C of the file's number (8 bytes, little-endian), kind, length and payload; 4 bytes, little-endian
//	    payload
//
// A file that is damaged within what counts is damaged as a whole: what its whole chunks say was so at
// other positions than the record's.
package changes

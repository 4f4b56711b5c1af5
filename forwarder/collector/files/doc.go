// Package files is the files of a collector: opened below their directory without a symbolic link on the
// way, appended to, and brought back to what is recorded after a kill.
//
// # After a kill
//
// A record has the sizes of the files that were written to lately, together with the position in the spool
// up to which they have the messages. Before a file gets its first byte after a record that does not name
// it, its size is noted beside the record, on the disk ([Notes]). So the next process knows each file that
// may have more than is recorded, and cuts it back; the spool has the rest, which is written again, the same
// bytes. Nothing else is ever cut.
//
// # What can be lost
//
// Lines that somebody else removes, cuts or replaces with their file: that is told.
package files

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
// What files and frames are, byte for byte, is said by package frame. Readers refuse files of another
// format version, and leave them alone.
package spool

// Package reconcile finds out which lines of the spool a file of the local log has behind its record, so
// that after the death of the process no line is missing in the file or there twice. It has nothing cut
// from a file that the spool cannot give back. The package reads the file's end and the spool, and
// writes nothing.
package reconcile

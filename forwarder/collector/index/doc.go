// Package index finds lines in a file of a collector by their numbers: is this very line there already?
//
// It remembers where some lines of each row stand, one in 64 KiB or so, and reads the file between two of
// them. What was written before the index was made is read once, when it is first asked for. Where rows
// come in an order that the index has no room for, it may not find a line that is there; it never finds one
// that is not.
package index

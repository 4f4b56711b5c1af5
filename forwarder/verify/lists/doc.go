// Package lists holds the files of a collector against its own seals: each piece of a file against the line of it in
// a list, and the lists against the events of the collector, which have the sum of each.
//
// # How
//
// The lists are read once, and their seals computed again: each has the sum of the one before, and an event that is
// known has the text of one. Then the files of one day after the other are read, with the pieces that the lists have of
// them: those of some files at a time, so that memory does not depend on how many there are.
//
// Where hosts are asked for, those files are read that are about them. The lists are read whole all the same: a line
// that is missing there could be of any file.
package lists

// Package series is what a relay knows of its entries in a store (transport.Store): which series they make, who
// has made the last one, and where in the spool that ends. It is pure: it knows no store, no spool file and no clock.
//
// # How every line is there once
//
// Each entry has a mark: who made it, its number, and up to where its lines and those of all entries
// before it go in the spool, in the last file of each writer: those before are done. A store takes an entry only behind the one that the session knows to be the
// last. So whoever connects reads the last mark, and goes on behind it: an entry whose answer was lost in a kill or a
// break is there or not, and the mark says which.
//
// A series belongs to one state directory. A copy of that directory that delivers as well has other authors: the
// authors that the record names are those of this directory alone. An entry of anybody else is Foreign, and nothing is
// appended behind it. The same holds for a state directory that was restored from a backup.
//
// # What the record is for
//
// The record has the authors, and must be written before an author's first entry; where that cannot be done the author
// of before goes on under its name. It has the number of the last entry that is known, so that a store that has fewer
// is found out: it was restored, or has lost what it had acknowledged. Where such a store goes on, its mark
// counts and not the positions of the record, which are those of what was lost; so the record is written again before the next entry.
//
// A mark that would be longer than a store takes has the places of its entry alone, Partial: everything else is in
// the record, which the relay writes before. Where that cannot be done, the lines of the entry before are there twice after a kill.
package series

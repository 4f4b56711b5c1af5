// Package verify finds out whether logs are whole and unaltered: those of a central server, those of a
// web server, or both beside each other. It reads files alone, anywhere, and changes nothing.
//
// Seals and other events say what there should be: packages seal and event have their form, package
// ledger what they come to. Package central reads a central server's files and joins lines by writer,
// package local reads a web server's. Where both have the lines that one seal vouches for, their
// differences are told line by line.
//
// # What it cannot show
//
// Seals that lie where the lines do can be made anew by who alters the lines: that nobody did so is
// shown only by seals in other hands. What was lost before it was numbered is not known here: see
// the holes that packaging/doc/evidence.md lists.
package verify

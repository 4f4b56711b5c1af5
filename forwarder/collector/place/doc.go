// Package place says in which file of a collector a message stands. It is pure: it opens nothing.
//
// # Safe names
//
// What senders say of themselves becomes part of a path only as a safe name: 1 to 64 of the characters
// a–z, 0–9, '.', '_' and '-', the first a letter or a digit. A name that is safe stays as it is.
// Any other one gets '_' for each byte that is not, and what it was is told apart by a digest: the name
// ends with '-' and 16 hexadecimal digits of its SHA-256. A safe name that ends so by itself gets a digest
// of its own. So two names never become one, whatever a sender calls itself, but by a collision of 64 bits.
// A name that is missing is "_", which no other name becomes.
//
// Each piece of a pattern between slashes has one such name at most, so that two places never have one path.
package place

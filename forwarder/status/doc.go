// Package status is how the delivery from a state directory is doing, as its files tell: what the
// deliverer has written of itself (Writer), what the consumers have recorded, and what lies in the
// spool. Whoever reads a status knows files alone, so that it is the same whoever delivers, and if
// nobody does.
//
// What a Status says is up to a second old. Its JSON is an interface: the status command and the
// status page hand it on.
package status

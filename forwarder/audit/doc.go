// Package audit logs what happens to the log: a Log writes events to the spool, as a stream of its
// own that every consumer reads (PCI DSS 10.2.1.6 and 10.7).
//
// Trouble is for what fails again and again: it is told once, told again when it is over, and
// meanwhile only when the reason has changed.
//
// Whoever tells of an event does not wait for the disk. An event is lost with the process while the
// disk takes nothing, and where more than a thousand wait; how many those are is an event in its turn.
package audit

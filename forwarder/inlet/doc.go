// Package inlet puts messages that programs send as syslog into the spool: Inlets is the Sink of the
// listeners, and has an inlet for each stream, which spools as an intake does: through a ring in
// memory, to spool files of its own, as frames with an origin that says who sent the line.
//
// A sender waits for the disk no longer than intake.Patience, or with Block until the ring has space.
// A kill of the process loses messages that were read from a socket and are not written yet: those of
// a few milliseconds while the disk keeps up. A message that the ring has no space for is dropped,
// counted, and told by an event; it keeps its number, so that the gap shows.
//
// The package knows no consumer and no deliverer.
package inlet

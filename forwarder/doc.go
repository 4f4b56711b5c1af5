// Package forwarder is the deliverer: the one process for a state directory that brings the spool to
// its consumers, rotated local files and central syslog servers; and the service, which is a deliverer
// that stays.
//
//	Apache ─ pipe ─▶ front ─▶ intake ─append─▶ spool ─read─▶ deliverer ─▶ local log
//	                (supervises)               (frames)                ├─▶ relay A ─▶ server
//	                                                                   └─▶ relay B ─▶ server
//
// Front, intake and deliverer are processes with one job each. Front and intake are package intake; the consumers are
// packages locallog and relay, each of which reads the spool at its own pace and from its own durable
// cursor. This package starts and ends the consumers, wakes them when there is something to read, takes
// over a changed configuration, removes the spool that nobody needs, keeps the rest within its quota,
// and writes the status. How a consumer does its work is no matter of this package.
//
// Within the service package listener takes in messages that programs send as syslog, and package
// inlet puts them into the spool.
//
// # Guarantees
//
// Standard input is read to its end whatever happens to the disk, the network,
// the configuration or any of the processes.
//
// What is in the spool reaches every consumer. After the death of any process
// at any instant the local log has each line once, in the order of its writer, and those of
// several writers by the time of receipt as far as the spool has them. Nothing is cut from
// it that the spool cannot give back, and a file of it that cannot be written holds up no other;
// a server has each line, and may have some twice, no more than Rewind and
// RewindBytes allow, each time with the same PROCID and sequenceId.
//
// # What can be lost
//
//   - kill -9 of an intake: the frame in hand, and what is in the memory ring
//     while the disk stalls. Kill -9 of the service: messages that it has read from its
//     sockets and not written yet, those of a few milliseconds while the disk keeps up.
//   - Syslog messages over UDP that come faster than they are read; and of a message of
//     RFC 5424 its element "meta", in whose place is ours.
//   - A ring that is full because the spool cannot be written: the newest lines
//     are dropped, counted, and told by an event. They keep their numbers, so
//     that the gap shows.
//   - A spool above MaxSpool: the oldest lines that only a relay still needs,
//     counted, and told by an event; the local log has them. Where nobody delivers, the
//     newest that the ring does not hold.
//   - A disk that is nearly full: from the local log lines that every server has, counted.
//   - A power failure: lines that were read within the last second (spool.sync).
//   - Over TCP and TLS: what a server had acknowledged, beyond Rewind and RewindBytes,
//     before it died without having read it.
//   - Over UDP: what the network or the receiver drops. Over unix datagrams: what
//     a receiver that dies had not read.
package forwarder

// Package forwarder takes log lines in and delivers them: to rotated local
// files and to central syslog servers.
//
//	Apache ─ pipe ─▶ front ─▶ intake ─append─▶ spool ─read─▶ deliverer ─▶ local log
//	                (supervises)               (frames)                ├─▶ relay A ─▶ server
//	                                                                   └─▶ relay B ─▶ server
//
// Each of the three is a process with one job; the system service, Service, is a
// deliverer that stays. Front and intake are package intake; what lies in a state
// directory, and whose it is, is package statedir. RunDeliverer, in one process for each
// state directory, reads the spool and brings it to its consumers: the local log and
// the relays, each at its own pace and from its own durable cursor.
//
// What programs send as syslog, package listener takes in within the service, and
// Receiving spools it: frames with an origin, which says who sent it. Such a line is
// relayed as it was received; its local file has it behind its time, severity, host
// and tag, since a message has them outside its text.
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
//     while the disk stalls. Of the service likewise what it has read from its sockets
//     and not written yet, a few milliseconds of it while the disk takes everything.
//   - What is sent as syslog over UDP and faster than it is read; and of a message of
//     RFC 5424 its MSGID and its element "meta", in whose place are ours.
//   - A ring that is full because the spool cannot be written: the newest lines
//     are dropped, counted, and reported by an event. They keep their numbers, so
//     that the gap shows.
//   - A spool above MaxSpool: the oldest lines that only a relay still needs,
//     counted, and reported; the local log has them. Where nobody delivers, the
//     newest that the ring does not hold.
//   - A disk that is nearly full: from the local log what every server has, counted.
//   - A power failure: what was read within the last second (spool.sync).
//   - Over TCP and TLS: what a server had acknowledged, beyond Rewind and RewindBytes,
//     before it died without having read it.
//   - Over UDP: what the network or the receiver drops. Over unix datagrams: what
//     a receiver that dies had not read.
package forwarder

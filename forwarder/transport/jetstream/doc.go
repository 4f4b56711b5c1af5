// Package jetstream is NATS JetStream as a store (transport.Store): schemes nats and nats+tls. Each
// series is a subject of its own, PREFIX.HOST.ID, in one stream; an entry is one message of NATS.
//
// # An entry
//
// Its content is messages of RFC 5424, octet-counted (RFC 6587, 3.4.1), as they were sent. Its header has
//
//	Httpd-Syslog-Mark                    where they end, in the words of whoever appends
//	Httpd-Syslog-Messages                how many there are
//	Httpd-Syslog-After                   number of the series' entry before it; 0: it is the first
//	Nats-Expected-Last-Subject-Sequence  the same, for the server to compare
//	Nats-Expected-Stream                 the stream that it is meant for
//
// Numbers are those that the stream gives, to all series together: that of an entry is known from its
// acknowledgement. The server takes an entry only where the number before it is that of the subject's last one.
// There is one on its way at a time, and no Nats-Msg-Id: what the server knows of those it forgets after a while.
//
// # What accepted means
//
// The stream's leader has acknowledged the entry: most of its replicas have it.
//
// # What can be lost
//
// Servers write to their disks without waiting for these, and sync them every two minutes unless sync_interval says
// otherwise. One server that dies or loses its power loses nothing, with three replicas. When most of them lose their power
// within sync_interval, acknowledged entries can be gone. So the transport Rewinds: whoever uses it keeps what
// was accepted for a while.
//
// # Which entry is the last
//
// A session must not take a store for one that is behind. Whoever has a replica answers direct gets, which a narrow
// permission allows, and can be behind the stream's leader. So the leader is asked first, with what the same
// narrow permission allows: an entry of nothing, behind a number that no entry has. The leader refuses that and says
// which number the last one has; or that an entry is on its way, and is asked again. Then the entry itself is read, from
// anybody, until its number is the leader's. A leader begins to answer when it has done all that the former one had
// acknowledged (from 2.10.23 on).
//
// One that the others have left without its noticing answers with what it knew, for as long as it takes to notice, about ten
// seconds. A number below one that was acknowledged to this process is therefore an error, and is
// believed only when it stays so for longer than that: then the store has lost entries, or was restored.
//
// # What a user needs to be allowed
//
// To publish to its subject and to $JS.API.DIRECT.GET.STREAM.SUBJECT, and to subscribe to _INBOX.HOST.>; a
// stream that has no allow_direct takes $JS.API.STREAM.MSG.GET.STREAM besides, which reads everything. With
// $JS.API.STREAM.INFO.STREAM errors say more.
package jetstream

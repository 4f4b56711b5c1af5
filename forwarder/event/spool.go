package event

import "httpd-syslog/forwarder/syslogfmt"

// The spool and its delivery.
var (
	NobodyDelivers = Kind{Code: "delivery.missing", Severity: syslogfmt.Err, Begins: true,
		Sentence: "nobody delivers: {cause}",
		Meaning:  "lines wait in the spool"}
	DeliversAgain = Kind{Code: "delivery.back", Severity: syslogfmt.Notice, Ends: &NobodyDelivers,
		Sentence: "somebody delivers again"}
	ServiceFailing = Kind{Code: "service.failing", Severity: syslogfmt.Err, Begins: true,
		Sentence: "the service cannot deliver, and tries again: {cause}"}
	ServiceDelivers = Kind{Code: "service.delivers", Severity: syslogfmt.Notice, Ends: &ServiceFailing,
		Sentence: "the service cannot deliver, and tries again: over after {after}"}
	FrontReads = Kind{Code: "front.reads", Severity: syslogfmt.Err,
		Sentence: "{cause}; this process reads the lines itself",
		Meaning:  "no intake could be started: the front reads, and does not end at SIGTERM"}
	LessMemory = Kind{Code: "intake.memory", Severity: syslogfmt.Err,
		Sentence: "{stream} has {memory} bytes of memory for lines, instead of {wanted}: there is no more"}
	ConsumersUnrecorded = Kind{Code: "consumers.unrecorded", Severity: syslogfmt.Err, Begins: true,
		Sentence: "the consumers of the state directory cannot be recorded; delivery goes on without: {cause}",
		Meaning:  "the disk is full, as a rule"}
	ConsumersRecorded = Kind{Code: "consumers.recorded", Severity: syslogfmt.Notice, Ends: &ConsumersUnrecorded,
		Sentence: "the consumers of the state directory cannot be recorded; delivery goes on without: over after {after}"}
	SpoolUnseen = Kind{Code: "spool.unseen", Severity: syslogfmt.Err, Begins: true,
		Sentence: "the spool cannot be looked through: {cause}"}
	SpoolSeen = Kind{Code: "spool.seen", Severity: syslogfmt.Notice, Ends: &SpoolUnseen,
		Sentence: "the spool cannot be looked through: over after {after}"}
	SpoolUnsynced = Kind{Code: "spool.unsynced", Severity: syslogfmt.Err, Begins: true,
		Sentence: "the spool cannot be put on the disk: {cause}",
		Meaning:  "a power failure may cost more than sync says"}
	SpoolSynced = Kind{Code: "spool.synced", Severity: syslogfmt.Notice, Ends: &SpoolUnsynced,
		Sentence: "the spool cannot be put on the disk: over after {after}"}
	SpoolKept = Kind{Code: "spool.kept", Severity: syslogfmt.Err, Begins: true,
		Sentence: "delivered spool files cannot be removed: {cause}",
		Meaning:  "the spool grows"}
	SpoolRemoved = Kind{Code: "spool.removed", Severity: syslogfmt.Notice, Ends: &SpoolKept,
		Sentence: "delivered spool files cannot be removed: over after {after}"}
	SpoolUnread = Kind{Code: "spool.unread", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "a file of the spool cannot be read: {cause}",
		Meaning:  "its writer's later lines wait, all others go on"}
	SpoolRead = Kind{Code: "spool.read", Severity: syslogfmt.Notice, Ends: &SpoolUnread,
		Sentence: "a file of the spool cannot be read: over after {after}"}
	SpoolDamaged = Kind{Code: "spool.damaged", Severity: syslogfmt.Alert,
		Sentence: "spool: {file}: {bytes} bytes {how} at offset {offset}: {cause}; passed over, set aside as {aside}",
		Meaning:  "damaged; or torn: the end of a file whose writer was killed, or its machine, or has found no room. Numbers that are lost by it, lines.missing names: a writer without room writes the same lines again, in another file"}
	SpoolDamagedAway = Kind{Code: "spool.damaged_away", Severity: syslogfmt.Alert,
		Sentence: "spool: {file}: {bytes} bytes {how} at offset {offset}: {cause}; passed over, and could not be set aside: {trouble}",
		Meaning:  "likewise"}
	CursorUnread = Kind{Code: "cursor.unread", Severity: syslogfmt.Err,
		Sentence: "{cause}; the spool is delivered again from {from}",
		Meaning:  "a consumer's position could not be read; a relay goes on from the one recorded before it, where that can be read"}
	StatusUnwritten = Kind{Code: "status.unwritten", Severity: syslogfmt.Warning, Begins: true,
		Sentence: "the status cannot be written: {cause}"}
	StatusWritten = Kind{Code: "status.written", Severity: syslogfmt.Notice, Ends: &StatusUnwritten,
		Sentence: "the status cannot be written: over after {after}"}
)

func spoolKinds() []*Kind {
	return []*Kind{
		&NobodyDelivers, &DeliversAgain, &ServiceFailing, &ServiceDelivers, &FrontReads, &LessMemory,
		&ConsumersUnrecorded, &ConsumersRecorded, &SpoolUnseen, &SpoolSeen, &SpoolUnsynced, &SpoolSynced, &SpoolKept, &SpoolRemoved,
		&SpoolUnread, &SpoolRead, &SpoolDamaged, &SpoolDamagedAway, &CursorUnread, &StatusUnwritten, &StatusWritten,
	}
}

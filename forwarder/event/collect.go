package event

import "httpd-syslog/forwarder/syslogfmt"

// The collector: messages of others, in files.
var (
	GapOpen = Kind{Code: "gap.open", Severity: syslogfmt.Alert, Begins: true, Accounts: Missing,
		Sentence: "collector: {sender}: {lines} numbers of a writer did not come in time (grace of [collect]), and no event of the sender says why",
		Meaning:  "lines, or events, were lost on the way, or held back: the numbers are in the block. They may still come"}
	GapClosed = Kind{Code: "gap.closed", Severity: syslogfmt.Notice, Ends: &GapOpen,
		Sentence: "collector: {sender}: all numbers that did not come in time have come, or are explained"}
	HostSilent = Kind{Code: "host.silent", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "collector: {sender} is silent: the last message came {time}",
		Meaning:  "silence of [collect]: its machine, its deliverer or the way to here is down"}
	HostBack = Kind{Code: "host.back", Severity: syslogfmt.Notice, Ends: &HostSilent,
		Sentence: "collector: {sender} is heard again"}
	CollectAltered = Kind{Code: "collect.altered", Severity: syslogfmt.Alert,
		Sentence: "collector: number {number} of a writer at {sender} came again, and the line with it is not in the file that it belongs to; it is kept, and so are later ones of the writer", More: "writer class",
		Meaning: "a number was forged, or a machine was restored from a copy, or the file of the first line is packed or gone. Told once a writer"}
	CollectBound = Kind{Code: "collect.bound", Severity: syslogfmt.Warning,
		Sentence: "collector: {sender} has more {what} than are counted ({max}); lines beyond are kept, and nobody knows whether any are missing or come twice"}
	CollectRing = Kind{Code: "collect.ring", Severity: syslogfmt.Err, Begins: true,
		Sentence: "collector: what this server has sent on comes back to it, and is left out: {cause}",
		Meaning:  "servers relay to each other in a ring, which CAUSE names: take the [[relay]] out of one of them. No line is lost, and none goes round for ever: it goes once over each way"}
	CollectRingOpened = Kind{Code: "collect.ring_opened", Severity: syslogfmt.Notice, Ends: &CollectRing,
		Sentence: "collector: what this server has sent on comes back to it, and is left out: over after {after}"}
	CollectFar = Kind{Code: "collect.far", Severity: syslogfmt.Err, Begins: true,
		Sentence: "collector: messages have gone through more servers than they may, and are not sent on: {cause}",
		Meaning:  "let the servers relay to one that is nearer; or a sender has forged the way"}
	CollectNear = Kind{Code: "collect.near", Severity: syslogfmt.Notice, Ends: &CollectFar,
		Sentence: "collector: messages have gone through more servers than they may, and are not sent on: over after {after}"}
	CollectFailing = Kind{Code: "collect.failing", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "collector: messages cannot be written, and wait in the spool: {cause}"}
	CollectWritten = Kind{Code: "collect.written", Severity: syslogfmt.Notice, Ends: &CollectFailing,
		Sentence: "collector: messages cannot be written, and wait in the spool: over after {after}"}
	CollectElsewhere = Kind{Code: "collect.elsewhere", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "collector: {cause}: lines of {file} go to {instead} until it can be written",
		Meaning:  "something stands in the place of a file, or of a directory on the way, or it is not the service's: what is said of the file is to be put right. No line is lost, and those of other files do not wait. Told of 20 files until all can be written again"}
	CollectInPlace = Kind{Code: "collect.in_place", Severity: syslogfmt.Notice, Ends: &CollectElsewhere,
		Sentence: "collector: all files can be written again, after {after}; lines that went elsewhere stay there"}
	CollectUnrecorded = Kind{Code: "collect.unrecorded", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "collector: its position cannot be recorded: {cause}",
		Meaning:  "after a kill messages would be written again from the last record on"}
	CollectRecorded = Kind{Code: "collect.recorded", Severity: syslogfmt.Notice, Ends: &CollectUnrecorded,
		Sentence: "collector: its position cannot be recorded: over after {after}"}
	CollectCutBack = Kind{Code: "collect.cut_back", Severity: syslogfmt.Warning,
		Sentence: "collector: {files} files were cut back by {bytes} bytes to what was recorded; the lines are written again",
		Meaning:  "after a kill"}
	CollectOlder = Kind{Code: "collect.older", Severity: syslogfmt.Alert,
		Sentence: "collector: its record is older than its files: {files} of them have more than is recorded, and are not cut back",
		Meaning:  "the state directory was restored from a backup, as the seals of the files show, or that they are packed. No line of them is lost; what its spool still has may be there twice"}
	CollectMoved = Kind{Code: "collect.moved", Severity: syslogfmt.Notice,
		Sentence: "collector: its files are in {dir} from now on, and no longer in {was}", More: "n chain",
		Meaning: "dir of [collect] was changed. What is in the former directory stays there, and so do its lists of seals, of which N of CHAIN is the last seal (none: there were no seals); in the other one they begin anew, with another chain"}
	CollectLeft = Kind{Code: "collect.left", Severity: syslogfmt.Warning,
		Sentence: "collector: {files} files of its former directory, {was}, are not as they were recorded, and stay so: {cause}",
		Meaning:  "the directory was moved or removed, or its files were. Lines that were written there in the last seconds before a kill are in both directories"}
	CollectShort = Kind{Code: "collect.short", Severity: syslogfmt.Alert, Single: true,
		Sentence: "collector: {file} is {bytes} bytes shorter than recorded, or is not the file that is recorded; it is written to as it is",
		Meaning:  "somebody has cut or replaced it, or a disk has lost its end"}
	CollectForgotten = Kind{Code: "collect.forgotten", Severity: syslogfmt.Alert,
		Sentence: "collector: what was known of the senders' numbers cannot be read, and counts as unknown: {cause}",
		Meaning:  "what was missing is not known any more; lines that senders send again, and those that were written in the last seconds before a kill, may be in the files twice; none is lost"}
	CollectGone = Kind{Code: "collect.gone", Severity: syslogfmt.Alert, Single: true,
		Sentence: "collector: {file} was removed or replaced while it was written; it is begun anew",
		Meaning:  "its lines are gone with it"}
	CollectUnsealed = Kind{Code: "collect.unsealed", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "collector: its files cannot be sealed: {cause}",
		Meaning:  "lines are written, and nothing vouches for them yet; what was not sealed is sealed later, as it is then"}
	CollectSealed = Kind{Code: "collect.sealed", Severity: syslogfmt.Notice, Ends: &CollectUnsealed,
		Sentence: "collector: its files cannot be sealed: over after {after}"}
	CollectRemoved = Kind{Code: "collect.removed", Severity: syslogfmt.Notice,
		Sentence: "collector: {file} is removed: {bytes} bytes, {why}", More: "sha256",
		Meaning: "keep_age of [collect]. SHA256 is the sum of what it held, before it was packed"}
	CollectKept = Kind{Code: "collect.kept", Severity: syslogfmt.Err, Begins: true,
		Sentence: "collector: files whose day is over cannot be packed or removed: {cause}"}
	CollectPacked = Kind{Code: "collect.packed", Severity: syslogfmt.Notice, Ends: &CollectKept,
		Sentence: "collector: files whose day is over cannot be packed or removed: over after {after}"}
)

// What comes in, before the collector has it.
var (
	CollectUnsynced = Kind{Code: "collect.unsynced", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "collector: messages cannot be put on the disk, and are not acknowledged: {cause}",
		Meaning:  "acknowledge of [collect]. Senders over RELP send them again"}
	CollectSynced = Kind{Code: "collect.synced", Severity: syslogfmt.Notice, Ends: &CollectUnsynced,
		Sentence: "collector: messages cannot be put on the disk, and are not acknowledged: over after {after}"}
)

func collectKinds() []*Kind {
	return []*Kind{
		&GapOpen, &GapClosed, &HostSilent, &HostBack, &CollectAltered, &CollectBound, &CollectRing, &CollectRingOpened, &CollectFar, &CollectNear, &CollectFailing, &CollectWritten, &CollectElsewhere,
		&CollectInPlace, &CollectUnrecorded, &CollectRecorded, &CollectCutBack, &CollectOlder, &CollectMoved, &CollectLeft, &CollectShort, &CollectForgotten, &CollectGone, &CollectRemoved, &CollectKept, &CollectPacked,
		&CollectUnsynced, &CollectSynced, &CollectUnsealed, &CollectSealed,
	}
}

package event

import "httpd-syslog/forwarder/syslogfmt"

// Rotated files.
var (
	RotatedRemoved = Kind{Code: "rotated.removed", Severity: syslogfmt.Notice,
		Sentence: "local log: {file} is removed: rotated at {time}, {bytes} bytes, {why}",
		Meaning:  "keep_age, keep or keep_size"}
	RotatedPartial = Kind{Code: "rotated.partial", Severity: syslogfmt.Notice,
		Sentence: "local log: {file} was not whole, beside the whole {was}, and is removed",
		Meaning:  "a compression that a kill had ended"}
	RotatedUnseen = Kind{Code: "rotated.unseen", Severity: syslogfmt.Err, Begins: true,
		Sentence: "rotated files cannot be looked through: {cause}"}
	RotatedSeen = Kind{Code: "rotated.seen", Severity: syslogfmt.Notice, Ends: &RotatedUnseen,
		Sentence: "rotated files cannot be looked through: over after {after}"}
	RotatedKept = Kind{Code: "rotated.kept", Severity: syslogfmt.Err, Begins: true,
		Sentence: "rotated files cannot be removed: {cause}"}
	RotatedNotKept = Kind{Code: "rotated.not_kept", Severity: syslogfmt.Notice, Ends: &RotatedKept,
		Sentence: "rotated files cannot be removed: over after {after}"}
	RotatedPlain = Kind{Code: "rotated.uncompressed", Severity: syslogfmt.Err, Begins: true,
		Sentence: "rotated files cannot be compressed: {cause}"}
	RotatedCompressed = Kind{Code: "rotated.compressed", Severity: syslogfmt.Notice, Ends: &RotatedPlain,
		Sentence: "rotated files cannot be compressed: over after {after}"}
	RotatedUnrecorded = Kind{Code: "rotated.unrecorded", Severity: syslogfmt.Err, Begins: true,
		Sentence: "the record of rotated files cannot be written: {cause}"}
	RotatedRecorded = Kind{Code: "rotated.recorded", Severity: syslogfmt.Notice, Ends: &RotatedUnrecorded,
		Sentence: "the record of rotated files cannot be written: over after {after}"}
	DiskFull = Kind{Code: "disk.full", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "local log: the disk of {dir} is full; {advice}",
		Meaning:  "it says what a shorter retention would free"}
	DiskOK = Kind{Code: "disk.ok", Severity: syslogfmt.Notice, Ends: &DiskFull,
		Sentence: "local log: the disk of {dir} has room again, after {after}"}
	RotatedUnread = Kind{Code: "rotated.unread", Severity: syslogfmt.Warning,
		Sentence: "local log: {cause}; how old rotated files are is taken from their names",
		Meaning:  "their record could not be read"}
	ClockForward = Kind{Code: "clock.forward", Severity: syslogfmt.Warning,
		Sentence: "the clock went forward by {by}; rotated files are no older for that, unless it stands so for {days}"}
	ClockBack = Kind{Code: "clock.back", Severity: syslogfmt.Warning,
		Sentence: "the clock went back by {by}; rotated files are no younger for that"}
)

func rotatedKinds() []*Kind {
	return []*Kind{
		&RotatedRemoved, &RotatedPartial, &RotatedUnseen, &RotatedSeen, &RotatedKept, &RotatedNotKept, &RotatedPlain, &RotatedCompressed,
		&RotatedUnrecorded, &RotatedRecorded, &DiskFull, &DiskOK, &RotatedUnread, &ClockForward, &ClockBack,
	}
}

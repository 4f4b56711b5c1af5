package event

import "httpd-syslog/forwarder/syslogfmt"

// Local files.
var (
	LogRotated = Kind{Code: "log.rotated", Severity: syslogfmt.Info,
		Sentence: "local log: {file} rotated"}
	FileUnrotated = Kind{Code: "file.unrotated", Severity: syslogfmt.Err, Begins: true,
		Sentence: "local log: {file} cannot be rotated: {cause}",
		Meaning:  "the file grows on"}
	FileRotated = Kind{Code: "file.rotated", Severity: syslogfmt.Notice, Ends: &FileUnrotated,
		Sentence: "local log: {file} cannot be rotated: over after {after}"}
	FileFailing = Kind{Code: "file.failing", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "local log: {file} cannot be written, and its lines wait in the spool, while other files are written: {cause}"}
	FileWritten = Kind{Code: "file.written", Severity: syslogfmt.Notice, Ends: &FileFailing,
		Sentence: "local log: {file} cannot be written, and its lines wait in the spool, while other files are written: over after {after}"}
	LogFailing = Kind{Code: "log.failing", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "local log: {cause}; lines wait in the spool",
		Meaning:  "nothing can be written"}
	LogWritten = Kind{Code: "log.written", Severity: syslogfmt.Notice, Ends: &LogFailing,
		Sentence: "local log: written again"}
	FileGone = Kind{Code: "file.gone", Severity: syslogfmt.Warning,
		Sentence: "local log: {file}: {cause}; the lines since the last commit are written again",
		Meaning:  "somebody has removed the file"}
	FileCutBack = Kind{Code: "file.cut_back", Severity: syslogfmt.Warning,
		Sentence: "local log: {file} cut back by {bytes} bytes to what was committed; its lines are written again",
		Meaning:  "after a kill"}
	FileFound = Kind{Code: "file.found", Severity: syslogfmt.Warning,
		Sentence: "local log: {file} {finding}",
		Meaning: "the file has lines behind what is recorded that the spool does not have (an older state directory, or another program that writes to it); or is shorter than recorded (it was truncated, " +
			"or lost its end in a power failure); or is not the file that is recorded. What is missing is not written again. It stays a warning until it is acknowledged"}
	FileAcknowledged = Kind{Code: "file.acknowledged", Severity: syslogfmt.Notice,
		Sentence: "local log: {count} findings in its files were acknowledged",
		Meaning:  "httpd_syslog status --acknowledge"}
	LogUnrecorded = Kind{Code: "log.unrecorded", Severity: syslogfmt.Err, Begins: true,
		Sentence: "local log: its position cannot be recorded: {cause}"}
	LogRecorded = Kind{Code: "log.recorded", Severity: syslogfmt.Notice, Ends: &LogUnrecorded,
		Sentence: "local log: its position cannot be recorded: over after {after}"}
	LogHosts = Kind{Code: "log.hosts", Severity: syslogfmt.Warning,
		Sentence: "local log: stream {stream} has lines of more than {max_files} virtual hosts (max_files); those of the others go to {file}"}
)

func localKinds() []*Kind {
	return []*Kind{
		&LogRotated, &FileUnrotated, &FileRotated, &FileFailing, &FileWritten, &LogFailing, &LogWritten, &FileGone, &FileCutBack,
		&FileFound, &FileAcknowledged, &LogUnrecorded, &LogRecorded, &LogHosts,
	}
}

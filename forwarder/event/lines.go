package event

import "httpd-syslog/forwarder/syslogfmt"

// Lines that are lost or changed.
var (
	LinesDropped = Kind{Code: "lines.dropped", Severity: syslogfmt.Alert,
		Sentence: "{lines} lines of {stream} dropped: the spool could not be written, or was above its max_size ({max} bytes) with nobody to deliver it, and the memory for lines ({memory} bytes) was full",
		Meaning:  "their numbers are missing everywhere, and lines.missing names each of them once: who drops lines has no memory for a list of them"}
	MessagesDropped = Kind{Code: "messages.dropped", Severity: syslogfmt.Alert,
		Sentence: "{messages} messages of {stream} dropped: the spool could not be written, and the memory for them ({memory} bytes) was full",
		Meaning:  "of those that came in by syslog; lines.missing names their numbers"}
	LinesCut = Kind{Code: "lines.cut", Severity: syslogfmt.Warning, Accounts: Cut,
		Sentence: "{lines} lines of {stream} longer than {max} bytes were cut",
		Meaning:  "max_line of [spool]"}
	MessagesCut = Kind{Code: "messages.cut", Severity: syslogfmt.Warning, Accounts: Cut,
		Sentence: "{messages} messages of {stream} were cut: longer than {max} bytes, or broken off",
		Meaning:  "of those that came in by syslog"}
	DataLeftOut = Kind{Code: "messages.data_left_out", Severity: syslogfmt.Warning,
		Sentence: "the structured data of {messages} messages of {stream} was left out: it was longer than {max} bytes",
		Meaning:  "likewise"}
	LogLeftOut = Kind{Code: "log.left_out", Severity: syslogfmt.Alert, Accounts: LeftOut,
		Sentence: "local log: the disk was full: {lines} lines of {file} were left out; every server has them",
		Meaning:  "where each virtual host has its file: of the lines that the numbers name, those that are FILE's; it has none of them"}
	LinesMissing = Kind{Code: "lines.missing", Severity: syslogfmt.Alert, Accounts: Lost,
		Sentence: "{lines} lines of {stream} are missing in the spool: {why}",
		Meaning:  "no line has these numbers: dropped by whoever took them in, as lines.dropped and messages.dropped tell; damaged, with a place of the spool that was passed over, as spool.damaged tells; or unknown. Told when the writer's next line is read, at its end, or before writer.gone"}
	EventsLost = Kind{Code: "events.lost", Severity: syslogfmt.Alert, Accounts: Lost,
		Sentence: "{events} events could not be written, and are lost",
		Meaning:  "the disk took nothing for long"}
)

func lineKinds() []*Kind {
	return []*Kind{&LinesDropped, &MessagesDropped, &LinesCut, &MessagesCut, &DataLeftOut, &LogLeftOut, &LinesMissing, &EventsLost}
}

package event

import "httpd-syslog/forwarder/syslogfmt"

// Begin, end and configuration.
var (
	IntakeBegin = Kind{Code: "intake.begin", Severity: syslogfmt.Info, Accounts: Begun,
		Sentence: "intake of {stream} has begun: process {pid}", More: "writer",
		Meaning: "the first line of a process that reads a pipe; one that gets no line leaves no trace"}
	IntakeEnd = Kind{Code: "intake.end", Severity: syslogfmt.Info, Accounts: Ended,
		Sentence: "intake of {stream} has ended: process {pid}, {lines} lines, {dropped} dropped, {cut} cut", More: "writer last",
		Meaning: "its last line"}
	InletBegin = Kind{Code: "inlet.begin", Severity: syslogfmt.Info, Accounts: Begun,
		Sentence: "syslog for {stream} has begun: process {pid}", More: "writer",
		Meaning: "before the first message that listeners have for the stream"}
	InletEnd = Kind{Code: "inlet.end", Severity: syslogfmt.Info, Accounts: Ended,
		Sentence: "syslog for {stream} has ended: process {pid}, {messages} messages, {dropped} dropped, {cut} cut", More: "writer last"}
	WriterGone = Kind{Code: "writer.gone", Severity: syslogfmt.Warning, Accounts: Ended,
		Sentence: "a writer of {stream} has gone without a word: its last line is number {last}", More: "writer last_event",
		Meaning: "told a minute after the process has died, or been killed; what it had in hand nobody knows, but for a last frame that is torn: its numbers are in LAST, and lines.missing has named them"}
	ServiceBegin = Kind{Code: "service.begin", Severity: syslogfmt.Info,
		Sentence: "service has begun: {version}, process {pid}", More: "writer binary digest cards", Accounts: Begun}
	DelivererBegin = Kind{Code: "deliverer.begin", Severity: syslogfmt.Info, Accounts: Begun,
		Sentence: "deliverer has begun: {version}, process {pid}", More: "writer binary digest cards",
		Meaning: "one that an intake has started, where there is no service"}
	EventsEnd = Kind{Code: "events.end", Severity: syslogfmt.Info, Accounts: Ended,
		Sentence: "there are no more events of the process {pid}", More: "writer last last_event",
		Meaning: "told a minute after a deliverer, or the service, has ended, by the next one; it had no lines of its own"}
	ServiceEnd = Kind{Code: "service.end", Severity: syslogfmt.Info,
		Sentence: "service is ending: process {pid}", More: "writer last last_event", Accounts: Ended,
		Meaning: "told before it delivers what it still can; which event was its last one, events.end says"}
	ConfigLoaded = Kind{Code: "config.loaded", Severity: syslogfmt.Notice,
		Sentence: "configuration: loaded again from {config}", More: "digest cards",
		Meaning: "a reload has succeeded"}
	ConfigRejected = Kind{Code: "config.rejected", Severity: syslogfmt.Err,
		Sentence: "configuration rejected, the one before stays in force: {cause}",
		Meaning:  "correct what it says: httpd_syslog check"}
	ConfigLogDir = Kind{Code: "config.log_dir", Severity: syslogfmt.Notice,
		Sentence: "configuration: the log directory is now {now}, it was {was}"}
	ConfigRelayAdded = Kind{Code: "config.relay_added", Severity: syslogfmt.Notice, Accounts: LostToRelay,
		Sentence: "configuration: relay {relay} added; it gets the lines from now on",
		Meaning:  "the numbers are those that were given before; the relay's servers do not get them"}
	ConfigRelayRemoved = Kind{Code: "config.relay_removed", Severity: syslogfmt.Warning, Accounts: LostToRelay,
		Sentence: "configuration: relay {relay} removed; {lines} lines and {messages} collected messages that may not have arrived are given up",
		Meaning:  "an incident of the relay that is open is over, too"}
	ConfigRelayUncollected = Kind{Code: "config.relay_uncollected", Severity: syslogfmt.Warning,
		Sentence: `configuration: relay {relay} gets nothing of what is collected: messages of RFC 3164 have no place for its headers and numbers; write format = "rfc5424"`,
		Meaning:  "told at each beginning and each reload"}
	ZoneChanged = Kind{Code: "zone.changed", Severity: syslogfmt.Notice,
		Sentence: `the time zone is now "{zone}"`,
		Meaning:  "messages, events and names of rotated files follow it"}
	HTTPFailing = Kind{Code: "http.failing", Severity: syslogfmt.Err,
		Sentence: "http: status and metrics are not served there: {cause}",
		Meaning:  "the address is taken: correct listen of [http]"}
)

func beginKinds() []*Kind {
	return []*Kind{
		&IntakeBegin, &IntakeEnd, &InletBegin, &InletEnd, &WriterGone, &ServiceBegin, &ServiceEnd, &DelivererBegin, &EventsEnd, &ConfigLoaded, &ConfigRejected, &ConfigLogDir,
		&ConfigRelayAdded, &ConfigRelayRemoved, &ConfigRelayUncollected, &ZoneChanged, &HTTPFailing,
	}
}

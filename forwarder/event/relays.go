package event

import "httpd-syslog/forwarder/syslogfmt"

// Relays.
var (
	RelayDown = Kind{Code: "relay.down", Severity: syslogfmt.Warning, Begins: true,
		Sentence: "relay {relay}: down: {server}: {cause}; lines wait in the spool",
		Meaning:  "an outage has begun"}
	RelayStillDown = Kind{Code: "relay.still_down", Severity: syslogfmt.Warning, During: &RelayDown,
		Sentence: "relay {relay}: still down after {after}: {server}: {cause}",
		Meaning:  "it has another reason now"}
	RelayUp = Kind{Code: "relay.up", Severity: syslogfmt.Notice, Ends: &RelayDown,
		Sentence: "relay {relay}: up: {server}, after {after}; {bytes} bytes of the spool waited"}
	RelayCaughtUp = Kind{Code: "relay.caught_up", Severity: syslogfmt.Notice, During: &RelayDown,
		Sentence: "relay {relay}: caught up, with {lines} lines",
		Meaning:  "what waited has been accepted"}
	RelayBack = Kind{Code: "relay.back", Severity: syslogfmt.Notice,
		Sentence: "relay {relay}: back from {was} to {server}",
		Meaning:  "the first server of the list answers again"}
	RelayGivenUp = Kind{Code: "relay.given_up", Severity: syslogfmt.Alert, Accounts: LostToRelay,
		Sentence: "relay {relay}: the spool is above its max_size: {lines} lines are given up, {total} so far; the local log has them",
		Meaning:  "the server was away for longer than max_size of [spool] lasts; events among what is given up are named, and not counted as lines"}
	RelayCut = Kind{Code: "relay.cut", Severity: syslogfmt.Warning, Accounts: CutByRelay,
		Sentence: "relay {relay}: {messages} messages longer than {max} bytes were cut",
		Meaning:  "raise max_message if the server takes more"}
	RelayDataLeftOut = Kind{Code: "relay.data_left_out", Severity: syslogfmt.Warning,
		Sentence: "relay {relay}: the structured data of {messages} messages was left out: it would take more than half of the {max} bytes that a message may have",
		Meaning:  "of messages that came in by syslog"}
	RelayDoubt = Kind{Code: "relay.doubt", Severity: syslogfmt.Warning,
		Sentence: "relay {relay}: {server}: {breaks} connections in a row have broken at the same place ({cause}): from there messages go a few at a time, to find out whether it is one of them",
		Meaning:  "a message that the server does not take, perhaps"}
	RelayRefused = Kind{Code: "relay.refused", Severity: syslogfmt.Alert, Accounts: CutByRelay,
		Sentence: "relay {relay}: {server} does not take a message of {stream}, but others from behind it: it is cut to {max} bytes; the local log has all of it", More: "bytes cause",
		Meaning: "proven; raise the server's limit"}
	RelaySetAside = Kind{Code: "relay.set_aside", Severity: syslogfmt.Alert, Accounts: LostToRelay,
		Sentence: "relay {relay}: {server} does not take a message of {stream}, but others from behind it, nor any part of it: it is set aside in {aside}; the local log has it, too", More: "bytes cause",
		Meaning: "likewise"}
	RelayRefusedEvent = Kind{Code: "relay.refused_event", Severity: syslogfmt.Alert, Accounts: CutByRelay,
		Sentence: "relay {relay}: an event is too long for its server, and is cut to {max} bytes",
		Meaning:  "likewise; in few words, since the server would not take many"}
	RelayEventAside = Kind{Code: "relay.event_aside", Severity: syslogfmt.Alert, Accounts: LostToRelay,
		Sentence: "relay {relay}: its server does not take an event, which is set aside in {aside}",
		Meaning:  "likewise"}
	RelayUnclean = Kind{Code: "relay.unclean", Severity: syslogfmt.Warning,
		Sentence: "relay {relay}: {server} has not ended a connection in good order that was to be renewed: {cause}; what it may not have read is sent again",
		Meaning:  "by reconnect"}
	RelayUnrecorded = Kind{Code: "relay.unrecorded", Severity: syslogfmt.Err, Begins: true,
		Sentence: "relay {relay}: its position cannot be recorded: {cause}",
		Meaning:  "lines go out; a kill now would mean more repeats"}
	RelayRecorded = Kind{Code: "relay.recorded", Severity: syslogfmt.Notice, Ends: &RelayUnrecorded,
		Sentence: "relay {relay}: its position cannot be recorded: over after {after}"}
	RelayForeign = Kind{Code: "relay.foreign", Severity: syslogfmt.Alert, Begins: true,
		Sentence: "relay {relay}: lines wait in the spool, since the store has entries of somebody else: {cause}",
		Meaning:  "end the copy; if it was a backup, write another subject below [relay.nats], or another prefix behind the bucket of s3://: lines then go on there"}
	RelayOwn = Kind{Code: "relay.own", Severity: syslogfmt.Notice, Ends: &RelayForeign,
		Sentence: "relay {relay}: lines wait in the spool, since the store has entries of somebody else: over after {after}"}
	RelayStoreBehind = Kind{Code: "relay.store_behind", Severity: syslogfmt.Alert, Single: true,
		Sentence: "relay {relay}: {server} lacks the last {entries} entries of those that it had acknowledged: {lines} lines are sent again, all that the spool still has",
		Meaning:  "an older state of the store was restored, or a power failure took what it had not yet written to its disks. What is older than rewind and rewind_bytes of the relay is in the local log alone: verify names it"}
)

func relayKinds() []*Kind {
	return []*Kind{
		&RelayDown, &RelayStillDown, &RelayUp, &RelayCaughtUp, &RelayBack, &RelayGivenUp, &RelayCut, &RelayDataLeftOut,
		&RelayDoubt, &RelayRefused, &RelaySetAside, &RelayRefusedEvent, &RelayEventAside, &RelayUnclean, &RelayUnrecorded, &RelayRecorded,
		&RelayForeign, &RelayOwn, &RelayStoreBehind,
	}
}

package event

import "httpd-syslog/forwarder/syslogfmt"

// Card numbers in lines. Each is told at the first number and then once an hour; what a scan of files has found, at
// its end: it is the only event of its writer, which ends with it.
var (
	CardsFound = Kind{Code: "cards.found", Severity: syslogfmt.Err,
		Sentence: "{count} card numbers ({network}) in lines of {stream} are stored in clear",
		Meaning:  `find out what writes them, remove what is stored, and set action = "truncate" in [card_numbers]`}
	CardsTruncated = Kind{Code: "cards.truncated", Severity: syslogfmt.Warning,
		Sentence: "{count} card numbers ({network}) in lines of {stream} were truncated",
		Meaning:  "find out what writes them: the web server's own memory and other logs may have them whole"}
	CardsExcepted = Kind{Code: "cards.excepted", Severity: syslogfmt.Info,
		Sentence: "{count} numbers in lines of {stream} behind a text of except were left as they are",
		Meaning:  "they look like card numbers, and [card_numbers] says that they are none"}
	CardsScanned = Kind{Code: "cards.scanned", Severity: syslogfmt.Info, Accounts: Ended,
		Sentence: "a scan of {files} files has found no card numbers: {what}", More: "bytes count unread writer last last_event",
		Meaning: "httpd_syslog scan --tell. UNREAD files could not be read, or not to their ends"}
	CardsScanFound = Kind{Code: "cards.scan_found", Severity: syslogfmt.Err, Accounts: Ended,
		Sentence: "a scan of {files} files has found {count} card numbers: {what}", More: "bytes unread writer last last_event",
		Meaning: "likewise: remove what is stored, and find out what writes it"}
)

func cardKinds() []*Kind {
	return []*Kind{&CardsFound, &CardsTruncated, &CardsExcepted, &CardsScanned, &CardsScanFound}
}

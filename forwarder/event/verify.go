package event

import "httpd-syslog/forwarder/syslogfmt"

// What the daily verify has found in the local files. It is the only event of its writer, which ends with it.
var (
	VerifyOK = Kind{Code: "verify.ok", Severity: syslogfmt.Info, Accounts: Ended,
		Sentence: "verify: {result}", More: "time lines writer last last_event",
		Meaning: "All that was to be checked since TIME was checked, and nothing is unexplained."}
	VerifyFound = Kind{Code: "verify.found", Severity: syslogfmt.Alert, Accounts: Ended,
		Sentence: "verify: {findings} findings: {result} The first: {finding}", More: "time lines writer last last_event",
		Meaning: "Something is not as it was sealed, or is missing, and no event explains it. Run httpd_syslog verify for all findings. It is told each day until a run finds nothing."}
	VerifyUnchecked = Kind{Code: "verify.unchecked", Severity: syslogfmt.Warning, Accounts: Ended,
		Sentence: "verify: not all could be checked: {result} The first: {finding}", More: "time lines writer last last_event",
		Meaning: "A file or a directory cannot be read, or there is none."}
)

func verifyKinds() []*Kind { return []*Kind{&VerifyOK, &VerifyFound, &VerifyUnchecked} }

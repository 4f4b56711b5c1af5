package event

import "httpd-syslog/forwarder/syslogfmt"

// What people add to incidents. It is the only event of its writer, which ends with it.
var IncidentNote = Kind{Code: "incident.note", Severity: syslogfmt.Notice, Accounts: Ended,
	Sentence: "{user} has noted what is known of an incident: {what}", More: "cause remedy uid login writer last last_event",
	Meaning: "httpd_syslog note. The incident is the one that is noted on, wherever it was. USER is who it was by the environment, and can be claimed; UID is the kernel's word, and LOGIN the user who has logged in, by the kernel, as far as it knows. The report has it."}

func noteKinds() []*Kind { return []*Kind{&IncidentNote} }

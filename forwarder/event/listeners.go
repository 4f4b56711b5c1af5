package event

import "httpd-syslog/forwarder/syslogfmt"

// Syslog that is taken in. What listeners tell of messages and connections is told soon at first,
// and then once an hour.
var (
	ListenerFacility = Kind{Code: "listener.facility", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {messages} messages refused, whose facility no stream has",
		Meaning:  "give a [[stream]] their facility"}
	ListenerNoPRI = Kind{Code: "listener.no_pri", Severity: syslogfmt.Warning,
		Sentence: `listener {listener}: {messages} messages refused that had no <PRI> (one began with "{sample}")`,
		Meaning:  "not syslog"}
	ListenerCut = Kind{Code: "listener.cut", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {messages} messages cut (by {bytes} bytes in all, as far as that is known)"}
	ListenerIdle = Kind{Code: "listener.idle", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {connections} connections closed that sent no message for too long"}
	ListenerOversized = Kind{Code: "listener.oversized", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {connections} connections closed that announced a message of more than {max} bytes (the last: {bytes} bytes, from {peer}); what they sent behind it is lost"}
	ListenerTurnedAway = Kind{Code: "listener.turned_away", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {connections} connections turned away, as there were {max} already (raise connections of [[listen]])"}
	ListenerRELP = Kind{Code: "listener.relp", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {connections} RELP sessions ended for what is no RELP (the last, with {peer}: {cause})",
		Meaning:  "the client speaks something else, or announces a message that is far too long; what it has not heard an answer to it will send again"}
	ListenerNotTLS = Kind{Code: "listener.not_tls", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {connections} connections closed that did not begin with TLS (the last, from {peer}: {cause})"}
	ListenerStranger = Kind{Code: "listener.stranger", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {connections} connections closed of clients that are not let in (the last, from {peer}: {cause})",
		Meaning:  "somebody's certificate is missing, has expired or is another one; or somebody tries"}
	ListenerHandshake = Kind{Code: "listener.handshake", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {connections} connections closed whose handshake failed (the last, from {peer}: {cause})"}
	ListenerRenewed = Kind{Code: "listener.renewed", Severity: syslogfmt.Notice,
		Sentence: "listener {listener}: changed files of [listen.tls] are in force: the certificate of {subject}, valid until {until}"}
	ListenerKeepsCertificate = Kind{Code: "listener.keeps_certificate", Severity: syslogfmt.Err,
		Sentence: "listener {listener}: changed files of [listen.tls] cannot be used, and what they were before stays in force: {cause}",
		Meaning:  "correct the files; the service need not be told"}
	ListenerLimit = Kind{Code: "listener.limit", Severity: syslogfmt.Warning,
		Sentence: "listener {listener}: {max} connections at most, not {wanted}, since the process may have no more than {files} files open (raise its limit: LimitNOFILE= of its unit, ulimit -n)"}
	ListenerFailing = Kind{Code: "listener.failing", Severity: syslogfmt.Err,
		Sentence: "listener {listener}: {cause}",
		Meaning:  "connections cannot be taken for now"}
	ListenFailing = Kind{Code: "listen.failing", Severity: syslogfmt.Err, Begins: true,
		Sentence: "listen on {listener}: {cause}; tried again",
		Meaning:  "the address is taken, or gone"}
	ListenBack = Kind{Code: "listen.back", Severity: syslogfmt.Notice, Ends: &ListenFailing,
		Sentence: "listen on {listener}: taken in again"}
	StreamsUnchanged = Kind{Code: "listen.streams", Severity: syslogfmt.Err,
		Sentence: "what comes in as syslog goes to the streams from before: {cause}",
		Meaning:  "a reload could not change that: there is no memory for more"}
)

func listenerKinds() []*Kind {
	return []*Kind{
		&ListenerFacility, &ListenerNoPRI, &ListenerCut, &ListenerIdle, &ListenerOversized, &ListenerTurnedAway, &ListenerLimit,
		&ListenerRELP, &ListenerNotTLS, &ListenerStranger, &ListenerHandshake, &ListenerRenewed, &ListenerKeepsCertificate,
		&ListenerFailing, &ListenFailing, &ListenBack, &StreamsUnchanged,
	}
}

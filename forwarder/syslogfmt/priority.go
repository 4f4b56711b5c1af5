package syslogfmt

import "strconv"

// Facility is the source of a message, 0 to 23 (RFC 5424, 6.2.1, table 1).
type Facility uint8

// The facilities, in the order of their numbers.
const (
	Kern Facility = iota
	User
	Mail
	Daemon
	Auth
	Syslog
	LPR
	News
	UUCP
	Cron
	Authpriv
	FTP
	NTP
	LogAudit
	LogAlert
	ClockDaemon
	Local0
	Local1
	Local2
	Local3
	Local4
	Local5
	Local6
	Local7
)

// Severity is the urgency of a message, 0 (most urgent) to 7 (RFC 5424, 6.2.1, table 2).
type Severity uint8

// The severities, in the order of their numbers.
const (
	Emerg Severity = iota
	Alert
	Crit
	Err
	Warning
	Notice
	Info
	Debug
)

var facilityNames = [...]string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
	"authpriv", "ftp", "ntp", "audit", "alert", "clock",
	"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

var severityNames = [...]string{
	"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
}

// prefixes holds "<PRI>" for every facility and severity.
var prefixes = func() (p [len(facilityNames)][len(severityNames)]string) {
	for f := range p {
		for s := range p[f] {
			p[f][s] = "<" + strconv.Itoa(PRI(Facility(f), Severity(s))) + ">"
		}
	}
	return p
}()

// String returns the keyword syslog.conf has for f, or "facility(n)" for n above 23.
func (f Facility) String() string {
	if int(f) < len(facilityNames) {
		return facilityNames[f]
	}
	return "facility(" + strconv.Itoa(int(f)) + ")"
}

// String returns the keyword syslog.conf has for s, or "severity(n)" for n above 7.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "severity(" + strconv.Itoa(int(s)) + ")"
}

// PRI returns the PRIVAL of f and s, 0 to 191 (RFC 5424, 6.2.1). A value out of range counts as the
// last one in range, so that what is sent always parses.
func PRI(f Facility, s Severity) int {
	return int(min(f, Local7))*len(severityNames) + int(min(s, Debug))
}

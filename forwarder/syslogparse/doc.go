// Package syslogparse takes syslog messages apart: RFC 5424, and RFC 3164 as
// libc's syslog() writes it, with a host name, and with a time of RFC 3339, as
// rsyslog's ForwardFormat has it.
//
// RFC 5424 is checked by go-syslog. RFC 3164 is not: go-syslog's parser takes an
// Apache line's date for the process id and fails without a word on a tab, so it
// is the oracle of the tests for the header alone.
//
// Nothing of a message is changed or lost: fields are parts of the message as it
// came, and Salvage gives the text of what Parse refuses.
package syslogparse

// Package central reads the files of a central server, as rsyslog's RSYSLOG_SyslogProtocol23Format,
// syslog-ng's recipe and others write messages of RFC 5424, and holds each writer's lines against the
// seals that vouch for them.
//
// # How
//
// All files are read once, those of one kind in the order of their first lines, several kinds at a
// time. The texts of a piece of a seal are hashed as they come; where they come in the order of their
// numbers and their sum is the seal's, nothing of the piece is kept. Only pieces that are not so, and
// numbers that come again, are looked at in further passes: a bounded number of lines at a time, by
// number. So memory does not depend on the lines, but on what is wrong with their order.
//
// Which line belongs to whom is told by PROCID, which ends with the writer, and sequenceId; the names
// of files and directories say nothing.
package central

// Package fault has the named points at which tests end the program, make it
// stand still, or make a disk fail. They exist in builds with the tag faultpoints
// alone; in others Point and Error are empty, and cost nothing.
//
// With the tag, the environment variable HTTPD_SYSLOG_FAULT names a point and
// what happens there the first time that any process passes it:
//
//	NAME=kill    the process kills itself with SIGKILL
//	NAME=stop    it waits until there is a file of the marker's name with .go behind it
//	NAME=EIO     each call fails, of any process, until there is that file; likewise EROFS
//
// HTTPD_SYSLOG_FAULT_MUTE is the code of an event which is told in words, and with a code, that
// say nothing: a test that looks for it must fail then.
//
// HTTPD_SYSLOG_FAULT_SOON has a tenth of some times pass, where they are minutes, for tests that run again what
// has been tested in full.
//
// HTTPD_SYSLOG_FAULT_MARKER is a file that the process makes just before, so that
// a kill or a stop happens once, and whoever waits for it knows.
package fault

// Package gather makes a report of events. A Maker takes them in any order, each as often as it is found:
// one that stands in audit_log and in a copy of it, or that was sent again behind a break, counts once. Lines
// of the web server are not looked at.
//
// The memory is bounded by what events can differ in, not by how many there are; what is beyond a bound is
// told as not read. The package is pure: it opens nothing, and its clock is the caller's.
package gather

// Package web shows how the delivery is doing over HTTP, to programs and to people. It only reads.
//
//	/             a page for people: one file, nothing from elsewhere, refreshed by itself
//	/status.json  the forwarder.Status, as `httpd_syslog status --json` has it
//	/metrics      the same for Prometheus
//	/healthz      200 while the process is alive and its delivery goes round
//	/readyz       200 while somebody delivers and the local log is written, else 503 and the reasons
//
// What is guaranteed: however often it is asked, the Status is read at most once a second and by one
// goroutine at a time, so that it cannot slow the delivery down; memory, connections and the time that
// each may take are bounded; nothing that comes from outside (names, errors, what servers answer) gets
// into the page as anything but text; on a loopback address only requests for a loopback host are
// answered, so that no web page that somebody on this machine visits can read it by way of a host name
// that it has made to point here.
//
// There is no authentication: it is for loopback, or for a network that may know how many lines come and
// where they go.
//
// The last ten minutes are kept in memory and begin anew with the process.
package web

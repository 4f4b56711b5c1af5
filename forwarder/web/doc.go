// Package web shows how the delivery is doing over HTTP, to programs and to people. It only reads.
//
//	/             a page for people: one file, nothing from elsewhere, refreshed by itself
//	/status.json  the status.Status, as `httpd_syslog status --json` has it
//	/metrics      the same for Prometheus
//	/healthz      200 while the process looks for lines, else 503
//	/readyz       200 while somebody delivers and the local log is written, else 503 and the reasons
//
// What is guaranteed: however often it is asked, the Status is read at most once a second and by one
// goroutine at a time, so that requests cannot slow the delivery down; memory, connections and the time that
// each may take are bounded; nothing that comes from outside (names, errors, what servers answer) gets
// into the page as anything but text; on a loopback address only requests for a loopback host are
// answered, so that a web page of somebody else, visited on this machine, cannot read the status by a host
// name of its own that points here.
//
// There is no authentication: the address should be one of loopback, or of a network that may know how many
// lines come and where they go.
//
// Plots of the last ten minutes are kept in memory, and begin anew with the process.
package web

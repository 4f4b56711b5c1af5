// Package source reads the events for a report out of files: audit_log of a web server with its rotated
// files, and those of central servers, plain and packed. Files whose begin has no event are the web
// servers' lines: they are not read.
//
// Files are read a few at a time and taken in one behind the other, so that the same files make the same
// report. Who owns them, and who may read them, is looked up on the way.
package source

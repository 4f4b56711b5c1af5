// Package relp is the Reliable Event Logging Protocol: syslog over a byte
// stream, with an answer to each message. It follows librelp's doc/relp.md.
//
// A Client sends messages and counts those that were answered 200, in the order
// in which they were sent. Nothing else is success: messages that are unanswered when the
// connection ends, or were answered with another code, have to be sent again over
// another connection.
//
// Serve is the other half, for tests and for trying things out.
//
// Bounds: a client has at most Options.Window messages unanswered, and keeps some
// 16 bytes for each; an answer has at most 64 KiB. A server keeps one message,
// of at most ServerOptions.MaxMessage. Whatever a peer sends, the worst that happens is
// an error.
package relp

// Package window knows what a relay has on its way to a server, in the order of sending: spans of
// lines that were given to a session, spans that the server has accepted and may still lose, and
// what is safe. It is pure: it knows no socket, no file and no clock.
//
// # Accepted and safe
//
// A server that dies loses lines that its kernel had acknowledged and it had not read. An accepted span
// is therefore held for Rewind, or until RewindBytes were given behind it, before it is safe; a
// session that has ended in good order makes all accepted spans safe. After any other end sending
// begins again at what is safe: see Window.Rewind. Lines that a server had not read and that lie
// further back than Rewind and RewindBytes when it dies are lost.
//
// Lines that are accepted once more are repeats: they count as delivered once, and a span has
// either repeats alone or none. What was ever accepted, beyond what is accepted now, is the Peak.
package window

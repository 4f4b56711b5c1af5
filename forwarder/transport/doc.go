// Package transport brings messages to one central syslog server at a time: a Transport
// connects to a Server, and a Session is one such connection. There is one for each way of
// addressing a server: plain TCP (RFC 6587), TLS (RFC 5425), RELP over TCP or TLS, UDP
// (RFC 5426), and unix sockets of datagrams or of a stream.
//
// # What accepted means
//
// A session counts the bytes that it was given, and says how many of them are accepted:
//
//   - TCP, TLS: the peer's kernel has acknowledged them. Of TLS the bytes of a Send count
//     when all of their ciphertext is acknowledged.
//   - RELP: the peer has answered 200.
//   - A unix stream: the peer has read everything, and has not hung up for 200 ms since.
//   - UDP: the kernel has taken them, and no refusal (ICMP) came back within 200 ms.
//   - Unix datagrams: the kernel has taken them.
//
// # What can be lost
//
// Over TCP and TLS a peer that dies loses what its kernel had acknowledged and it had not read.
// Such a transport Rewinds: whoever uses it keeps what was accepted for a while, and sends it
// again after a session that did not end in good order. Over UDP whatever the network or the
// receiver drops is lost, and over unix datagrams what a receiver that dies had not read. A
// session that Close has ended without an error has lost nothing, but over UDP and unix datagrams.
//
// The package knows nothing of the spool, of relays, or of what a message says.
package transport

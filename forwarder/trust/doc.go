// Package trust is how a server proves who it is, and how we do, as a client (Client) and as a server
// (Server): the files of [relay.tls] and [listen.tls], the verification of certificates, and words for
// each way in which that fails.
//
// A server is trusted whose certificate is signed by an authority of CAFile (or of the
// system), is valid now, and has the server's name; or whose certificate is the pinned
// one. Where there is a CRLFile no certificate of the chain may be on a list of it.
// Nothing else is asked about revocation: no OCSP, no list from the network.
//
// A client is let in whose certificate is signed by an authority of ClientCAFile, is valid now, and
// has one of the names, or fingerprints, of Clients. There are neither renegotiation nor sessions that
// are resumed: who a client is stands once, at the begin of its connection.
//
// Nothing in a file is passed over without a word: a part of it that cannot be used is an
// error, since what an administrator has put there is meant to count.
package trust

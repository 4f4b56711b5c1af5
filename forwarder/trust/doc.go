// Package trust is how a server proves who it is, and how we do: the files of
// [relay.tls], the verification of a server's certificate, and words for each way in
// which that fails.
//
// A server is trusted whose certificate is signed by an authority of CAFile (or of the
// system), is valid now, and has the server's name; or whose certificate is the pinned
// one. Where there is a CRLFile no certificate of the chain may be on a list of it.
// Nothing else is asked about revocation: no OCSP, no list from the network.
//
// Nothing in a file is passed over without a word: a part of it that cannot be used is an
// error, since what an administrator has put there is meant to count.
package trust

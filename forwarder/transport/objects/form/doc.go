// Package form has the form of the objects that messages are kept in, byte for byte, and of their keys.
//
// A key is PREFIX/HOST/ID/NNNNNNNNNNNN.log.gz, and its number counts from 1.
//
// An object is gzip (RFC 1952): one member and nothing behind it, of messages of RFC 5424, each with an LF. Equal
// messages and marks make equal objects.
//
//	offset  bytes     what
//	0       10        1f 8b 08 04 00000000 04 ff: deflate, FEXTRA, no time, fastest, no system
//	10      2         length of what follows in the header, little endian: 4 + M
//	12      4         subfield "HS", M, little endian (RFC 1952, 2.3.1.1)
//	16      M         the mark: printable ASCII
//	16+M              deflate, then CRC-32 and length of the messages
//
// The package is pure: what comes from a store is parsed here, and nothing is asked for.
package form

// Package syslogfmt turns log lines into syslog messages and cuts byte streams into syslog frames.
//
// It does no I/O of its own (a Deframer reads the reader it is given) and imports nothing outside
// the standard library. The Encoder is the hot path of a relay: its constant part is built once per
// spool frame, and a message then costs a few copies and no allocation.
//
// What is guaranteed:
//   - Every RFC 5424 message is valid by the RFC's grammar: field contents outside it are replaced or
//     cut, never sent. The one exception is a text that begins with a byte order mark and is not
//     UTF-8, which no RFC 5424 message can carry unaltered (6.4).
//   - The text of a line is never altered, with two exceptions, both named here. Text that would
//     make a message longer than the encoder's limit is cut, ends in CutMarker and is counted. In LF
//     framing a line feed inside the text becomes a space, because it would break the framing; lines
//     hold none by contract.
//   - A Deframer's memory is bounded, whatever its peer sends.
//
// What it does not do: it neither checks nor adds a byte order mark. RFC 5424, 6.4 asks for one
// where the sender knows the text to be UTF-8; the bytes of an Apache line come from its clients,
// so they go out as MSG-ANY.
package syslogfmt

package listener

import (
	"net/netip"
	"time"

	"httpd-syslog/forwarder/relp"
)

// Sender is who sends over a connection, or has sent a datagram.
type Sender struct {
	Name string         // what the certificate is for that has proved who the sender is; empty: none has
	Addr netip.AddrPort // on a network; else not valid
	Path string         // of the sender's own unix socket; nearly all have none

	// Waits says that the sender keeps its messages while nobody reads them, and stands still meanwhile
	// at no program's cost but its own: then messages wait for room, and are not dropped.
	Waits bool
	// Repeats says that the sender sends a message again that was not acknowledged, so that none need be
	// dropped.
	Repeats bool

	leaving <-chan struct{} // closed when the listener ends; nil: it does not
}

// IsLeaving reports whether the listener is about to end: whoever waits for room should not wait longer.
func (s *Sender) IsLeaving() bool {
	select {
	case <-s.leaving:
		return true
	default:
		return false
	}
}

// Written tells when messages are where they cannot be lost.
type Written = relp.Written

// acknowledger is a Taker, or a RawTaker, that says of the messages that it has taken since the last call
// when they are where they cannot be lost; nil: they are. Those of one that is none are where they are to
// be when they are taken.
type acknowledger interface{ Written() Written }

// String is the sender's name with its address, or one of the two.
func (s *Sender) String() string {
	where := s.Path
	if s.Addr.IsValid() {
		where = netip.AddrPortFrom(s.Addr.Addr().Unmap(), s.Addr.Port()).String()
	}
	switch {
	case where == "":
		where = "unix"
	case s.Name != "":
		return s.Name + " (" + where + ")"
	}
	return where
}

// host is the sender's name with its address, without the port; empty on a unix socket.
func (s *Sender) host() string {
	where := ""
	if s.Addr.IsValid() {
		where = s.Addr.Addr().Unmap().String()
	}
	if s.Name != "" {
		return s.Name + " (" + where + ")"
	}
	return where
}

// Raw is a message as it came, without its framing.
type Raw struct {
	Bytes    []byte
	Lost     int   // bytes that were cut off its end; -1: not known how many
	Broken   error // why the connection has ended within the message; nil: it has not
	Received time.Time
	From     *Sender
}

// RawTaker takes over what comes over one connection, or from one socket of datagrams. Its methods
// are for one goroutine.
type RawTaker interface {
	// Take takes a message over, which is valid until Take returns. An error ends the connection, or
	// the serving of the socket of datagrams.
	Take(raw *Raw) error
	// Close is called at the end. err says why the connection has ended; nil: as it should.
	Close(err error)
}

// flusher is a RawTaker that is told when no more messages are to be had for now.
type flusher interface{ Flush() }

// OpenRaw makes the taker of one connection's messages, or of one socket's. It is called from
// several goroutines. The sender is valid until the taker is closed; that of datagrams changes with
// each.
type OpenRaw func(from *Sender) RawTaker

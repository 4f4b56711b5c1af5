package transport

import (
	"errors"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"httpd-syslog/forwarder/relp"
	"httpd-syslog/forwarder/trust"
)

var (
	// ErrPeerClosed: the peer has ended its side, without an error.
	ErrPeerClosed = errors.New("the server has closed the connection")
	// ErrElsewhere: an address has refused, and the server has another one that has not refused
	// lately.
	ErrElsewhere = errors.New("another address of the server is tried")
)

// InGoodOrder reports whether an error of a session is the end of its connection by a server
// that has read everything: one that had not would have reset it.
func InGoodOrder(err error) bool {
	return errors.Is(err, ErrPeerClosed) || errors.Is(err, relp.ErrClosed) || errors.Is(err, relp.ErrServerClose)
}

// IsHangUp reports whether an error of a session may mean that the server has hung up because of a
// message.
func IsHangUp(err error) bool {
	var refusal *relp.RefusedError
	return InGoodOrder(err) || errors.As(err, &refusal) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}

// IsUnwanted reports whether an error says that the peer does not want us, whatever we send: what
// its kernel has acknowledged is no success then.
func IsUnwanted(err error) bool {
	var t *trust.Error
	return errors.As(err, &t)
}

// Reason is an error without the addresses that package net puts before it: the server's address is
// told elsewhere, and our port is another one each time, which would make each error a new one.
func Reason(err error) error {
	if a, ok := err.(*addressError); ok {
		err = a.err
	}
	if op, ok := err.(*net.OpError); ok && op.Err != nil {
		err = op.Err
	}
	if call, ok := err.(*os.SyscallError); ok {
		err = call.Err
	}
	return err
}

// addressError is an error at an address that a server's name stands for. Its text is
// that of the error alone.
type addressError struct {
	address string // one address, or several in the order in which they were tried; empty: not known
	err     error
}

func (e *addressError) Error() string { return e.err.Error() }
func (e *addressError) Unwrap() error { return e.err }

// at is err with the address where it happened; nil stays nil.
func at(address net.Addr, err error) error {
	if err == nil {
		return nil
	}
	return &addressError{address.String(), err}
}

// addressOfError is where an error happened; empty: not known.
func addressOfError(err error) string {
	var failed *addressError
	if errors.As(err, &failed) {
		return failed.address
	}
	return ""
}

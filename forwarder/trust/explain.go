package trust

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// ExplainHandshake turns an error of crypto/tls of a failed handshake into an Error that an
// administrator can act on. heard: the server has sent something. Other errors are returned as
// they are.
func (c *Client) ExplainHandshake(err error, heard bool) error {
	text := c.explain(err)
	switch {
	case text != "":
	case errors.Is(err, context.DeadlineExceeded):
		text = silent(heard)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		text = c.explainEnd(heard)
	}
	return explained(text, err)
}

// ExplainRead does the same for the time after the handshake: under TLS 1.3 the server can
// object to our certificate then.
func (c *Client) ExplainRead(err error) error { return explained(c.explain(err), err) }

func explained(text string, err error) error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case text == "":
		return err
	}
	return newError(err, "%s", text)
}

// explain is the explanation of an error of TLS; empty: the error is another one.
func (c *Client) explain(err error) string {
	var header tls.RecordHeaderError
	var verification *tls.CertificateVerificationError
	var remote *net.OpError // as crypto/tls reports an alert
	switch {
	case errors.As(err, &header):
		return notTLS(header)
	case errors.As(err, &verification):
		return c.explainCertificate(verification)
	case errors.As(err, &remote) && remote.Op == "remote error":
		return c.explainAlert(remote.Err)
	}
	return explainChoice(err)
}

// notTLS quotes the first bytes of a server that does not speak TLS, by which it can be recognised.
func notTLS(e tls.RecordHeaderError) string {
	return fmt.Sprintf("the server does not speak TLS on this port: what it says begins with %q (%v)", e.RecordHeader[:], e)
}

func silent(heard bool) string {
	if heard {
		return "the server has begun to answer, but the handshake was not done within connect_timeout: it is overloaded, or packets get lost on the way"
	}
	return "the server has taken the connection, and has said nothing within connect_timeout: it may not speak TLS on this port, or be stuck"
}

// explainEnd is for a server that ends the connection during the handshake without an alert, as some
// servers do that object to our certificate.
func (c *Client) explainEnd(heard bool) string {
	const its = "the server has ended the connection during the handshake, and does not say why: "
	switch {
	case c.asked && c.own == nil:
		return its + "it had asked for a certificate, and we have none: set cert_file and key_file"
	case c.asked:
		return its + "it had asked for our certificate, and may not like it" + c.ours() + "; its log may say more"
	case heard:
		return its + "its log may say more"
	}
	return its + "it may not speak TLS on this port, or not with this machine; its log may say more"
}

// explainChoice is for a server that chose what we have not offered.
func explainChoice(err error) string {
	switch err.Error() {
	case "tls: server chose an unconfigured cipher suite", "tls: server selected unsupported group", "tls: server selected unsupported curve":
		return fmt.Sprintf("the server has chosen what was not offered to it: its TLS is broken, or something on the way changes it (%v)", err)
	}
	const old = "tls: server selected unsupported protocol version"
	if text := err.Error(); len(text) >= len(old) && text[:len(old)] == old {
		return tooOld(err)
	}
	return ""
}

func tooOld(err error) string {
	return fmt.Sprintf("the server speaks no version of TLS that is accepted here, which are 1.2 and 1.3: allow one of them on the server (%v)", err)
}

// Alerts (RFC 8446, 6.2; RFC 5246, 7.2.2).
const (
	handshakeFailure     = tls.AlertError(40)
	badCertificate       = tls.AlertError(42)
	certificateExpired   = tls.AlertError(45)
	certificateUnknown   = tls.AlertError(46)
	unknownCA            = tls.AlertError(48)
	accessDenied         = tls.AlertError(49)
	protocolVersion      = tls.AlertError(70)
	insufficientSecurity = tls.AlertError(71)
	internalError        = tls.AlertError(80)
	unrecognizedName     = tls.AlertError(112)
	certificateRequired  = tls.AlertError(116)
)

// explainAlert says what the server may mean. crypto/tls keeps an alert's number to
// itself, but not its text.
func (c *Client) explainAlert(alert error) string {
	is := func(a tls.AlertError) bool { return alert.Error() == a.Error() }
	const refuses = "the server refuses the connection: "
	switch {
	case is(protocolVersion):
		return refuses + tooOld(alert)
	case is(insufficientSecurity), is(handshakeFailure) && !c.asked:
		return fmt.Sprintf("%snothing that it allows is offered to it: no cipher suite (those of TLS 1.3, and of 1.2 those with ECDHE), group or kind of signature is common to both sides; allow more on the server (%v)", refuses, alert)
	case is(unrecognizedName):
		return fmt.Sprintf("%sit has no certificate for the name %s: correct the address, or set server_name (%v)", refuses, c.host, alert)
	case is(internalError):
		return fmt.Sprintf("%ssomething went wrong within the server: its log may say what (%v)", refuses, alert)
	case is(unknownCA) && c.own != nil && len(c.own.Certificate) == 1:
		return fmt.Sprintf("%s%v%s; where its issuer is an intermediate authority, append that one's certificate to cert_file", refuses, alert, c.ours())
	case c.asked, aboutCertificate(alert):
		return fmt.Sprintf("%s%v%s", refuses, alert, c.ours())
	}
	return fmt.Sprintf("%s%v: its log may say more", refuses, alert)
}

// aboutCertificate: alerts 42 to 49 and 116 are about our certificate, or the lack of one.
func aboutCertificate(alert error) bool {
	for a := badCertificate; a <= accessDenied; a++ {
		if a.Error() == alert.Error() && a != 47 { // illegal_parameter
			return true
		}
	}
	return alert.Error() == certificateRequired.Error()
}

// ours says what the server may object to in our certificate.
func (c *Client) ours() string {
	switch {
	case !c.asked:
		return " (it has not asked for a certificate of ours; its log may say more)"
	case c.own == nil:
		return " (it wants a certificate, and we have none: set cert_file and key_file)"
	}
	leaf, now := c.own.Leaf, time.Now()
	shown := fmt.Sprintf("%s, issued by %s", leaf.Subject, leaf.Issuer)
	switch {
	case now.After(leaf.NotAfter):
		return fmt.Sprintf(" (our certificate, %s, has expired: it was valid until %s)", shown, leaf.NotAfter.Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		return fmt.Sprintf(" (our certificate, %s, is not valid before %s)", shown, leaf.NotBefore.Format(time.RFC3339))
	}
	return fmt.Sprintf(" (our certificate is %s)", shown)
}

package trust

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// ClientError says why there is no TLS connection to a client, and what to do, in printable characters
// and of bounded length.
type ClientError struct {
	Kind ClientFault
	text string
	err  error
}

func (e *ClientError) Error() string { return e.text }
func (e *ClientError) Unwrap() error { return e.err }

// ClientFault is what kind of fault keeps a client out.
type ClientFault uint8

const (
	Failed   ClientFault = iota // the handshake has failed
	Silent                      // the client has gone without a word, as a balancer's probe does, or we have closed the connection
	NotTLS                      // the client does not speak TLS
	Stranger                    // the client has not proved to be one that is let in
)

// explainHandshake turns an error of crypto/tls into one that an administrator can act on. heard: the
// client has said something.
func (k *keys) explainHandshake(err error, heard bool) error {
	var known *ClientError
	if errors.As(err, &known) {
		return known
	}
	kind, text := k.explain(err, heard)
	return &ClientError{kind, printable(text), err}
}

// ExplainSession does the same for an error after the handshake, where the client has broken the rules of TLS; nil: it
// has not.
func ExplainSession(err error) error {
	var own *net.OpError // as crypto/tls reports an alert that it sends
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "tls: received unexpected handshake message of type *tls.clientHelloMsg"):
		return &ClientError{Failed, "the client wants another handshake within its session (renegotiation): there is none here; switch it off there, or let it use TLS 1.3", err}
	case errors.As(err, &own) && own.Op == "local error":
		return &ClientError{Failed, printable(fmt.Sprintf("what the client sends within its session is no TLS: %v", own.Err)), err}
	}
	return nil
}

func (k *keys) explain(err error, heard bool) (ClientFault, string) {
	var header tls.RecordHeaderError
	var verification *tls.CertificateVerificationError
	var remote *net.OpError // as crypto/tls reports an alert
	switch {
	case errors.As(err, &header):
		return NotTLS, plain(header.RecordHeader[:])
	case errors.As(err, &verification):
		return Stranger, k.explainClient(verification)
	case errors.As(err, &remote) && remote.Op == "remote error":
		return Failed, fmt.Sprintf("the client refuses the connection: %v (our certificate is %s)", remote.Err, shown(k.own.Leaf))
	case errors.Is(err, net.ErrClosed):
		return Silent, "the connection was closed during the handshake"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return Failed, "the client has not ended the handshake in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		if !heard {
			return Silent, "the client has ended the connection without a word"
		}
		return Failed, fmt.Sprintf("the client has ended the connection during the handshake, and does not say why: its log may say more (our certificate is %s)", shown(k.own.Leaf))
	}
	return explainOffer(err)
}

// explainOffer is for what a client offers, or does not.
func explainOffer(err error) (ClientFault, string) {
	switch text := err.Error(); {
	case text == "tls: client didn't provide a certificate":
		return Stranger, "the client has shown no certificate, and client_ca_file or clients wants one of it: give it one"
	case strings.Contains(text, "unsupported versions"):
		return Failed, fmt.Sprintf("the client speaks no version of TLS that is accepted here, which are 1.2 and 1.3: allow one of them on the client (%v)", err)
	case strings.Contains(text, "no cipher suite supported"):
		return Failed, fmt.Sprintf("nothing that the client offers is accepted here: allow TLS 1.3 on it, or a cipher suite of TLS 1.2 with ECDHE (%v)", err)
	}
	return Failed, fmt.Sprintf("the handshake with the client has failed: %v", err)
}

// plain is about a client that does not speak TLS, which its first bytes may tell.
func plain(first []byte) string {
	what := "the client does not speak TLS"
	switch {
	case bytes.HasPrefix(first, []byte("1 ope")):
		what = "the client speaks RELP without TLS: its address here should be relp+tls"
	case bytes.HasPrefix(first, []byte("<")), first[0] >= '1' && first[0] <= '9':
		what = "the client sends syslog without TLS: switch it to TLS, or let it send to a tcp address"
	case bytes.HasPrefix(first, []byte("GET ")), bytes.HasPrefix(first, []byte("POST ")), bytes.HasPrefix(first, []byte("HEAD ")):
		what = "the client speaks HTTP without TLS"
	}
	return fmt.Sprintf("%s (what it says begins with %q)", what, first)
}

// explainClient says what is wrong with a client's certificate.
func (k *keys) explainClient(err *tls.CertificateVerificationError) string {
	client := err.UnverifiedCertificates[0]
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		bad := invalid.Cert
		if bad == nil {
			bad = client
		}
		whose := "the client's certificate"
		if !bad.Equal(client) {
			whose = "the certificate of an authority of the client's"
		}
		return fmt.Sprintf("%s (%s) is not in force: %v", whose, bad.Subject, inForce(bad, time.Now()))
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return fmt.Sprintf("the client's certificate (%s) is not for clients: have one issued whose extended key usage has clientAuth", client.Subject)
	case errors.As(err, &unknown):
		return fmt.Sprintf("the client's certificate (%s, issued by %s) is not signed by an authority of client_ca_file: put that authority there, if the client is to be let in; where it is an intermediate one, the client should send its certificate", client.Subject, client.Issuer)
	}
	return fmt.Sprintf("the client's certificate (%s) cannot be verified: %v", client.Subject, err.Err)
}

// shown is a certificate in words.
func shown(c *x509.Certificate) string {
	text := fmt.Sprintf("%s, for %s, issued by %s", c.Subject, names(c), c.Issuer)
	if err := inForce(c, time.Now()); err != nil {
		text += "; " + err.Error()
	}
	return text
}

// inForce returns an error if a certificate is not valid at the time now.
func inForce(c *x509.Certificate, now time.Time) error {
	switch {
	case now.After(c.NotAfter):
		return fmt.Errorf("it has expired: it was valid until %s; have it renewed", c.NotAfter.Format(time.RFC3339))
	case now.Before(c.NotBefore):
		return fmt.Errorf("it is not valid before %s: check the clocks", c.NotBefore.Format(time.RFC3339))
	}
	return nil
}

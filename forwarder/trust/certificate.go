package trust

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// explainCertificate says what is wrong with the server's certificate, or with another one
// of its chain, whose fault that is, and what to do.
func (c *Client) explainCertificate(err *tls.CertificateVerificationError) string {
	sent := err.UnverifiedCertificates
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid):
		return c.explainInvalid(invalid, sent[0])
	case errors.As(err, &name):
		return fmt.Sprintf("the server's certificate is not for %s but for %s: correct the address, or set server_name",
			c.host, names(name.Certificate))
	case errors.As(err, &unknown):
		return c.explainAuthority(sent, unknown)
	}
	return fmt.Sprintf("the server's certificate (%s) cannot be verified: %v", sent[0].Subject, err.Err)
}

// explainInvalid is for one certificate of the chain that is bad by itself.
func (c *Client) explainInvalid(err x509.CertificateInvalidError, server *x509.Certificate) string {
	bad, now := err.Cert, time.Now()
	whose, cure := "the server's certificate", "renew it on the server"
	switch {
	case bad == nil || bad.Equal(server):
		bad = server
	case c.has(bad):
		whose, cure = "the authority's certificate in ca_file", "put its new one there"
	default:
		whose = "the certificate of an authority that the server sends"
	}
	switch {
	case err.Reason == x509.Expired && now.Before(bad.NotBefore):
		return fmt.Sprintf("%s (%s) is not valid before %s: check this machine's clock (%s)",
			whose, bad.Subject, bad.NotBefore.Format(time.RFC3339), now.Format(time.RFC3339))
	case err.Reason == x509.Expired:
		return fmt.Sprintf("%s (%s) has expired: it was valid until %s; %s", whose, bad.Subject, bad.NotAfter.Format(time.RFC3339), cure)
	case err.Reason == x509.IncompatibleUsage:
		return fmt.Sprintf("the server's certificate (%s) is not for servers: have one issued whose extended key usage has serverAuth", server.Subject)
	}
	return fmt.Sprintf("%s (%s) cannot be used: %v", whose, bad.Subject, err)
}

// has reports whether ca_file has the certificate.
func (c *Client) has(cert *x509.Certificate) bool {
	a := c.named(cert.RawSubject)
	return a != nil && a.Equal(cert)
}

// explainAuthority is for a chain that ends without reaching an authority that is trusted.
func (c *Client) explainAuthority(sent []*x509.Certificate, err x509.UnknownAuthorityError) string {
	server, last := sent[0], top(sent)
	by := last.Issuer
	var text string
	switch {
	case c.named(last.RawIssuer) != nil:
		return fmt.Sprintf("the server's certificate (%s) is not signed by the authority of the name %s that ca_file has, but with another key: put the authority's present certificate into ca_file (%v)", server.Subject, by, err)
	case isSelfSigned(server):
		return fmt.Sprintf("the server has signed its certificate (%s) itself: set ca_file to that certificate, or fingerprint to sha256:%x after comparing it with the server's", server.Subject, sha256.Sum256(server.Raw))
	case isSelfSigned(last):
		text = fmt.Sprintf("the server's certificate (%s) is signed by an authority that is not trusted (%s): set ca_file to the authority's certificate", server.Subject, by)
	default:
		text = fmt.Sprintf("the server's certificate (%s) is signed by an authority that is not trusted (%s): set ca_file to the authority's certificate; "+
			"where that one is an intermediate authority, the server should send its certificate and does not: append it to the certificate file of the server", server.Subject, by)
	}
	if len(c.authorities) == 0 && noSystemAuthorities() {
		text += "; ca_file is not set, and this system has no authorities of its own (package ca-certificates)"
	}
	return text
}

// top is the last certificate of the chain that the server has sent, from its own one upwards.
func top(sent []*x509.Certificate) *x509.Certificate {
	at := sent[0]
	for range sent {
		next := signer(at, sent)
		if next == nil {
			break
		}
		at = next
	}
	return at
}

// signer is the certificate among others that has signed cert; nil: none has, or cert has itself.
func signer(cert *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	for _, c := range among {
		if !c.Equal(cert) && cert.CheckSignatureFrom(c) == nil {
			return c
		}
	}
	return nil
}

func noSystemAuthorities() bool {
	pool, err := x509.SystemCertPool()
	return err != nil || pool.Equal(x509.NewCertPool())
}

func names(c *x509.Certificate) string {
	all := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "no host at all (" + c.Subject.String() + ")"
	}
	return strings.Join(all, ", ")
}

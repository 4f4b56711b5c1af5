package forwarder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
)

// TLSOptions say how a server proves who it is, and how we do.
//
// The files are read at each connection, so that new certificates are taken up
// with the next one.
type TLSOptions struct {
	CAFile     string // authorities that a server's certificate may be signed by, PEM; empty: the system's
	CertFile   string // our certificate with its chain, PEM; empty: none
	KeyFile    string // its key, PEM
	ServerName string // that a server's certificate must have; empty: the host of its address
	// Fingerprint, "sha256:" and 64 lower-case hex digits, is that of the server's
	// certificate (RFC 5425, 4.2.2). Without CAFile it is all that is checked, so
	// that a server may sign its certificate itself; with it, both are.
	Fingerprint string
}

// tlsTransport is RFC 5425: syslog over TLS.
type tlsTransport struct {
	server  Server
	framing syslogfmt.Framing
	timeout time.Duration // of connecting, handshake included
	options TLSOptions
}

func (t *tlsTransport) Dial(ctx context.Context) (session, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	conn, err := dialTLS(ctx, t.server, &t.options)
	if err != nil {
		return nil, err
	}
	return newStreamSession(conn, t.framing), nil
}

func (t *tlsTransport) Rewinds() bool  { return true }
func (t *tlsTransport) BatchSize() int { return streamBatch }
func (t *tlsTransport) String() string { return t.server.String() }

// dialTLS connects to a server and makes the handshake, within ctx.
func dialTLS(ctx context.Context, s Server, o *TLSOptions) (*tlsConn, error) {
	config, err := o.config(s.Host)
	if err != nil {
		return nil, err
	}
	tcp, err := dialTCP(ctx, s)
	if err != nil {
		return nil, err
	}
	conn, err := newPlainTCP(tcp)
	if err != nil {
		return nil, err
	}
	return newTLSConn(ctx, conn, config)
}

// config reads the files.
func (o *TLSOptions) config(host string) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: host,
		// There are no small first records to gain from: nobody waits for an answer.
		DynamicRecordSizingDisabled: true,
	}
	if o.ServerName != "" {
		c.ServerName = o.ServerName
	}
	if err := o.addAuthorities(c); err != nil {
		return nil, err
	}
	if o.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert_file %s, key_file %s: %w", o.CertFile, o.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if o.Fingerprint != "" {
		c.InsecureSkipVerify = o.CAFile == "" // VerifyConnection checks instead
		c.VerifyConnection = o.verifyFingerprint
	}
	return c, nil
}

// digest is of what the files hold. One that cannot be read counts as empty.
func (o *TLSOptions) digest() string {
	h := sha256.New()
	for _, path := range []string{o.CAFile, o.CertFile, o.KeyFile} {
		b, _ := os.ReadFile(path)
		fmt.Fprintf(h, "%d\n%s", len(b), b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (o *TLSOptions) addAuthorities(c *tls.Config) error {
	if o.CAFile == "" {
		return nil
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return fmt.Errorf("ca_file: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return fmt.Errorf("ca_file %s has no certificate in PEM form", o.CAFile)
	}
	return nil
}

func (o *TLSOptions) verifyFingerprint(s tls.ConnectionState) error {
	sum := sha256.Sum256(s.PeerCertificates[0].Raw)
	want, err := hex.DecodeString(strings.TrimPrefix(o.Fingerprint, "sha256:"))
	if err != nil || !bytes.Equal(sum[:], want) {
		return &TLSError{text: fmt.Sprintf("the server's certificate is not the pinned one: its fingerprint is sha256:%x", sum)}
	}
	return nil
}

// TLSError says why there is no TLS connection to a server, and what to do.
type TLSError struct {
	text string
	err  error
}

func (e *TLSError) Error() string { return e.text }
func (e *TLSError) Unwrap() error { return e.err }

// explainTLS turns what crypto/tls says into what an administrator can act on.
// Other errors are returned as they are.
func explainTLS(err error, config *tls.Config) error {
	text := ""
	var known *TLSError
	var header tls.RecordHeaderError
	var remote *net.OpError // as crypto/tls reports an alert
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &header):
		text = fmt.Sprintf("the server does not speak TLS on this port (%v)", err)
	case errors.As(err, &remote) && remote.Op == "remote error":
		text = fmt.Sprintf("the server refuses the connection: %v%s", remote.Err, ownCertificate(config))
	default:
		text = explainCertificate(err, config)
	}
	if text == "" {
		return err
	}
	return &TLSError{text, err}
}

// explainCertificate says what is wrong with the server's certificate.
func explainCertificate(err error, config *tls.Config) string {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		c := invalid.Cert
		if now := time.Now(); now.Before(c.NotBefore) {
			return fmt.Sprintf("the server's certificate (%s) is not valid before %s: check this machine's clock (%s)",
				c.Subject, c.NotBefore.Format(time.RFC3339), now.Format(time.RFC3339))
		}
		return fmt.Sprintf("the server's certificate (%s) has expired: it was valid until %s; renew it on the server",
			c.Subject, c.NotAfter.Format(time.RFC3339))
	case errors.As(err, &name):
		return fmt.Sprintf("the server's certificate is not for %s but for %s: correct the address, or set server_name",
			config.ServerName, names(name.Certificate))
	case errors.As(err, &unknown):
		return fmt.Sprintf("the server's certificate (%s) is signed by an authority that is not trusted (%s): set ca_file to the authority's certificate",
			unknown.Cert.Subject, unknown.Cert.Issuer)
	case strings.Contains(err.Error(), "unsupported protocol version"):
		return fmt.Sprintf("the server offers nothing newer than TLS 1.1, and 1.2 is the least that is accepted (%v)", err)
	}
	return ""
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

// ownCertificate says what the server may object to in ours.
func ownCertificate(config *tls.Config) string {
	if len(config.Certificates) == 0 {
		return " (no certificate of ours was shown: set cert_file and key_file if it wants one)"
	}
	leaf := config.Certificates[0].Leaf
	if time.Now().After(leaf.NotAfter) {
		return fmt.Sprintf(" (our certificate, %s, has expired: it was valid until %s)", leaf.Subject, leaf.NotAfter.Format(time.RFC3339))
	}
	return fmt.Sprintf(" (our certificate is %s, issued by %s)", leaf.Subject, leaf.Issuer)
}

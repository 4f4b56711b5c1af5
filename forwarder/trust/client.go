package trust

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"strings"
)

// Client is what one connection to a server needs. It is for one goroutine at a time.
type Client struct {
	options     *Options
	host        string // that the server's certificate must be for
	config      *tls.Config
	authorities []*x509.Certificate // of CAFile
	lists       []*list             // of CRLFile
	own         *tls.Certificate    // nil: we have none
	asked       bool                // the server has asked for our certificate
}

// Config is for tls.Client.
func (c *Client) Config() *tls.Config { return c.config }

// Asked reports whether the server has asked for our certificate, in a handshake that is
// over.
func (c *Client) Asked() bool { return c.asked }

// show returns our certificate even for a server that names other authorities: the server's objection
// to it says more than its objection to none.
func (c *Client) show(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	c.asked = true
	if c.own == nil {
		return new(tls.Certificate), nil
	}
	return c.own, nil
}

// verify checks fingerprint and revocation, after crypto/tls has verified the chain.
func (c *Client) verify(s tls.ConnectionState) error {
	if err := c.verifyFingerprint(s.PeerCertificates[0]); err != nil {
		return err
	}
	if len(c.lists) == 0 {
		return nil
	}
	return c.notRevoked(s.VerifiedChains)
}

func (c *Client) verifyFingerprint(server *x509.Certificate) error {
	if c.options.Fingerprint == "" {
		return nil
	}
	sum := sha256.Sum256(server.Raw)
	want, err := hex.DecodeString(strings.TrimPrefix(c.options.Fingerprint, "sha256:"))
	if err != nil || !bytes.Equal(sum[:], want) {
		return newError(nil, "the server's certificate is not the pinned one: its fingerprint is sha256:%x", sum)
	}
	return nil
}

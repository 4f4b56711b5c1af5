package trust

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// list is a list of revoked certificates (RFC 5280, 5) and the line that it begins on.
type list struct {
	*x509.RevocationList
	line int
}

// readLists reads CRLFile: PEM with any number of lists, or one in DER form, as
// authorities publish them.
func (c *Client) readLists() error {
	path := c.options.CRLFile
	if path == "" {
		return nil
	}
	lists, err := parseLists(path)
	if err != nil {
		return &FileError{"crl_file", path, why(err)}
	}
	c.lists = lists
	return nil
}

func parseLists(path string) ([]*list, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if isDER(data) {
		l, err := parseList(data, 1)
		return []*list{l}, err
	}
	all, err := blocks(data)
	if err != nil {
		return nil, err
	}
	var lists []*list
	for _, b := range all {
		if b.Type != "X509 CRL" {
			return nil, misplaced(b, "a revocation list (X509 CRL)")
		}
		l, err := parseList(b.Bytes, b.line)
		if err != nil {
			return nil, err
		}
		lists = append(lists, l)
	}
	return lists, nil
}

func parseList(der []byte, line int) (*list, error) {
	parsed, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, fmt.Errorf("line %d: the revocation list that begins there is damaged: %v", line, err)
	}
	for _, e := range parsed.Extensions {
		// RFC 5280, 5.2: a list with a critical extension that is not understood says
		// nothing about those that are not on it. Deltas and partial lists have one.
		if e.Critical {
			return nil, fmt.Errorf("line %d: the revocation list of %s is not a complete one (critical extension %s), and cannot be used: get the complete one", line, parsed.Issuer, e.Id)
		}
	}
	return &list{parsed, line}, nil
}

// current returns an error if the list cannot be relied on at the time now.
func (l *list) current(now time.Time) error {
	switch {
	case !l.NextUpdate.IsZero() && now.After(l.NextUpdate):
		return fmt.Errorf("the revocation list of %s has expired: it was to be replaced by %s; get the present one", l.Issuer, l.NextUpdate.Format(time.RFC3339))
	case now.Before(l.ThisUpdate):
		return fmt.Errorf("the revocation list of %s is not valid before %s: check this machine's clock (%s)", l.Issuer, l.ThisUpdate.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	return nil
}

func (l *list) has(serial *big.Int) (since time.Time, ok bool) {
	for i := range l.RevokedCertificateEntries {
		if e := &l.RevokedCertificateEntries[i]; e.SerialNumber.Cmp(serial) == 0 {
			return e.RevocationTime, true
		}
	}
	return time.Time{}, false
}

// notRevoked returns an error if none of the chains, which crypto/tls has verified, is free of revoked
// certificates.
func (c *Client) notRevoked(chains [][]*x509.Certificate) error {
	var first error
	for _, chain := range chains {
		err := c.chainNotRevoked(chain)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil { // cannot be: crypto/tls verifies a chain where there are lists
		first = errors.New("no chain was verified")
	}
	return newError(first, "crl_file %s: %v", c.options.CRLFile, first)
}

// chainNotRevoked wants a list of the authority that has signed the server's certificate, and looks
// at lists of the chain's other authorities where there are any.
func (c *Client) chainNotRevoked(chain []*x509.Certificate) error {
	if len(chain) == 1 {
		return nil // the server's certificate itself is in CAFile
	}
	for i, cert := range chain[:len(chain)-1] {
		known, err := c.listed(cert, chain[i+1])
		switch {
		case err != nil:
			return err
		case !known && i == 0:
			return fmt.Errorf("it has no list of %s, who has signed the server's certificate, so that nothing tells whether that was revoked", cert.Issuer)
		}
	}
	return nil
}

// listed reports whether there is a list of the authority that has signed the certificate. It returns
// an error if the certificate is on such a list, or if no such list can be relied on.
func (c *Client) listed(cert, issuer *x509.Certificate) (known bool, err error) {
	var stale error
	for _, l := range c.lists {
		if !bytes.Equal(l.RawIssuer, cert.RawIssuer) {
			continue
		}
		if err := l.CheckSignatureFrom(issuer); err != nil {
			stale = fmt.Errorf("line %d: the list of %s is not signed with the key of the authority that has signed the server's certificate: %v", l.line, l.Issuer, err)
			continue
		}
		if since, ok := l.has(cert.SerialNumber); ok {
			return true, revoked(cert, since)
		}
		if err := l.current(time.Now()); err != nil {
			stale = err
			continue
		}
		known = true
	}
	if known {
		return true, nil // a newer list stands in for an older one
	}
	return false, stale
}

func revoked(cert *x509.Certificate, since time.Time) error {
	whose := "the server's certificate"
	if cert.IsCA {
		whose = "the certificate of an authority of the server's"
	}
	return fmt.Errorf("%s (%s, serial number %x) was revoked on %s: get another one for the server", whose, cert.Subject, cert.SerialNumber, since.Format(time.RFC3339))
}

package trust

import (
	"bytes"
	"crypto/x509"
	"fmt"
)

// readAuthorities reads the file of a key: each certificate of it counts. Without a path there are
// none, and no pool.
func readAuthorities(key, path string) ([]*x509.Certificate, *x509.CertPool, error) {
	if path == "" {
		return nil, nil, nil
	}
	certs, err := readCertificates(path)
	if err != nil {
		return nil, nil, &FileError{key, path, why(err)}
	}
	pool := x509.NewCertPool()
	for _, cert := range certs {
		pool.AddCert(cert)
	}
	return certs, pool, nil
}

func readCertificates(path string) ([]*x509.Certificate, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	all, err := blocks(data)
	if err != nil {
		return nil, err
	}
	return certificates(all, nil)
}

// certificates are the certificates among the blocks of a file. A block of another type is an error,
// unless also reports true for it: then it is passed over.
func certificates(all []block, also func(kind string) bool) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for _, b := range all {
		if also != nil && also(b.Type) {
			continue
		}
		if b.Type != "CERTIFICATE" && b.Type != "X509 CERTIFICATE" {
			return nil, misplaced(b, "a CERTIFICATE")
		}
		cert, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("line %d: the certificate that begins there cannot be used: %v", b.line, err)
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, fmt.Errorf("it has no CERTIFICATE")
	}
	return certs, nil
}

// named are the authorities of CAFile with that name (in DER form).
func (c *Client) named(subject []byte) *x509.Certificate {
	for _, a := range c.authorities {
		if bytes.Equal(a.RawSubject, subject) {
			return a
		}
	}
	return nil
}

// isSelfSigned reports whether a certificate names itself as the one that has signed it.
func isSelfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

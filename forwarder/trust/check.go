package trust

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Check reads the files, and returns a line for each that says what it has. errs are all mistakes
// that keep a connection from coming about, or would if the server wanted our certificate.
func (o *Options) Check(now time.Time) (found []string, errs []error) {
	c, err := o.Client("")
	var bad fileErrors
	if errors.As(err, &bad) {
		errs = bad
	}
	add := func(key, path, format string, args ...any) {
		found = append(found, printable(fmt.Sprintf("%s %s: %s", key, path, fmt.Sprintf(format, args...))))
	}
	fail := func(key, path, format string, args ...any) {
		errs = append(errs, &FileError{key, path, fmt.Errorf(format, args...)})
	}
	if len(c.authorities) > 0 {
		found, errs = checkAuthorities("ca_file", o.CAFile, c.authorities, now, found, errs)
	}
	for _, l := range c.lists {
		until := "without an end"
		if !l.NextUpdate.IsZero() {
			until = "to be replaced by " + l.NextUpdate.Format(time.RFC3339)
		}
		add("crl_file", o.CRLFile, "%d revoked certificates of %s, %s", len(l.RevokedCertificateEntries), l.Issuer, until)
		if err := l.current(now); err != nil {
			fail("crl_file", o.CRLFile, "%w", err)
		}
	}
	if c.own == nil {
		return found, errs
	}
	leaf := c.own.Leaf
	add("cert_file", o.CertFile, "%s, issued by %s, valid until %s", leaf.Subject, leaf.Issuer, leaf.NotAfter.Format(time.RFC3339))
	switch {
	case now.After(leaf.NotAfter):
		fail("cert_file", o.CertFile, "our certificate (%s) has expired: it was valid until %s; have it renewed", leaf.Subject, leaf.NotAfter.Format(time.RFC3339))
	case now.Before(leaf.NotBefore):
		fail("cert_file", o.CertFile, "our certificate (%s) is not valid before %s: check this machine's clock", leaf.Subject, leaf.NotBefore.Format(time.RFC3339))
	}
	return found, errs
}

// checkAuthorities says what a file of authorities has.
func checkAuthorities(key, path string, certs []*x509.Certificate, now time.Time, found []string, errs []error) ([]string, []error) {
	last := longestValid(certs)
	found = append(found, printable(fmt.Sprintf("%s %s: %d authorities, %s valid until %s", key, path, len(certs), last.Subject, last.NotAfter.Format(time.RFC3339))))
	if now.After(last.NotAfter) {
		errs = append(errs, &FileError{key, path, fmt.Errorf("no certificate in it is valid any more: that of %s was until %s; put the authority's new one there", last.Subject, last.NotAfter.Format(time.RFC3339))})
	}
	return found, errs
}

func longestValid(certs []*x509.Certificate) *x509.Certificate {
	last := certs[0]
	for _, c := range certs {
		if c.NotAfter.After(last.NotAfter) {
			last = c
		}
	}
	return last
}

package trust

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
)

// Options say how a server proves who it is, and how we do. All files are read again by
// each call of Client, so that new ones are taken up by the next connection.
type Options struct {
	CAFile   string // authorities that a server's certificate may be signed by, PEM; empty: the system's
	CRLFile  string // lists of revoked certificates, PEM or DER; empty: none are looked at
	CertFile string // our certificate with its chain, PEM; empty: none
	KeyFile  string // its key, PEM
	// ServerName is what a server's certificate must have; empty: the host of its address.
	ServerName string
	// Fingerprint, "sha256:" and 64 lower-case hex digits, is that of the server's
	// certificate (RFC 5425, 4.2.2). Without CAFile only the fingerprint is checked, so
	// that a server may sign its certificate itself; with CAFile both are checked.
	Fingerprint string
}

// pinnedAlone reports whether the fingerprint is all that is checked.
func (o *Options) pinnedAlone() bool { return o.Fingerprint != "" && o.CAFile == "" }

// Client reads the files for connections to host. An error, of one line, has for each file
// that cannot be used its key and path, and says what to do.
func (o *Options) Client(host string) (*Client, error) {
	c := &Client{options: o, host: host}
	if o.ServerName != "" {
		c.host = o.ServerName
	}
	c.config = &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: c.host,
		// There are no small first records to gain from: nobody waits for an answer.
		DynamicRecordSizingDisabled: true,
		InsecureSkipVerify:          o.pinnedAlone(), // verify checks the fingerprint
		VerifyConnection:            c.verify,
		GetClientCertificate:        c.show,
	}
	var all []error
	c.own, all = readIdentity(o.CertFile, o.KeyFile)
	var err error
	c.authorities, c.config.RootCAs, err = readAuthorities("ca_file", o.CAFile)
	return c, oneError(append(all, err, c.readLists()))
}

// oneError makes one error of those that are not nil.
func oneError(all []error) error {
	var errs fileErrors
	for _, err := range all {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// Digest is a digest of the files' content, which changes when a file does. A file that cannot be
// read counts as empty.
func (o *Options) Digest() string { return digest(o.CAFile, o.CRLFile, o.CertFile, o.KeyFile) }

func digest(paths ...string) string {
	h := sha256.New()
	for _, path := range paths {
		var b []byte
		if path != "" {
			b, _ = readFile(path)
		}
		fmt.Fprintf(h, "%d\n%s", len(b), b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

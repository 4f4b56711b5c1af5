package e2e

import (
	"crypto/x509"
	"path/filepath"
	"testing"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// certificates are files in PEM form: of an authority, and of a server and a
// client whose certificates it has signed.
type certificates struct {
	ca, serverCert, serverKey, clientCert, clientKey string
}

func makeCertificates(t *testing.T, dir string) certificates {
	t.Helper()
	a := trusttest.Shared(t)
	pair := func(name string) (cert, key string) {
		c := a.Sign(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
		cert, key = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+"-key.pem")
		testbed.WriteFile(t, cert, string(trusttest.CertPEM(c)))
		testbed.WriteFile(t, key, string(trusttest.KeyPEM(t, c)))
		return cert, key
	}
	c := certificates{ca: filepath.Join(dir, "ca.pem")}
	testbed.WriteFile(t, c.ca, string(a.PEM()))
	c.serverCert, c.serverKey = pair("server")
	c.clientCert, c.clientKey = pair("client")
	return c
}

// Package trusttest is for tests: authorities, certificates, lists of revoked ones, and
// their files.
package trusttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Authority signs certificates.
type Authority struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey
}

var shared = sync.OnceValues(func() (*Authority, error) { return sign("Test CA", nil, nil) })

// Shared is one authority, CN=Test CA, for all tests of a process.
func Shared(t *testing.T) *Authority {
	t.Helper()
	a, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// New returns an authority that has signed itself, but for what change does.
func New(t *testing.T, name string, change func(*x509.Certificate)) *Authority {
	t.Helper()
	return (*Authority)(nil).Authority(t, name, change)
}

// Authority returns one that a has signed, but for what change does.
func (a *Authority) Authority(t *testing.T, name string, change func(*x509.Certificate)) *Authority {
	t.Helper()
	b, err := sign(name, a, change)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sign makes an authority; by nil: one that signs itself.
func sign(name string, by *Authority, change func(*x509.Certificate)) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if change != nil {
		change(c)
	}
	if by == nil {
		by = &Authority{c, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.Cert, &key.PublicKey, by.Key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &Authority{cert, key}, err
}

// Sign makes a certificate for 127.0.0.1, ::1 and localhost, but for what change does.
func (a *Authority) Sign(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "log server"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.Cert, &key.PublicKey, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// Server is the configuration of a server that a client of the authority trusts.
func (a *Authority) Server(t *testing.T) *tls.Config {
	t.Helper()
	return &tls.Config{Certificates: []tls.Certificate{a.Sign(t, nil)}}
}

// Pool has the authority alone.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.Cert)
	return p
}

// PEM is the authority's certificate.
func (a *Authority) PEM() []byte { return PEM("CERTIFICATE", a.Cert.Raw) }

// File writes the authority's certificate to a file.
func (a *Authority) File(t *testing.T) string {
	t.Helper()
	return Write(t, filepath.Join(t.TempDir(), "ca.pem"), a.PEM())
}

// Revoke returns a list, in DER form, of the authority's certificates that are revoked,
// but for what change does.
func (a *Authority) Revoke(t *testing.T, change func(*x509.RevocationList), certs ...tls.Certificate) []byte {
	t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	for _, c := range certs {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.Leaf.SerialNumber, RevocationTime: time.Now().Add(-time.Minute)})
	}
	if change != nil {
		change(l)
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, a.Cert, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// KeyPEM is the key of a certificate.
func KeyPEM(t *testing.T, c tls.Certificate) []byte {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return PEM("PRIVATE KEY", key)
}

// CertPEM is a certificate without its chain.
func CertPEM(c tls.Certificate) []byte { return PEM("CERTIFICATE", c.Certificate[0]) }

// WritePair writes a certificate and its key to dir.
func WritePair(t *testing.T, dir string, c tls.Certificate) (certFile, keyFile string) {
	t.Helper()
	return Write(t, filepath.Join(dir, "cert.pem"), CertPEM(c)), Write(t, filepath.Join(dir, "key.pem"), KeyPEM(t, c))
}

// PEM is a block of that type.
func PEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// Write writes a file that only its owner may read, and returns its path.
func Write(t *testing.T, path string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Fingerprint is that of a certificate, as the configuration has it.
func Fingerprint(c tls.Certificate) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(c.Certificate[0]))
}

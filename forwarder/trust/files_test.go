package trust

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/trust/trusttest"
)

// join is PEM blocks one behind the other.
func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// damaged is a PEM block with a character that base64 does not have.
func damaged(block []byte) []byte {
	b := bytes.Clone(block)
	b[len(b)/2] = '!'
	return b
}

// broken is a PEM block whose base64 is sound, and whose content is not.
func broken(block []byte) []byte {
	b, _ := pem.Decode(block)
	return trusttest.PEM(b.Type, b.Bytes[:len(b.Bytes)-10])
}

// systemBundle has what a system trusts, where that is a file; else one authority.
func systemBundle(t *testing.T) []byte {
	t.Helper()
	for _, path := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"} {
		if b, err := os.ReadFile(path); err == nil {
			return b
		}
	}
	return trusttest.Shared(t).PEM()
}

// encrypted is a key as openssl's traditional form has one with a passphrase.
func encrypted(t *testing.T, c tls.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(c.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 that is the form to be recognised
	b, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", der, []byte("secret"), x509.PEMCipherAES256)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(b)
}

// TestFiles: nothing in a file is passed over, and each way in which one cannot be used has
// an error that says where, what is wrong, and what to do.
func TestFiles(t *testing.T) {
	a := trusttest.Shared(t)
	other := trusttest.New(t, "Other CA", nil)
	pair, second := a.Sign(t, nil), a.Sign(t, nil)
	cert, key := trusttest.CertPEM(pair), trusttest.KeyPEM(t, pair)
	crl := trusttest.PEM("X509 CRL", a.Revoke(t, nil))
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := x509.MarshalPKCS8PrivateKey(x25519)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := x509.MarshalECPrivateKey(pair.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ca, crl, cert, key []byte // nil: none
		want               string // in the error; empty: none
	}{
		"one authority":                {ca: a.PEM()},
		"comments around":              {ca: join([]byte("# Test CA\n"), a.PEM(), []byte("Subject: other\r\n"), other.PEM(), []byte("end"))},
		"CR LF":                        {ca: bytes.ReplaceAll(join(a.PEM(), other.PEM()), []byte("\n"), []byte("\r\n"))},
		"the system's":                 {ca: systemBundle(t)},
		"empty":                        {ca: []byte(" \n"), want: "ca_file DIR/ca: it is empty"},
		"no PEM":                       {ca: []byte("see the wiki\n"), want: "it has nothing in PEM form"},
		"a certificate in DER form":    {ca: a.Cert.Raw, want: "it is in DER form, and must be in PEM form (for a certificate: openssl x509 -inform der"},
		"the second is garbled":        {ca: join(a.PEM(), damaged(other.PEM())), want: fmt.Sprintf("line %d: the PEM block that begins there is damaged", bytes.Count(a.PEM(), []byte("\n"))+1)},
		"the first is garbled":         {ca: join(damaged(a.PEM()), other.PEM()), want: "line 1: the PEM block that begins there is damaged"},
		"the last is half":             {ca: join(a.PEM(), other.PEM()[:200]), want: "the PEM block that begins there is damaged"},
		"one is half":                  {ca: join(a.PEM()[:200], []byte("\n"), other.PEM()), want: "line 1: the PEM block that begins there is damaged"},
		"not at a line's begin":        {ca: join([]byte("\uFEFF"), a.PEM()), want: "line 1: the PEM block that begins there is damaged"},
		"no certificate within":        {ca: join(a.PEM(), broken(other.PEM())), want: "the certificate that begins there cannot be used"},
		"a list among authorities":     {ca: join(a.PEM(), crl), want: `there is a "X509 CRL", where a CERTIFICATE should be: put it into a file of its own, and set crl_file`},
		"a key among authorities":      {ca: join(a.PEM(), key), want: `there is a "PRIVATE KEY", where a CERTIFICATE should be`},
		"openssl's own form":           {ca: trusttest.PEM("TRUSTED CERTIFICATE", a.Cert.Raw), want: "openssl x509 -in FILE -out FILE.pem"},
		"PKCS #7":                      {ca: trusttest.PEM("PKCS7", []byte{48}), want: "openssl pkcs7 -in FILE -print_certs"},
		"a hostile type":               {ca: trusttest.PEM("\x1b[31mRED", []byte{48}), want: `there is a "\x1b[31mRED"`},
		"a pair":                       {cert: cert, key: key},
		"with its chain":               {cert: join(cert, a.PEM()), key: key},
		"the key in both":              {cert: join(key, cert), key: join(cert, key)},
		"an EC key with parameters":    {cert: cert, key: join(trusttest.PEM("EC PARAMETERS", []byte{6, 0}), trusttest.PEM("EC PRIVATE KEY", ec))},
		"the authority first":          {cert: join(a.PEM(), cert), key: key, want: "cert_file DIR/cert: its first certificate (CN=Test CA) is not ours, which is number 2 (CN=log server): ours must come first"},
		"the key of another":           {cert: cert, key: trusttest.KeyPEM(t, second), want: "key_file DIR/key: it is the key of another certificate than cert_file DIR/cert has (CN=log server)"},
		"mixed up":                     {cert: key, key: cert, want: "cert_file DIR/cert: it has no CERTIFICATE; key_file DIR/key: it has a certificate, and no key (are cert_file and key_file mixed up?)"},
		"an encrypted key":             {cert: cert, key: trusttest.PEM("ENCRYPTED PRIVATE KEY", []byte{48}), want: "key_file DIR/key: the key is encrypted, and there is nobody to ask for its passphrase (openssl pkey"},
		"an encrypted key, old form":   {cert: cert, key: encrypted(t, pair), want: "the key is encrypted"},
		"half a key":                   {cert: cert, key: []byte("-----BEGIN"), want: "it has nothing in PEM form"},
		"half a key, with its first":   {cert: cert, key: key[:100], want: "line 1: the PEM block that begins there is damaged"},
		"a key with nothing right":     {cert: cert, key: broken(key), want: "line 1: the key that begins there cannot be used"},
		"a key that cannot sign":       {cert: cert, key: trusttest.PEM("PRIVATE KEY", exchange), want: "line 1: the key that begins there (*ecdh.PrivateKey) cannot sign"},
		"a key in DER form":            {cert: cert, key: ec, want: "openssl pkey -inform der"},
		"a key of ssh":                 {cert: cert, key: trusttest.PEM("OPENSSH PRIVATE KEY", []byte{0}), want: "ssh-keygen -p -m PKCS8"},
		"a public key":                 {cert: cert, key: trusttest.PEM("PUBLIC KEY", []byte{48}), want: `it has no PRIVATE KEY, but a "PUBLIC KEY"`},
		"two keys":                     {cert: cert, key: join(key, key), want: "there is a second key"},
		"a list among certificates":    {cert: join(cert, crl), key: key, want: "where a CERTIFICATE should be"},
		"a list":                       {ca: a.PEM(), crl: crl},
		"a list in DER form":           {ca: a.PEM(), crl: a.Revoke(t, nil)},
		"two lists":                    {ca: a.PEM(), crl: join(crl, trusttest.PEM("X509 CRL", other.Revoke(t, nil)))},
		"a list that is garbled":       {ca: a.PEM(), crl: join(crl, damaged(crl)), want: "the PEM block that begins there is damaged"},
		"a list with nothing right":    {ca: a.PEM(), crl: broken(crl), want: "line 1: the revocation list that begins there is damaged"},
		"a list in DER form, half":     {ca: a.PEM(), crl: a.Revoke(t, nil)[:60], want: "the revocation list that begins there is damaged"},
		"an authority among the lists": {ca: a.PEM(), crl: join(crl, a.PEM()), want: `there is a "CERTIFICATE", where a revocation list (X509 CRL) should be`},
		"a delta list":                 {ca: a.PEM(), crl: trusttest.PEM("X509 CRL", a.Revoke(t, delta)), want: "the revocation list of CN=Test CA is not a complete one (critical extension 2.5.29.27)"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var o Options
			for path, content := range map[*string][]byte{&o.CAFile: c.ca, &o.CRLFile: c.crl, &o.CertFile: c.cert, &o.KeyFile: c.key} {
				name := map[*string]string{&o.CAFile: "ca", &o.CRLFile: "crl", &o.CertFile: "cert", &o.KeyFile: "key"}[path]
				if content != nil {
					*path = trusttest.Write(t, filepath.Join(dir, name), content)
				}
			}
			_, err := o.Client("localhost")
			expect(t, err, strings.ReplaceAll(c.want, "DIR", dir))
			if _, errs := o.Check(time.Now()); (len(errs) > 0) != (err != nil) {
				t.Errorf("Check finds %v, Client %v", errs, err)
			}
		})
	}
}

// expect wants an error of one printable line with a text; empty: none.
func expect(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v\nwant  …%s…", err, want)
	case err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r == 0x7f }):
		t.Errorf("unprintable: %q", err)
	}
}

// TestPlaces: a file that is not there, or is none, is told apart from one with something
// wrong in it.
func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Symlink(path("gone"), path("link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	trusttest.Write(t, path("large"), nil)
	if err := os.Truncate(path("large"), maxFile+1); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		path("none"):     ": no such file or directory",
		path("link"):     `: it is a symbolic link to "` + path("gone") + `", which does not exist`,
		dir:              ": it is no regular file (d",
		path("fifo"):     ": it is no regular file (p",
		"/dev/zero":      ": it is no regular file (D",
		path("large"):    ": it is larger than",
		path("a\nb\x1b"): `a\nb\x1b: no such file`,
	} {
		for _, o := range []Options{{CAFile: name}, {CRLFile: name}, {CertFile: name, KeyFile: name}} {
			_, err := o.Client("localhost")
			expect(t, err, want)
			_ = o.Digest() // ends
		}
	}
}

// TestCheckLooksAhead: what Check says of files that can be used, and of such as would not
// do much longer, or do not any more.
func TestCheckLooksAhead(t *testing.T) {
	a := trusttest.Shared(t)
	dir := t.TempDir()
	next := time.Now().Add(3 * time.Hour).UTC().Truncate(time.Second)
	o := Options{CAFile: a.File(t), CRLFile: trusttest.Write(t, filepath.Join(dir, "crl"), a.Revoke(t, func(l *x509.RevocationList) { l.NextUpdate = next }, a.Sign(t, nil)))}
	own := a.Sign(t, nil)
	o.CertFile, o.KeyFile = trusttest.WritePair(t, dir, own)
	found, errs := o.Check(time.Now())
	if len(errs) > 0 {
		t.Error(errs)
	}
	for i, want := range []string{
		": 1 authorities, CN=Test CA valid until " + a.Cert.NotAfter.Format(time.RFC3339), ": 1 revoked certificates of CN=Test CA, to be replaced by " + next.Format(time.RFC3339),
		": CN=log server, issued by CN=Test CA, valid until " + own.Leaf.NotAfter.Format(time.RFC3339),
	} {
		if i >= len(found) || !strings.Contains(found[i], want) {
			t.Errorf("found %q, want %q", found, want)
		}
	}
	_, errs = o.Check(time.Now().Add(24 * time.Hour))
	for i, want := range []string{"no certificate in it is valid any more", "has expired: it was to be replaced by", "our certificate (CN=log server) has expired"} {
		if i >= len(errs) || !strings.Contains(errs[i].Error(), want) {
			t.Errorf("a day later: %v, want %q", errs, want)
		}
	}
	_, errs = o.Check(own.Leaf.NotBefore.Add(-time.Minute))
	if want := "our certificate (CN=log server) is not valid before " + own.Leaf.NotBefore.Format(time.RFC3339) + ": check this machine's clock"; len(errs) != 2 || !strings.Contains(errs[1].Error(), want) {
		t.Errorf("before: %v, want %q", errs, want)
	}
}

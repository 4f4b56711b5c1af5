package trust

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
)

// readIdentity reads our certificate and its key; nil without an error: there is no certFile.
func readIdentity(certFile, keyFile string) (*tls.Certificate, []error) {
	if certFile == "" {
		return nil, nil
	}
	var errs []error
	certs, err := readOwn(certFile)
	if err != nil {
		errs = append(errs, &FileError{"cert_file", certFile, why(err)})
	}
	key, err := readKey(keyFile)
	if err != nil {
		errs = append(errs, &FileError{"key_file", keyFile, why(err)})
	}
	if len(errs) > 0 {
		return nil, errs
	}
	if err := fit(certs, key, certFile, keyFile); err != nil {
		return nil, []error{err}
	}
	own := &tls.Certificate{PrivateKey: key, Leaf: certs[0]}
	for _, cert := range certs {
		own.Certificate = append(own.Certificate, cert.Raw)
	}
	return own, nil
}

// readOwn reads a certificate with its chain; its key may be in the same file.
func readOwn(path string) ([]*x509.Certificate, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	all, err := blocks(data)
	if err != nil {
		return nil, err
	}
	return certificates(all, isKeyPart)
}

// isKeyPart reports whether a block of that type belongs to a key.
func isKeyPart(kind string) bool {
	return strings.HasSuffix(kind, "PRIVATE KEY") || kind == "EC PARAMETERS"
}

// readKey reads the one key of a file; the certificate may be in the same file.
func readKey(path string) (crypto.Signer, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	all, err := blocks(data)
	if err != nil {
		return nil, err
	}
	keys := slices.DeleteFunc(slices.Clone(all), func(b block) bool {
		return !isKeyPart(b.Type) || b.Type == "EC PARAMETERS"
	})
	switch {
	case len(keys) > 1:
		return nil, fmt.Errorf("line %d: there is a second key (leave the one of cert_file)", keys[1].line)
	case len(keys) == 1:
		return parseKey(keys[0])
	case slices.ContainsFunc(all, func(b block) bool { return b.Type == "CERTIFICATE" }):
		return nil, fmt.Errorf("it has a certificate, and no key (are cert_file and key_file mixed up?)")
	}
	return nil, fmt.Errorf("it has no PRIVATE KEY, but a %.40q", all[0].Type)
}

func parseKey(b block) (crypto.Signer, error) {
	//lint:ignore SA1019 the form is bad, and has to be told from a damaged key
	if b.Type == "ENCRYPTED PRIVATE KEY" || x509.IsEncryptedPEMBlock(b.Block) {
		return nil, fmt.Errorf("the key is encrypted, and there is nobody to ask for its passphrase (openssl pkey -in FILE -out FILE.plain decrypts it; let only the service's user read that)")
	}
	key, err := parsePrivate(b.Block)
	if err != nil {
		return nil, fmt.Errorf("line %d: the key that begins there cannot be used: %v", b.line, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("line %d: the key that begins there (%T) cannot sign", b.line, key)
	}
	return signer, nil
}

func parsePrivate(b *pem.Block) (any, error) {
	switch b.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(b.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(b.Bytes)
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(b.Bytes)
	}
	return nil, fmt.Errorf("it is a %.40q (openssl pkey, or ssh-keygen -p -m PKCS8, makes a PRIVATE KEY of it)", b.Type)
}

// fit returns an error if the first of the certificates does not belong to the key.
func fit(certs []*x509.Certificate, key crypto.Signer, certFile, keyFile string) error {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return &FileError{"key_file", keyFile, fmt.Errorf("a key of type %T cannot be used", key)}
	}
	at := slices.IndexFunc(certs, func(c *x509.Certificate) bool { return public.Equal(c.PublicKey) })
	switch {
	case at < 0:
		return &FileError{"key_file", keyFile, fmt.Errorf("it is the key of another certificate than cert_file %s has (%s)", certFile, certs[0].Subject)}
	case at > 0:
		return &FileError{"cert_file", certFile, fmt.Errorf("its first certificate (%s) is not ours, which is number %d (%s): ours must come first, and its authorities behind it", certs[0].Subject, at+1, certs[at].Subject)}
	}
	return nil
}

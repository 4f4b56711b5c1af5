package config

import (
	"encoding/hex"
	"path/filepath"
	"strings"

	"httpd-syslog/config/endpoint"
	"httpd-syslog/config/strict"
)

// TLS is [relay.tls]: how the relay's servers prove who they are, and how we do.
type TLS struct {
	// CAFile has the authorities that may sign a server's certificate, in PEM form.
	// Empty: the system's. All files are absolute, clean paths.
	CAFile string
	// CRLFile has lists of certificates that are revoked, in PEM or DER form. Empty: none
	// are looked at. Not where Fingerprint alone decides.
	CRLFile string
	// CertFile and KeyFile have our certificate with its chain, and its key, in PEM
	// form. Both or none.
	CertFile, KeyFile string
	// ServerName is the name that a server's certificate must have. Empty: the host of
	// its address.
	ServerName string
	// Fingerprint is that of the server's certificate: "sha256:" and 64 lower-case hex
	// digits. Without CAFile it alone decides.
	Fingerprint string
}

func (t *TLS) fields() []strict.Field {
	return []strict.Field{
		strict.Key("ca_file", nil, file(&t.CAFile)),
		strict.Key("crl_file", nil, file(&t.CRLFile)),
		strict.Key("cert_file", nil, file(&t.CertFile)),
		strict.Key("key_file", nil, file(&t.KeyFile)),
		strict.Key("server_name", nil, strict.Text(&t.ServerName, checkServerName)),
		strict.Key("fingerprint", nil, readFingerprint(&t.Fingerprint)),
	}
}

// readTLS reads the table [relay.tls] of a relay.
func readTLS(dst *TLS, servers []Endpoint) func(strict.Value) {
	return func(v strict.Value) {
		t, ok := v.Table("relay.tls")
		if !ok {
			return
		}
		t.Read(dst.fields())
		switch {
		case dst.CertFile != "" && dst.KeyFile == "" && !t.Has("key_file"):
			t.At("key_file").Failf("missing (cert_file needs the key of its certificate)")
		case dst.KeyFile != "" && dst.CertFile == "" && !t.Has("cert_file"):
			t.At("cert_file").Failf("missing (key_file needs the certificate of its key)")
		}
		if dst.CRLFile != "" && dst.Fingerprint != "" && dst.CAFile == "" {
			t.At("crl_file").Failf("has no use: fingerprint alone decides (remove crl_file, or set ca_file as well)")
		}
		if len(servers) > 0 && !anyTLS(servers) {
			v.Failf("has no use: no server of this relay is tls://, relp+tls://, nats+tls:// or s3:// (change its address, or remove the table)")
		}
	}
}

func anyTLS(servers []Endpoint) bool {
	for _, e := range servers {
		if e.TLS() {
			return true
		}
	}
	return false
}

// file reads an absolute path; "" stays "".
func file(dst *string) func(strict.Value) {
	return func(v strict.Value) {
		if s, ok := v.Raw.(string); ok && s == "" {
			return
		}
		strict.Text(dst, checkDirectory)(v)
		if *dst != "" {
			*dst = filepath.Clean(*dst)
		}
	}
}

func checkServerName(s string) string {
	if s == "" {
		return ""
	}
	if err := endpoint.CheckHost(s); err != nil && !endpoint.IsIPv6(s) {
		return "is not a host name (at most 253 of the characters A-Z a-z 0-9 . _ -)"
	}
	return ""
}

const (
	fingerprintHead = "sha256:"
	sha256Digits    = 64
)

// readFingerprint takes upper case and colons, as openssl prints them.
func readFingerprint(dst *string) func(strict.Value) {
	return func(v strict.Value) {
		s, ok := v.Text()
		if !ok || s == "" {
			return
		}
		kind, digits, _ := strings.Cut(strings.ToLower(s), ":")
		digits = strings.ReplaceAll(digits, ":", "")
		if _, err := hex.DecodeString(digits); kind != "sha256" || err != nil || len(digits) != sha256Digits {
			v.Failf("%s is not a fingerprint (write sha256: and 64 hex digits, as openssl x509 -noout -fingerprint -sha256 prints them)", strict.Quote(s))
			return
		}
		*dst = fingerprintHead + digits
	}
}

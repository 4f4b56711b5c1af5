package config

import (
	"encoding/hex"
	"path/filepath"
	"strings"
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

// readTLS reads the table [relay.tls] of a relay.
func readTLS(dst *TLS, servers []Endpoint) func(value) {
	return func(v value) {
		raw, ok := v.raw.(map[string]any)
		if !ok {
			v.fail("%s, must be a table (write [relay.tls], with single brackets)", v.kind())
			return
		}
		t := table{v.r, v.path, strings.TrimSuffix(v.key, "tls") + "[relay.tls] ", raw}
		t.read([]field{
			{"ca_file", file(&dst.CAFile)},
			{"crl_file", file(&dst.CRLFile)},
			{"cert_file", file(&dst.CertFile)},
			{"key_file", file(&dst.KeyFile)},
			{"server_name", text(&dst.ServerName, checkServerName)},
			{"fingerprint", readFingerprint(&dst.Fingerprint)},
		})
		switch {
		case dst.CertFile != "" && dst.KeyFile == "" && !t.has("key_file"):
			t.at("key_file").fail("missing (cert_file needs the key of its certificate)")
		case dst.KeyFile != "" && dst.CertFile == "" && !t.has("cert_file"):
			t.at("cert_file").fail("missing (key_file needs the certificate of its key)")
		}
		if dst.CRLFile != "" && dst.Fingerprint != "" && dst.CAFile == "" {
			t.at("crl_file").fail("has no use: fingerprint alone decides (remove crl_file, or set ca_file as well)")
		}
		if len(servers) > 0 && !anyTLS(servers) {
			v.fail("has no use: no server of this relay is tls:// or relp+tls:// (change its address, or remove the table)")
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
func file(dst *string) func(value) {
	return func(v value) {
		if s, ok := v.raw.(string); ok && s == "" {
			return
		}
		text(dst, checkDirectory)(v)
		if *dst != "" {
			*dst = filepath.Clean(*dst)
		}
	}
}

func checkServerName(s string) string {
	if s == "" {
		return ""
	}
	if err := checkHost(s); err != nil && !isIPv6(s) {
		return "is not a host name (at most 253 of the characters A-Z a-z 0-9 . _ -)"
	}
	return ""
}

const sha256Digits = 64

// readFingerprint takes upper case and colons, as openssl prints them.
func readFingerprint(dst *string) func(value) {
	return func(v value) {
		s, ok := v.text()
		if !ok || s == "" {
			return
		}
		kind, digits, _ := strings.Cut(strings.ToLower(s), ":")
		digits = strings.ReplaceAll(digits, ":", "")
		if _, err := hex.DecodeString(digits); kind != "sha256" || err != nil || len(digits) != sha256Digits {
			v.fail("%s is not a fingerprint (write sha256: and 64 hex digits, as openssl x509 -noout -fingerprint -sha256 prints them)", quote(s))
			return
		}
		*dst = "sha256:" + digits
	}
}

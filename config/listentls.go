package config

import (
	"net/netip"
	"strings"

	"httpd-syslog/config/endpoint"
	"httpd-syslog/config/strict"
)

// ListenTLS is [listen.tls]: how we prove to clients who we are, and which are let in.
type ListenTLS struct {
	// CertFile and KeyFile have our certificate with its chain, and its key, in PEM form. All files are
	// absolute, clean paths.
	CertFile, KeyFile string
	// ClientCAFile has the authorities that may sign a client's certificate, in PEM form. Empty: only those
	// are let in that Clients has by fingerprint; or everybody, where that is empty too.
	ClientCAFile string
	// Clients are those that are let in: DNS names, whose first label may be *, and fingerprints. Empty:
	// each that has a certificate of ClientCAFile.
	Clients []string
}

func (t *ListenTLS) fields() []strict.Field {
	return []strict.Field{
		strict.Key("cert_file", nil, file(&t.CertFile)),
		strict.Key("key_file", nil, file(&t.KeyFile)),
		strict.Key("client_ca_file", nil, file(&t.ClientCAFile)),
		strict.Key("clients", []any{}, readClients(&t.Clients)),
	}
}

// readListenTLS reads the table [listen.tls] of a listener, whose url is read before.
func readListenTLS(l *Listen) func(strict.Value) {
	return func(v strict.Value) {
		t, ok := v.Table("listen.tls")
		if !ok {
			return
		}
		t.Read(l.TLS.fields())
		for _, key := range []string{"cert_file", "key_file"} {
			if raw := t.At(key).Raw; raw == nil || raw == "" {
				t.At(key).Failf("missing (a server has a certificate, and its key)")
			}
		}
		if l.TLS.ClientCAFile == "" && !t.Has("client_ca_file") {
			for _, c := range l.TLS.Clients {
				if !strings.HasPrefix(c, fingerprintHead) {
					t.At("client_ca_file").Failf("missing (the name %s in clients is worth what the authority is that signs the clients' certificates)", strict.Quote(c))
					break
				}
			}
		}
		if l.Scheme != "" && !l.UsesTLS() {
			v.Failf("has no use: url is not tls:// or relp+tls:// (change it, or remove the table)")
		}
	}
}

// readClients takes names of hosts, whose first label may be *, and fingerprints.
func readClients(dst *[]string) func(strict.Value) {
	return func(v strict.Value) {
		items, ok := v.List()
		if !ok {
			return
		}
		for _, item := range items {
			s, ok := item.Text()
			if !ok {
				continue
			}
			host := strings.TrimPrefix(s, "*.")
			if _, noName := netip.ParseAddr(host); strings.HasPrefix(strings.ToLower(s), fingerprintHead) {
				readFingerprint(&s)(item)
			} else if noName == nil || endpoint.CheckHost(host) != nil {
				item.Failf("%s is neither a host name (*.DOMAIN for any one below it) nor sha256: and 64 hex digits", strict.Quote(s))
			}
			*dst = append(*dst, s)
		}
	}
}

package trust

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strings"
)

// name is what a client's certificate is for; an error if the client is not let in.
func (k *keys) name(cert *x509.Certificate) (string, error) {
	print := fmt.Sprintf("sha256:%x", sha256.Sum256(cert.Raw))
	for _, client := range k.clients {
		if client == print {
			return ownName(cert, print), nil
		}
	}
	for _, name := range cert.DNSNames {
		for _, client := range k.clients {
			if isCalled(name, client) {
				return strings.ToLower(name), nil
			}
		}
	}
	if len(k.clients) == 0 {
		return ownName(cert, print), nil
	}
	return "", &ClientError{Kind: Stranger, text: printable(fmt.Sprintf(
		"the client's certificate is for %s, which clients does not have: add the name, or the certificate's fingerprint %s, if it is to be let in", names(cert), print))}
}

// ownName is what a certificate says that it is for: its first DNS name that stands for one host, or else
// its fingerprint.
func ownName(cert *x509.Certificate, print string) string {
	for _, name := range cert.DNSNames {
		if isHost(name) {
			return strings.ToLower(name)
		}
	}
	return print
}

// isCalled reports whether a DNS name of a certificate is the one that is wanted. The first label of
// the wanted name may be * for any one (RFC 5425, 5.2). A certificate's own * is no name of a client: it
// would not say which.
func isCalled(name, wanted string) bool {
	name, wanted = strings.TrimSuffix(name, "."), strings.TrimSuffix(wanted, ".")
	if !isHost(name) {
		return false
	}
	if domain, any := strings.CutPrefix(wanted, "*."); any {
		_, rest, _ := strings.Cut(name, ".")
		return strings.EqualFold(rest, domain)
	}
	return strings.EqualFold(name, wanted)
}

// maxHost is the greatest length of a host's name (RFC 1035, 2.3.4).
const maxHost = 253

// isHost reports whether a name of a certificate, which may be any text, is one of a host.
func isHost(name string) bool {
	if name == "" || len(name) > maxHost {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label == "" || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

package trust

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/trust/trusttest"
)

// delta makes a list one of what is new (RFC 5280, 5.2.4).
func delta(l *x509.RevocationList) {
	l.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}
}

// handshake makes one with a server of that configuration.
func handshake(t *testing.T, o *Options, server *tls.Config) error {
	t.Helper()
	c, err := o.Client("localhost")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		theirs, err := l.Accept()
		if err != nil {
			return
		}
		defer theirs.Close()
		s := tls.Server(theirs, server)
		if s.HandshakeContext(t.Context()) == nil {
			_, _ = io.Copy(io.Discard, s)
		}
	}()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err = tls.Client(ours, c.Config()).HandshakeContext(t.Context()); err != nil {
		err = c.ExplainHandshake(err, true)
	}
	ours.Close()
	<-done
	return err
}

// chain is a server that sends its certificate and those of authorities.
func chain(c tls.Certificate, by ...*trusttest.Authority) *tls.Config {
	c.Certificate = c.Certificate[:1:1]
	for _, a := range by {
		c.Certificate = append(c.Certificate, a.Cert.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}}
}

// TestChains: whose fault it is that a server's certificate cannot be verified, and what
// to do.
func TestChains(t *testing.T) {
	past := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	root := trusttest.New(t, "Root", nil)
	middle := root.Authority(t, "Intermediate", nil)
	renewed := trusttest.New(t, "Root", nil)
	expired := trusttest.New(t, "Old Root", past)
	oldMiddle := root.Authority(t, "Old Intermediate", past)
	leaf, direct := middle.Sign(t, nil), root.Sign(t, nil)
	self := trusttest.New(t, "localhost", func(c *x509.Certificate) { c.DNSNames = []string{"localhost"} })
	selfSigned := tls.Certificate{Certificate: [][]byte{self.Cert.Raw}, PrivateKey: self.Key, Leaf: self.Cert}
	for name, c := range map[string]struct {
		ca     *trusttest.Authority
		server *tls.Config
		want   string // empty: trusted
	}{
		"whole":                  {root, chain(leaf, middle), ""},
		"whole, with the root":   {root, chain(leaf, middle, root), ""},
		"intermediate ours":      {middle, chain(leaf), ""},
		"intermediate missing":   {root, chain(leaf), "signed by an authority that is not trusted (CN=Intermediate): set ca_file to the authority's certificate; where that one is an intermediate authority, the server should send its certificate and does not: append it to the certificate file of the server"},
		"unknown root, sent":     {expired, chain(leaf, middle, root), "signed by an authority that is not trusted (CN=Root): set ca_file to the authority's certificate"},
		"unknown root, not sent": {expired, chain(leaf, middle), "signed by an authority that is not trusted (CN=Root): set ca_file"},
		"the authority renewed":  {renewed, chain(direct), "is not signed by the authority of the name CN=Root that ca_file has, but with another key: put the authority's present certificate into ca_file"},
		"self-signed":            {root, chain(selfSigned), "the server has signed its certificate (CN=localhost) itself: set ca_file to that certificate, or fingerprint to " + trusttest.Fingerprint(selfSigned)},
		"self-signed, and ours":  {self, chain(selfSigned), ""},
		"authority expired":      {expired, chain(expired.Sign(t, nil)), "the authority's certificate in ca_file (CN=Old Root) has expired: it was valid until"},
		"intermediate expired":   {root, chain(oldMiddle.Sign(t, nil), oldMiddle), "the certificate of an authority that the server sends (CN=Old Intermediate) has expired"},
		"not for servers": {root, chain(root.Sign(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })),
			"is not for servers: have one issued whose extended key usage has serverAuth"},
		"no name but the common one": {root, chain(root.Sign(t, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil })), "is not for localhost but for no host at all (CN=log server)"},
		"hostile names": {root, chain(root.Sign(t, func(c *x509.Certificate) {
			c.DNSNames = []string{"\x1b]0;x\a\r\nrelay central: up", strings.Repeat("a.", 5000)}
		})), `but for \x1b]0;x\a\r\nrelay central: up, a.a.`},
	} {
		t.Run(name, func(t *testing.T) {
			err := handshake(t, &Options{CAFile: c.ca.File(t)}, c.server)
			expect(t, err, c.want)
			if err != nil && len(err.Error()) > maxText+200 {
				t.Errorf("%d bytes", len(err.Error()))
			}
		})
	}
}

// TestRevocation: a certificate on a list is refused, and so is one of which nothing tells
// whether it is.
func TestRevocation(t *testing.T) {
	root := trusttest.New(t, "Root", nil)
	middle := root.Authority(t, "Intermediate", nil)
	twin := trusttest.New(t, "Root", nil)
	mute := trusttest.New(t, "Mute", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	good, bad := root.Sign(t, nil), root.Sign(t, nil)
	below := middle.Sign(t, nil)
	middleCert := tls.Certificate{Leaf: middle.Cert}
	stale := func(l *x509.RevocationList) { l.NextUpdate = time.Now().Add(-time.Minute) }
	early := func(l *x509.RevocationList) { l.ThisUpdate = time.Now().Add(time.Minute) }
	for name, c := range map[string]struct {
		ca     *trusttest.Authority
		server *tls.Config
		lists  [][]byte // DER
		want   string   // empty: trusted
	}{
		"not revoked":            {root, chain(good), [][]byte{root.Revoke(t, nil, bad)}, ""},
		"revoked":                {root, chain(bad), [][]byte{root.Revoke(t, nil, good, bad)}, "the server's certificate (CN=log server, serial number "},
		"list expired":           {root, chain(good), [][]byte{root.Revoke(t, stale, bad)}, "the revocation list of CN=Root has expired: it was to be replaced by "},
		"an expired one has it":  {root, chain(bad), [][]byte{root.Revoke(t, stale, bad)}, "was revoked on "},
		"a newer one besides":    {root, chain(good), [][]byte{root.Revoke(t, stale), root.Revoke(t, nil)}, ""},
		"list of tomorrow":       {root, chain(good), [][]byte{root.Revoke(t, early)}, "is not valid before"},
		"of another authority":   {root, chain(good), [][]byte{middle.Revoke(t, nil)}, "it has no list of CN=Root, who has signed the server's certificate, so that nothing tells"},
		"forged":                 {root, chain(bad), [][]byte{twin.Revoke(t, nil)}, "line 1: the list of CN=Root is not signed with the key of the authority"},
		"forged, besides a good": {root, chain(bad), [][]byte{twin.Revoke(t, nil), root.Revoke(t, nil, bad)}, "was revoked on"},
		"forged accusation":      {root, chain(good), [][]byte{twin.Revoke(t, nil, good), root.Revoke(t, nil)}, ""},
		"who may sign no lists":  {mute, chain(mute.Sign(t, nil)), [][]byte{forged(t, mute)}, "is not signed with the key of the authority"},
		"intermediate: its list": {root, chain(below, middle), [][]byte{middle.Revoke(t, nil)}, ""},
		"intermediate revoked":   {root, chain(below, middle), [][]byte{middle.Revoke(t, nil), root.Revoke(t, nil, middleCert)}, "the certificate of an authority of the server's (CN=Intermediate, serial number "},
		"below an intermediate":  {root, chain(below, middle), [][]byte{middle.Revoke(t, nil, below), root.Revoke(t, nil)}, "the server's certificate (CN=log server, serial number "},
		"its root's list alone":  {root, chain(below, middle), [][]byte{root.Revoke(t, nil)}, "it has no list of CN=Intermediate"},
	} {
		t.Run(name, func(t *testing.T) {
			var file []byte
			for _, l := range c.lists {
				file = append(file, trusttest.PEM("X509 CRL", l)...)
			}
			o := &Options{CAFile: c.ca.File(t), CRLFile: trusttest.Write(t, filepath.Join(t.TempDir(), "crl.pem"), file)}
			err := handshake(t, o, c.server)
			expect(t, err, c.want)
			if err != nil && !strings.Contains(err.Error(), "crl_file "+o.CRLFile) {
				t.Errorf("the file is not named: %v", err)
			}
		})
	}
}

// forged is a list of an authority that its certificate does not allow to sign lists.
func forged(t *testing.T, a *trusttest.Authority) []byte {
	t.Helper()
	cert := *a.Cert
	cert.KeyUsage |= x509.KeyUsageCRLSign
	return (&trusttest.Authority{Cert: &cert, Key: a.Key}).Revoke(t, nil)
}

// TestListsAreReadAgain: a list that is replaced counts from the next connection on.
func TestListsAreReadAgain(t *testing.T) {
	a := trusttest.Shared(t)
	server := a.Sign(t, nil)
	o := &Options{CAFile: a.File(t), CRLFile: trusttest.Write(t, filepath.Join(t.TempDir(), "crl"), a.Revoke(t, nil))}
	if err := handshake(t, o, chain(server)); err != nil {
		t.Fatal(err)
	}
	before := o.Digest()
	trusttest.Write(t, o.CRLFile, a.Revoke(t, nil, server))
	if err := handshake(t, o, chain(server)); err == nil || !strings.Contains(err.Error(), "was revoked") {
		t.Errorf("error %v", err)
	}
	if o.Digest() == before {
		t.Error("the files count as unchanged")
	}
}

// TestAlerts: what a server says of why it refuses is put into words that are true of the
// handshake that there was.
func TestAlerts(t *testing.T) {
	own := &tls.Certificate{Leaf: trusttest.Shared(t).Cert, Certificate: [][]byte{trusttest.Shared(t).Cert.Raw}}
	with, without := &Client{host: "logs", asked: true, own: own}, &Client{host: "logs"}
	const wantsOne = "set cert_file and key_file"
	for _, c := range []struct {
		client *Client
		alert  tls.AlertError
		want   string
	}{
		{without, 40, "no cipher suite"}, {without, 71, "no cipher suite"},
		{without, 70, "no version of TLS that is accepted here"},
		{without, 112, "no certificate for the name logs: correct the address, or set server_name"},
		{without, 80, "something went wrong within the server"},
		{without, 42, "it has not asked for a certificate of ours"}, {without, 49, "it has not asked for a certificate of ours"},
		{without, 116, "it has not asked for a certificate of ours"},
		{&Client{asked: true}, 40, wantsOne}, {&Client{asked: true}, 116, wantsOne}, {&Client{asked: true}, 42, wantsOne},
		{with, 40, "our certificate is CN=Test CA"}, {with, 44, "our certificate is CN=Test CA"},
		{with, 48, "append that one's certificate to cert_file"}, {with, 46, "our certificate is CN=Test CA"}, {with, 49, "our certificate is CN=Test CA"},
		{without, 90, ": its log may say more"}, {without, 41, ": its log may say more"}, {without, 47, ": its log may say more"},
	} {
		err := c.client.ExplainHandshake(&net.OpError{Op: "remote error", Err: c.alert}, true)
		expect(t, err, c.want)
		expect(t, err, "the server refuses the connection: ")
		expect(t, err, fmt.Sprintf("(%v", c.alert)[1:])
		if !c.client.asked && strings.Contains(err.Error(), wantsOne) {
			t.Errorf("alert %d, though none was asked for: %v", c.alert, err)
		}
	}
}

// TestEnds: a server that hangs up without a word.
func TestEnds(t *testing.T) {
	own := &tls.Certificate{Leaf: trusttest.Shared(t).Cert}
	for want, c := range map[string]*Client{
		"it may not speak TLS on this port":                                                  {},
		"it had asked for a certificate, and we have none":                                   {asked: true},
		"it had asked for our certificate, and may not like it (our certificate is CN=Test ": {asked: true, own: own},
	} {
		for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, &net.OpError{Op: "read", Err: syscall.ECONNRESET}} {
			expect(t, c.ExplainHandshake(end, false), want)
			if err := c.ExplainRead(end); err != end {
				t.Errorf("after the handshake: %v", err)
			}
		}
	}
}

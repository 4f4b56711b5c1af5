package main

import (
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// TestCheckReadsTheFilesOfTLS: what cannot be used makes the check fail, with or without
// --connect, and names relay, key and file; what can is shown.
func TestCheckReadsTheFilesOfTLS(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := trusttest.Shared(t)
	good, old := a.Sign(t, nil), a.Sign(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	ca, dir := a.File(t), t.TempDir()
	cert, key := trusttest.WritePair(t, dir, good)
	oldCert := trusttest.Write(t, filepath.Join(dir, "old.pem"), append(trusttest.CertPEM(old), trusttest.KeyPEM(t, old)...))
	crl := trusttest.Write(t, filepath.Join(dir, "crl.der"), a.Revoke(t, nil))
	for tls, want := range map[string]string{
		fmt.Sprintf("ca_file = %q\ncrl_file = %q\ncert_file = %q\nkey_file = %q", ca, crl, cert, key): "",
		`ca_file = "/nonexistent"`:                                                "relay central: ca_file /nonexistent: no such file or directory",
		fmt.Sprintf("cert_file = %q\nkey_file = \"/nonexistent\"", cert):          "relay central: key_file /nonexistent: no such file or directory",
		fmt.Sprintf("ca_file = %q\ncrl_file = %q", ca, key):                       "crl_file " + key + `: line 1: there is a "PRIVATE KEY"`,
		fmt.Sprintf("cert_file = %q\nkey_file = %q", cert, oldCert):               "key_file " + oldCert + ": it is the key of another certificate",
		fmt.Sprintf("cert_file = %q\nkey_file = %q", oldCert, oldCert):            "has expired: it was valid until",
		fmt.Sprintf("ca_file = %q\ncert_file = %q\nkey_file = %q", dir, dir, dir): "ca_file " + dir + ": it is no regular file",
	} {
		s.configure("%s[[relay]]\nname = \"central\"\nservers = [\"tls://logs.example.com\"]\n[relay.tls]\n%s\n", s.places(), tls)
		var out, complaints strings.Builder
		cmd := s.command(nil, "check", "--config", s.config)
		cmd.Stdout, cmd.Stderr = &out, &complaints
		err := cmd.Run()
		if (err == nil) != (want == "") || !strings.Contains(complaints.String(), want) || want == "" && complaints.Len() > 0 {
			t.Errorf("%s\n%v: %swant …%s…", tls, err, &complaints, want)
		}
		if want == "" && strings.Count(out.String(), "\ntls            central: ") != 3 {
			t.Errorf("%s", &out)
		}
	}
}

// TestCheckIsMadeAsTheUserWhoDelivers: as root, files that root alone can read are no good,
// and --connect does not do what the service cannot.
func TestCheckIsMadeAsTheUserWhoDelivers(t *testing.T) {
	if os.Getuid() != 0 {
		testbed.Lacking(t, "only root can become another user")
	}
	t.Parallel()
	s := newSite(t)
	s.openToAll()
	a := trusttest.Shared(t)
	ca, crl := filepath.Join(s.dir, "ca.pem"), filepath.Join(s.dir, "crl.pem")
	trusttest.Write(t, ca, a.PEM())
	trusttest.Write(t, crl, trusttest.PEM("X509 CRL", a.Revoke(t, nil)))
	cert, key := trusttest.WritePair(t, s.dir, a.Sign(t, nil))
	closed := filepath.Join(s.dir, "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	behind := trusttest.Write(t, filepath.Join(closed, "ca.pem"), a.PEM())
	chmod(t, 0o644, ca, crl, cert, key, behind)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.Close() // nobody is there
	check := func(ca string) string {
		t.Helper()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		testbed.WriteFile(t, s.config, fmt.Sprintf("user = \"nobody\"\n%s[[relay]]\nname = \"central\"\nservers = [\"tls://localhost:%s\"]\n"+
			"[relay.tls]\nca_file = %q\ncrl_file = %q\ncert_file = %q\nkey_file = %q\n", s.places(), port, ca, crl, cert, key))
		out, err := s.command(nil, "check", "--connect", "--config", s.config).CombinedOutput()
		if _, ok := err.(*exec.ExitError); !ok {
			t.Errorf("check: %v\n%s", err, out)
		}
		return string(out)
	}
	if out := check(ca); strings.Contains(out, "may not read") || !strings.Contains(out, "127.0.0.1:") || !strings.Contains(out, "connection refused") {
		t.Errorf("with files for all:\n%s", out)
	}
	for _, c := range []struct{ key, path, ca, decides string }{
		{"ca_file", ca, ca, ca}, {"crl_file", crl, ca, crl}, {"cert_file", cert, ca, cert}, {"key_file", key, ca, key},
		{"ca_file", behind, behind, closed},
	} {
		chmod(t, 0o600, c.path)
		out := check(c.ca)
		want := fmt.Sprintf("httpd_syslog: relay central: %s %s: permission denied (user 65534, who is to deliver, may not read it; the mode of %s decides", c.key, c.path, c.decides)
		if !strings.Contains(out, want) || strings.Contains(out, "connection refused") {
			t.Errorf("want %s, and no connection\n%s", want, out)
		}
		chmod(t, 0o644, c.path)
	}
	if testbed.Exists(s.state) || testbed.Exists(s.log) {
		t.Error("a check has made directories")
	}
}

func chmod(t *testing.T, mode os.FileMode, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCheckWarnsOfAShortKeepAge: less than a year of what is collected is a warning (PCI DSS 10.5.1), and no
// failure.
func TestCheckWarnsOfAShortKeepAge(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for age, warned := range map[string]bool{"364d": true, "1d": true, "365d": false, "0": false} {
		s.configure("%s[[listen]]\nurl = \"tcp://127.0.0.1:1514\"\ncollect = true\n[collect]\ndir = %q\nkeep_age = %q\n", s.places(), filepath.Join(s.dir, "central"), age)
		var complaints strings.Builder
		cmd := s.command(nil, "check", "--config", s.config)
		cmd.Stderr = &complaints
		err := cmd.Run()
		if got := strings.Contains(complaints.String(), "[collect] keep_age: files are removed after "+strings.TrimSuffix(age, "d")+" days; PCI DSS wants a year"); err != nil || got != warned || !warned && complaints.Len() > 0 {
			t.Errorf("%s: %v: %s", age, err, &complaints)
		}
	}
}

package words

import (
	"testing"
	"time"

	"httpd-syslog/forwarder/status"
)

// TestCertificates: those that expire within two weeks are a warning, and what clients call themselves is shown
// as what it is.
func TestCertificates(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Unix(1e9, 0)
	l := &status.Listener{URL: "tls://:6514", Until: now.Add(15 * day)}
	st := &status.Status{Time: now, Listeners: []status.Listener{*l}}
	for n := range 9 {
		l.Clients = append(l.Clients, status.Client{Name: "web\x1b", Until: now.Add(time.Duration(10*n-10) * day)})
	}
	if all := certificates(&st.Listeners[0], now); len(all) > 0 {
		t.Errorf("%v", all)
	}
	all := certificates(l, now)
	if len(all) != 1 || all[0].Level != Warning || all[0].String() == "" {
		t.Fatalf("%v", all)
	}
	if want := "web\\x1b has expired, web\\x1b expires in 0 days, web\\x1b expires in 10 days"; all[0].Detail != want {
		t.Errorf("%q, want %q", all[0].Detail, want)
	}
	l.Until = now.Add(25 * time.Hour)
	if all = certificates(l, now); len(all) != 2 || all[0].What != "the certificate of tls://:6514 expires in 1 day" {
		t.Errorf("%v", all)
	}
	st.Listeners[0].Clients = []status.Client{{Name: "WEB1", Until: now.Add(day)}}
	if until, known := CertificateOf(st, "web1"); !known || !until.Equal(now.Add(day)) {
		t.Errorf("%v, %v", until, known)
	}
	if _, known := CertificateOf(st, "web2"); known {
		t.Error("nobody knows of web2")
	}
}

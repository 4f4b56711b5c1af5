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

// TestDaysLeft: whole days count, before the end and behind it.
func TestDaysLeft(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	const day = 24 * time.Hour
	for left, want := range map[time.Duration]struct {
		days int
		text string
	}{
		0: {0, "expires in 0 days"}, day - 1: {0, "expires in 0 days"}, day: {1, "expires in 1 day"}, 2*day - 1: {1, "expires in 1 day"}, 2 * day: {2, "expires in 2 days"},
		-1: {-1, "has expired"}, -day: {-1, "has expired"}, -day - 1: {-2, "has expired"},
	} {
		if got, text := DaysLeft(now.Add(left), now), expires(now.Add(left), now); got != want.days || text != want.text {
			t.Errorf("%v before its end: %d, %s", left, got, text)
		}
	}
}

// TestCertificatesSoon: a day makes the difference, five names are told, and of two of a name the one that expires first.
func TestCertificatesSoon(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	for left, want := range map[time.Duration]int{soon: 0, soon - 1: 2} {
		l := &status.Listener{URL: "tls://:6514", Until: now.Add(left), Clients: []status.Client{{Name: "web1", Until: now.Add(left)}}}
		if got := certificates(l, now); len(got) != want {
			t.Errorf("%v before: %+v", left, got)
		}
	}
	l := status.Listener{}
	for n := range 6 {
		l.Clients = append(l.Clients, status.Client{Name: string(rune('a' + n)), Until: now})
	}
	const five = "a expires in 0 days, b expires in 0 days, c expires in 0 days, d expires in 0 days, e expires in 0 days"
	if got := certificates(&l, now); len(got) != 1 || got[0].Detail != five+", …" || got[0].Level != Warning {
		t.Errorf("%+v", got)
	}
	l.Clients = l.Clients[:5]
	if got := certificates(&l, now); len(got) != 1 || got[0].Detail != five {
		t.Errorf("%+v", got)
	}
	st := &status.Status{Time: now}
	for _, days := range []int{9, 3, 5} {
		st.Listeners = append(st.Listeners, status.Listener{Clients: []status.Client{{Name: "web1", Until: now.AddDate(0, 0, days)}}})
	}
	if until, known := CertificateOf(st, "web1"); !known || !until.Equal(now.AddDate(0, 0, 3)) {
		t.Errorf("%v, %t", until, known)
	}
}

package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"httpd-syslog/config"
	"httpd-syslog/config/endpoint"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/trust/trusttest"
)

// TestServersInWords: the order in which a relay tries its servers is told, and what else is set.
func TestServersInWords(t *testing.T) {
	var servers []config.Endpoint
	for _, text := range []string{"tcp://a:514", "tcp://b:514", "tcp://c:514"} {
		e, err := endpoint.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, e)
	}
	for _, tt := range []struct {
		relay config.Relay
		want  string
	}{
		{config.Relay{Servers: servers}, "tcp://a:514, else tcp://b:514, else tcp://c:514"},
		{config.Relay{Servers: servers[:1]}, "tcp://a:514"},
		{config.Relay{Servers: servers, Order: config.Random}, "tcp://a:514 or tcp://b:514 or tcp://c:514 at random"},
		{config.Relay{Servers: servers[:1], Order: config.Random}, "tcp://a:514"},
		{config.Relay{Servers: servers[:1], Reconnect: time.Hour, StructuredData: "[x@1]"}, "tcp://a:514, connected anew about every 1h0m0s, structured data [x@1]"},
	} {
		if got := serverList(&tt.relay) + extras(&tt.relay); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	for days, want := range map[int]string{0: "ever", 400: "400 days"} {
		if got := keptFor(days); got != want {
			t.Errorf("kept for %s, want %s", got, want)
		}
	}
	if collected(config.Listen{}) != "" || collected(config.Listen{Collect: true}) != ", collected" {
		t.Error("what is collected is not told")
	}
}

// TestPulse: a deliverer that looks for lines is well, one that has not looked for long is not, and before the first look
// nothing is known.
func TestPulse(t *testing.T) {
	var p pulse
	if err := p.check(); err != nil {
		t.Errorf("before the first look: %v", err)
	}
	for ago, well := range map[time.Duration]bool{0: true, stillFor / 2: true, stillFor + time.Minute: false} {
		p.last.Store(time.Now().Add(-ago).UnixNano())
		if err := p.check(); (err == nil) != well {
			t.Errorf("%v ago: %v", ago, err)
		}
	}
}

// TestCheckTLS: what the files of relays and listeners over TLS have is told, by the name of each.
func TestCheckTLS(t *testing.T) {
	a := trusttest.Shared(t)
	dir, path := aConfig(t, `[log]
dir = "DIR/log"
[[relay]]
name = "central"
servers = ["tls://h"]
[relay.tls]
ca_file = "DIR/ca.pem"
[[listen]]
url = "tls://:6514"
[listen.tls]
cert_file = "DIR/CERT"
key_file = "DIR/KEY"
`)
	cert, key := trusttest.WritePair(t, dir, a.Sign(t, nil))
	trusttest.Write(t, dir+"/ca.pem", a.PEM())
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	testbed.WriteFile(t, path, strings.NewReplacer(dir+"/CERT", cert, dir+"/KEY", key).Replace(string(b)))
	code, out, errs := command(t, dir, "check", "--config", path)
	if code != 0 || errs != "" {
		t.Errorf("status %d, %s", code, errs)
	}
	for _, want := range []string{"tls            central: ca_file DIR/ca.pem: ", "tls            tls://:6514: cert_file DIR/"} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in\n%s", want, out)
		}
	}
}

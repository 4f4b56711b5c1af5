package relays

import (
	"reflect"
	"testing"

	"httpd-syslog/config"
	"httpd-syslog/forwarder/relay"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
)

// TestOptions: each setting of a relay reaches the package that connects, and of the tables of stores the one that the server is of.
func TestOptions(t *testing.T) {
	all := config.Relay{
		Name: "central", Order: config.Random, Format: config.RFC3164, Framing: config.LF, Streams: []string{"access"}, MaxMessage: 1, Reconnect: 2, StructuredData: "[x@1]",
		Rewind: 3, RewindBytes: 4, ConnectTimeout: 5, Rate: 6, Delay: 7,
		TLS:  config.TLS{CAFile: "ca", CRLFile: "crl", CertFile: "cert", KeyFile: "key", ServerName: "name", Fingerprint: "print"},
		NATS: config.NATS{Stream: "stream", Subject: "subject", Credentials: "creds"},
		S3:   config.S3{Endpoint: "endpoint", Region: "region", PathStyle: true, Lock: config.Governance, Days: 8},
	}
	want := relay.Options{
		Name: "central", Random: true, Streams: []string{"access"}, MaxMessage: 1, Reconnect: 2, Data: "[x@1]", Rewind: 3, RewindBytes: 4, ConnectTimeout: 5, Rate: 6, Delay: 7,
		TLS: trust.Options{CAFile: "ca", CRLFile: "crl", CertFile: "cert", KeyFile: "key", ServerName: "name", Fingerprint: "print"},
	}
	for _, tt := range []struct {
		server  config.Endpoint
		format  config.Format
		framing config.Framing
		change  func(*relay.Options)
	}{
		{config.Endpoint{Scheme: "tls", Host: "a", Port: "6514"}, config.RFC3164, config.LF, func(o *relay.Options) { o.Format, o.Framing = syslogfmt.RFC3164, syslogfmt.LF }},
		{config.Endpoint{Scheme: "unix", Path: "/dev/log"}, config.RFC3164, config.OctetCounting, func(o *relay.Options) { o.Format, o.Framing = syslogfmt.RFC3164Local, syslogfmt.OctetCounting }},
		{config.Endpoint{Scheme: "unix", Path: "/dev/log"}, config.RFC5424, config.LF, func(o *relay.Options) { o.Format, o.Framing = syslogfmt.RFC5424, syslogfmt.LF }},
		{config.Endpoint{Scheme: "nats", Host: "n1", Port: "4222"}, config.RFC5424, config.OctetCounting, func(o *relay.Options) {
			o.Format, o.Framing, o.Store.Series.Host = syslogfmt.RFC5424, syslogfmt.OctetCounting, "web1"
			o.Store.NATS = transport.NATSOptions{Stream: "stream", Subject: "subject", Credentials: "creds"}
		}},
		{config.Endpoint{Scheme: "s3", Host: "audit", Path: "web"}, config.RFC5424, config.LF, func(o *relay.Options) {
			o.Format, o.Framing, o.Store.Series.Host = syslogfmt.RFC5424, syslogfmt.LF, "web1"
			o.Store.S3 = transport.S3Options{Endpoint: "endpoint", Region: "region", PathStyle: true, Governance: true, LockDays: 8}
		}},
	} {
		r, want := all, want
		r.Format, r.Framing = tt.format, tt.framing
		r.Servers = []config.Endpoint{tt.server, {Scheme: tt.server.Scheme, Host: "b", Port: "9"}}
		tt.change(&want)
		want.Servers = []transport.Server{{Scheme: tt.server.Scheme, Host: tt.server.Host, Port: tt.server.Port, Path: tt.server.Path}, {Scheme: tt.server.Scheme, Host: "b", Port: "9"}}
		if got := Options(&r, "web1"); !reflect.DeepEqual(got, want) {
			t.Errorf("%v\n%+v, want\n%+v", tt.server, got, want)
		}
	}
	plain := config.Relay{Servers: []config.Endpoint{{Scheme: "s3"}}}
	if got := Options(&plain, "web1"); got.Random || got.Store.S3.Governance || got.Store.S3.PathStyle {
		t.Errorf("%+v", got)
	}
}

// Package relays translates the settings of a relay for the packages that connect.
package relays

import (
	"httpd-syslog/config"
	"httpd-syslog/forwarder/relay"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/trust"
)

// Options are the settings of a relay of the machine with that name.
func Options(r *config.Relay, host string) relay.Options {
	o := relay.Options{
		Name:    r.Name,
		Format:  syslogfmt.RFC5424,
		Framing: syslogfmt.OctetCounting,
		Streams: r.Streams, MaxMessage: r.MaxMessage,
		Random: r.Order == config.Random, Reconnect: r.Reconnect, Data: r.StructuredData,
		Rewind: r.Rewind, RewindBytes: r.RewindBytes, ConnectTimeout: r.ConnectTimeout, Rate: r.Rate, Delay: r.Delay,
		TLS: trust.Options{
			CAFile: r.TLS.CAFile, CRLFile: r.TLS.CRLFile, CertFile: r.TLS.CertFile, KeyFile: r.TLS.KeyFile,
			ServerName: r.TLS.ServerName, Fingerprint: r.TLS.Fingerprint,
		},
	}
	if r.Servers[0].IsStore() {
		o.Store.Series.Host = host
	}
	switch n, a := &r.NATS, &r.S3; {
	case r.Servers[0].Scheme == "s3":
		o.Store.S3 = transport.S3Options{Endpoint: a.Endpoint, Region: a.Region, PathStyle: a.PathStyle, Governance: a.Lock == config.Governance, LockDays: a.Days}
	case r.Servers[0].IsStore():
		o.Store.NATS = transport.NATSOptions{Stream: n.Stream, Subject: n.Subject, Credentials: n.Credentials}
	}
	for _, e := range r.Servers {
		o.Servers = append(o.Servers, Server(e))
	}
	if r.Framing == config.LF {
		o.Framing = syslogfmt.LF
	}
	switch {
	case r.Format == config.RFC3164 && r.Servers[0].Scheme == "unix":
		o.Format = syslogfmt.RFC3164Local
	case r.Format == config.RFC3164:
		o.Format = syslogfmt.RFC3164
	}
	return o
}

// Server is the server at an address.
func Server(e config.Endpoint) transport.Server {
	return transport.Server{Scheme: e.Scheme, Host: e.Host, Port: e.Port, Path: e.Path}
}

package main

import (
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/cmd/internal/relays"
	"httpd-syslog/config"
	"httpd-syslog/forwarder"
	"httpd-syslog/forwarder/collector"
	"httpd-syslog/forwarder/locallog"
	"httpd-syslog/forwarder/retention"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/rotate"
)

// deliverer translates the settings for the package that delivers.
func (s *settings) deliverer() forwarder.DelivererOptions {
	o := forwarder.DelivererOptions{
		StateDir: s.State(), Host: s.Hostname, Set: s.Consumers(),
		MaxSpool: s.Spool.MaxSize, KeepAll: s.Spool.Full == config.Block, Sync: s.Spool.Sync, DrainTimeout: s.DrainTimeout, Version: cli.Version, ConfigSum: s.Sum, Cards: s.CardNumbers.Action.String(),
		Log: locallog.Options{
			Dir: s.Log.Dir, MaxSize: s.Log.MaxSize, Period: periods[s.Log.Rotate], Mode: s.Log.Mode, Seal: s.Seal.Every,
			Retention: retention.Policy{
				Keep: s.Log.Keep, KeepAge: time.Duration(s.Log.KeepDays) * 24 * time.Hour,
				KeepSize: s.Log.KeepSize, Compress: s.Log.Compress,
			},
		},
	}
	for _, st := range s.Streams {
		o.Streams = append(o.Streams, stream.Stream{
			Name: st.Name, File: st.File, MaxFiles: st.MaxFiles, Facility: syslogfmt.Facility(st.Facility),
			Severity: syslogfmt.Severity(st.Severity), Auto: st.AutoSeverity, Tag: st.Tag,
		})
	}
	for i := range s.Relays {
		r := relays.Options(&s.Relays[i], s.Hostname)
		r.Whole = s.SendsCollected(&s.Relays[i])
		o.Relays = append(o.Relays, r)
	}
	if s.Collects() {
		o.Collect = collectOptions(&s.Collect)
		o.Collect.Seal = s.Seal.Every
	}
	return o
}

func collectOptions(c *config.Collect) *collector.Options {
	return &collector.Options{
		Dir: c.Dir, File: c.File, Mode: c.Mode, Keep: time.Duration(c.KeepDays) * 24 * time.Hour, Compress: c.Compress,
		Streams: c.Streams, Silence: c.Silence, Hosts: c.Hosts, Forwarders: c.Forwarders, Grace: c.Grace,
		Sync: c.Acknowledge == config.Synced,
	}
}

var periods = map[config.Period]rotate.Period{
	config.Never: rotate.Never, config.Hourly: rotate.Hourly, config.Daily: rotate.Daily, config.Weekly: rotate.Weekly,
}

// listenTLS are the files of a listener, and who is let in; nil: it is without TLS.
func listenTLS(l *config.Listen) *trust.ServerOptions {
	if !l.UsesTLS() {
		return nil
	}
	t := &l.TLS
	return &trust.ServerOptions{CertFile: t.CertFile, KeyFile: t.KeyFile, ClientCAFile: t.ClientCAFile, Clients: t.Clients}
}

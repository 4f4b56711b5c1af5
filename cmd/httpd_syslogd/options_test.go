package main

import (
	"reflect"
	"testing"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/config"
	"httpd-syslog/forwarder/collector"
	"httpd-syslog/forwarder/collector/pattern"
	"httpd-syslog/forwarder/locallog"
	"httpd-syslog/forwarder/retention"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/trust"
	"httpd-syslog/rotate"
)

// TestOptions: each setting reaches the package that delivers.
func TestOptions(t *testing.T) {
	const day = 24 * time.Hour
	file, err := pattern.Parse("{sender}/{date}.log")
	if err != nil {
		t.Fatal(err)
	}
	s := settings{cli.Settings{Sum: "sum", Digest: "digest", Source: "source", Config: &config.Config{
		Hostname: "web1", StateDir: "/state", DrainTimeout: 1,
		Log:         config.Log{Dir: "/log", MaxSize: 2, Rotate: config.Weekly, Keep: 3, KeepDays: 4, KeepSize: 5, Compress: true, Mode: 0o600},
		Spool:       config.Spool{MaxSize: 6, Full: config.Block, Sync: 7},
		Seal:        config.Seal{Every: 8},
		CardNumbers: config.CardNumbers{Action: config.Truncate},
		Streams:     []config.Stream{{Name: "access", File: "{vhost}/a", MaxFiles: 9, Facility: 17, Severity: 5, AutoSeverity: true, Tag: "httpd"}},
		Relays:      []config.Relay{{Name: "a", Servers: []config.Endpoint{{Scheme: "tcp"}}}, {Name: "b", Format: config.RFC3164, Servers: []config.Endpoint{{Scheme: "tcp"}}}},
		Listen:      []config.Listen{{Collect: true}},
		Collect: config.Collect{Dir: "/central", File: file, Mode: 0o640, KeepDays: 10, Compress: true, Streams: []string{"s"}, Silence: 11, Hosts: []string{"h"}, Forwarders: []string{"f"}, Grace: 12,
			Acknowledge: config.Synced},
	}}}
	o := s.deliverer()
	if len(o.Relays) != 2 || o.Relays[0].Name != "a" || !o.Relays[0].Whole || o.Relays[1].Name != "b" || o.Relays[1].Whole {
		t.Errorf("relays: %+v", o.Relays)
	}
	o.Relays = nil
	for what, pair := range map[string][2]any{
		"the log":     {o.Log, locallog.Options{Dir: "/log", MaxSize: 2, Period: rotate.Weekly, Mode: 0o600, Seal: 8, Retention: retention.Policy{Keep: 3, KeepAge: 4 * day, KeepSize: 5, Compress: true}}},
		"the streams": {o.Streams, []stream.Stream{{Name: "access", File: "{vhost}/a", MaxFiles: 9, Facility: 17, Severity: 5, Auto: true, Tag: "httpd"}}},
		"the collector": {*o.Collect, collector.Options{Dir: "/central", File: file, Mode: 0o640, Keep: 10 * day, Compress: true, Streams: []string{"s"}, Silence: 11, Hosts: []string{"h"}, Forwarders: []string{"f"},
			Grace: 12, Sync: true, Seal: 8}},
		"the consumers": {o.Set, statedir.ConsumerSet{Config: "source", Digest: "digest", LogDir: "/log", Streams: []string{"access"}, Relays: []string{"a", "b"}, Whole: []string{"a"}}},
		"the rest": {[]any{o.StateDir, o.Host, o.MaxSpool, o.KeepAll, o.Sync, o.DrainTimeout, o.Version, o.ConfigSum, o.Cards},
			[]any{statedir.Dir("/state"), "web1", int64(6), true, time.Duration(7), time.Duration(1), cli.Version, "sum", "truncate"}},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s:\n%+v, want\n%+v", what, pair[0], pair[1])
		}
	}
	for period, want := range map[config.Period]rotate.Period{config.Never: rotate.Never, config.Hourly: rotate.Hourly, config.Daily: rotate.Daily, config.Weekly: rotate.Weekly} {
		if s.Log.Rotate = period; s.deliverer().Log.Period != want {
			t.Errorf("%v is another period", period)
		}
	}
	s.Listen, s.Spool.Full, s.Collect.Acknowledge = nil, config.Drop, config.Written
	if o := s.deliverer(); o.Collect != nil || o.KeepAll || o.Relays[0].Whole || collectOptions(&s.Collect).Sync {
		t.Errorf("%+v", o)
	}
}

// TestListenTLS: a listener over TLS has its files, and who is let in; another one has none.
func TestListenTLS(t *testing.T) {
	l := config.Listen{Scheme: "tcp", TLS: config.ListenTLS{CertFile: "cert", KeyFile: "key", ClientCAFile: "ca", Clients: []string{"a"}}}
	if got := listenTLS(&l); got != nil {
		t.Errorf("%+v", got)
	}
	for _, scheme := range []string{"tls", "relp+tls"} {
		l.Scheme = scheme
		if got := listenTLS(&l); !reflect.DeepEqual(got, &trust.ServerOptions{CertFile: "cert", KeyFile: "key", ClientCAFile: "ca", Clients: []string{"a"}}) {
			t.Errorf("%+v", got)
		}
	}
}

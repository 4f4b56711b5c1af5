package config

import (
	"strings"
	"testing"

	"httpd-syslog/config/endpoint"
	"httpd-syslog/config/strict"
)

func long(s string, n int) string { return strings.Repeat(s, n) }

// TestRelayName: a relay that has no name is called by its address, which is the name of its cursor, too: it is the same
// in every version, and no other relay has it.
func TestRelayName(t *testing.T) {
	seen := map[string]string{}
	for url, want := range map[string]string{
		"tcp://127.0.0.1:5514": "tcp-127.0.0.1-5514",
		"udp://logs":           "udp-logs-514",
		"udp://[2001:db8::1]":  "udp-2001-db8--1-514",
		"relp://logs":          "relp-logs-2514",
		"relp+tls://logs":      "relp.tls-logs-2514",
		"nats+tls://n1":        "nats.tls-n1-4222",
		"s3://audit":           "s3-audit",
		"s3://audit/web":       "s3-audit-web",
		"s3://audit-web":       "s3-audit-web-e66c34fb",
		"unix:///dev/log":      "unix-dev-log",
		"unix:///dev-log":      "unix-dev-log-7e11264e",
		"unix:///dev/log ":     "unix-dev-log--b53772c8",
		"unix:///dev/lög":      "unix-dev-l-g-c6c2d230",
		"tcp://logs.a-rather-long-name.example.com":      "tcp-logs.a-rather-long--11c804f0",
		"tcp://logs.a-rather-long-name.example.com:1514": "tcp-logs.a-rather-long--4c2ff740",
	} {
		e, err := endpoint.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		name := NewRelay(e).Name
		if name != want {
			t.Errorf("%s is named %s, want %s", url, name, want)
		}
		if len(name) > maxName || !strict.Plain(name) {
			t.Errorf("%s is named %s", url, name)
		}
		if seen[name] != "" {
			t.Errorf("%s and %s are both named %s", url, seen[name], name)
		}
		seen[name] = url
	}
}

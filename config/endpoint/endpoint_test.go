package endpoint

import (
	"strings"
	"testing"

	"httpd-syslog/config/strict"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Endpoint
		url  string // "": in
	}{
		{"tcp://logs:1514", Endpoint{Scheme: "tcp", Host: "logs", Port: "1514"}, ""},
		{"tcp://logs", Endpoint{Scheme: "tcp", Host: "logs", Port: "601"}, "tcp://logs:601"},
		{"udp://logs", Endpoint{Scheme: "udp", Host: "logs", Port: "514"}, "udp://logs:514"},
		{"UDP://192.0.2.1:0514", Endpoint{Scheme: "udp", Host: "192.0.2.1", Port: "514"}, "udp://192.0.2.1:514"},
		{"udp://[::1]", Endpoint{Scheme: "udp", Host: "::1", Port: "514"}, "udp://[::1]:514"},
		{"tcp://[2001:db8::1]:65535", Endpoint{Scheme: "tcp", Host: "2001:db8::1", Port: "65535"}, ""},
		{"tcp://[fe80::1%eth0]:1", Endpoint{Scheme: "tcp", Host: "fe80::1%eth0", Port: "1"}, ""},
		{"tcp://my_host-1.example.com.:601", Endpoint{Scheme: "tcp", Host: "my_host-1.example.com.", Port: "601"}, ""},
		{"tls://logs", Endpoint{Scheme: "tls", Host: "logs", Port: "6514"}, "tls://logs:6514"},
		{"relp://logs", Endpoint{Scheme: "relp", Host: "logs", Port: "2514"}, "relp://logs:2514"},
		{"RELP+TLS://logs:20514", Endpoint{Scheme: "relp+tls", Host: "logs", Port: "20514"}, "relp+tls://logs:20514"},
		{"nats://n1", Endpoint{Scheme: "nats", Host: "n1", Port: "4222"}, "nats://n1:4222"},
		{"NATS+TLS://[::1]:5222", Endpoint{Scheme: "nats+tls", Host: "::1", Port: "5222"}, "nats+tls://[::1]:5222"},
		{"s3://audit.example.com", Endpoint{Scheme: "s3", Host: "audit.example.com"}, ""},
		{"S3://audit/web//", Endpoint{Scheme: "s3", Host: "audit", Path: "web"}, "s3://audit/web"},
		{"s3://audit/a/b.c_d-E", Endpoint{Scheme: "s3", Host: "audit", Path: "a/b.c_d-E"}, ""},
		{"unix:///dev/log", Endpoint{Scheme: "unix", Path: "/dev/log"}, ""},
		{"unix:///run//x/../a%20b c", Endpoint{Scheme: "unix", Path: "/run/a%20b c"}, "unix:///run/a%20b c"},
	} {
		e, err := Parse(test.in)
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if e != test.want {
			t.Errorf("got %+v, want %+v", e, test.want)
		}
		url := test.url
		if url == "" {
			url = test.in
		}
		if e.String() != url {
			t.Errorf("%s becomes %s", test.in, e)
		}
		again, err := Parse(e.String())
		if err != nil {
			t.Error(err)
		}
		if again != (e) {
			t.Errorf("got %+v, want %+v", again, e)
		}
	}
}

func TestParseEndpointBad(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   `not a URL (write tcp://HOST:PORT, udp://HOST:PORT or unix:///PATH)`,
		"logs:514":                           `not a URL (write tcp://HOST:PORT, udp://HOST:PORT or unix:///PATH)`,
		"http://logs":                        `"http" is not a scheme (use tcp, tls, relp, relp+tls, udp, unix, nats, nats+tls or s3)`,
		"relps://logs":                       `"relps" is not a scheme (use tcp, tls, relp, relp+tls, udp, unix, nats, nats+tls or s3)`,
		"s3://":                              `"" is not a bucket (3 to 63 of the characters a-z 0-9 . -; write s3://BUCKET/PREFIX)`,
		"s3://Audit":                         `"Audit" is not a bucket (3 to 63 of the characters a-z 0-9 . -; write s3://BUCKET/PREFIX)`,
		"s3://audit/../x":                    `"../x" is not a prefix (1 to 512 of the characters A-Z a-z 0-9 . _ - in parts with a slash between two)`,
		"s3://audit/a//b":                    `"a//b" is not a prefix (1 to 512 of the characters A-Z a-z 0-9 . _ - in parts with a slash between two)`,
		"s3://audit/a?x":                     `"a?x" is not a prefix (1 to 512 of the characters A-Z a-z 0-9 . _ - in parts with a slash between two)`,
		"nats://n1:0":                        `the port "0" is not a number from 1 to 65535 (write nats://HOST:4222)`,
		"nats://n1/x":                        `'/' has no place here (write nats://HOST:PORT)`,
		"tls://logs:x":                       `the port "x" is not a number from 1 to 65535 (write tls://HOST:6514)`,
		"unix://dev/log":                     `the path is not absolute (write three slashes: unix:///dev/log)`,
		"unix://":                            `the path is not absolute (write three slashes: unix:///dev/log)`,
		"unix:///":                           `the path is missing (write unix:///dev/log)`,
		"unix:///a\x00":                      `the path has control characters (remove them)`,
		"tcp://":                             `the host is missing (write HOST:PORT)`,
		"tcp://:601":                         `the host is missing (write HOST:PORT)`,
		"tcp://logs:":                        `the port "" is not a number from 1 to 65535 (write tcp://HOST:601)`,
		"tcp://logs:0":                       `the port "0" is not a number from 1 to 65535 (write tcp://HOST:601)`,
		"tcp://logs:65536":                   `the port "65536" is not a number from 1 to 65535 (write tcp://HOST:601)`,
		"tcp://logs:-1":                      `the port "-1" is not a number from 1 to 65535 (write tcp://HOST:601)`,
		"tcp://logs:+1":                      `the port "+1" is not a number from 1 to 65535 (write tcp://HOST:601)`,
		"udp://logs:syslog":                  `the port "syslog" is not a number from 1 to 65535 (write udp://HOST:514)`,
		"tcp://logs/":                        `'/' has no place here (write tcp://HOST:PORT)`,
		"tcp://me@logs":                      `'@' has no place here (write tcp://HOST:PORT)`,
		"udp://logs?x=1":                     `'?' has no place here (write udp://HOST:PORT)`,
		"tcp://::1":                          `more than one colon (write an IPv6 address in brackets: [::1]:514)`,
		"tcp://[::1":                         `the bracket is not closed (write [IPV6]:PORT)`,
		"tcp://[::1]601":                     `"601" after the address (write [IPV6]:PORT)`,
		"tcp://[logs]:1":                     `"logs" is not an IPv6 address (brackets are for these alone)`,
		"tcp://[192.0.2.1]":                  `"192.0.2.1" is not an IPv6 address (brackets are for these alone)`,
		"tcp://[fe80::1%a b]":                `"fe80::1%a b" is not an IPv6 address (brackets are for these alone)`,
		"tcp://lo gs":                        `"lo gs" is not a host name (at most 253 of the characters A-Z a-z 0-9 . _ -)`,
		"tcp://192.0.2.256":                  `"192.0.2.256" is not an IPv4 address (write four numbers from 0 to 255)`,
		"tcp://192.0.2":                      `"192.0.2" is not an IPv4 address (write four numbers from 0 to 255)`,
		"unix://" + strings.Repeat("/a", 60): `the path is too long for a socket (at most 107 bytes)`,
	} {
		e, err := Parse(in)
		if err == nil || err.Error() != strict.Quote(in)+": "+want {
			t.Errorf("%q: got %v, %v", in, e, err)
		}
		if e != (Endpoint{}) {
			t.Errorf("got %+v, want %+v", e, Endpoint{})
		}
	}
}

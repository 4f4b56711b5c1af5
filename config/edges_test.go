package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/config/endpoint"
	"httpd-syslog/forwarder/syslogfmt/sdata"
)

const (
	tcpRelay   = "[[relay]]\nservers = [\"tcp://a\"]\n"
	udpRelay   = "[[relay]]\nservers = [\"udp://a\"]\n"
	natsRelay  = "[[relay]]\nservers = [\"nats://a\"]\n"
	s3Relay    = "[[relay]]\nservers = [\"s3://audit\"]\n"
	hostStream = "[[stream]]\nname = \"x\"\nfile = \"{vhost}/x\"\n"
)

// TestEdges: of each key with bounds the least and the greatest value are taken, and those beyond are not.
func TestEdges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ key, good, bad string }{
		{"drain_timeout", `"0" "5m"`, `"300001ms"`},
		{"[log]\nmax_size", `"64KiB" "1024GiB"`, `"65535" "1025GiB"`},
		{"[log]\nkeep", `0 100000`, `-1 100001`},
		{"[log]\nkeep_age", `"0" "36500d"`, `"36501d" "36h"`},
		{"[log]\nmax_size = \"64KiB\"\nkeep_size", `"0" "64KiB" "1048576GiB"`, `"65535" "1048577GiB"`},
		{"[spool]\nmax_line = \"1KiB\"\nmax_size", `"1MiB" "1000000000GB"`, `"1048575" "1000000001GB"`},
		{"[spool]\nmax_line = \"1KiB\"\nmemory", `"1MiB" "1GiB"`, `"1048575" "1025MiB"`},
		{"[spool]\nsync", `"0" "1ms" "1h"`, `"999us" "3600001ms"`},
		{"[spool]\nmax_line", `"1KiB" "1MiB"`, `"1023" "1025KiB"`},
		{"[seal]\nevery", `"0" "100ms" "1h"`, `"99ms" "3600001ms" 3`},
		{"[collect]\nkeep_age", `"0" "36500d"`, `"36501d"`},
		{"[collect]\nsilence", `"0" "1s" "365d"`, `"999ms" "366d" 3`},
		{"[collect]\ngrace", `"1s" "7d"`, `"999ms" "604801s" "0"`},
		{"[http]\nlisten", `"" ":1" "a:65535" "[::1]:80" "192.0.2.1:80"`, `"a" ":0" ":65536" "a_b!:80" ":x" 3`},
		{"[[listen]]\nurl = \"tcp://\"\nconnections", `1 100000`, `0 100001`},
		{tcpRelay + "reconnect", `"0" "10s" "30d"`, `"9999ms" "2592001s"`},
		{tcpRelay + "max_message", `"576" "1MiB"`, `"575" "1025KiB"`},
		{udpRelay + "max_message", `"576" "65507"`, `"575" "65508"`},
		{natsRelay + "max_message", `"256KiB"`, `"257KiB"`},
		{tcpRelay + "rewind", `"0" "24h"`, `"86401s"`},
		{tcpRelay + "rewind_bytes", `"0" "1GiB"`, `"1025MiB"`},
		{tcpRelay + "connect_timeout", `"1ms" "5m"`, `"999us" "300001ms"`},
		{tcpRelay + "rate", `0 10000000`, `-1 10000001`},
		{natsRelay + "delay", `"0" "1m"`, `"60001ms"`},
		{s3Relay + "delay", `"1s" "1h"`, `"999ms" "3600001ms"`},
		{s3Relay + "[relay.s3]\ndays", `1 36500`, `0 36501`},
		{hostStream + "max_files", fmt.Sprintf(`1 %d`, mostFiles), fmt.Sprintf(`0 %d`, mostFiles+1)},
		{"[card_numbers]\nexcept", `[] ["a"] ` + texts100(100) + ` ["` + long("x", 100) + `"]`, texts100(101) + ` ["` + long("x", 101) + `"] [""] ["\t"] 3`},
		{"[[relay]]\nservers", hosts(1) + " " + hosts(16), `[] ` + hosts(17) + ` 3 [3]`},
		{"[[relay]]\nservers = [\"relp://a\"]\nmax_message = \"1000\"\nstructured_data", data(sdata.Room(1000)), data(sdata.Room(1000) + 1)},
	} {
		for want, values := range map[bool]string{true: tt.good, false: tt.bad} {
			for value := range strings.FieldsSeq(values) {
				if c, err := Parse("x", []byte(tt.key+" = "+value+"\n")); (err == nil) != want {
					t.Errorf("%s = %.100s is taken: %t, %v", tt.key, value, !want, err)
				} else if err == nil {
					checkBounds(t, c)
				} else if name := tt.key[strings.LastIndexByte(tt.key, '\n')+1:]; strings.Count(err.Error(), "\n") > 0 || !strings.Contains(err.Error(), name) {
					t.Errorf("%s = %.100s: %v", tt.key, value, err)
				}
			}
		}
	}
}

// texts100 is a list of so many texts, hosts one of servers, and data structured data of so many bytes.
func texts100(n int) string { return "[" + strings.TrimSuffix(long(`"a",`, n), ",") + "]" }

func hosts(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("\"tcp://h%d\"", i))
	}
	return "[" + strings.Join(all, ",") + "]"
}

func data(n int) string {
	return `"[x@1\u0020a=\"` + long("1", n-len(`[x@1 a=""]`)) + `\"]"`
}

// TestDefaultsOfStores: a relay to a store waits for more messages, and has the names that its pages tell.
func TestDefaultsOfStores(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]Relay{
		"nats://n1":  {Delay: 50 * time.Millisecond, NATS: NATS{Stream: "httpd_syslog", Subject: "httpd_syslog"}},
		"s3://audit": {Delay: 5 * time.Minute, S3: S3{Days: 365, Lock: Compliance}},
		"tcp://logs": {},
	} {
		c, err := Parse("x", fmt.Appendf(nil, "[[relay]]\nservers = [%q]", url))
		if err != nil {
			t.Fatal(err)
		}
		r := c.Relays[0]
		equal(t, Relay{Delay: r.Delay, NATS: r.NATS, S3: r.S3}, want)
		e, err := endpoint.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, NewRelay(e), r) // as --relay makes it
	}
}

// TestSealingInWords: what seals cannot show is told with its relay, and why.
func TestSealingInWords(t *testing.T) {
	t.Parallel()
	const seals = "[seal]\nevery = \"1m\"\n"
	const head = "relay r: what its server has cannot be checked: "
	relay := func(url, more string) string { return "[[relay]]\nname = \"r\"\nservers = [\"" + url + "\"]\n" + more }
	for in, want := range map[string][]string{
		relay("udp://a", ""): nil,
		seals:                {"every 1m0s"},
		seals + relay("tls://a", "streams = [\"access\", \"audit\"]"):                     {"every 1m0s"},
		seals + relay("tls://a", "streams = [\"access\"]"):                                {"every 1m0s", head + `it does not get the seals (add "audit" to streams)`},
		seals + relay("tls://a", "format = \"rfc3164\""):                                  {"every 1m0s", head + "messages of RFC 3164 have no numbers"},
		seals + relay("udp://a", "max_message = \"1KiB\""):                                {"every 1m0s", head + "UDP loses messages without a word, and those of more than 1024 bytes are cut"},
		seals + relay("tls://a", "") + "[[relay]]\nname = \"u\"\nservers = [\"udp://a\"]": {"every 1m0s", "relay u: what its server has cannot be checked: UDP loses messages without a word, and those of more than 2048 bytes are cut"},
	} {
		c, err := Parse("x", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Sealing(); !slices.Equal(got, want) {
			t.Errorf("%s\n%q, want %q", in, got, want)
		}
	}
}

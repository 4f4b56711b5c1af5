package config

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	const bad = -1
	for in, want := range map[string]int64{
		"0": 0, "480": 480, "1kB": 1000, "1KiB": 1024, "100MB": 100e6, "16MiB": 16 << 20,
		"10GB": 10e9, "1GiB": 1 << 30, "1 GiB": 1 << 30,
		"9223372036854775807": math.MaxInt64, "9223372036854775808": math.MaxInt64, "99999999999GB": math.MaxInt64,
		"": bad, "MB": bad, "-1": bad, "+1": bad, "1.5MB": bad, "1KB": bad, "1K": bad, "1mb": bad, "1B": bad,
		"1 M B": bad, "0x10": bad, "1_000": bad, "1MBMB": bad, "MB1": bad, "1e3": bad, " 1": bad,
	} {
		n, msg := parseSize(in)
		if msg != "" {
			n = bad
		}
		if n != want {
			t.Errorf("%q is %d, want %d", in, n, want)
		}
	}
}

func TestFormatSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 bytes", 480: "480 bytes", 65507: "65507 bytes", 1000: "1kB", 1024: "1KiB",
		1 << 20: "1MiB", 3 << 30: "3GiB", 16e6: "16MB", 2e9: "2GB",
	} {
		if got := formatSize(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	const bad = -1
	for in, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "0d": 0, "5s": 5 * time.Second, "500ms": time.Second / 2, "10m": 10 * time.Minute,
		"1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute, "365d": 365 * day, "99999999d": math.MaxInt64 / day * day,
		"": bad, "5": bad, "1.5": bad, "-5s": bad, "+5s": bad, "d": bad, "1.5d": bad, "-1d": bad, "1d12h": bad,
		"5 s": bad, "forever": bad, "5S": bad, ".": bad,
	} {
		d, msg := parseDuration(in)
		if msg != "" {
			d = bad
		}
		if d != want {
			t.Errorf("%q is %v, want %v", in, d, want)
		}
	}
}

func TestNames(t *testing.T) {
	for want, s := range map[string]interface{ String() string }{
		"never": Never, "hourly": Hourly, "daily": Daily, "weekly": Weekly, "4": Period(4), "-1": Period(-1),
		"drop": Drop, "block": Block, "rfc5424": RFC5424, "rfc3164": RFC3164, "octet-counting": OctetCounting, "lf": LF,
	} {
		if s.String() != want {
			t.Errorf("got %s, want %s", s, want)
		}
	}
}

// TestSyslogNames holds the codes of RFC 5424, 6.2.1.
func TestSyslogNames(t *testing.T) {
	for code, name := range map[int]string{
		0: "kern", 1: "user", 2: "mail", 3: "daemon", 4: "auth", 5: "syslog", 6: "lpr", 7: "news", 8: "uucp", 9: "cron",
		10: "authpriv", 11: "ftp", 12: "ntp", 13: "audit", 14: "alert", 15: "clock", 16: "local0", 23: "local7",
	} {
		c, err := Parse("x", []byte("[[stream]]\nname = \"x\"\nfacility = \""+name+"\""))
		if err != nil || c.Streams[0].Facility != code {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	for name, code := range map[string]int{
		"emerg": 0, "alert": 1, "crit": 2, "err": 3, "error": 3, "warning": 4, "warn": 4, "notice": 5, "info": 6, "debug": 7,
	} {
		c, err := Parse("x", []byte("[[stream]]\nname = \"x\"\nseverity = \""+name+"\""))
		if err != nil || c.Streams[0].Severity != code || c.Streams[0].AutoSeverity {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		c, err = Parse("x", []byte("[[stream]]\nname = \"x\"\nseverity = \"auto:"+name+"\""))
		if err != nil || c.Streams[0].Severity != code || !c.Streams[0].AutoSeverity {
			t.Errorf("auto:%s: %+v, %v", name, c, err)
		}
	}
	for _, name := range []string{"auto:", "auto:auto", "auto: info", "auto:trace1", "AUTO", "info:auto", ":info"} {
		_, err := Parse("x", []byte("[[stream]]\nname = \"x\"\nseverity = \""+name+"\""))
		if err == nil || !strings.Contains(err.Error(), `"`+name+`" is not a severity (use `) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSuggest(t *testing.T) {
	for s, want := range map[string]string{
		"max_szie": "max_size", "keepage": "keep_age", "connecttimeout": "connect_timeout", "MAX_SIZE": "max_size",
		"rate": "", "x": "", "": "", "max_line": "", long("max_size", 100): "",
	} {
		known := []string{"name", "max_size", "keep_age", "connect_timeout"}
		hint := "did you mean \"" + want + "\"?"
		if want == "" {
			hint = "known here: name, max_size, keep_age, connect_timeout"
		}
		if got := suggest(s, known); got != hint {
			t.Errorf("%s: %s", s, got)
		}
	}
}

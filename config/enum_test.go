package config

import (
	"strings"
	"testing"
)

// TestNames: each value has the name that the file has for it, and what is no value its number.
func TestNames(t *testing.T) {
	for want, s := range map[string]interface{ String() string }{
		"never": Never, "hourly": Hourly, "daily": Daily, "weekly": Weekly, "4": Period(4), "-1": Period(-1),
		"drop": Drop, "block": Block, "rfc5424": RFC5424, "rfc3164": RFC3164, "octet-counting": OctetCounting, "lf": LF,
		"report": Report, "truncate": Truncate, "off": CardsOff, "6+4": Keep6And4, "0+4": Keep0And4,
		"written": Written, "synced": Synced, "auto": Auto, "service": Service, "listed": Listed, "random": Random,
		"compliance": Compliance, "governance": Governance,
	} {
		if s.String() != want {
			t.Errorf("got %s, want %s", s, want)
		}
	}
	for want, c := range map[string]CardNumbers{
		"are reported, and stored in clear":                           {},
		"are truncated before lines are written, and 6+4 digits stay": {Action: Truncate},
		"are truncated before lines are written, and 0+4 digits stay": {Action: Truncate, Keep: Keep0And4},
		"are not looked for": {Action: CardsOff},
	} {
		if c.String() != want {
			t.Errorf("card numbers %s, want %s", c, want)
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

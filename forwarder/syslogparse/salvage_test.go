package syslogparse

import (
	"strings"
	"testing"
	"time"
)

func TestSalvage(t *testing.T) {
	for _, tt := range []struct {
		raw, want string
		pri       bool
	}{
		{"<34>su[7]: x", `auth.crit - host=- tag="su" pid="7" id=- data=- text="x"`, true},
		{"<34>a text: x", `auth.crit - host=- tag=- pid=- id=- data=- text="a text: x"`, true},
		{"<34>1 bad - - - - - x", `auth.crit - host=- tag=- pid=- id=- data=- text="1 bad - - - - - x"`, true},
		{"<34>1 - - bad", `auth.crit - host=- tag=- pid=- id=- data=- text="1 - - bad"`, true},
		{"<191>", `local7.debug - host=- tag=- pid=- id=- data=- text=-`, true},
		{"<192>x", `user.notice - host=- tag=- pid=- id=- data=- text="<192>x"`, false},
		{"<1920>x", `user.notice - host=- tag=- pid=- id=- data=- text="<1920>x"`, false},
		{"<034>x", `auth.crit - host=- tag=- pid=- id=- data=- text="x"`, true},
		{"<999>Oct 11 22:14:15 www1 su: x", `user.notice 2023-10-11T22:14:15+02:00 host="www1" tag="su" pid=- id=- data=- text="<999> x"`, false},
		{"su: x", `user.notice - host=- tag=- pid=- id=- data=- text="su: x"`, false},
		{"", `user.notice - host=- tag=- pid=- id=- data=- text=-`, false},
		{"<34>www1 su[7]: x", `auth.crit - host="www1" tag="su" pid="7" id=- data=- text="x"`, true},
		{"<34>192.0.2.1 su: x", `auth.crit - host="192.0.2.1" tag="su" pid=- id=- data=- text="x"`, true},
	} {
		var m Message
		if pri := NewParser().Salvage(&m, []byte(tt.raw), received); pri != tt.pri || text(&m) != tt.want {
			t.Errorf("%q: %v\n got %s\nwant %s", tt.raw, pri, text(&m), tt.want)
		}
	}
}

// One thing that is not as RFC 5424 has it costs no other field.
func TestDeviationsOfRFC5424(t *testing.T) {
	const (
		head  = "<141>1 2023-10-12T06:46:31.5Z web7 api 4711 ID1 "
		names = `host="web7" tag="api" pid="4711" `
		good  = "local1.notice 2023-10-12T06:46:31.5Z " + names + "id=\"ID1\" "
	)
	long := func(c string, n int) string { return strings.Repeat(c, n) }
	for _, tt := range []struct{ what, raw, want string }{
		{"backslash before another character (6.3.3)", head + `[x@1 z="\A C:\dir\\\]\""] text`, good + `data="[x@1 z=\"\\\\A C:\\\\dir\\\\\\]\\\"\"]" text="text"`},
		{"SD-ID twice", head + `[x@1 a="1"][y b="2"][x@1 c="3"] text`, good + `data="[x@1 a=\"1\" c=\"3\"][y b=\"2\"]" text="text"`},
		{"space before ]", head + `[x@1 a="1" ] text`, good + `data="[x@1 a=\"1\"]" text="text"`},
		{"spaces around =", head + `[ x@1  a = "1"] text`, good + `data="[x@1 a=\"1\"]" text="text"`},
		{"] not escaped", head + `[x@1 a="1 ] 2"] text`, good + `data="[x@1 a=\"1 \\] 2\"]" text="text"`},
		{"no space behind structured data", head + `[x@1 a="1"]text`, good + `data="[x@1 a=\"1\"]" text="text"`},
		{"no end of structured data", head + `[x@1 a="1" text`, good + `data=- text="[x@1 a=\"1\" text"`},
		{"no end of the second element", head + `[x@1 a="1"][y b="2 text`, good + `data="[x@1 a=\"1\"]" text="[y b=\"2 text"`},
		{"a value without quotes", head + `[x@1 a=1] text`, good + `data=- text="[x@1 a=1] text"`},
		{"an SD-ID of 33", head + `[` + long("i", 33) + ` a="1"] text`, good + `data=- text="[` + long("i", 33) + ` a=\"1\"] text"`},
		{"a value that is not UTF-8", head + "[x a=\"\xff\"] text", good + `data=- text="[x a=\"\xff\"] text"`},
		{"no structured data", head + "text [b] c", good + `data=- text="text [b] c"`},
		{"nothing behind MSGID", head[:len(head)-1], good + `data=- text=-`},
		{"- and no space", head + "-text", good + `data=- text="-text"`},
		{"nothing behind PROCID", "<141>1 2023-10-12T06:46:31.5Z web7 api 4711", "local1.notice 2023-10-12T06:46:31.5Z " + names + "id=- data=- text=-"},
		{"nothing behind HOSTNAME", "<141>1 2023-10-12T06:46:31.5Z web7", `local1.notice 2023-10-12T06:46:31.5Z host="web7" tag=- pid=- id=- data=- text=-`},
		{"nothing behind TIMESTAMP", "<141>1 2023-10-12T06:46:31.5Z", `local1.notice 2023-10-12T06:46:31.5Z host=- tag=- pid=- id=- data=- text=-`},
		{"an empty PROCID", "<141>1 2023-10-12T06:46:31.5Z web7 api  ID1 - text", `local1.notice 2023-10-12T06:46:31.5Z host="web7" tag="api" pid=- id="ID1" data=- text="text"`},
		{"seven digits", strings.Replace(head, ".5Z", ".5000001Z", 1) + "- text", strings.Replace(good, ".5Z", ".5000001Z", 1) + `data=- text="text"`},
		{"ten digits", strings.Replace(head, ".5Z", ".5000000019Z", 1) + "- text", strings.Replace(good, ".5Z", ".500000001Z", 1) + `data=- text="text"`},
		{"a zone without a colon", strings.Replace(head, "Z", "+0230", 1) + "- text", strings.Replace(good, "Z", "+02:30", 1) + `data=- text="text"`},
		{"a zone of hours", strings.Replace(head, "Z", "-07", 1) + "- text", strings.Replace(good, "Z", "-07:00", 1) + `data=- text="text"`},
		{"no zone", strings.Replace(head, "Z", "", 1) + "- text", strings.Replace(good, "Z", "+02:00", 1) + `data=- text="text"`},
		{"a comma and small letters", strings.Replace(head, "T06:46:31.5Z", "t06:46:31,5z", 1) + "- text", good + `data=- text="text"`},
		{"a space for the T", strings.Replace(head, "T06", " 06", 1) + "- text", good + `data=- text="text"`},
		{"a leap second", strings.Replace(head, "31.5Z", "60.5Z", 1) + "- text", strings.Replace(good, "46:31.5Z", "47:00.5Z", 1) + `data=- text="text"`},
		{"no such day", strings.Replace(head, "10-12", "02-30", 1) + "- text", `local1.notice - ` + names + `id="ID1" data=- text="2023-02-30T06:46:31.5Z text"`},
		{"no such hour", strings.Replace(head, "T06", "T24", 1) + "-", `local1.notice - ` + names + `id="ID1" data=- text="2023-10-12T24:46:31.5Z"`},
		{"no time, and a zero before PRI", "<013>1 - web7 api 4711 ID1 - text", "user.notice - " + names + `id="ID1" data=- text="text"`},
		{"a space behind PRI", strings.Replace(head, ">1", "> 1", 1) + "- text", good + `data=- text="text"`},
		{"a HOSTNAME that is a path", strings.Replace(head, "web7", "../../x", 1) + "- text", strings.Replace(good, `"web7"`, "-", 1) + `data=- text="../../x text"`},
		{"a HOSTNAME of 256", strings.Replace(head, "web7", long("h", 256), 1) + "- text", strings.Replace(good, `web7`, long("h", 255), 1) + `data=- text="h text"`},
		{"an APP-NAME of 49", strings.Replace(head, "api", long("a", 48)+"b", 1) + "- text", strings.Replace(good, `api`, long("a", 48), 1) + `data=- text="b text"`},
		{"a PROCID of 130", strings.Replace(head, "4711", long("1", 128)+"23", 1) + "- text", strings.Replace(good, `4711`, long("1", 128), 1) + `data=- text="23 text"`},
		{"a MSGID of 33", strings.Replace(head, "ID1", long("m", 32)+"n", 1) + "-", strings.Replace(good, `ID1`, long("m", 32), 1) + `data=- text="n"`},
		{"several", "<141>1 2023-10-12T06:46:61Z a/b " + long("a", 48) + "b 4711 ID1 [x a=\"] \"y", `local1.notice - host=- tag="` + long("a", 48) + `" pid="4711" id="ID1" data=- text="2023-10-12T06:46:61Z a/b b [x a=\"] \"y"`},
	} {
		var m Message
		whole, pri := NewParser().ParseOrSalvage(&m, []byte(tt.raw), received)
		if got := text(&m); got != tt.want || whole || !pri || m.Format != RFC5424 {
			t.Errorf("%s: %q, valid: %v\n got %s\nwant %s", tt.what, tt.raw, whole, got, tt.want)
		}
		if err := validData(m.Data); err != nil {
			t.Errorf("%s: %q: %v", tt.what, m.Data, err)
		}
	}
}

// Times, hosts and tags as they are sent under the name of RFC 3164. What rsyslog reads from messages
// of these kinds is what stands here, or less.
func TestKindsOfRFC3164(t *testing.T) {
	const at = "local1.notice 2023-10-11T22:14:15+02:00 "
	fraction := func(s string) string { return strings.Replace(at, "+", "."+s+"+", 1) }
	app := func(head string) string { return head + `host="web7" tag="app" pid="1" id=- data=- text="text"` }
	for _, tt := range []struct{ raw, want string }{
		// times
		{"<141>Oct 11 22:14:15.123456 web7 app[1]: text", app(fraction("123456"))},
		{"<141>Oct 11 22:14:15,123 web7 app[1]: text", app(fraction("123"))},
		{"<141>Oct 1 22:14:15 web7 app[1]: text", app(strings.Replace(at, "-11", "-01", 1))},
		{"<141>Oct 01 22:14:15 web7 app[1]: text", app(strings.Replace(at, "-11", "-01", 1))},
		{"<141>Oct  1 2:14:15 web7 app[1]: text", app(strings.Replace(at, "-11T22", "-01T02", 1))},
		{"<141> Oct 11 22:14:15 web7 app[1]: text", app(at)},
		{"<141>Oct 11 2021 22:14:15 web7 app[1]: text", app(strings.Replace(at, "2023", "2021", 1))},
		{"<141>Oct 11 2021 22:14:15: web7 app[1]: text", app(strings.Replace(at, "2023", "2021", 1))},
		{"<141>2021 Oct 11 22:14:15 web7 app[1]: text", app(strings.Replace(at, "2023", "2021", 1))},
		{"<141>Oct 11 22:14:15 2021 web7 app[1]: text", app(strings.Replace(at, "2023", "2021", 1))},
		{"<141>Wed Oct 11 22:14:15 2021 web7 app[1]: text", app(strings.Replace(at, "2023", "2021", 1))},
		{"<141>Oct 11 22:14:15: web7 app[1]: text", app(at)},
		{"<141>OCT 11 22:14:15 web7 app[1]: text", app(at)},
		{"<141>oct 11 22:14:15 web7 app[1]: text", app(at)},
		{"<141>Oct 11 20:14:15 UTC web7 app[1]: text", app("local1.notice 2023-10-11T20:14:15Z ")},
		{"<141>2023-10-11T22:14:15 web7 app[1]: text", app(at)},
		{"<141>2023-10-11T22:14:15+0200 web7 app[1]: text", app(at)},
		{"<141>2023-10-11 22:14:15,5 +02:00 web7 app[1]: text", app(fraction("5"))},
		{"<141>2023-10-11T22:14:15.123456789+02:00 web7 app[1]: text", app(fraction("123456789"))},
		{"<189>29: *Oct 11 22:14:15.123: %SYS-5-CONFIG_I: Configured by me", strings.Replace(fraction("123"), "local1", "local7", 1) + `host=- tag="%SYS-5-CONFIG_I" pid=- id=- data=- text="29: Configured by me"`},
		{"<189>29: rtr1: Oct 11 20:14:15 UTC: %SYS-5-CONFIG_I: x", `local7.notice 2023-10-11T20:14:15Z host="rtr1" tag="%SYS-5-CONFIG_I" pid=- id=- data=- text="29: x"`},
		{"<189>29: rtr1: Oct 11 20:14:15 UTC: web7 app: x", `local7.notice 2023-10-11T20:14:15Z host="rtr1" tag=- pid=- id=- data=- text="29: web7 app: x"`},
		{"<141>Oct 11 22:14:60 web7 app[1]: text", app(strings.Replace(at, "14:15", "15:00", 1))},
		{"<141>Oct 32 22:14:15 web7 app[1]: text", `local1.notice - host=- tag=- pid=- id=- data=- text="Oct 32 22:14:15 web7 app[1]: text"`},
		{"<141>Oct 11 22:14:15", at + "host=- tag=- pid=- id=- data=- text=-"},
		{"Oct 11 22:14:15 web7 -- MARK --", `user.notice 2023-10-11T22:14:15+02:00 host="web7" tag=- pid=- id=- data=- text="-- MARK --"`},
		// hosts
		{"<141>Oct 11 22:14:15  nginx: 2023/10/11 [notice] 1#1: nginx", at + `host=- tag="nginx" pid=- id=- data=- text="2023/10/11 [notice] 1#1: nginx"`},
		{"<141>Oct 11 22:14:15  web7 app[1]: text", app(at)},
		{"<141>Oct 11 22:14:15 web7  app[1]: text", app(at)},
		{"<141>Oct 11 22:14:15 2021  gate-p [audit] a b", strings.Replace(at, "2023", "2021", 1) + `host=- tag=- pid=- id=- data=- text="gate-p [audit] a b"`},
		{"<141>Oct 11 22:14:15 httpd[77]:message", at + `host=- tag="httpd" pid="77" id=- data=- text="message"`},
		{"<141>Oct 11 22:14:15 httpd:message here", at + `host=- tag="httpd" pid=- id=- data=- text="message here"`},
		{`<141>Oct 11 22:14:15 {"time":"2026","status":200}`, at + `host=- tag=- pid=- id=- data=- text="{\"time\":\"2026\",\"status\":200}"`},
		{`<141>Oct 11 22:14:15 {"ua": "Mozilla 5.0"}`, at + `host=- tag=- pid=- id=- data=- text="{\"ua\": \"Mozilla 5.0\"}"`},
		{`<141>Oct 11 22:14:15 web7 {"ua": "Mozilla 5.0"}`, at + `host="web7" tag=- pid=- id=- data=- text="{\"ua\": \"Mozilla 5.0\"}"`},
		{"<141>Oct 11 22:14:15 192.0.2.9:57226 [11/Oct/2023] f", at + `host=- tag=- pid=- id=- data=- text="192.0.2.9:57226 [11/Oct/2023] f"`},
		{"<141>Oct 11 22:14:15 web7:8080 up", at + `host=- tag=- pid=- id=- data=- text="web7:8080 up"`},
		{"<141>Oct 11 22:14:15 [2001:db8::1]:514 up", at + `host=- tag=- pid=- id=- data=- text="[2001:db8::1]:514 up"`},
		{"<141>Oct 11 22:14:15 ../../../x app: text", at + `host=- tag=- pid=- id=- data=- text="../../../x app: text"`},
		{"<141>Oct 11 22:14:15 .. app: text", at + `host=- tag=- pid=- id=- data=- text=".. app: text"`},
		{"<141>Oct 11 22:14:15 web7.example.com. app[1]: text", strings.Replace(app(at), "web7", "web7.example.com.", 1)},
		{"<141>Oct 11 22:14:15 2001:db8::17 app[1]: text", strings.Replace(app(at), "web7", "2001:db8::17", 1)},
		{"<141>Oct 11 22:14:15 abcd:ef01::17 app[1]: text", strings.Replace(app(at), "web7", "abcd:ef01::17", 1)},
		{"<141>Oct 11 22:14:15 ab:cd:ef:01:23:45 joined", at + `host=- tag=- pid=- id=- data=- text="ab:cd:ef:01:23:45 joined"`},
		{"<141>Oct 11 22:14:15 " + strings.Repeat("x", 49) + " text", at + `host=- tag=- pid=- id=- data=- text="` + strings.Repeat("x", 49) + ` text"`},
		{"<141>Oct 11 22:14:15 " + strings.Repeat("x", 49) + ": text", at + `host=- tag=- pid=- id=- data=- text="` + strings.Repeat("x", 49) + `: text"`},
		{"<141>Oct 11 22:14:15 web7", at + `host="web7" tag=- pid=- id=- data=- text=-`},
		{"<141>Oct 11 22:14:15 web7 ", at + `host="web7" tag=- pid=- id=- data=- text=-`},
		// tags
		{"<141>Oct 11 22:14:15 web7 tag text here", at + `host="web7" tag="tag" pid=- id=- data=- text="text here"`},
		{"<141>Oct 11 22:14:15 web7 tag[12] text here", at + `host="web7" tag="tag" pid="12" id=- data=- text="text here"`},
		{"<141>Oct 11 22:14:15 web7 sshd(pam_unix)[12]: text", at + `host="web7" tag="sshd(pam_unix)" pid="12" id=- data=- text="text"`},
		{"<141>Oct 11 22:14:15 web7 (httpd)[12]: text", at + `host="web7" tag="(httpd)" pid="12" id=- data=- text="text"`},
		{"<141>Oct 11 22:14:15 192.0.2.1 %ASA-6-302013: Built", at + `host="192.0.2.1" tag="%ASA-6-302013" pid=- id=- data=- text="Built"`},
		{"<141>Oct 11 22:14:15 web7 " + strings.Repeat("0123456789", 4) + ": text", at + `host="web7" tag="` + strings.Repeat("0123456789", 4) + `" pid=- id=- data=- text="text"`},
		{"<141>Oct 11 22:14:15 web7 " + strings.Repeat("0123456789", 5) + ": text", at + `host="web7" tag=- pid=- id=- data=- text="` + strings.Repeat("0123456789", 5) + `: text"`},
		{`<141>Oct 11 22:14:15 10.0.0.7 17",code=200,b`, at + `host="10.0.0.7" tag=- pid=- id=- data=- text="17\",code=200,b"`},
		{"<141>Oct 11 22:14:15 web7 CEF:0|a|b", at + `host="web7" tag=- pid=- id=- data=- text="CEF:0|a|b"`},
		{"<141>Oct 11 22:14:15 web7 http://a/b failed", at + `host="web7" tag=- pid=- id=- data=- text="http://a/b failed"`},
		{"<141>Oct 11 22:14:15 web7 app[1]:   text ", at + `host="web7" tag="app" pid="1" id=- data=- text="  text "`},
	} {
		var m Message
		NewParser().ParseOrSalvage(&m, []byte(tt.raw), received)
		if got := text(&m); got != tt.want {
			t.Errorf("%q\n got %s\nwant %s", tt.raw, got, tt.want)
		}
	}
}

// A local program's text is not searched for a host, nor for a tag without a space.
func TestKindsOfLocalMessages(t *testing.T) {
	const at = "local1.notice 2023-10-11T22:14:15+02:00 host=- "
	for raw, want := range map[string]string{
		"<141>Oct 11 22:14:15.5 web7 app[1]: text": strings.Replace(at, "15+", "15.5+", 1) + `tag=- pid=- id=- data=- text="web7 app[1]: text"`,
		"<141>Oct 11 22:14:15  nginx: text":        at + `tag="nginx" pid=- id=- data=- text="text"`,
		"<141>Oct 11 22:14:15 httpd[7]:text":       at + `tag="httpd" pid="7" id=- data=- text="text"`,
		"<141>Oct 11 22:14:15 httpd:text":          at + `tag=- pid=- id=- data=- text="httpd:text"`,
		"<141>29: Oct 11 22:14:15: text":           `local1.notice - host=- tag="29" pid=- id=- data=- text="Oct 11 22:14:15: text"`,
	} {
		var m Message
		NewLocalParser("www1").ParseOrSalvage(&m, []byte(raw), received)
		if got := text(&m); got != want {
			t.Errorf("%q\n got %s\nwant %s", raw, got, want)
		}
	}
}

// A time without a year is the nearest that is not later than a day from its receipt.
func TestYearOfATime(t *testing.T) {
	for _, tt := range []struct{ received, stamp, want string }{
		{"2024-06-01T12:00:00Z", "Jun  2 11:59:59", "2024-06-02T11:59:59Z"},
		{"2024-06-01T12:00:00Z", "Jun  2 12:00:01", "2023-06-02T12:00:01Z"},
		{"2024-06-01T12:00:00Z", "Nov 30 12:00:00", "2023-11-30T12:00:00Z"},
		{"2024-06-01T12:00:00Z", "Dec  1 12:00:00", "2023-12-01T12:00:00Z"},
		{"2024-01-01T00:30:00Z", "Dec 31 23:59:59", "2023-12-31T23:59:59Z"},
		{"2023-12-31T23:30:00Z", "Jan  1 00:30:00", "2024-01-01T00:30:00Z"},
		{"2026-03-01T00:00:00Z", "Feb 29 12:00:00", "2024-02-29T12:00:00Z"},
		{"2024-02-28T13:00:00Z", "Feb 29 12:00:00", "2024-02-29T12:00:00Z"},
		{"2024-02-28T11:00:00Z", "Feb 29 12:00:00", "2020-02-29T12:00:00Z"},
		{"1904-01-01T00:00:00Z", "Feb 29 12:00:00", "1896-02-29T12:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, tt.received)
		if err != nil {
			t.Fatal(err)
		}
		for _, stamp := range []string{tt.stamp, tt.stamp + ".0"} {
			if got, _, ok := NewParser().cutTime([]byte(stamp+" x"), at); !ok || got.Format(time.RFC3339) != tt.want {
				t.Errorf("%s received %s: %v, want %s", stamp, tt.received, got, tt.want)
			}
		}
	}
}

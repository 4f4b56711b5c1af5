package syslogparse

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/influxdata/go-syslog/v3/rfc3164"
	"github.com/influxdata/go-syslog/v3/rfc5424"

	"httpd-syslog/forwarder/syslogfmt"
)

// received is when the messages of these tests arrive.
var received = time.Date(2023, 10, 11, 22, 14, 20, 0, time.FixedZone("", 2*60*60))

// text is a message's parts, "-" for those that it does not have.
func text(m *Message) string {
	part := func(b []byte) string {
		if b == nil {
			return "-"
		}
		return fmt.Sprintf("%q", b)
	}
	stamp := "-"
	if !m.Time.IsZero() {
		stamp = m.Time.Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("%v.%v %s host=%s tag=%s pid=%s id=%s data=%s text=%s", m.Facility, m.Severity, stamp,
		part(m.Host), part(m.Tag), part(m.ProcID), part(m.MsgID), part(m.Data), part(m.Text))
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ raw, network, local string }{
		{"<30>Oct  1 02:14:15 httpd[77]: hello: world",
			`daemon.info 2023-10-01T02:14:15+02:00 host=- tag="httpd" pid="77" id=- data=- text="hello: world"`, ""},
		{"<34>Oct 11 22:14:15 www1 su: a\tb\x00",
			`auth.crit 2023-10-11T22:14:15+02:00 host="www1" tag="su" pid=- id=- data=- text="a\tb\x00"`, ""},
		{"<34>Oct 01 22:14:15 www1.example.com su[a]:",
			`auth.crit 2023-10-01T22:14:15+02:00 host="www1.example.com" tag="su" pid="a" id=- data=- text=-`, ""},
		{"<34>Oct 11 22:14:15 other su: x",
			`auth.crit 2023-10-11T22:14:15+02:00 host="other" tag="su" pid=- id=- data=- text="x"`,
			`auth.crit 2023-10-11T22:14:15+02:00 host=- tag=- pid=- id=- data=- text="other su: x"`},
		{"<34>Oct 11 22:14:15 www1 -- no tag --", `auth.crit 2023-10-11T22:14:15+02:00 host="www1" tag=- pid=- id=- data=- text="-- no tag --"`,
			`auth.crit 2023-10-11T22:14:15+02:00 host=- tag=- pid=- id=- data=- text="www1 -- no tag --"`},
		{"<34>Oct 11 22:14:15 www1 su text", `auth.crit 2023-10-11T22:14:15+02:00 host="www1" tag="su" pid=- id=- data=- text="text"`,
			`auth.crit 2023-10-11T22:14:15+02:00 host=- tag=- pid=- id=- data=- text="www1 su text"`},
		{"<34>Oct 11 22:14:15 - -: x", `auth.crit 2023-10-11T22:14:15+02:00 host=- tag=- pid=- id=- data=- text="x"`,
			`auth.crit 2023-10-11T22:14:15+02:00 host=- tag=- pid=- id=- data=- text="- -: x"`},
		{"<34>Oct 11 22:14:15 ", `auth.crit 2023-10-11T22:14:15+02:00 host=- tag=- pid=- id=- data=- text=-`, ""},
		{"<34>Oct 11 22:14:15  x", `auth.crit 2023-10-11T22:14:15+02:00 host=- tag=- pid=- id=- data=- text="x"`, `auth.crit 2023-10-11T22:14:15+02:00 host=- tag=- pid=- id=- data=- text=" x"`},
		{"<34>2023-10-11T22:14:15.003001+01:00 www1 su: x", `auth.crit 2023-10-11T22:14:15.003001+01:00 host="www1" tag="su" pid=- id=- data=- text="x"`, ""},
		{"<34>2023-10-11T22:14:15Z su[7]: x", `auth.crit 2023-10-11T22:14:15Z host=- tag="su" pid="7" id=- data=- text="x"`, ""},
		{`<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [a@1 x="\"\]"][meta y="` + "\n" + `"] ` + "\ufeffan [entry]",
			`local4.notice 2003-10-11T22:14:15.003Z host="host" tag="app" pid="12" id="ID47" data="[a@1 x=\"\\\"\\]\"][meta y=\"\n\"]" text="\ufeffan [entry]"`, ""},
		{"<0>1 - - - - - -", "kern.emerg - host=- tag=- pid=- id=- data=- text=-", ""},
		{"<0>1 - - - - - - \xff", `kern.emerg - host=- tag=- pid=- id=- data=- text="\xff"`, ""},
		{"<0>1 - - - - - [x]", `kern.emerg - host=- tag=- pid=- id=- data="[x]" text=-`, ""},
	} {
		if tt.local == "" {
			tt.local = tt.network
		}
		for p, want := range map[*Parser]string{NewParser(): tt.network, NewLocalParser("www1.example.com"): tt.local} {
			var m Message
			err := p.Parse(&m, []byte(tt.raw), received)
			if got := text(&m); err != nil || got != want {
				t.Errorf("%q, local %v: %v\n got %s\nwant %s", tt.raw, p.local, err, got, want)
			}
		}
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	p, raw := NewLocalParser("www1"), []byte("<147>Oct 11 22:14:15 httpd[77]: [core:error] AH00126: hello")
	var m Message
	if n := testing.AllocsPerRun(100, func() {
		raw[len("<147>Oct 11 22:14:1")] ^= 1 // another second
		if p.Parse(&m, raw, received) != nil {
			t.Fatal("not parsed")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzHeader3164 holds the header against go-syslog's parser, which gets a text that it can take.
func FuzzHeader3164(f *testing.F) {
	f.Add("34", "Oct 11 22:14:15", "www1")
	f.Add("0", "Feb 29 00:00:00", "fe80::1")
	f.Add("192", "Feb 30 24:00:60", "")
	f.Add("01", "Oct  0 22:14:15", strings.Repeat("h", 256))
	f.Add("1", "2023-10-11T22:14:15Z", "h")
	f.Add("1", "2023-10-11T22:14:15.123456+01:00", "h")
	f.Fuzz(func(t *testing.T, pri, stamp, host string) {
		raw := []byte("<" + pri + ">" + stamp + " " + host + " -")
		if strings.ContainsAny(pri, "<>") || strings.ContainsAny(host, ": [") || strings.HasPrefix(stamp, "1 ") ||
			len(stamp) > len(time.Stamp) && !isDigit(stamp[0]) {
			return // other cuts of the same bytes
		}
		var m Message
		err := NewParser().Parse(&m, raw, received)
		parsed, oracle := rfc3164.NewParser(rfc3164.WithRFC3339()).Parse(raw)
		if oracle != nil || parsed == nil || !isFirstHost([]byte(host)) {
			return // ours takes more times, and fewer hosts
		}
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		s := parsed.(*rfc3164.SyslogMessage)
		if s.Hostname == nil { // it is "-"
			s.Hostname = new(string)
		}
		if int(*s.Priority) != syslogfmt.PRI(m.Facility, m.Severity) || *s.Hostname != string(m.Host) || string(m.Text) != "-" ||
			s.Timestamp.Format(time.Stamp) != m.Time.Format(time.Stamp) {
			t.Fatalf("%q: %s, oracle %+v", raw, text(&m), s)
		}
	})
}

// FuzzParse holds RFC 5424 against go-syslog's parser, and that of anything else no byte is lost.
func FuzzParse(f *testing.F) {
	for _, raw := range []string{
		"<30>Oct  1 02:14:15 httpd[77]: hello: world", "<34>Oct 11 22:14:15 www1 su: a\tb", "<34>su[7]: x", "hello",
		`<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [a@1 x="\"\]" y=""][meta y="1"] ` + "\ufeffan [entry]",
		"<0>1 - - - - - -", "<0>1 - - - - - [x] ", "<0>1 - - - - - [x][x] a", "<0>1 - - - - - [x a=\"\xff\"]",
		"0: 0: OCt 1 0:00:00 0 0:", "<189>29: rtr1: *Oct 11 2023 22:14:15.123 UTC: %SYS-5-CONFIG_I: x", "<014> 2023-10-11 22:14:15,1 +02:00  www1 su text",
		`<34>1 2003-10-99T22:14:15.003+0100 a/b app[1]: x ID47 [a x= "\A]" ] text`, "<999>Oct 11 22:14:15 www1 su: x",
		"<0>0[-]:",
	} {
		f.Add([]byte(raw), true)
		f.Add([]byte(raw), false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, local bool) {
		p := NewParser()
		if local {
			p = NewLocalParser("www1.example.com")
		}
		var m Message
		if whole, _ := p.ParseOrSalvage(&m, raw, received); whole && m.Format == RFC5424 {
			like5424(t, raw, &m)
		}
		holdsAll(t, raw, &m)
		if err := validData(m.Data); err != nil {
			t.Fatalf("%q: structured data %q: %v", raw, m.Data, err)
		}
	})
}

// holdsAll holds that every byte of raw is in m, but for PRI, the time and what only separates.
func holdsAll(t *testing.T, raw []byte, m *Message) {
	_, rest, _ := cutNumber(raw)
	if rest = skipSpaces(rest); m.Format == RFC5424 {
		rest = bytes.TrimPrefix(rest, version1)
	}
	var w wallTime
	if behind, ok := w.cut(rest); ok && !m.Time.IsZero() {
		rest = behind
	} else if !m.Time.IsZero() { // a router's number, and perhaps its name, come first
		numbers := rest
		for range 2 {
			_, rest, _ = bytes.Cut(rest, colonSpace)
			if behind, ok := w.cut(rest); ok {
				numbers, rest = numbers[:len(numbers)-len(rest)], behind
				break
			}
		}
		rest = append(bytes.Clone(numbers), rest...)
	}
	noProcID := bytes.Contains(raw, []byte("[-]")) // as "TAG[-]: text" says that there is none
	var missing [256]int
	elements := bytes.Count(raw, []byte("["))
	for _, c := range rest {
		missing[c]++
	}
	for _, field := range [][]byte{m.Host, m.Tag, m.ProcID, m.MsgID, m.Data, m.Text} {
		elements -= bytes.Count(field, []byte("["))
		for _, c := range field {
			missing[c]--
		}
	}
	if m.Data != nil && elements > 0 {
		return // two of one SD-ID, which is there once
	}
	for c, n := range missing {
		separates := strings.IndexByte(" -:", byte(c)) >= 0 || (m.ProcID != nil || noProcID) && (c == '[' || c == ']') || m.Data != nil && strings.IndexByte(`[]="\`, byte(c)) >= 0
		if n > 0 && !separates {
			t.Fatalf("%q: %d bytes %q are lost in %s", raw, n, []byte{byte(c)}, text(m))
		}
	}
}

// validData is nil where go-syslog takes structured data.
func validData(data []byte) error {
	if data == nil {
		return nil
	}
	_, err := rfc5424.NewParser().Parse(append([]byte("<0>1 - - - - - "), data...))
	return err
}

func like5424(t *testing.T, raw []byte, m *Message) {
	parsed, err := rfc5424.NewParser().Parse(raw)
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	s := parsed.(*rfc5424.SyslogMessage)
	for _, f := range []struct {
		got  []byte
		want *string
	}{{m.Host, s.Hostname}, {m.Tag, s.Appname}, {m.ProcID, s.ProcID}, {m.MsgID, s.MsgID}, {m.Text, s.Message}} {
		if f.want == nil {
			f.want = new(string)
		}
		if string(f.got) != *f.want {
			t.Fatalf("%q: %q, oracle %q", raw, f.got, *f.want)
		}
	}
	again, err := rfc5424.NewParser().Parse(append([]byte("<0>1 - - - - - "), m.Data...))
	if m.Data == nil {
		again, err = rfc5424.NewParser().Parse([]byte("<0>1 - - - - - -"))
	}
	if err != nil || !reflect.DeepEqual(again.(*rfc5424.SyslogMessage).StructuredData, s.StructuredData) {
		t.Fatalf("%q: structured data %q, %v", raw, m.Data, err)
	}
	if (s.Timestamp == nil) != m.Time.IsZero() || s.Timestamp != nil && !s.Timestamp.Equal(m.Time) ||
		int(*s.Priority) != syslogfmt.PRI(m.Facility, m.Severity) {
		t.Fatalf("%q: %s", raw, text(m))
	}
}

// TestBothNamesAreOurs: the one that the configuration gives, and the system's.
func TestBothNamesAreOurs(t *testing.T) {
	p := NewLocalParser("www.example.com", "vm7.example.net")
	for word, own := range map[string]bool{
		"www.example.com": true, "www": true, "vm7.example.net": true, "vm7": true,
		"other": false, "www.example.net": false, "vm7.example.com": false, "vm": false,
	} {
		var m Message
		p.ParseOrSalvage(&m, []byte("<147>Oct 11 22:14:15 "+word+" httpd[77]: text"), received)
		if got := string(m.Tag) == "httpd" && string(m.Text) == "text"; got != own {
			t.Errorf("%s: tag %q, text %q", word, m.Tag, m.Text)
		}
	}
}

package receiver

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/syslogparse"
)

// received is when the messages of these tests arrive.
var received = time.Date(2023, 10, 11, 22, 14, 20, 0, time.FixedZone("", 2*60*60))

const apacheLine = `[Wed Oct 11 14:32:52.123456 2023] [core:error] [pid 3:tid 4] AH1: a\tb`

func TestText(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"5424", `<141>1 2023-10-11T22:14:15.003+02:00 www1 httpd 4711-9 access [meta sequenceId="42"] a line`,
			`2023-10-11T22:14:15.003000+02:00 www1 local1.notice httpd[4711-9] #42 a line`},
		{"5424 with nothing", `<0>1 - - - - - -`, `- - kern.emerg -`},
		{"RFC 5424, 6.5, example 3", `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] ` + "\ufeffAn application event log entry...",
			`2003-10-11T22:14:15.003000Z mymachine.example.com local4.notice evntslog \xef\xbb\xbfAn application event log entry...`},
		{"RFC 3164, 5.4, example 1", `<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8`,
			`2023-10-11T22:14:15.000000+02:00 mymachine auth.crit su 'su root' failed for lonvick on /dev/pts/8`},
		{"libc", `<30>Oct  1 02:14:15 httpd[77]: hello: world`,
			`2023-10-01T02:14:15.000000+02:00 - daemon.info httpd[77] hello: world`},
		{"3164 with an Apache line", "<147>Oct 11 22:14:15 www1 httpd[77]: " + apacheLine,
			`2023-10-11T22:14:15.000000+02:00 www1 local2.err httpd[77] ` + apacheLine},
		{"3164 with a tab", "<147>Oct 11 22:14:15 www1 httpd: a\tb", `2023-10-11T22:14:15.000000+02:00 www1 local2.err httpd a\x09b`},
		{"3164 without a tag", "<147>Oct 11 22:14:15 www1 " + apacheLine,
			`2023-10-11T22:14:15.000000+02:00 www1 local2.err - ` + apacheLine},
		{"3164, no text", "<147>Oct 11 22:14:15 www1 httpd:", `2023-10-11T22:14:15.000000+02:00 www1 local2.err httpd`},
		{"3164, IPv6 host", "<147>Oct 11 22:14:15 fe80::1 httpd: x", `2023-10-11T22:14:15.000000+02:00 fe80::1 local2.err httpd x`},
		{"3164, tag above 32", "<147>Oct 11 22:14:15 www1 " + strings.Repeat("t", 40) + "[1]: x",
			`2023-10-11T22:14:15.000000+02:00 www1 local2.err ` + strings.Repeat("t", 40) + "[1] x"},
		{"3164, spaces of the text", "<147>Oct 11 22:14:15 www1 httpd:  x ", `2023-10-11T22:14:15.000000+02:00 www1 local2.err httpd  x `},
		{"3164 of last year", "<13>Dec 31 23:59:59 h t: x", `2022-12-31T23:59:59.000000+02:00 h user.notice t x`},
		{"terminal escapes", "<13>Oct 11 22:14:15 h t: \x1b[31m\x07\x7f\u009b\u202e\xff\\x41 é €",
			`2023-10-11T22:14:15.000000+02:00 h user.notice t \x1b[31m\x07\x7f\xc2\x9b\xe2\x80\xae\xff\x41 é €`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := parse(syslogparse.NewParser(), []byte(tt.raw), received, "peer")
			if got := string(appendText(nil, m)); got != tt.want+"\n" {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestUnparsed(t *testing.T) {
	for _, raw := range []string{
		"", "hello", "<13>", "<13>hello", "<192>1 - - - - - -", "<999999999>x", "<13>1 - - - - -", "<013>1 - - - - - -",
		"<192>Oct 11 22:14:15 h t: x", "<13>Oct 32 22:14:15 h t: x", "<13>Oct 11 22:14", "<13>Oct 11 22:14:15t: x",
		"<13>1 2023-10-11T22:14:15Z h t - - [x a=1]", "<13>Oct 11 25:14:15 h t: \x00\xff", "\x00\xff<", "<>1 ", "<1",
	} {
		m := parse(syslogparse.NewParser(), []byte(raw), received, "10.0.0.1:514")
		if m.Format != "unparsed" || m.Error == "" || m.Raw == nil {
			t.Errorf("%q: %+v", raw, m)
			continue
		}
		var back struct {
			Raw    string `json:"raw"`
			Base64 []byte `json:"raw_base64"`
		}
		b, err := json.Marshal(m)
		if err == nil {
			err = json.Unmarshal(b, &back)
		}
		if back.Base64 != nil {
			back.Raw = string(back.Base64)
		}
		if err != nil || back.Raw != raw {
			t.Errorf("%q comes back as %q, %v", raw, back.Raw, err)
		}
	}
	m := parse(syslogparse.NewParser(), []byte("he\x07llo"), received, "10.0.0.1:514")
	const want = `2023-10-11T22:14:20.000000+02:00 10.0.0.1:514 unparsed (neither RFC 5424 nor "<PRI>Mmm dd hh:mm:ss "): he\x07llo` + "\n"
	if got := string(appendText(nil, m)); got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestJSON(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"5424", `<141>1 2023-10-11T22:14:15.003+02:00 www1 httpd 4711-9 access [meta sequenceId="42"][x@1 a="\"\]"] a <line>`,
			`{"format":"rfc5424","received":"2023-10-11T22:14:20+02:00","peer":"p","facility":"local1","facility_code":17,"severity":"notice","severity_code":5,"version":1,` +
				`"timestamp":"2023-10-11T22:14:15.003+02:00","hostname":"www1","app_name":"httpd","procid":"4711-9","msgid":"access",` +
				`"structured_data":{"meta":{"sequenceId":"42"},"x@1":{"a":"\"]"}},"message":"a <line>"}`},
		{"libc, not UTF-8", "<30>Oct 11 02:14:15 httpd[77]: \xff\x00",
			`{"format":"rfc3164","received":"2023-10-11T22:14:20+02:00","peer":"p","facility":"daemon","facility_code":3,"severity":"info","severity_code":6,"version":null,` +
				`"timestamp":"2023-10-11T02:14:15+02:00","hostname":null,"app_name":"httpd","procid":"77","msgid":null,` +
				`"structured_data":null,"message":"\ufffd\u0000","message_base64":"` + base64.StdEncoding.EncodeToString([]byte("\xff\x00")) + `"}`},
		{"unparsed", "hello",
			`{"format":"unparsed","received":"2023-10-11T22:14:20+02:00","peer":"p","facility":null,"facility_code":null,"severity":null,"severity_code":null,"version":null,` +
				`"timestamp":null,"hostname":null,"app_name":null,"procid":null,"msgid":null,"structured_data":null,"message":null,` +
				`"error":"neither RFC 5424 nor \"<PRI>Mmm dd hh:mm:ss \"","raw":"hello"}`},
	}
	for _, tt := range tests {
		p := newPrinter(JSON, nil)
		if err := p.json.Encode(parse(syslogparse.NewParser(), []byte(tt.raw), received, "p")); err != nil {
			t.Error(err)
		}
		if got := p.buf.String(); got != tt.want+"\n" {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// FuzzParse holds that whatever is encoded is parsed to the same text, and that what is not parsed
// is there as it came.
func FuzzParse(f *testing.F) {
	f.Add([]byte(apacheLine))
	f.Add([]byte("<13>Oct 11 22:14:15 h t[1]: a\tb"))
	f.Add([]byte(`<13>1 2023-10-11T22:14:15Z h t p m [a b="c"] text`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := syslogparse.NewParser()
		m := parse(p, data, received, "p")
		if m.Format == "unparsed" && (*m.Raw != string(data) || m.Error == "") {
			t.Fatalf("%+v of %q", m, data)
		}
		appendText(nil, m)
		if _, err := json.Marshal(m); err != nil {
			t.Fatal(err)
		}
		for _, format := range []syslogfmt.Format{syslogfmt.RFC5424, syslogfmt.RFC3164, syslogfmt.RFC3164Local} {
			e := syslogfmt.NewEncoder(format, syslogfmt.None, 1<<20)
			e.SetHeader(&syslogfmt.Header{Time: received, Hostname: "host", Tag: "tag", PID: 7, ProcID: "7"})
			m := parse(p, e.Append(nil, syslogfmt.Info, 1, data), received, "p")
			if m.Message == nil {
				m.Message = new(string)
			}
			if *m.Message != string(data) || m.AppName == nil || *m.AppName != "tag" || *m.ProcID != "7" ||
				(m.Hostname == nil) != (format == syslogfmt.RFC3164Local) || m.Timestamp.Unix() != received.Unix() {
				t.Fatalf("format %d: %+v of %q", format, m, data)
			}
		}
	})
}

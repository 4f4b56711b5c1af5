package listener

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/influxdata/go-syslog/v3/rfc3164"
	"github.com/influxdata/go-syslog/v3/rfc5424"

	"httpd-syslog/forwarder/syslogfmt"
)

// apacheLine has all that go-syslog's parser of RFC 3164 stumbles over.
const apacheLine = "[Wed Oct 11 14:32:52.123456 2023] [core:error] [pid 3:tid 4] AH1: a\tb \xff"

// formats are messages of every format, by how their sender formats them.
var formats = map[string]func(seq int) string{
	"libc": func(seq int) string { return fmt.Sprintf("<147>%s httpd[77]: %d %s", stamp(), seq, apacheLine) },
	"RFC 3164, this host": func(seq int) string {
		return fmt.Sprintf("<147>%s www1 httpd[77]: %d %s", stamp(), seq, apacheLine)
	},
	"RFC 3164, another host": func(seq int) string {
		return fmt.Sprintf("<147>%s db7.example.com httpd[77]: %d %s", stamp(), seq, apacheLine)
	},
	"RFC 3164, time of RFC 3339": func(seq int) string {
		return fmt.Sprintf("<147>%s www1 httpd[77]: %d %s", time.Now().Format("2006-01-02T15:04:05.000000Z07:00"), seq, apacheLine)
	},
	"RFC 5424": func(seq int) string {
		return fmt.Sprintf(`<147>1 %s db7 httpd 77 ID [meta sequenceId="%d"][x@1 a="\"\]"] %d %s`, time.Now().Format(time.RFC3339Nano)[:26]+"Z", seq, seq, apacheLine)
	},
	"RFC 5424, nothing but": func(int) string { return `<147>1 - - - - - -` },
}

func stamp() string { return time.Now().Format(time.Stamp) }

// framings are the ways to send messages over a scheme.
func framings(scheme string) map[string]func(string) string {
	counted := func(m string) string { return fmt.Sprint(len(m), " ", m) }
	lf := func(m string) string { return m + "\n" }
	nul := func(m string) string { return m + "\x00" }
	switch scheme {
	case "unix":
		return map[string]func(string) string{"counted": counted, "LF": lf, "NUL": nul}
	case "tcp", "tls":
		return map[string]func(string) string{"counted": counted, "LF": lf}
	}
	return map[string]func(string) string{"none": func(m string) string { return m }, "LF at the end": lf}
}

// TestEveryFormatOnEverySocket sends messages of all formats, and holds what is taken
// against the parser.
func TestEveryFormatOnEverySocket(t *testing.T) {
	for _, scheme := range schemes {
		for framing, frame := range framings(scheme) {
			t.Run(scheme+"/"+framing, func(t *testing.T) {
				s := serve(t, Options{Address: address(t, scheme), Host: "www1.example.com"})
				conn := s.dial()
				var raws []string
				for name, format := range formats {
					raw := format(len(raws) + 1)
					s.send(conn, frame(raw))
					raws = append(raws, raw)
					m := s.await(len(raws))[len(raws)-1]
					if !t.Run(name, func(t *testing.T) { likeOracle(t, scheme, raw, m) }) {
						t.Logf("%q is taken as %+v", raw, m)
					}
				}
				if st := s.Stats(); st.Messages != uint64(len(raws)) || st.Malformed != 0 || st.Cut != 0 || len(st.Refused) != 0 {
					t.Errorf("%+v", st)
				}
			})
		}
	}
}

// expected is what the parser says of a message.
type expected struct {
	time                    time.Time
	host, tag, procID, text string
	data                    bool
}

func likeOracle(t *testing.T, scheme, raw string, m Message) {
	local := strings.HasPrefix(scheme, "unix")
	var want expected
	if strings.HasPrefix(raw, "<147>1 ") {
		want = oracle5424(t, raw)
	} else {
		want = oracle3164(t, raw)
		if local && want.host == "db7.example.com" { // it is none of ours, and so may be text
			want.text, want.tag, want.procID = want.host+" "+want.tag+"["+want.procID+"]: "+want.text, "", ""
		}
	}
	switch {
	case local:
		want.host = ""
	case want.host == "":
		want.host = "127.0.0.1"
	}
	data := ""
	if want.data {
		data = `[x@1 a="\"\]"]`
	}
	if m.Facility != syslogfmt.Local2 || m.Severity != syslogfmt.Err || !m.Time.Equal(want.time) || string(m.Host) != want.host ||
		string(m.Tag) != want.tag || string(m.ProcID) != want.procID || string(m.Data) != data || string(m.Text) != want.text || m.Lost != 0 {
		t.Errorf("want %+v, data %q", want, data)
	}
}

func oracle5424(t *testing.T, raw string) (want expected) {
	parsed, err := rfc5424.NewParser().Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	s := parsed.(*rfc5424.SyslogMessage)
	if s.Timestamp != nil {
		want.time = *s.Timestamp
	}
	for to, from := range map[*string]*string{&want.host: s.Hostname, &want.tag: s.Appname, &want.procID: s.ProcID, &want.text: s.Message} {
		if from != nil {
			*to = *from
		}
	}
	want.data = s.StructuredData != nil
	return want
}

// oracle3164 shows the parser a text that it can take, a host, and no parts of a
// second.
func oracle3164(t *testing.T, raw string) (want expected) {
	head, text, _ := strings.Cut(raw, ": ")
	pri, rest, _ := strings.Cut(head, ">")
	var stamp string
	rfc3339 := rest[0] <= '9'
	if rfc3339 {
		stamp, rest, _ = strings.Cut(rest, " ")
	} else {
		stamp, rest = rest[:len(time.Stamp)], rest[len(time.Stamp)+1:]
	}
	if !strings.Contains(rest, " ") {
		rest = "- " + rest
	}
	whole := stamp
	if i := strings.IndexByte(stamp, '.'); i > 0 {
		whole = stamp[:i] + stamp[i+len(".000000"):]
	}
	parsed, err := rfc3164.NewParser(rfc3164.WithRFC3339()).Parse([]byte(pri + ">" + whole + " " + rest + ": x"))
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	s := parsed.(*rfc3164.SyslogMessage)
	want = expected{time: *s.Timestamp, tag: *s.Appname, procID: *s.ProcID, text: text}
	if rfc3339 {
		if want.time, err = time.Parse(time.RFC3339, stamp); err != nil || want.time.Unix() != s.Timestamp.Unix() {
			t.Errorf("%v, %v of %q", want.time, err, stamp)
		}
	} else {
		want.time = s.Timestamp.AddDate(time.Now().Year(), 0, 0)
		_, offset := time.Now().Zone()
		want.time = want.time.Add(-time.Duration(offset) * time.Second)
	}
	if s.Hostname != nil {
		want.host = *s.Hostname
	}
	return want
}

package inlet

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/influxdata/go-syslog/v3/rfc5424"

	"httpd-syslog/forwarder/listener"
	"httpd-syslog/forwarder/ring"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/stream"
	"httpd-syslog/forwarder/syslogfmt"
	"httpd-syslog/forwarder/syslogparse"
)

// FuzzReceivedOnTheWire sends on what came from anywhere: it is valid RFC 5424, and says
// the same.
func FuzzReceivedOnTheWire(f *testing.F) {
	for _, raw := range []string{
		"<147>Oct 11 22:14:15 httpd[77]: a\ttext", "<34>Oct 11 22:14:15 www1 su[a b]: x", "<34>2023-10-11T22:14:15.003001+01:00 www1 su: x",
		`<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [a@1 x="\"\]"][b y="` + "\n" + `"] ` + "\ufeffan [entry]", "<0>1 - - - - - -",
		"<147>a\nb", "<3>1 bad", "\xff",
	} {
		f.Add([]byte(raw))
	}
	stamp := time.Date(2026, 11, 25, 1, 43, 46, 123456000, time.FixedZone("", 3600))
	id := frame.FileID{Writer: frame.WriterID{ID: 0x19ac2f4a1b9f3a1, PID: 99}, Number: 1}
	header := &frame.FileHeader{File: id, Host: "web1", Stream: "error"}
	p := syslogparse.NewParser()
	ring, err := ring.New(2 << 20)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m syslogparse.Message
		p.ParseOrSalvage(&m, raw, stamp)
		if bytes.Contains(m.Data, []byte("meta")) {
			return // a listener leaves that element out
		}
		in := &inlet{r: &Inlets{o: Options{MaxLine: 128 << 10}}, ring: ring, identity: identity{number: 42, began: true}}
		space := ring.Space(0, 1)
		in.put(&listener.Message{Severity: m.Severity, Received: stamp, Time: m.Time, Host: m.Host, Tag: m.Tag, ProcID: m.ProcID, MsgID: m.MsgID, Data: m.Data, Text: m.Text}, new(listener.Sender))
		built := space[frame.HeaderSize:in.built]
		origin := binary.LittleEndian.Uint16(space[38:])
		given := &spool.Frame{
			Frame: frame.Frame{Severity: uint8(m.Severity), Time: stamp, First: 42, Lines: 1, Origin: built[:origin], Payload: built[origin:]},
			File:  &spool.File{ID: id}, Head: header,
		}
		to := stream.NewTable([]stream.Stream{{Name: "error", File: "error_log", Facility: syslogfmt.Local2, Severity: syslogfmt.Err, Auto: true, Tag: "httpd"}}).Of(given)
		e := syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.None, 0)
		e.SetHeader(to.Header(given))
		line := given.Payload[:len(given.Payload)-1]
		parsed, err := rfc5424.NewParser().Parse(e.Append(nil, to.SeverityOf(given, line), given.First, line))
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		s := parsed.(*rfc5424.SyslogMessage)
		if s.Message == nil {
			s.Message = new(string)
		}
		text := bytes.ReplaceAll(m.Text, []byte("\n"), []byte(`\n`))
		if *s.Message != string(text) || *s.Severity != uint8(m.Severity) {
			t.Fatalf("%q is sent on as %+v", raw, s)
		}
		if y := m.Time.Year(); y > 1 && y < 9999 && s.Timestamp.Unix() != m.Time.Unix() {
			t.Fatalf("%q of %v is sent on with %v", raw, m.Time, s.Timestamp)
		}
		if lines := stream.AppendReceived(nil, given, to); bytes.Count(lines, []byte("\n")) != 1 {
			t.Fatalf("%q is %q in the file", raw, lines)
		}
	})
}

package stream

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/influxdata/go-syslog/v3/rfc5424"

	"httpd-syslog/forwarder/localtime"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/forwarder/spool/frame"
	"httpd-syslog/forwarder/syslogfmt"
)

// The frame of a message as a listener writes it.
func originFrame(o frame.Origin, severity syslogfmt.Severity, text string) *spool.Frame {
	id := frame.FileID{Writer: frame.WriterID{ID: 0x19ac2f4a1b9f3a1, PID: 99}, Number: 1}
	return &spool.Frame{
		Frame: frame.Frame{
			Severity: uint8(severity), Time: time.Date(2026, 11, 25, 1, 43, 47, 0, time.UTC), First: 42, Lines: 1,
			Origin: o.Append(nil), Payload: []byte(text + "\n"),
		},
		File: &spool.File{ID: id}, Head: &frame.FileHeader{File: id, Host: "web1", Stream: "error"},
	}
}

var (
	originStamp = time.Date(2026, 11, 25, 1, 43, 46, 123456000, time.FixedZone("", 3600))
	fullOrigin  = frame.Origin{
		Time: originStamp, Host: []byte("db7"), Tag: []byte("postgres"), ProcID: []byte("4711"), MsgID: []byte("ID47"), Data: []byte(`[x@1 a="b\]"]`),
	}
	longOrigin = frame.Origin{ProcID: []byte(strings.Repeat("9", 200)), Tag: []byte("a b")}
)

func errorStream() *View {
	return NewTable([]Stream{{Name: "error", File: "error_log", Facility: syslogfmt.Local2, Severity: syslogfmt.Err, Auto: true, Tag: "httpd"}}).byName["error"]
}

func encodeOrigin(format syslogfmt.Format, f *spool.Frame) string {
	s, e := errorStream(), syslogfmt.NewEncoder(format, syslogfmt.None, 0)
	e.SetHeader(s.Header(f))
	line := f.Payload[:len(f.Payload)-1]
	return string(e.Append(nil, s.SeverityOf(f, line), f.First, line))
}

func TestOriginOnTheWire(t *testing.T) {
	const writer = "019ac2f4a1b9f3a1"
	for _, tt := range []struct {
		format syslogfmt.Format
		frame  *spool.Frame
		want   string
	}{
		{syslogfmt.RFC5424, originFrame(fullOrigin, syslogfmt.Crit, "a text"),
			`<146>1 2026-11-25T01:43:46.123456+01:00 db7 postgres 4711-` + writer + ` ID47 [meta sequenceId="42"][x@1 a="b\]"] a text`},
		{syslogfmt.RFC5424, originFrame(frame.Origin{}, syslogfmt.Debug, "[core:emerg] x"),
			`<151>1 2026-11-25T01:43:47.000000+00:00 web1 - ` + writer + ` error [meta sequenceId="42"] [core:emerg] x`},
		{syslogfmt.RFC5424, originFrame(longOrigin, syslogfmt.Err, "x"),
			`<147>1 2026-11-25T01:43:47.000000+00:00 web1 a_b ` + strings.Repeat("9", 111) + `-` + writer + ` error [meta sequenceId="42"] x`},
		{syslogfmt.RFC3164, originFrame(fullOrigin, syslogfmt.Crit, "a text"), `<146>Nov 25 01:43:46 db7 postgres[4711]: a text`},
		{syslogfmt.RFC3164, originFrame(frame.Origin{}, syslogfmt.Crit, "x"), `<146>Nov 25 01:43:47 web1 -: x`},
		{syslogfmt.RFC3164Local, originFrame(fullOrigin, syslogfmt.Crit, "x"), `<146>Nov 25 01:43:46 postgres[4711]: x`},
		{syslogfmt.RFC3164, originFrame(fullOrigin, syslogfmt.Crit, ""), `<146>Nov 25 01:43:46 db7 postgres[4711]: [x@1 a="b\]"]`},
	} {
		if got := encodeOrigin(tt.format, tt.frame); got != tt.want {
			t.Errorf("\n got %q\nwant %q", got, tt.want)
		}
	}
}

// The parser is the oracle of what is sent on.
func TestOriginOracle(t *testing.T) {
	parsed, err := rfc5424.NewParser().Parse([]byte(encodeOrigin(syslogfmt.RFC5424, originFrame(fullOrigin, syslogfmt.Crit, "a text"))))
	if err != nil {
		t.Fatal(err)
	}
	m := parsed.(*rfc5424.SyslogMessage)
	data := map[string]map[string]string{"meta": {"sequenceId": "42"}, "x@1": {"a": "b]"}}
	if *m.Facility != 18 || *m.Severity != 2 || !m.Timestamp.Equal(originStamp) || *m.Hostname != "db7" || *m.Appname != "postgres" ||
		*m.ProcID != "4711-019ac2f4a1b9f3a1" || *m.MsgID != "ID47" || !reflect.DeepEqual(*m.StructuredData, data) || *m.Message != "a text" {
		t.Errorf("%+v", m)
	}
}

// A frame with an origin leaves nothing behind in the header of those without.
func TestOriginAmongOthers(t *testing.T) {
	s := errorStream()
	f := originFrame(fullOrigin, syslogfmt.Err, "x")
	plain := *f
	plain.Origin = nil
	first := *s.Header(&plain)
	if s.Header(f).Tag != "postgres" {
		t.Error("the origin is not seen")
	}
	if again := *s.Header(&plain); !reflect.DeepEqual(again, first) || again.Tag != "httpd" || again.PID != 99 || again.Data != nil {
		t.Errorf("%+v, before %+v", again, first)
	}
}

func TestReceivedLines(t *testing.T) {
	here := func(at time.Time) string { // as the machine's zone has it
		return at.In(localtime.Zone()).Format("2006-01-02T15:04:05.000000Z07:00")
	}
	received := here(originFrame(frame.Origin{}, 0, "").Time)
	for _, tt := range []struct {
		frame *spool.Frame
		want  string
	}{
		{originFrame(fullOrigin, syslogfmt.Err, "a text"), "2026-11-25T01:43:46.123456+01:00 db7 postgres[4711]: [ID 42 local2.err] a text\n"},
		{originFrame(fullOrigin, syslogfmt.Err, ""), "2026-11-25T01:43:46.123456+01:00 db7 postgres[4711]: [ID 42 local2.err] [x@1 a=\"b\\]\"]\n"},
		{originFrame(frame.Origin{Data: []byte("[x a=\"\n\"]")}, syslogfmt.Err, "\xef\xbb\xbf"), received + " web1 -: [ID 42 local2.err] [x a=\"\\n\"]\n"},
		{originFrame(frame.Origin{}, syslogfmt.Warning, "\xef\xbb\xbf[x] é"), received + " web1 -: [ID 42 local2.warning] [x] é\n"},
		{originFrame(frame.Origin{Host: []byte("a b"), Tag: []byte("t\n"), ProcID: []byte("\xff")}, syslogfmt.Emerg, ""),
			received + " a_b t_[_]: [ID 42 local2.emerg] \n"},
		{&spool.Frame{Frame: frame.Frame{Severity: 6, Time: originStamp, First: 7, Origin: []byte("none"), Payload: []byte("a\nb\n"), Lines: 2}, Head: &frame.FileHeader{Host: "web1"}},
			here(originStamp) + " web1 -: [ID 7 local2.info] a\n" + here(originStamp) + " web1 -: [ID 8 local2.info] b\n"},
	} {
		if got := string(AppendReceived(nil, tt.frame, errorStream())); got != tt.want {
			t.Errorf("\n got %q\nwant %q", got, tt.want)
		}
	}
}

// TestAuditLine: events stand in their file as what came by syslog does.
func TestAuditLine(t *testing.T) {
	f := originFrame(frame.Origin{}, syslogfmt.Notice, "relay central: up")
	f.Kind, f.Origin = frame.Event, nil
	const want = "2026-11-25T01:43:47.000000Z web1 httpd_syslog[99]: [ID 42 syslog.notice] relay central: up\n"
	if got := string(AppendEvent(nil, f, f.Payload)); got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestOriginAllocatesNothingPerLine(t *testing.T) {
	s, f := errorStream(), originFrame(fullOrigin, syslogfmt.Err, "a text")
	e := syslogfmt.NewEncoder(syslogfmt.RFC5424, syslogfmt.OctetCounting, 0)
	buf := make([]byte, 0, 1000)
	if n := testing.AllocsPerRun(100, func() {
		e.SetHeader(s.Header(f))
		buf = e.Append(buf[:0], syslogfmt.Err, 1, f.Payload)
		buf = AppendReceived(buf[:0], f, s)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

package syslogfmt

import "testing"

// none stands for a line without a level.
const none Severity = 99

var apacheLevels = []struct {
	name, line string
	want       Severity
}{
	{"2.4 default", "[Wed Oct 11 14:32:52.123456 2023] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187] File does not exist", Err},
	{"2.4 notice", "[Wed Oct 11 14:32:52.123456 2023] [mpm_event:notice] [pid 1:tid 2] AH00489: Apache/2.4.57 configured", Notice},
	{"2.4 no module", "[Wed Oct 11 14:32:52.123456 2023] [-:warn] [pid 1] x", Warning},
	{"2.4 mod_php", "[Wed Oct 11 14:32:52.123456 2023] [:info] [pid 1] x", Info},
	{"%{cu}t", "[2023-10-11 14:32:52.123456] [ssl:emerg] x", Emerg},
	{"%{c}t", "[2023-10-11 14:32:52] [ssl:alert] x", Alert},
	{"2.2", "[Wed Oct 11 14:32:52 2000] [crit] [client 127.0.0.1] denied", Crit},
	{"day padded by a space", "[Wed Oct  1 14:32:52 2000] [debug] x", Debug},
	{"group ends the line", "[Wed Oct 11 14:32:52 2000] [info]", Info},
	{"trace1", "[Wed Oct 11 14:32:52.1 2023] [http2:trace1] x", Debug},
	{"trace8", "[Wed Oct 11 14:32:52.1 2023] [core:trace8] x", Debug},
	{"trace9 is none", "[Wed Oct 11 14:32:52.1 2023] [core:trace9] x", none},
	{"time, then pid, as Apache's manual has ErrorLogFormat", "[Wed Oct 11 14:32:52.1 2023] [pid 7] [core:warn] x", none},
	{"JSON", `{"time":"2023-10-11 14:32:52","level":"warn","msg":"x"}`, none},
	{"module of a lua script", "[Wed Oct 11 14:32:52.1 2023] [a.b-c_2:debug] x", Debug},

	{"empty", "", none},
	{"only a bracket", "[", none},
	{"no group", "AH00558: httpd: Could not reliably determine the server's name", none},
	{"no time first", "[core:debug] imitated", none},
	{"not a time first", "[foo] [core:debug] imitated", none},
	{"time inside other text", "[x Wed Oct 11 14:32:52 2000] [core:debug] x", none},
	{"time with a tail", "[Wed Oct 11 14:32:52 2000 x] [core:debug] x", none},
	{"fraction without digits", "[Wed Oct 11 14:32:52. 2000] [core:debug] x", none},
	{"level not second", "[Wed Oct 11 14:32:52.1 2023] [pid 7] [core:debug] x", none},
	{"text between", "[Wed Oct 11 14:32:52.1 2023] x [core:debug] x", none},
	{"no space between", "[Wed Oct 11 14:32:52.1 2023][core:debug] x", none},
	{"two spaces between", "[Wed Oct 11 14:32:52.1 2023]  [core:debug] x", none},
	{"unclosed", "[Wed Oct 11 14:32:52.1 2023] [core:debug", none},
	{"only the time", "[Wed Oct 11 14:32:52.1 2023]", none},
	{"not a module", "[Wed Oct 11 14:32:52.1 2023] [a b:debug] x", none},
	{"two colons", "[Wed Oct 11 14:32:52.1 2023] [a:b:debug] x", none},
	{"upper case", "[Wed Oct 11 14:32:52.1 2023] [core:DEBUG] x", none},
}

func TestApacheLevel(t *testing.T) {
	for _, tt := range apacheLevels {
		t.Run(tt.name, func(t *testing.T) {
			if got := ApacheLevel([]byte(tt.line), none); got != tt.want {
				t.Errorf("ApacheLevel(%q) = %v, want %v", tt.line, got, tt.want)
			}
		})
	}
}

func TestApacheLevelDoesNotAllocate(t *testing.T) {
	for _, tt := range apacheLevels {
		line := []byte(tt.line)
		if n := testing.AllocsPerRun(10, func() { ApacheLevel(line, none) }); n != 0 {
			t.Errorf("%s: %v allocations", tt.name, n)
		}
	}
}

func FuzzApacheLevel(f *testing.F) {
	for _, tt := range apacheLevels {
		f.Add([]byte(tt.line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got := ApacheLevel(line, none)
		if got > Debug && got != none {
			t.Fatalf("severity %d", got)
		}
		if got != none && line[0] != '[' {
			t.Fatalf("%v from a line without a group: %q", got, line)
		}
		imitation := append([]byte("x "), line...)
		if got := ApacheLevel(imitation, none); got != none {
			t.Fatalf("%v from the inside of a line: %q", got, imitation)
		}
	})
}

func BenchmarkApacheLevel(b *testing.B) {
	line := []byte(apacheLevels[0].line)
	b.ReportAllocs()
	for b.Loop() {
		ApacheLevel(line, none)
	}
}

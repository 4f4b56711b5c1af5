package source

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/report"
	"httpd-syslog/forwarder/report/gather"
	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/testbed"
)

var update = flag.Bool("update", false, "write testdata/report.json; read it before you commit")

// TestGolden: the JSON of a report has the keys and the form that programs know. A day has an outage that is
// over and noted, a disk that is still full, lost lines, a heartbeat, a seal, and a file that cannot be read.
func TestGolden(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const outage, full = "019ac2f4a1b9f3a1.2", "019ac2f4a1b9f3a1.6"
	const altered = "019ac2f4a1b9f3a1.9"
	given := event.RelayGivenUp.With("relay", "central", "lines", 10, "total", 10)
	given.Ranges = []event.Range{{Writer: "4711-019ac2f4a1b9f3a2", First: 101, Last: 110}}
	beat := seal.Heartbeat{N: 7, Chain: "0123456789abcdef0123456789abcdef", Relays: []seal.Relay{{Name: "central", Delay: 250 * time.Millisecond}}, Clock: seal.Clock{State: "synchronised", Error: 3 * time.Millisecond}}
	var lines strings.Builder
	for i, e := range []event.Event{
		event.ServiceBegin.With("version", "0.2.0", "pid", 4711, "writer", "4711-019ac2f4a1b9f3a1", "binary", "ab", "digest", "cd", "cards", "truncate"),
		event.RelayDown.With("relay", "central", "server", "tls://logs.example.com:6514", "cause", "connection refused").Of(outage),
		event.RelayUp.With("relay", "central", "server", "tls://logs.example.com:6514", "after", "20m", "bytes", 2000).Of(outage),
		event.RelayCaughtUp.With("relay", "central", "lines", 12).Of(outage),
		event.IncidentNote.With("user", "ada", "what", "relay.down of central", "cause", "the power of rack 4 was off: “Müller”", "remedy", "a second supply",
			"uid", 0, "login", 1000, "writer", "9-019ac2f4a1b9f3a8", "last", 0, "last_event", 1).Of(outage),
		event.DiskFull.With("dir", "/log", "advice", "make room").Of(full),
		given,
		beat.Event(),
		event.SealDiffers.With("file", "access_log-2026-03-09", "cause", "bytes 4096 to 8192 are not those of seal 77", "chain", beat.Chain, "since", 70, "until", 80, "size", 9000, "compared", 9000, "sha256", "ab").Of(altered),
		event.IncidentNote.With("user", "bob", "what", "file_altered", "cause", "restored from a backup", "remedy", "", "uid", 1001, "login", "none", "writer", "10-019ac2f4a1b9f3a8", "last", 0, "last_event", 1).Of(altered),
		event.VerifyOK.With("result", "all", "time", "the beginning", "lines", 10, "writer", "1-019ac2f4a1b9f3a9", "last", 0, "last_event", 1),
	} {
		line, _ := forms(uint64(i+1), noon.Add(time.Duration(i)*10*time.Minute), e)
		lines.WriteString(line)
	}
	testbed.WriteFile(t, filepath.Join(dir, "audit_log"), lines.String())
	testbed.WriteFile(t, filepath.Join(dir, "audit_log-2026-03-09T12-00-00.000.gz"), "x")
	for _, path := range []string{"audit_log", "audit_log-2026-03-09T12-00-00.000.gz", ""} {
		if err := os.Chmod(filepath.Join(dir, path), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	r := read(t, Options{LogDir: dir, Report: gather.Options{From: day, To: day.AddDate(0, 0, 1), Now: noon.Add(24 * time.Hour)}})
	checkGolden(t, r, dir)
}

// checkGolden holds the JSON of a report to what is in testdata, where the directory of its files is /log,
// and whoever has run the test is somebody.
func checkGolden(t *testing.T, r *report.Report, dir string) {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(b.String(), dir, "/log")
	got = regexp.MustCompile(`owner [^,"]+, group [^,"]+,`).ReplaceAllString(got, "owner somebody, group others,")
	path := filepath.Join("testdata", "report.json")
	if *update {
		testbed.WriteFile(t, path, got)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the JSON of a report has changed, and programs read it: if it is to be so, run go test -update, and read what it has written. It is\n%s", got)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestReceivePrintsWhatTheProgramSends: in each of its forms, over a stream and
// a datagram socket, and ends after --count messages.
func TestReceivePrintsWhatTheProgramSends(t *testing.T) {
	t.Parallel()
	const n = 300
	for _, network := range []string{"tcp", "relp", "unix"} {
		for mode, check := range map[string]func(*testing.T, string, string, int){
			"text": checkText, "--json": checkJSON, "--raw": checkRaw,
		} {
			t.Run(network+" "+mode, func(t *testing.T) {
				t.Parallel()
				s := newSite(t)
				s.away = true // the receiver: it may end before its last answer is read
				r := s.startReceive(network, mode, n)
				// Events have no place in the count.
				s.configure("%s[[relay]]\nservers = [%q]\nstreams = [\"access\"]\n", s.places(), r.url)
				f, w := s.pipe()
				writeLines(t, w, 1, n)
				w.Close()
				f.wait(0)
				r.wait(0)
				check(t, network, testbed.ReadFile(t, r.out), n)
			})
		}
	}
}

// receiving is a receive that the test has started.
type receiving struct {
	*front
	url string
	out string // file of its standard output
}

// startReceive starts receive for n messages. On a unix socket it is a datagram
// one; the program's default there is RFC 3164.
func (s *site) startReceive(network, mode string, n int) *receiving {
	s.t.Helper()
	url := network + "://127.0.0.1:0"
	if network == "unix" {
		url = "unix://" + filepath.Join(socketDir(s.t), "log")
	}
	args := []string{"--count", fmt.Sprint(n)}
	if mode != "text" {
		args = append(args, mode)
	}
	return s.startReceiving(url, args...)
}

// startReceiving starts receive.
func (s *site) startReceiving(url string, args ...string) *receiving {
	s.t.Helper()
	r := &receiving{out: filepath.Join(s.dir, "received")}
	out, err := os.Create(r.out)
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	cmd := s.command(nil, append([]string{"receive", url}, args...)...)
	cmd.Stdout = out
	r.front = s.run(cmd)
	listening := regexp.MustCompile(`(?m)^httpd_syslog: listening on (\S+)$`)
	testbed.Eventually(s.t, "receive to listen", func() bool {
		found := listening.FindStringSubmatch(s.stderr())
		if found != nil {
			r.url = found[1]
		}
		return found != nil
	})
	return r
}

// socketDir is a directory with a path short enough for a socket's.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // a few bytes of the system's temporary directory
	return dir
}

func checkText(t *testing.T, network, out string, n int) {
	t.Helper()
	number := map[bool]string{false: `\[\d+-[0-9a-f]{16}\] #%d `, true: `\[\d+\] `}[network == "unix"]
	for i, text := range split(t, out) {
		head := number
		if network != "unix" {
			head = fmt.Sprintf(number, i+1)
		}
		want := `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\S+ \S+ local1\.notice httpd` + head + regexp.QuoteMeta(line(i+1)) + `$`
		if !regexp.MustCompile(want).MatchString(text) {
			t.Fatalf("line %d: %q is not %s", i+1, text, want)
		}
	}
	checkCount(t, out, n)
}

func checkJSON(t *testing.T, network, out string, n int) {
	t.Helper()
	format := map[bool]string{false: "rfc5424", true: "rfc3164"}[network == "unix"]
	for i, text := range split(t, out) {
		var m struct {
			Format, Facility, Severity, Message string
			AppName                             string                       `json:"app_name"`
			StructuredData                      map[string]map[string]string `json:"structured_data"`
		}
		if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&m); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if m.Format != format || m.Facility != "local1" || m.Severity != "notice" || m.AppName != "httpd" || m.Message != line(i+1) {
			t.Fatalf("line %d: %s", i+1, text)
		}
		if id := m.StructuredData["meta"]["sequenceId"]; network != "unix" && id != fmt.Sprint(i+1) {
			t.Fatalf("line %d has sequenceId %q", i+1, id)
		}
	}
	checkCount(t, out, n)
}

func checkRaw(t *testing.T, network, out string, n int) {
	t.Helper()
	for i, text := range split(t, out) {
		if network != "unix" {
			m, err := parseMessage(text)
			if err != nil || m.pri != 17*8+5 || m.seq != uint64(i+1) || m.text != line(i+1) {
				t.Fatalf("line %d: %q: %v", i+1, text, err)
			}
		} else if !strings.HasPrefix(text, "<141>") || !strings.HasSuffix(text, "]: "+line(i+1)) {
			t.Fatalf("line %d: %q", i+1, text)
		}
	}
	checkCount(t, out, n)
}

func checkCount(t *testing.T, out string, n int) {
	t.Helper()
	if got := strings.Count(out, "\n"); got != n {
		t.Errorf("%d messages are printed, not %d", got, n)
	}
}

// TestReceiveEndsOnSIGTERM: with success, after it has printed what it has.
func TestReceiveEndsOnSIGTERM(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.away = true // the receiver
	r := s.startReceive("tcp", "--raw", 1000)
	s.configure("%s[[relay]]\nservers = [%q]\nstreams = [\"access\"]\n", s.places(), r.url)
	f, w := s.pipe()
	writeLines(t, w, 1, 10)
	testbed.Eventually(t, "ten messages", func() bool { return strings.Count(testbed.ReadFile(t, r.out), "\n") == 10 })
	kill(t, r.cmd.Process.Pid, 15)
	r.wait(0)
	w.Close()
	f.wait(0)
	checkRaw(t, "tcp", testbed.ReadFile(t, r.out), 10)
}

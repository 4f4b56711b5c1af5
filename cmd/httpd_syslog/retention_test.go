package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// rotatedFiles are the rotated files of the access log, the oldest first.
func (s *site) rotatedFiles() []string {
	s.t.Helper()
	names, err := filepath.Glob(filepath.Join(s.log, "access_log-*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return names // by name, which is by time
}

// everyLine is the content of the access log and its rotated files.
func (s *site) everyLine() []string {
	s.t.Helper()
	var all strings.Builder
	for _, name := range s.rotatedFiles() {
		if !strings.HasSuffix(name, ".gz") {
			all.WriteString(testbed.ReadFile(s.t, name))
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			s.t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err == nil {
			_, err = io.Copy(&all, z)
		}
		f.Close()
		if err != nil {
			s.t.Errorf("%s: %v", name, err)
		}
	}
	return split(s.t, all.String()+s.local("access_log"))
}

// oldFiles makes rotated files of two to four days ago, as an older program has left them.
func (s *site) oldFiles(logs ...string) {
	s.t.Helper()
	if err := os.MkdirAll(s.log, 0o750); err != nil {
		s.t.Fatal(err)
	}
	for _, log := range logs {
		for d := 2; d <= 4; d++ {
			at := time.Now().AddDate(0, 0, -d)
			path := filepath.Join(s.log, log+"-"+at.Format("2006-01-02T15-04-05.000"))
			testbed.WriteFile(s.t, path, "old\n")
			if err := os.Chtimes(path, at, at); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

// old is how many of them are left.
func (s *site) old() int {
	names, err := filepath.Glob(filepath.Join(s.log, "*-????-*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return len(names)
}

// TestRotatedFilesExpire though nothing is rotated, those of a stream that is gone too, and by a policy that a reload
// has brought. Each is told of.
func TestRotatedFilesExpire(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.oldFiles("access_log", "audit_log", "gone_log")
	s.configure("%skeep_age = \"365d\"\ncompress = false\n", s.places())
	service := s.serve()
	s.awaitEvent("service has begun")
	if n := s.old(); n != 9 {
		t.Fatalf("%d files are left of 9", n)
	}
	s.configure("%skeep_age = \"3d\"\ncompress = false\n", s.places())
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	testbed.Eventually(t, "those older than three days are gone", func() bool { return s.old() == 3 })
	testbed.Eventually(t, "their removal is told", func() bool {
		return strings.Count(s.local("audit_log"), "older than keep_age (3d) {") == 6
	})
	if text := s.local("audit_log"); strings.Contains(text, "change when the service is started again") {
		t.Error(text)
	}
	s.configure("%skeep_age = \"3d\"\n", s.places())
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	testbed.Eventually(t, "the others are compressed", func() bool {
		gz, _ := filepath.Glob(filepath.Join(s.log, "*.gz"))
		return len(gz) == 3
	})
	service.endService()
}

// TestCompressionThatFails: a file whose group cannot be kept is compressed all the same, and read by nobody else than
// before; one that cannot be compressed stays, which is told, and counted in the status.
func TestCompressionThatFails(t *testing.T) {
	testbed.NeedRoot(t) // to have files of a group that the delivering user is not in
	t.Parallel()
	s := newSite(t)
	s.openToAll()
	if err := os.Mkdir(s.log, 0o755); err != nil {
		t.Fatal(err)
	}
	const nobody, group = 65534, 12345
	for _, dir := range []string{s.log, s.state} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Now().Add(-time.Hour)
	path := func(log string) string { return filepath.Join(s.log, log+"-"+at.Format("2006-01-02T15-04-05.000")) }
	for log, gid := range map[string]int{"kept": nobody, "shared": group, "in_the_way": nobody} {
		testbed.WriteFile(t, path(log), "a line\n")
		if err := os.Chmod(path(log), 0o644); err != nil {
			t.Fatal(err)
		}
		if log == "shared" { // which others may not read
			if err := os.Chmod(path(log), 0o640); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chown(path(log), nobody, gid); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(path("in_the_way")+".gz", 0o700); err != nil {
		t.Fatal(err)
	}
	s.configure("user = \"nobody\"\n%s", s.places())
	service := s.serve()
	s.awaitEvent("rotated files cannot be compressed: rename ")
	for log, want := range map[string]string{"kept": "-rw-r--r--", "shared": "-rw-------"} {
		st, err := os.Stat(path(log) + ".gz")
		if err != nil {
			t.Fatal(err)
		}
		if got := st.Mode().String(); got != want || st.Sys().(*syscall.Stat_t).Gid != nobody {
			t.Errorf("%s: %s of group %d, want %s", log, got, st.Sys().(*syscall.Stat_t).Gid, want)
		}
	}
	if text := testbed.ReadFile(t, path("in_the_way")); text != "a line\n" {
		t.Errorf("%q", text)
	}
	testbed.Eventually(t, "the status says so", func() bool {
		out, _ := s.command(nil, "status", "--json", "--config", s.config).Output()
		return strings.Contains(string(out), "\"failed\": 1") && strings.Contains(string(out), "rotated files cannot be compressed: rename ")
	})
	service.endService()
}

// TestRotatedFilesAreCompressedBeforeTheEnd of a deliverer that an intake has started, and no line is lost on the way.
func TestRotatedFilesAreCompressedBeforeTheEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%smax_size = \"64KiB\"\n", s.places())
	front, w := s.pipe()
	const n = 20_000
	writeLines(t, w, 1, n)
	w.Close()
	front.wait(0)
	s.awaitEnd()
	s.checkCompressed(n)
}

// checkCompressed checks that each line is there once and in order, and that everything rotated is compressed.
func (s *site) checkCompressed(n int) {
	s.t.Helper()
	checkAll(s.t, "local log", s.everyLine(), n)
	names := s.rotatedFiles()
	if len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return !strings.HasSuffix(name, ".gz") }) {
		s.t.Errorf("%q", names)
	}
}

// TestTimeZoneIsFollowed by a reload, in files' names, syslog messages and events; and so is the host name.
func TestTimeZoneIsFollowed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	zone := filepath.Join(s.dir, "localtime")
	east := func(hours int) {
		testbed.WriteFile(t, zone+".new", fixedZone(hours))
		if err := os.Rename(zone+".new", zone); err != nil {
			t.Fatal(err)
		}
	}
	east(3)
	received, url := newLineServer(t)
	socket := filepath.Join(socketDir(t), "log")
	configure := func(host string) {
		s.configure("hostname = %q\n%smax_size = \"64KiB\"\ncompress = false\n[[relay]]\nservers = [%q]\nformat = \"rfc3164\"\nframing = \"lf\"\n[[listen]]\nurl = \"unixgram://%s\"\n",
			host, s.places(), url, socket)
	}
	configure("first")
	cmd := s.command(nil, "serve", "--config", s.config)
	cmd.Env = append(os.Environ(), "TZ="+zone)
	service := s.run(cmd)
	s.awaitEvent("service has begun")
	check := func(host string, hours int, text string) {
		t.Helper()
		var got string
		testbed.Eventually(t, "the line at the server", func() bool {
			got = received(text)
			return got != ""
		})
		now := time.Now().UTC().Add(time.Duration(hours) * time.Hour)
		stamp, rest, _ := strings.Cut(got[strings.IndexByte(got, '>')+1:], " "+host+" ")
		at, err := time.Parse(time.Stamp, stamp)
		at = at.AddDate(now.Year(), 0, 0)
		if err != nil || rest == "" || now.Sub(at).Abs() > 20*time.Minute {
			t.Errorf("%q, now it is %v, host %s", got, now, host)
		}
	}
	send := func(text string) {
		t.Helper()
		say(t, "unixgram", socket, "<141>httpd[1]: "+text)
	}
	testbed.Eventually(t, "the socket", func() bool { return testbed.Exists(socket) })
	send("one")
	check("first", 3, "one")
	east(-5)
	configure("second")
	kill(t, service.cmd.Process.Pid, syscall.SIGHUP)
	s.awaitEvent("configuration: loaded again")
	s.awaitEvent(`the time zone is now "` + zone + `"`)
	send("two")
	check("second", -5, "two")
	check("second", -5, "configuration: loaded again")
	audit := strings.Split(strings.TrimSpace(s.local("audit_log")), "\n")
	if last := audit[len(audit)-1]; !strings.Contains(last, "-05:00 second httpd_syslog") {
		t.Errorf("the last event: %s", last)
	}
	for i := 0; len(s.rotatedFiles()) == 0; i++ { // until it is rotated
		send(fmt.Sprintf("%d %s", i, strings.Repeat("x", 1000)))
		if i > 1000 {
			t.Fatal("never rotated")
		}
	}
	service.endService() // a file has its name when that is done
	for _, path := range s.rotatedFiles() {
		name := filepath.Base(path)
		at, err := time.Parse("access_log-2006-01-02T15-04-05.000", name)
		if now := time.Now().UTC().Add(-5 * time.Hour); err != nil || now.Sub(at).Abs() > 20*time.Minute {
			t.Errorf("%s, now it is %v", name, now)
		}
	}
}

// fixedZone is a zone file (RFC 9636) of so many hours east of UTC.
func fixedZone(hours int) string {
	seconds := uint32(int32(hours * 3600))
	head := "TZif" + strings.Repeat("\x00", 16) + // version 1
		strings.Repeat("\x00\x00\x00\x00", 4) + "\x00\x00\x00\x01" + "\x00\x00\x00\x04" // counts: one type, four characters
	return head + string([]byte{byte(seconds >> 24), byte(seconds >> 16), byte(seconds >> 8), byte(seconds), 0, 0}) + "XXX\x00"
}

// newLineServer is a server that takes messages with LF behind each. received returns the last one with a text.
func newLineServer(t *testing.T) (received func(text string) string, url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var mu sync.Mutex
	var lines []string
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for r := bufio.NewScanner(c); r.Scan(); {
					mu.Lock()
					lines = append(lines, r.Text())
					mu.Unlock()
				}
			}()
		}
	}()
	return func(text string) string {
		mu.Lock()
		defer mu.Unlock()
		for _, line := range slices.Backward(lines) {
			if strings.Contains(line, text) {
				return line
			}
		}
		return ""
	}, "tcp://" + l.Addr().String()
}

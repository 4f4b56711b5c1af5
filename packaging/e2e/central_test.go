package e2e

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
)

// centralServers are the recipes for central servers, as they are shipped.
var centralServers = []struct{ name, file string }{
	{"rsyslog", "../rsyslog/central.conf"},
	{"syslog-ng", "../syslog-ng/central.conf"},
}

// centralServer runs a recipe. Port and directory are the test's, the rest is the file's.
type centralServer struct {
	*server
	address string
	dir     string // of the files
}

func startCentral(t *testing.T, name, file string) *centralServer {
	t.Helper()
	dir := testbed.OpenDir(t)
	port := fmt.Sprint(freePort(t))
	c := &centralServer{address: "127.0.0.1:" + port, dir: filepath.Join(dir, "var", "log", "central")}
	text := testbed.ReadFile(t, file)
	if strings.Count(text, "601") != 1 || strings.Count(text, "/var/log/central") != 1 {
		t.Fatalf("%s has more than one port or directory", file)
	}
	for _, own := range []struct{ shipped, own string }{
		{"/var/log/central", c.dir}, {`port="601"`, `port="` + port + `"`}, {`port(601)`, `port(` + port + `)`},
	} {
		text = strings.Replace(text, own.shipped, own.own, 1)
	}
	conf := filepath.Join(dir, "conf")
	if name == "rsyslog" {
		testbed.WriteFile(t, conf, fmt.Sprintf("global(workDirectory=%q)\n%s", dir, text))
		c.server = startServer(t, exec.Command(testbed.Need(t, "rsyslogd"), "-n", "-f", conf, "-i", filepath.Join(dir, "pid")), filepath.Join(dir, "console"))
	} else {
		command := syslogNGCommand(t, dir, conf)
		testbed.WriteFile(t, conf, "@version: 3.38\n"+text)
		c.server = startServer(t, command(), filepath.Join(dir, "console"))
	}
	testbed.Eventually(t, name+" listens", func() bool {
		conn, err := net.Dial("tcp", c.address)
		if err == nil {
			conn.Close()
		}
		return err == nil || c.hasEnded()
	})
	if c.hasEnded() {
		t.Fatalf("%s: %v\n%s", name, c.err, tail(c.console))
	}
	return c
}

// files are those of the server, by their path in its directory, with their lines.
func (c *centralServer) files(t *testing.T) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	above := filepath.Join(c.dir, "..", "..", "..")
	err := filepath.WalkDir(above, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".log") {
			return err
		}
		name, err := filepath.Rel(c.dir, path)
		if err == nil {
			all[name] = wholeLines(testbed.ReadFile(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wholeLines leaves out what is being written.
func wholeLines(text string) []string {
	lines := strings.Split(text, "\n")
	return lines[:len(lines)-1]
}

// lines is how many there are in all files.
func (c *centralServer) lines(t *testing.T) (n int) {
	t.Helper()
	if _, err := os.Stat(c.dir); err != nil {
		return 0
	}
	for _, lines := range c.files(t) {
		n += len(lines)
	}
	return n
}

// TestPageHasTheRecipe: what servers.md shows of the recipe for rsyslog is the file.
func TestPageHasTheRecipe(t *testing.T) {
	var shown strings.Builder
	for line := range strings.Lines(testbed.ReadFile(t, "../rsyslog/central.conf")) {
		if !strings.HasPrefix(line, "#") {
			shown.WriteString("    " + line)
		}
	}
	if !strings.Contains(testbed.ReadFile(t, "../doc/servers.md"), "\n\n"+shown.String()+"\n") {
		t.Errorf("servers.md does not show\n%s", &shown)
	}
}

// TestCentralServers: the recipes for rsyslog and syslog-ng keep every line as it was sent, with its
// structured data and sequenceId, in one file for each web server and stream.
func TestCentralServers(t *testing.T) {
	t.Parallel()
	for _, s := range centralServers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			fileAtCentral(t, s.name, s.file)
		})
	}
}

func fileAtCentral(t *testing.T, name, file string) {
	const n = 1000
	c := startCentral(t, name, file)
	p := newProgram(t, "tcp://"+c.address, "")
	gram := filepath.Join(filepath.Dir(p.config), "log.sock")
	testbed.WriteFile(t, p.config, "hostname = \"web1.example.com\"\n"+testbed.ReadFile(t, p.config)+"[[listen]]\nurl = \"unixgram://"+gram+"\"\n[http]\nlisten = \"\"\n")
	service := startServer(t, exec.Command(p.binary, "serve", "--config", p.config), filepath.Join(filepath.Dir(p.config), "service"))
	testbed.Eventually(t, "the socket", func() bool { return testbed.Exists(gram) || service.hasEnded() })
	conn, err := net.Dial("unixgram", gram)
	if err != nil {
		t.Fatal(err)
	}
	const data, text = `[x@41058 a="b\]"]`, "a\ttab, \x1b[1m, \x01, \xff and a caf\u00e9"
	fmt.Fprintf(conn, "<147>1 2026-11-22T10:00:00.123456+01:00 - db 4711 - %s %s", data, text)
	conn.Close()
	lines := accessLines(n)
	feed(t, exec.Command(p.binary, "--config", p.config), lines)
	testbed.Eventually(t, "the lines at "+name, func() bool { return c.lines(t) > n+2 }) // and events
	service.end(t, syscall.SIGTERM)
	p.awaitEnd(t)
	c.end(t, syscall.SIGTERM)

	files := c.files(t)
	host := "web1.example.com/"
	access := regexp.MustCompile(`^<141>1 \S+\.\d{6}\S+ web1\.example\.com httpd \d+-[0-9a-f]{16} access \[meta sequenceId="(\d+)"\] (.*)$`)
	for i, line := range files[host+"access.log"] {
		if m := access.FindStringSubmatch(line); m == nil || m[1] != fmt.Sprint(i+1) || m[2] != lines[i] {
			t.Fatalf("line %d: %q, want %q", i+1, line, lines[i])
		}
	}
	received := regexp.MustCompile(`^<147>1 2026-11-22T10:00:00\.123456\+01:00 web1\.example\.com db 4711-[0-9a-f]{16} error (.*)$`)
	want := `[meta sequenceId="1"]` + data + " " + text
	if m := received.FindStringSubmatch(strings.Join(files[host+"error.log"], "\n")); m == nil || m[1] != want {
		t.Errorf("error.log has %q, want one that ends with %q", files[host+"error.log"], want)
	}
	if got := len(files[host+"access.log"]); got != n || len(files) != 3 || len(files[host+"audit.log"]) == 0 {
		t.Errorf("%d access lines of %d, and %d files", got, n, len(files))
	}
}

// TestHostileHostnames: a sender chooses HOSTNAME and MSGID, but no path, and nothing of what it
// sends gets lost for that.
func TestHostileHostnames(t *testing.T) {
	t.Parallel()
	for _, s := range centralServers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			hostileHostnames(t, s.name, s.file)
		})
	}
}

func hostileHostnames(t *testing.T, name, file string) {
	var messages []string
	names := []string{
		"../../../x", "..", ".", "...", "....//", "a..", "..b", ".hidden", "a/b", "a/../b", "/etc", "/", "web7", "x\x01y", "\x1b[31mred", "caf\u00e9", "%hostname%", "${HOST}", "$(id)", "~", "-",
		strings.Repeat("a", 255), strings.Repeat("b", 300), strings.Repeat("../", 80),
	}
	for _, n := range names {
		messages = append(messages,
			"<141>1 2026-11-22T10:00:00.123456+00:00 "+n+" httpd 1 access - MARK",
			"<141>1 2026-11-22T10:00:00.123456+00:00 web7 httpd 1 "+n+" - MARK",
			"<46>1 2026-11-22T10:00:00.123456+00:00 "+n+" httpd_syslog 7-00000000000000af audit [meta sequenceId=\"1\"] MARK",
			"<141>Nov 22 10:00:00 "+n+" httpd[1]: MARK")
	}
	c := startCentral(t, name, file)
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range messages {
		m = strings.Replace(m, "MARK", fmt.Sprintf("mark-%d.", i), 1)
		fmt.Fprintf(conn, "%d %s", len(m), m) // an end of the connection shows below
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(testbed.Patience))
	_, _ = io.Copy(io.Discard, conn) // the server closes when it has read all
	conn.Close()
	marks := regexp.MustCompile(`mark-\d+\.`)
	missing := func() (left []string) {
		var got []string
		for _, lines := range c.files(t) {
			got = append(got, marks.FindAllString(strings.Join(lines, "\n"), -1)...)
		}
		for i := range messages {
			if mark := fmt.Sprintf("mark-%d.", i); !slices.Contains(got, mark) {
				left = append(left, messages[i])
			}
		}
		return left
	}
	testbed.Eventually(t, "the messages", func() bool { return len(missing()) == 0 || c.hasEnded() })
	c.end(t, syscall.SIGTERM)
	good := regexp.MustCompile(`^[^/]{1,255}/[^/]{1,255}\.log$`)
	for file := range c.files(t) {
		if !good.MatchString(file) || strings.HasPrefix(file, "../") || regexp.MustCompile(`[[:cntrl:]]`).MatchString(file) {
			t.Errorf("a sender has chosen the path %q", file)
		}
	}
	t.Logf("%d files", len(c.files(t)))
	var told strings.Builder
	r, err := verify.Run(context.Background(), verify.Options{Central: []string{c.dir}})
	if err == nil {
		err = r.Write(&told)
	}
	if err != nil || r.Exit() == finding.OK || regexp.MustCompile(`[^[:print:]\n\pL]`).MatchString(told.String()) {
		t.Errorf("verify: %v, %q", err, &told)
	}
}

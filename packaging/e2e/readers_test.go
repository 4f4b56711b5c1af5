package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestProgramsReadOurFiles: fail2ban, goaccess and awstats are told what files.md says, and
// read the files of an Apache with the recommended LogFormat: nobody is taken for another.
func TestProgramsReadOurFiles(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"fail2ban-server", "goaccess", "/usr/lib/cgi-bin/awstats.pl"} {
		testbed.Need(t, program)
	}
	modules, conf := private(t)
	p := newLocalProgram(t)
	httpd := startApache(t, apacheOptions{mpm: "event", access: p.command("access"), errors: p.command("error"), modules: modules, extra: conf})
	clients, guessers := accessClients(), passwordClients()
	everybody := slices.Concat(clients, guessers)
	sent := 0
	for i := range everybody {
		everybody[i].get(t, httpd.address)
		sent += everybody[i].requests()
		httpd.awaitLogged(t, sent) // so that the lines have the order of the clients
	}
	testbed.Eventually(t, "the lines in the local files", func() bool {
		return testbed.ReadFile(t, p.file("access_log")) == testbed.ReadFile(t, httpd.plain) && strings.Contains(testbed.ReadFile(t, p.file("error_log")), "[client 127.0.2.99")
	})
	httpd.end(t, syscall.SIGTERM)
	p.awaitEnd(t)
	t.Logf("%s", testbed.ReadFile(t, p.file("access_log")))

	t.Run("fail2ban", func(t *testing.T) {
		f := startFail2ban(t, "apache_access_log = "+p.file("access_log")+"\napache_error_log = "+p.file("error_log")+"\n",
			"apache-badbots", "apache-auth")
		f.check(t, "apache-badbots", addresses(clients, isBanned))
		// Those of the access log with a user's name have guessed, too.
		f.check(t, "apache-auth", slices.Concat(addresses(clients, func(c *client) bool { return c.user != "" }), addresses(guessers, isBanned)))
	})
	t.Run("goaccess", func(t *testing.T) {
		want := addresses(everybody, func(c *client) bool { return c.digest || !strings.Contains(c.user, "[") })
		if got := goaccessHosts(t, p.file("access_log")); !slices.Equal(got, want) {
			t.Errorf("goaccess has clients %q, want %q", got, want)
		}
	})
	t.Run("awstats", func(t *testing.T) {
		// Those that got an answer; whose referer has a quotation mark it passes over.
		want := addresses(everybody, func(c *client) bool { return c.user == "" && !strings.Contains(c.header, `"`) })
		if got := awstatsHosts(t, p.file("access_log")); !slices.Equal(got, want) {
			t.Errorf("awstats has clients %q, want %q", got, want)
		}
	})
}

// TestFail2banReadsWhatCameBySyslog: as syslog.md tells it, it finds the addresses of those who
// have guessed passwords, and no others, in lines that came by ErrorLog syslog:local2.
func TestFail2banReadsWhatCameBySyslog(t *testing.T) {
	t.Parallel()
	testbed.Need(t, "fail2ban-server")
	if page := testbed.ReadFile(t, "../doc/syslog.md"); !strings.Contains(page, "`filter = "+bySyslog+"`") {
		t.Errorf("syslog.md does not tell of %s", bySyslog)
	}
	dev := newOwnDev(t)
	p := newLocalProgram(t)
	service := dev.startService(t, p)
	modules, conf := private(t)
	httpd := startApache(t, apacheOptions{
		mpm: "event", access: p.command("access"), errors: "syslog:local2", in: dev, modules: modules, extra: conf,
	})
	guessers := passwordClients()
	for i := range guessers {
		guessers[i].get(t, httpd.address)
		last := "[client " + guessers[i].address + ":"
		testbed.Eventually(t, "the line in the local file", func() bool { return strings.Contains(testbed.ReadFile(t, p.file("error_log")), last) })
	}
	httpd.end(t, syscall.SIGTERM)
	service.end(t, syscall.SIGTERM)
	p.awaitEnd(t)
	t.Logf("%s", tail(p.file("error_log")))
	startFail2ban(t, "apache_error_log = "+p.file("error_log")+"\n[apache-auth]\nfilter = "+bySyslog+"\n", "apache-auth").
		check(t, "apache-auth", addresses(guessers, isBanned))
}

// bySyslog is the filter for lines that came by syslog.
const bySyslog = "apache-auth[logging=syslog]"

// pageTells is what the table of files.md tells a program.
func pageTells(t *testing.T, program string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^\| ` + program + " \\| `(.*)` \\|$").FindStringSubmatch(testbed.ReadFile(t, "../doc/files.md"))
	if m == nil {
		t.Fatalf("files.md has no row for %s", program)
	}
	return m[1]
}

// goaccessHosts are the clients that goaccess finds, sorted.
func goaccessHosts(t *testing.T, file string) (hosts []string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.Command("sh", "-c", `exec goaccess "$1" --no-global-config `+pageTells(t, "goaccess")+` -o "$2"`, "sh", file, out)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("goaccess: %v\n%s", err, text)
	}
	var report struct {
		Hosts struct{ Data []struct{ Data string } }
	}
	if err := json.Unmarshal([]byte(testbed.ReadFile(t, out)), &report); err != nil {
		t.Fatal(err)
	}
	for _, h := range report.Hosts.Data {
		hosts = append(hosts, h.Data)
	}
	slices.Sort(hosts)
	return hosts
}

// awstatsHosts are the clients that awstats finds, sorted.
func awstatsHosts(t *testing.T, file string) (hosts []string) {
	t.Helper()
	dir := t.TempDir()
	testbed.WriteFile(t, filepath.Join(dir, "awstats.site.conf"), fmt.Sprintf(
		"LogFile=%q\nLogType=W\n%s\nSiteDomain=\"www.example.com\"\nHostAliases=\"localhost\"\nDNSLookup=0\nDirData=%q\n",
		file, strings.ReplaceAll(pageTells(t, "awstats"), "LogFormat = ", "LogFormat="), dir))
	text, err := exec.Command("/usr/lib/cgi-bin/awstats.pl", "-config=site", "-configdir="+dir, "-update").CombinedOutput()
	if err != nil {
		t.Fatalf("awstats: %v\n%s", err, text)
	}
	data, _ := filepath.Glob(filepath.Join(dir, "awstats*.site.txt")) // the pattern is good
	if len(data) != 1 {
		t.Fatalf("awstats has written %q\n%s", data, text)
	}
	// Who is no person to it stands in a section of its own, without an address.
	_, visitors, _ := strings.Cut(testbed.ReadFile(t, data[0]), "\nBEGIN_VISITOR ")
	visitors, _, _ = strings.Cut(visitors, "\nEND_VISITOR")
	for _, line := range strings.Split(visitors, "\n")[1:] {
		host, _, _ := strings.Cut(line, " ")
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return hosts
}

package e2e

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// recipe is what people have run since 2010 instead of this program.
const recipe = `use strict;
use warnings;
use Sys::Syslog qw(:DEFAULT setlogsock);

setlogsock('unix', shift);
openlog('httpd', 'cons,pid', 'local1');
while (my $line = <STDIN>) {
    chomp $line;
    syslog('notice', $line);
}
closelog();
`

// TestPerlRecipe: a central server cannot tell the program from the recipe that
// it replaces, but for what the recipe gets wrong.
func TestPerlRecipe(t *testing.T) {
	t.Parallel()
	perl := testbed.Need(t, "perl")
	if exec.Command(perl, "-MSys::Syslog", "-e1").Run() != nil {
		testbed.Lacking(t, "perl's Sys::Syslog is not installed")
	}
	const errno = `www.example.com - 192.0.2.1 - - [-] "GET /?%m HTTP/1.1" 200 5 "-" "100%m"`
	lines := append(accessLines(5000), errno)
	syslogd := startRsyslog(t, "unixgram")
	feedRecipe(t, perl, syslogd, lines)
	syslogd.await(t, len(lines))
	feedProgram(t, syslogd, lines)

	want, got := byWriter(t, syslogd.finish(t, 2*len(lines)))
	if len(want) != len(lines) || len(got) != len(lines) {
		t.Fatalf("of %d lines, the recipe has delivered %d and the program %d", len(lines), len(want), len(got))
	}
	last := len(lines) - 1
	checkErrno(t, errno, want[last], got[last])
	for i := range last {
		if want[i] != got[i] {
			t.Fatalf("line %d is, from the recipe and the program,\n%s\n%s", i, want[i], got[i])
		}
	}
	t.Logf("%d lines the same, in the same order, as %q", last, got[0])
}

// checkErrno: as syslog(3) does, the recipe puts in the place of %m the text of
// the last error's number; where there was no error that is nothing at all. The
// program does not change a line.
func checkErrno(t *testing.T, line, recipe, program string) {
	t.Helper()
	const head = "local1 notice httpd -  " // RFC 3164's space after the tag is the text's
	t.Logf("a line with %%m, of the recipe: %s", strings.TrimPrefix(recipe, head))
	if program != head+line {
		t.Errorf("the program has changed a line with %%m into %q", program)
	}
	before, _, _ := strings.Cut(line, "%m")
	if strings.Contains(recipe, "%m") || !strings.HasPrefix(recipe, head+before) {
		t.Errorf("the recipe no longer replaces %%m: %q", recipe)
	}
}

func feedRecipe(t *testing.T, perl string, syslogd *rsyslog, lines []string) {
	t.Helper()
	cmd := exec.Command(perl, "-e", recipe, syslogd.address)
	feed(t, cmd, lines)
}

// feedProgram runs the program as it stands in for the recipe.
func feedProgram(t *testing.T, syslogd *rsyslog, lines []string) {
	t.Helper()
	p := place(t)
	feed(t, exec.Command(p.binary, "--relay", syslogd.url(), "--log-dir", p.log, "--state-dir", p.state), lines)
	p.awaitEnd(t)
	sameLines(t, "local access_log and what was fed", lines, readLines(t, p.file("access_log")))
}

func feed(t *testing.T, cmd *exec.Cmd, lines []string) {
	t.Helper()
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%s: %v\n%s", cmd.Path, err, out)
	}
}

// byWriter divides messages by their process, the recipe's first, and leaves
// out the program's lines about itself.
func byWriter(t *testing.T, messages []message) (recipe, program []string) {
	t.Helper()
	var pids [2]string
	for _, m := range messages {
		switch {
		case m.program == "httpd_syslog":
			continue
		case pids[0] == "" || m.procID == pids[0]:
			pids[0] = m.procID
			recipe = append(recipe, m.String())
		case pids[1] == "" || m.procID == pids[1]:
			pids[1] = m.procID
			program = append(program, m.String())
		default:
			t.Fatalf("a third writer: %+v", m)
		}
	}
	return recipe, program
}

// accessLines are lines as Apache writes them, and some as it would not.
func accessLines(n int) []string {
	users := []string{"-", "frank", `us\"er`, `z\xc3\xb6e`}
	targets := []string{
		"/", "/index.html?a=1&b=2", "/a%20b/%e2%98%83?q=100%", `/\"quoted\"`, `/back\\slash\n\t`,
		"/apache_pb.gif", "/caf\u00e9/\u2603", "/tab\there", "/%s%d%n%%", "/ends in space ", "/: colon[1]: x", "/" + strings.Repeat("long/", 200),
	}
	agents := []string{browser, "curl/7.88.1", "-", `Mozilla \"quoted\" <b>`, "Zo\u00eb/1.0 \U0001f600", "\x80\xff raw"}
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`www.example.com www.example.com 192.0.2.%d - %s [22/Nov/2026:23:%02d:%02d +0100] "GET %s HTTP/1.1" %d %d "http://www.example.com/?n=%d" "%s"`,
			i%255, users[i%len(users)], i/60%60, i%60, targets[i%len(targets)], 200+i%300, i*37, i, agents[i%len(agents)])
	}
	return lines
}

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestRestartsUnderLoad: five graceful restarts, a restart and a graceful stop of a
// real Apache under fast requests, CGI programs that run for four seconds and write
// to their standard error, and rate-limited downloads. Beside the program Apache logs
// to a file by itself, which is the truth for the access log; the CGI programs note
// what they have written. The same with nothing but files tells how long a request
// is held up by a restart as such.
func TestRestartsUnderLoad(t *testing.T) {
	t.Parallel()
	for _, mpm := range []string{"event", "prefork"} {
		t.Run(mpm, func(t *testing.T) {
			t.Parallel()
			syslogd := startRsyslog(t, "tcp")
			p := newProgram(t, syslogd.url(), "")
			piped := restarts(t, mpm, p.command("access"), p.command("error"))
			p.awaitEnd(t)
			plain, access, errors := readLines(t, piped.httpd.plain), readLines(t, p.file("access_log")), readLines(t, p.file("error_log"))
			sameLines(t, "local access_log and Apache's own", plain, access)
			sameLines(t, "numbered lines, once each", unique(numbers(plain)), numbers(access))
			sameLines(t, "CGI programs' lines in error_log", piped.cgiLines(t), cgiLines(errors))
			if len(cgiLines(errors)) == 0 {
				t.Error("no CGI program has written anything")
			}
			got := syslogd.finish(t, len(plain)+len(errors)+len(readLines(t, p.file("audit_log"))))
			sameLines(t, "access lines at rsyslog", prefixed("local1 notice httpd access", plain), headed(got, "local1"))
			sameLines(t, "error lines at rsyslog", classified(errors), headed(got, "local2"))

			files := restarts(t, mpm, "logs/other", "")
			t.Logf("%s: %d fast requests, %d CGI programs, %d downloads; longest fast request %v, with files alone %v; longest until Apache had restarted %v, with files alone %v",
				mpm, piped.fast.sent.Load(), piped.cgis.Load(), piped.downloads.Load(), piped.worst(), files.worst(), piped.restart, files.restart)
			// Apache's parent waits 3 s for an error logger that does not go. What it does once a
			// second about its children may hold a request up in one run and not in the other.
			if piped.restart > files.restart+2*time.Second || piped.worst() > files.worst()+2*time.Second {
				t.Error("restarts hold requests up, or Apache's parent, for longer than with files")
			}
		})
	}
}

// restartRun is one run of Apache with its restarts.
type restartRun struct {
	httpd     *apache
	fast      *load
	restart   time.Duration // the longest until the new generation answered
	cgis      atomic.Int64
	downloads atomic.Int64
	longest   atomic.Int64 // nanoseconds, of a fast request
}

func (r *restartRun) worst() time.Duration { return time.Duration(r.longest.Load()) }

const restartsConf = `
<IfModule cgid_module>
  ScriptSock "%[1]s/run/cgi"
</IfModule>
<Directory "%[1]s/cgi">
  Options +ExecCGI
  SetHandler cgi-script
</Directory>
<IfModule mpm_prefork_module>
  # Else requests wait for children that it makes one, two, four in a second.
  StartServers 40
  MinSpareServers 20
</IfModule>
<Location /slow>
  SetOutputFilter RATE_LIMIT
  SetEnv rate-limit 100
</Location>
Alias /cgi/ "%[1]s/cgi/"
`

// slowCGI notes a line when it has written it.
const slowCGI = `#!/bin/sh
say() {
	echo "cgi $QUERY_STRING $1" >&2
	echo "cgi $QUERY_STRING $1" >>%q
}
say begin
sleep 2
say middle
sleep 2
say end
printf 'Content-Type: text/plain\r\n\r\nok\n'
`

func restarts(t *testing.T, mpm, access, errors string) *restartRun {
	t.Helper()
	cgi := map[string]string{"event": "cgid", "prefork": "cgi"}[mpm]
	r := &restartRun{httpd: startApache(t, apacheOptions{
		mpm: mpm, access: access, errors: errors, modules: []string{cgi, "ratelimit", "alias", "env"}, extra: restartsConf,
	})}
	r.prepare(t)
	stopFast := r.startFast()
	stopSlow := r.startSlow()
	generation := 0
	again := func(sig syscall.Signal) {
		r.fast.await(t, 300)
		generation++
		start := time.Now()
		r.httpd.signal(t, sig)
		testbed.Eventually(t, fmt.Sprintf("Apache's generation %d", generation), func() bool { return r.httpd.generation() == generation })
		r.restart = max(r.restart, time.Since(start))
	}
	for range 5 {
		again(syscall.SIGUSR1)
	}
	// A restart ends everything that is under way, and what it was to log.
	stopSlow()
	answered := stopFast()
	r.httpd.awaitAnswered(t, answered)
	stopFast = r.startFast()
	r.fast.await(t, 100)
	answered = append(answered, stopFast()...)
	r.httpd.awaitAnswered(t, answered)
	generation++
	r.httpd.signal(t, syscall.SIGHUP)
	testbed.Eventually(t, "Apache's restart", func() bool { return r.httpd.generation() == generation })
	stopFast = r.startFast()
	stopSlow = r.startSlow()
	r.fast.await(t, 300)
	answered = append(answered, stopFast()...)
	r.httpd.awaitAnswered(t, answered)
	go stopSlow()
	r.httpd.signal(t, syscall.SIGWINCH) // graceful-stop, with CGI programs and downloads under way
	testbed.Eventually(t, "end of Apache", r.httpd.hasEnded)
	stopSlow()
	return r
}

func (r *restartRun) prepare(t *testing.T) {
	t.Helper()
	truth := filepath.Join(r.httpd.root, "truth")
	testbed.WriteFile(t, truth, "")
	if err := os.Chmod(truth, 0o666); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(r.httpd.root, "cgi", "slow")
	testbed.WriteFile(t, script, fmt.Sprintf(slowCGI, truth))
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	testbed.WriteFile(t, filepath.Join(r.httpd.root, "htdocs", "slow"), string(make([]byte, 400<<10)))
}

// startFast sends requests one after the other over some connections; stop returns
// the numbers of those that were answered.
func (r *restartRun) startFast() (stop func() []string) {
	if r.fast == nil {
		r.fast = &load{}
	}
	l := r.fast
	l.stop.Store(false)
	l.answered = nil
	for range 8 {
		l.wg.Go(func() {
			for !l.stop.Load() {
				number := fmt.Sprintf("n=%d.", l.sent.Add(1))
				start := time.Now()
				_, ok := r.httpd.get("GET /?" + number + " HTTP/1.0\r\n\r\n")
				took := int64(time.Since(start))
				for old := r.longest.Load(); took > old && !r.longest.CompareAndSwap(old, took); old = r.longest.Load() {
				}
				if ok {
					l.mu.Lock()
					l.answered = append(l.answered, number)
					l.mu.Unlock()
				}
			}
		})
	}
	return l.end
}

// startSlow keeps CGI programs and downloads going; stop waits for the last.
func (r *restartRun) startSlow() (stop func()) {
	var wg sync.WaitGroup
	var stopped atomic.Bool
	for range 6 {
		wg.Go(func() {
			for !stopped.Load() {
				r.httpd.get(fmt.Sprintf("GET /cgi/slow?%d HTTP/1.0\r\n\r\n", r.cgis.Add(1)))
			}
		})
		wg.Go(func() {
			for !stopped.Load() {
				r.downloads.Add(1)
				r.httpd.get("GET /slow HTTP/1.0\r\n\r\n")
			}
		})
	}
	return func() {
		stopped.Store(true)
		wg.Wait()
	}
}

// cgiLines are those that the CGI programs have written.
func (r *restartRun) cgiLines(t *testing.T) []string {
	t.Helper()
	return cgiLines(readLines(t, filepath.Join(r.httpd.root, "truth")))
}

var cgiLine = regexp.MustCompile(`cgi \d+ (?:begin|middle|end)`)

func cgiLines(lines []string) (all []string) {
	for _, line := range lines {
		if m := cgiLine.FindString(line); m != "" {
			all = append(all, m)
		}
	}
	slices.Sort(all)
	return all
}

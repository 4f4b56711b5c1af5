package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestGracefulRestart: no line is lost or doubled when Apache begins its logs
// anew while requests go on.
func TestGracefulRestart(t *testing.T) {
	t.Parallel()
	syslogd := startRsyslog(t, "tcp")
	p := newProgram(t, syslogd.url(), "")
	httpd := startApache(t, apacheOptions{mpm: "event", access: p.command("access"), errors: p.command("error")})

	l := startLoad(httpd)
	const restarts, between = 3, 500 // requests
	for n := 1; n <= restarts; n++ {
		l.await(t, between)
		httpd.signal(t, syscall.SIGUSR1)
		testbed.Eventually(t, fmt.Sprintf("Apache's generation %d", n), func() bool { return httpd.generation() == n })
	}
	l.await(t, between)
	answered := l.end()
	httpd.awaitAnswered(t, answered)
	httpd.end(t, syscall.SIGTERM)
	p.awaitEnd(t)

	plain, access, errors := readLines(t, httpd.plain), readLines(t, p.file("access_log")), readLines(t, p.file("error_log"))
	t.Logf("%d restarts, %d requests sent, %d answered", restarts, l.sent.Load(), len(answered))
	sameLines(t, "local access_log and Apache's own", plain, access)
	sameLines(t, "numbered lines, once each", unique(numbers(plain)), numbers(access))
	got := syslogd.finish(t, len(plain)+len(errors)+len(readLines(t, p.file("audit_log"))))
	sameLines(t, "access lines at rsyslog", prefixed("local1 notice httpd access", plain), headed(got, "local1"))
	sameLines(t, "error lines at rsyslog", classified(errors), headed(got, "local2"))
	checkOthers(t, got)
	checkNumbers(t, got)
	if n := strings.Count(strings.Join(errors, "\n"), "resuming normal operations"); n != 1+restarts {
		t.Errorf("the error log has %d starts of %d", n, 1+restarts)
	}
}

// load is requests that go on, each with its number.
type load struct {
	sent     atomic.Int64
	stop     atomic.Bool
	wg       sync.WaitGroup
	mu       sync.Mutex
	answered []string // numbers; guarded by mu
}

func startLoad(httpd *apache) *load {
	const connections = 8
	l := &load{}
	for range connections {
		l.wg.Go(func() {
			for !l.stop.Load() {
				number := fmt.Sprintf("n=%d.", l.sent.Add(1))
				if _, ok := httpd.get("GET /?" + number + " HTTP/1.0\r\n\r\n"); ok {
					l.mu.Lock()
					l.answered = append(l.answered, number)
					l.mu.Unlock()
				}
			}
		})
	}
	return l
}

// await waits until so many more have been answered.
func (l *load) await(t *testing.T, more int) {
	t.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.answered)
	}
	want := count() + more
	testbed.Eventually(t, fmt.Sprintf("%d requests answered", want), func() bool { return count() >= want })
}

// end returns the numbers of those that were answered.
func (l *load) end() []string {
	l.stop.Store(true)
	l.wg.Wait()
	return l.answered
}

var numbered = regexp.MustCompile(`"GET /\?(n=\d+\.) `)

func numbers(lines []string) (all []string) {
	for _, line := range lines {
		if m := numbered.FindStringSubmatch(line); m != nil {
			all = append(all, m[1])
		}
	}
	return all
}

func unique(all []string) (once []string) {
	seen := make(map[string]bool)
	for _, s := range all {
		if !seen[s] {
			once = append(once, s)
		}
		seen[s] = true
	}
	return once
}

// awaitAnswered waits until Apache has logged by itself every request that it
// has answered: it does so after the answer.
func (a *apache) awaitAnswered(t *testing.T, answered []string) {
	t.Helper()
	testbed.Eventually(t, "all answered requests in Apache's own log", func() bool {
		return len(without(answered, numbers(readLines(t, a.plain)))) == 0
	})
}

var generation = regexp.MustCompile(`(?m)^ParentServerMPMGeneration: (\d+)$`)

// generation is how often the Apache that answers was restarted, -1 if none does.
func (a *apache) generation() int {
	n := -1
	answer, _ := a.get("GET /status?auto HTTP/1.0\r\n\r\n")
	if m := generation.FindStringSubmatch(strings.ReplaceAll(answer, "\r", "")); m != nil {
		fmt.Sscan(m[1], &n)
	}
	return n
}

//go:build faultpoints

package doc_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// TestEveryCodeIsMissed: when an event is told in other words, and with another code, the test that makes it happen
// fails. So the event has happened, and was looked for.
func TestEveryCodeIsMissed(t *testing.T) {
	bin, rows := t.TempDir(), eventTests(t)
	buildTests(t, bin, rows)
	whole := map[eventTest]func() run{}
	for _, row := range rows {
		if test := row.ofCode(""); whole[test] == nil {
			whole[test] = sync.OnceValue(func() run { return runTest(bin, test, 5*time.Minute, 5*time.Minute) })
		}
	}
	for _, row := range rows {
		t.Run(row.code, func(t *testing.T) {
			t.Parallel()
			before := whole[row.ofCode("")]()
			switch {
			case before.err != nil:
				t.Fatalf("%s fails: %s", row.test, before.said())
			case !strings.Contains(before.out, "--- PASS"):
				t.Skipf("%s is skipped here: %s", row.test, before.said())
			}
			muted := runTest(bin, row, 3*before.took+20*time.Second, before.took)
			if muted.err == nil {
				t.Errorf("%s of %s passes though %s is told in other words", row.test, row.dir, row.code)
			}
		})
	}
}

// ofCode is the test with another code to be told in other words; empty: none.
func (e eventTest) ofCode(code string) eventTest {
	e.code = code
	return e
}

// buildTests builds the tests of all packages, and the programs that they would build each time they begin. The rows
// of the slowest package come first from then on: the last ones to begin should not be those that take long.
func buildTests(t *testing.T, bin string, rows []eventTest) {
	t.Helper()
	args := []string{"test", "-c", "-tags", "faultpoints", "-o", bin + "/"}
	for _, row := range rows {
		if dir := "./" + row.dir; !slices.Contains(args, dir) {
			args = append(args, dir)
		}
	}
	build := exec.Command("go", args...)
	build.Dir = tree
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := testbed.Build(bin); err != nil {
		t.Fatal(err)
	}
	const slowest = "cmd/httpd_syslog"
	slices.SortStableFunc(rows, func(a, b eventTest) int {
		return cmp.Compare(strings.Index(b.dir, slowest), strings.Index(a.dir, slowest))
	})
}

// run is how a test has ended.
type run struct {
	err  error
	out  string
	took time.Duration
}

// atWork has a place for each test that is at work. Those that only wait for what they will miss need none.
var atWork = make(chan struct{}, 8)

// runTest runs a test, with its code told in other words, for at most some time. After work it is no longer at work.
func runTest(bin string, test eventTest, most, work time.Duration) (r run) {
	atWork <- struct{}{}
	leave := sync.OnceFunc(func() { <-atWork })
	defer leave()
	defer time.AfterFunc(work, leave).Stop()
	begun := time.Now()
	cmd := exec.Command(filepath.Join(bin, filepath.Base(test.dir)+".test"), "-test.v", "-test.run", "^"+test.test+"$", "-test.timeout", most.String())
	cmd.Dir = filepath.Join(tree, test.dir)
	mark := fmt.Sprintf("HTTPD_SYSLOG_TEST_RUN=%d-%s-%s", os.Getpid(), test.test, test.code)
	cmd.Env = append(os.Environ(), "HTTPD_SYSLOG_FAULT_SOON=1", "HTTPD_SYSLOG_FAULT_MUTE="+test.code, testbed.BuiltIn+"="+bin, mark)
	out, err := cmd.CombinedOutput()
	end(mark)
	return run{err, string(out), time.Since(begun)}
}

// end kills the processes that have mark in their environment: a test that was ended by its bound leaves those
// that it has started.
func end(mark string) {
	all, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range all {
		environ, _ := os.ReadFile(path) // it may have gone, or be another user's
		if !bytes.Contains(append(environ, 0), append([]byte(mark), 0)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// said is the end of what a test has said, with what its processes have left: a failure that is rare must tell its reason
// at once.
func (r *run) said() string { return r.out[max(0, len(r.out)-16<<10):] }

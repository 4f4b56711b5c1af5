//go:build faultpoints

package doc_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestEveryCodeIsMissed: when an event is told in other words, and with another code, the test that makes it happen
// fails. So the event has happened, and was looked for.
func TestEveryCodeIsMissed(t *testing.T) {
	bin := t.TempDir()
	built, whole := map[string]string{}, map[eventTest]func() run{}
	for _, row := range eventTests(t) {
		if built[row.dir] == "" {
			built[row.dir] = filepath.Join(bin, strings.ReplaceAll(row.dir, "/", "_"))
			build := exec.Command("go", "test", "-c", "-tags", "faultpoints", "-o", built[row.dir], "./"+row.dir)
			build.Dir = tree
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		test := eventTest{dir: row.dir, test: row.test}
		if whole[test] == nil {
			whole[test] = sync.OnceValue(func() run { return runTest(built[test.dir], test, "", 5*time.Minute) })
		}
	}
	for _, row := range eventTests(t) {
		t.Run(row.code, func(t *testing.T) {
			t.Parallel()
			test := eventTest{dir: row.dir, test: row.test}
			before := whole[test]()
			switch {
			case before.err != nil:
				t.Fatalf("%s fails: %s", row.test, before.said())
			case !strings.Contains(before.out, "--- PASS"):
				t.Skipf("%s is skipped here: %s", row.test, before.said())
			}
			muted := runTest(built[row.dir], test, row.code, 3*before.took+20*time.Second)
			if muted.err == nil {
				t.Errorf("%s of %s passes though %s is told in other words", row.test, row.dir, row.code)
			}
		})
	}
}

// run is how a test has ended.
type run struct {
	err  error
	out  string
	took time.Duration
}

// runTest runs a test, with a code that is told in other words.
func runTest(bin string, test eventTest, code string, most time.Duration) (r run) {
	begun := time.Now()
	cmd := exec.Command(bin, "-test.v", "-test.run", "^"+test.test+"$", "-test.timeout", most.String())
	cmd.Dir = filepath.Join(tree, test.dir)
	mark := fmt.Sprintf("HTTPD_SYSLOG_TEST_RUN=%d-%s-%s", os.Getpid(), test.test, code)
	cmd.Env = append(os.Environ(), "HTTPD_SYSLOG_FAULT_MUTE="+code, mark)
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

package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// binary is the program under test; httpd_syslogd is beside it.
var binary string

func TestMain(m *testing.M) {
	testbed.HideInstalled()
	os.Exit(runTests(m))
}

// atOnce is how many tests run side by side: they wait for others' programs most of the time.
const atOnce = 5

func runTests(m *testing.M) int {
	if err := flag.Set("test.parallel", strconv.Itoa(atOnce)); err != nil { // -parallel overrides this: it is parsed later
		panic(err)
	}
	dir, err := os.MkdirTemp("", "httpd_syslog-e2e-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o755) // an Apache of another user starts it too
	}
	if err == nil {
		binary = filepath.Join(dir, "httpd_syslog")
		err = testbed.BuildShipped(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// program is where one use of httpd_syslog keeps its things.
type program struct {
	binary string // its own link to the one under test
	config string
	state  string
	log    string
}

// place makes the places of one use, with a binary of its own: that tells its processes from
// those of the tests beside it.
func place(t *testing.T) *program {
	t.Helper()
	dir := testbed.OpenDir(t)
	p := &program{
		binary: filepath.Join(dir, "httpd_syslog"),
		config: filepath.Join(dir, "httpd_syslog.toml"),
		state:  filepath.Join(dir, "state"),
		log:    filepath.Join(dir, "log"),
	}
	for _, name := range []string{"", "d"} {
		if err := os.Link(binary+name, p.binary+name); err != nil {
			t.Fatal(err)
		}
	}
	p.watch(t)
	return p
}

// newLocalProgram writes a configuration without a relay.
func newLocalProgram(t *testing.T) *program {
	t.Helper()
	p := place(t)
	testbed.WriteFile(t, p.config, fmt.Sprintf("state_dir = %q\n[log]\ndir = %q\nrotate = \"never\"\n", p.state, p.log))
	return p
}

// newProgram writes a configuration with one relay. relay is what else its table has.
func newProgram(t *testing.T, server, relay string) *program {
	t.Helper()
	p := newLocalProgram(t)
	testbed.WriteFile(t, p.config, testbed.ReadFile(t, p.config)+fmt.Sprintf("max_size = \"1GB\"\n[[relay]]\nname = \"central\"\nservers = [%q]\n%s\n", server, relay))
	return p
}

// watch sees to it that no process of the program outlives its test.
func (p *program) watch(t *testing.T) {
	t.Cleanup(func() {
		if t.Failed() {
			for _, name := range []string{"error_log", "audit_log"} {
				t.Logf("%s:\n%s", name, tail(p.file(name)))
			}
		}
		for _, pid := range processes(p.binary) {
			if !t.Failed() { // one that has does not wait for them
				t.Errorf("process %d of the program was left", pid)
			}
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may be ending just now
		}
	})
}

// command is how Apache starts the program for a stream.
func (p *program) command(stream string) string {
	return fmt.Sprintf("|%s --config %s --stream %s", p.binary, p.config, stream)
}

// file is a file of the local log.
func (p *program) file(name string) string { return filepath.Join(p.log, name) }

// awaitEnd waits until everything is delivered: the deliverer has deleted the
// spool, and every process of the program has ended by itself.
func (p *program) awaitEnd(t *testing.T) {
	t.Helper()
	spool := filepath.Join(p.state, "spool")
	testbed.Eventually(t, "empty spool", func() bool {
		files, err := os.ReadDir(spool)
		return err == nil && len(files) == 0
	})
	looks := 0 // in a row that saw none: one may miss a process that another has just started
	testbed.Eventually(t, "end of the program's processes", func() bool {
		if looks++; len(processes(p.binary)) > 0 {
			looks = 0
		}
		return looks == 2
	})
}

// processes are those of a binary and of the httpd_syslogd beside it, which no other
// program can be: they were built for this run.
func processes(binary string) (pids []int) {
	for _, p := range testbed.Processes() {
		if strings.TrimSuffix(p.Program(), "d") == binary {
			pids = append(pids, int(p))
		}
	}
	return pids
}

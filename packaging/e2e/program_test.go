package e2e

import (
	"fmt"
	"os"
	"os/exec"
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

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "httpd_syslog-e2e-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o755) // an Apache of another user starts it too
	}
	if err == nil {
		binary = filepath.Join(dir, "httpd_syslog")
		build := exec.Command("go", "build", "-o", dir+"/", "httpd-syslog/cmd/httpd_syslog", "httpd-syslog/cmd/httpd_syslogd")
		build.Stdout, build.Stderr = os.Stderr, os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		return 1
	}
	return m.Run()
}

// program is where one use of httpd_syslog keeps its things.
type program struct {
	binary string
	config string
	state  string
	log    string
}

// newProgram writes a configuration with one relay. relay is what else its
// table has.
func newProgram(t *testing.T, dir, server, relay string) *program {
	t.Helper()
	return newProgramWith(t, binary, dir, server, relay)
}

// newProgramOfItsOwn is newProgram for a test that runs beside others: its
// processes are told from theirs by their binary.
func newProgramOfItsOwn(t *testing.T, server, relay string) *program {
	t.Helper()
	dir := tempDir(t)
	own := filepath.Join(dir, "httpd_syslog")
	for _, name := range []string{"", "d"} {
		if err := os.Link(binary+name, own+name); err != nil {
			t.Fatal(err)
		}
	}
	return newProgramWith(t, own, dir, server, relay)
}

func newProgramWith(t *testing.T, binary, dir, server, relay string) *program {
	t.Helper()
	p := &program{
		binary: binary,
		config: filepath.Join(dir, "httpd_syslog.toml"),
		state:  filepath.Join(dir, "state"),
		log:    filepath.Join(dir, "log"),
	}
	writeFile(t, p.config, fmt.Sprintf(`state_dir = %q
[log]
dir = %q
rotate = "never"
max_size = "1GB"
[[relay]]
name = "central"
servers = [%q]
%s
`, p.state, p.log, server, relay))
	p.watch(t)
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
	eventually(t, "empty spool", func() bool {
		files, err := os.ReadDir(spool)
		return err == nil && len(files) == 0
	})
	looks := 0 // in a row that saw none: one may miss a process that another has just started
	eventually(t, "end of the program's processes", func() bool {
		if looks++; len(processes(p.binary)) > 0 {
			looks = 0
		}
		return looks == 2
	})
}

// processes are those of a binary and of the httpd_syslogd beside it, which no other
// program can be: they were built for this run.
func processes(binary string) (pids []int) {
	links, _ := filepath.Glob("/proc/[0-9]*/exe") // the pattern is good
	for _, link := range links {
		if exe, err := os.Readlink(link); err != nil || strings.TrimSuffix(exe, "d") != binary {
			continue // it has ended, is a zombie, or is not ours
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

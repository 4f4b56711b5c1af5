package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/testbed/s3bed"
)

// bin has the programs, both, that the tests run.
var bin string

// TestMain builds the programs as the tests are built, so that all processes are real.
// Scripts find them by their names.
func TestMain(m *testing.M) {
	testbed.HideInstalled()
	s3bed.Environment()
	// Most of the time is spent on waiting for the second after which a deliverer
	// ends. -parallel overrides this: it is parsed later.
	_ = flag.Set("test.parallel", "12")
	// With -race each process would sleep for a second at its end.
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "httpd_syslog-bin-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o755) // other users run them too
	}
	if err == nil {
		err = testbed.Build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	bin = dir
	_ = os.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return racesTold{m}.Run()
}

// program is the one that people start.
func program() string { return filepath.Join(bin, "httpd_syslog") }

// racesTold has the tests fail for a data race in any process of the program. Most of
// them have no standard error that anybody reads.
type racesTold struct{ *testing.M }

func (m racesTold) Run() int {
	dir, err := os.MkdirTemp("", "httpd_syslog-races-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o777) // some of them run as other users
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_ = os.Setenv("GORACE", os.Getenv("GORACE")+" log_path="+filepath.Join(dir, "race"))
	status := m.M.Run()
	reports, _ := filepath.Glob(filepath.Join(dir, "race.*")) // the pattern is good
	for _, path := range reports {
		b, err := os.ReadFile(path)
		fmt.Fprintf(os.Stderr, "%s%v\n", b, err)
		status = 1
	}
	return status
}

// site is where one use of the program keeps its things. Its directory is in the
// arguments of every process of that use, which is how they are found.
type site struct {
	t      *testing.T
	dir    string
	config string
	state  string
	log    string
	drain  string // drain_timeout
	away   bool   // at the end of the test a server is, for which a deliverer waits
}

func newSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{
		t: t, dir: dir,
		config: filepath.Join(dir, "httpd_syslog.toml"),
		state:  filepath.Join(dir, "state"),
		log:    filepath.Join(dir, "log"),
		drain:  "1s",
	}
	t.Cleanup(s.end)
	return s
}

// end holds that every process ends by itself once a test is over, and that no file is locked
// then. If the test has failed, it shows what happened and kills what is left.
func (s *site) end() {
	if s.t.Failed() {
		s.show()
	}
	if s.t.Failed() || s.away {
		s.kill()
		return
	}
	s.awaitNobody()
	for _, path := range testbed.Locked(s.t, s.state) {
		s.t.Errorf("%s is locked still", path)
	}
}

// awaitNobody waits until every process has ended by itself.
func (s *site) awaitNobody() {
	s.t.Helper()
	defer s.kill()
	testbed.Eventually(s.t, "the end of all processes", s.gone())
}

// show tells what happened.
func (s *site) show() {
	s.t.Logf("processes left:\n%s", strings.Join(s.processes(), "\n"))
	entries, _ := os.ReadDir(filepath.Join(s.state, "spool")) // there may be none
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			b, _ := os.ReadFile(filepath.Join(s.state, "spool", e.Name())) // it may have gone
			s.t.Logf("spool: %s, %d bytes: %.600q", e.Name(), info.Size(), b)
		}
	}
	cursors, _ := filepath.Glob(filepath.Join(s.state, "cursors", "*")) // the pattern is good
	for _, path := range append(cursors, filepath.Join(s.dir, "stderr"), filepath.Join(s.log, "audit_log")) {
		if text := testbed.ReadFile(s.t, path); text != "" {
			s.t.Logf("%s:\n%s", path, text)
		}
	}
}

// kill kills what is left.
func (s *site) kill() {
	end := time.Now().Add(testbed.Patience)
	for pids := s.pids(""); len(pids) > 0; pids = s.pids("") {
		if time.Now().After(end) {
			s.t.Errorf("processes %v outlive kill -9 by %v", pids, testbed.Patience)
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may just have ended
		}
		time.Sleep(5 * time.Millisecond) // between two looks, until none is left
	}
}

// configure puts a configuration in place at once, as an editor does.
func (s *site) configure(format string, args ...any) {
	s.t.Helper()
	testbed.WriteFile(s.t, s.config+".new", fmt.Sprintf(format, args...))
	if err := os.Rename(s.config+".new", s.config); err != nil {
		s.t.Fatal(err)
	}
}

// places is the part of a configuration that says where things are.
func (s *site) places() string {
	return fmt.Sprintf("http.listen = \"\"\nstate_dir = %q\ndrain_timeout = %q\n[log]\ndir = %q\nrotate = \"never\"\n", s.state, s.drain, s.log)
}

// pids are the site's processes of one role: "front", "intake", "deliver", "serve", or
// "" for all. Each is in a state to be killed: zombies have no command line.
func (s *site) pids(role string) (pids []int) {
	for _, p := range s.processes() {
		pid, have, _ := strings.Cut(p, " ")
		have, _, _ = strings.Cut(have, " ")
		if role == "" || role == have {
			n, _ := strconv.Atoi(pid) // made by processes
			pids = append(pids, n)
		}
	}
	return pids
}

// processes lists the site's processes, each as "PID ROLE ARGUMENTS". Where it finds none it looks twice: a
// process can have been started behind the first look by one that has ended before it was looked at.
func (s *site) processes() (list []string) {
	if list = s.look(); len(list) == 0 {
		list = s.look()
	}
	return list
}

func (s *site) look() (list []string) {
	for _, p := range testbed.Processes() {
		if args := s.argsOf(p); len(args) > 0 {
			list = append(list, fmt.Sprintf("%d %s %s", p, roleOf(args), strings.Join(args[1:], " ")))
		}
	}
	return list
}

// argsOf are the arguments of a process of the site; of another there are none.
func (s *site) argsOf(p testbed.Process) []string {
	args := p.Args()
	if len(args) == 0 || !strings.HasPrefix(filepath.Base(args[0]), "httpd_syslog") || !strings.Contains(strings.Join(args, "\x00"), s.dir+"/") {
		return nil
	}
	return args
}

func roleOf(args []string) string {
	if len(args) > 1 && (args[1] == "intake" || args[1] == "deliver" || args[1] == "serve") {
		return args[1]
	}
	return "front"
}

// gone returns a question for Eventually: whether no process is left. As long as one is there that it has found, it does
// not look at all those of the machine.
func (s *site) gone() func() bool {
	var left []int
	return func() bool {
		if slices.ContainsFunc(left, func(pid int) bool { return len(s.argsOf(testbed.Process(pid))) > 0 }) {
			return false
		}
		left = s.pids("")
		return len(left) == 0
	}
}

// one waits for exactly one process of a role.
func (s *site) one(role string) (pid int) {
	s.t.Helper()
	testbed.Eventually(s.t, "one "+role, func() bool {
		pids := s.pids(role)
		if len(pids) == 1 {
			pid = pids[0]
		}
		return len(pids) == 1
	})
	return pid
}

// another waits for one process of a role that is not the one before.
func (s *site) another(role string, before int) (pid int) {
	s.t.Helper()
	testbed.Eventually(s.t, "another "+role, func() bool {
		pid = 0
		for _, p := range s.pids(role) {
			if p != before {
				pid = p
			}
		}
		return pid != 0
	})
	return pid
}

func kill(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatalf("kill -%d %d: %v", sig, pid, err)
	}
}

// front is a process that the test has started.
type front struct {
	t      *testing.T
	cmd    *exec.Cmd
	exited chan struct{}
	status int // when exited is closed; -1: killed
}

// command is the program, as Apache starts it. Its standard error goes to the
// site's file: with a pipe, Wait would wait for all who hold that.
func (s *site) command(stdin *os.File, args ...string) *exec.Cmd {
	cmd := exec.Command(program(), args...)
	cmd.Dir = "/"
	if stdin != nil {
		cmd.Stdin = stdin
	}
	return cmd
}

// start starts the program with the site's configuration.
func (s *site) start(stdin *os.File, args ...string) *front {
	s.t.Helper()
	return s.run(s.command(stdin, append([]string{"--config", s.config}, args...)...))
}

// run starts a command; its standard error is added to the site's.
func (s *site) run(cmd *exec.Cmd) *front {
	s.t.Helper()
	stderr, err := os.OpenFile(filepath.Join(s.dir, "stderr"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		s.t.Fatal(err)
	}
	defer stderr.Close()
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	f := &front{t: s.t, cmd: cmd, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // status says it
		f.status = cmd.ProcessState.ExitCode()
		close(f.exited)
	}()
	s.t.Cleanup(func() { // for what has not the directory in its arguments
		_ = cmd.Process.Kill()
		<-f.exited
	})
	return f
}

// wait waits for the front's end and checks its status.
func (f *front) wait(status int) {
	f.t.Helper()
	testbed.Eventually(f.t, "the front's end", func() bool {
		select {
		case <-f.exited:
			return true
		default:
			return false
		}
	})
	if f.status != status {
		f.t.Errorf("the front's exit status is %d, not %d", f.status, status)
	}
}

// pipe starts the program at the end of a pipe, and returns the end to write to.
func (s *site) pipe(args ...string) (*front, *os.File) {
	s.t.Helper()
	r, w := testbed.Pipe(s.t)
	f := s.start(r, args...)
	r.Close()
	return f, w
}

// awaitEnd waits until everything is delivered: every process has ended by
// itself, and the spool is empty.
func (s *site) awaitEnd() {
	s.t.Helper()
	testbed.Eventually(s.t, "the end of all processes", s.gone())
	if left := s.spooled(); left != "" {
		s.t.Errorf("the spool is not empty: %d bytes", len(left))
	}
}

// spooled is the content of all spool files: what lines it holds, it holds as
// they are.
func (s *site) spooled() string { return testbed.ReadDir(s.t, filepath.Join(s.state, "spool")) }

// local is the content of a file of the local log.
func (s *site) local(name string) string { return testbed.ReadFile(s.t, filepath.Join(s.log, name)) }

// stderr is what the site's processes have said.
func (s *site) stderr() string { return testbed.ReadFile(s.t, filepath.Join(s.dir, "stderr")) }

// awaitLocal waits until a file of the local log ends so.
func (s *site) awaitLocal(name, end string) {
	s.t.Helper()
	testbed.Eventually(s.t, fmt.Sprintf("%q in %s", end, name), func() bool {
		return strings.HasSuffix(s.local(name), end)
	})
}

// awaitEvent waits for text in the audit log.
func (s *site) awaitEvent(text string) {
	s.t.Helper()
	testbed.Eventually(s.t, fmt.Sprintf("the event %q", text), func() bool {
		return strings.Contains(s.local("audit_log"), text)
	})
}

// awaitStderr waits for text on standard error.
func (s *site) awaitStderr(text string) {
	s.t.Helper()
	testbed.Eventually(s.t, fmt.Sprintf("%q on standard error", text), func() bool {
		return strings.Contains(s.stderr(), text)
	})
}

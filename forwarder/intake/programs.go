package intake

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// DaemonName is the program that delivers.
const DaemonName = "httpd_syslogd"

// libexec is the directory where the packages and make install put DaemonName, seen from the
// directory of this program.
const libexec = "../libexec/httpd-syslog"

// selfExe is this program's file, even after an upgrade has replaced or removed it.
const selfExe = "/proc/self/exe"

// self is the path of this program's file, as it was at the start; empty: not known. After an
// upgrade the file at that path is the new version.
var self = selfPath()

func selfPath() string {
	if path, err := os.Readlink(selfExe); err == nil {
		return strings.TrimSuffix(path, " (deleted)")
	}
	path, err := exec.LookPath(os.Args[0])
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return ""
	}
	return path
}

// Beside is the path of another program beside this one; empty: it is not known where this one is.
func Beside(name string) string {
	if self == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(self), name)
}

// ErrNoDaemon: the program that delivers is not where it should be.
var ErrNoDaemon = errors.New(DaemonName + ", which delivers, is missing, and lines wait in the spool")

// FindDaemon finds the program that delivers: beside this one, or in the libexec
// directory. ErrNoDaemon says where it should be.
func FindDaemon() (string, error) {
	dir := filepath.Dir(self)
	if self == "" {
		return "", fmt.Errorf("%w: where this program is, beside which it should be, cannot be found out (there is no /proc)", ErrNoDaemon)
	}
	places := []string{filepath.Join(dir, DaemonName), filepath.Join(dir, libexec, DaemonName)}
	for _, path := range places {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: it is neither %s nor %s (install it there)", ErrNoDaemon, places[0], places[1])
}

// name is argument 0 for a process of this program, by which that process finds its file where
// there is no /proc.
func name() string { return cmp.Or(self, os.Args[0]) }

// StartSelf starts this very program, in a session of its own, even if an upgrade has replaced
// or removed its file. files are the new process's descriptors, from 0 on.
func StartSelf(args []string, files []uintptr) (pid int, err error) {
	argv := append([]string{name()}, args...)
	pid, err = startProcess(selfExe, argv, "", files)
	if errors.Is(err, fs.ErrNotExist) && self != "" { // there is no /proc
		pid, err = startProcess(self, argv, "", files)
	}
	return pid, err
}

// ExecSelf replaces this process by this very program with other arguments (execve(2)). It
// returns only if that fails.
func ExecSelf(args ...string) error {
	argv := append([]string{name()}, args...)
	err := syscall.Exec(selfExe, argv, environment())
	if errors.Is(err, fs.ErrNotExist) && self != "" {
		err = syscall.Exec(self, argv, environment())
	}
	return fmt.Errorf("exec %s: %w", self, err)
}

// StartDaemon starts the program that delivers, in a session of its own and in the directory /.
// It inherits no descriptor of this process.
func StartDaemon(args ...string) (pid int, err error) {
	path, err := FindDaemon()
	if err != nil {
		return 0, err
	}
	null, err := nullDevice()
	if err != nil {
		return 0, err
	}
	defer syscall.Close(null)
	return startProcess(path, append([]string{path}, args...), "/", []uintptr{uintptr(null), uintptr(null), uintptr(null)})
}

// processors is how many processors at a time a process of ours uses, unless whoever starts
// the web server says otherwise. Its goroutines hand lines to each other; waking a thread on
// another processor for each line took twice the CPU time at 5,000 lines/s, and the 99th
// percentile of the latency was no better. Set in the environment it costs nothing; a call of
// runtime.GOMAXPROCS costs a third of a millisecond, and 300 KB.
const processors = "GOMAXPROCS=1"

func environment() []string {
	env := os.Environ()
	if os.Getenv("GOMAXPROCS") == "" {
		env = append(env, processors)
	}
	return env
}

func startProcess(path string, argv []string, dir string, files []uintptr) (pid int, err error) {
	pid, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{
		Dir: dir, Env: environment(), Files: files, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return 0, startError{&fs.PathError{Op: "start", Path: path, Err: err}}
	}
	return pid, nil
}

// Reap reports whether a child has ended, and its status, without blocking. A process that is
// not there, or is no child, counts as one that was killed.
func Reap(pid int) (status syscall.WaitStatus, ended bool) { return reap(pid, syscall.WNOHANG) }

func reap(pid, options int) (status syscall.WaitStatus, ended bool) {
	for {
		n, err := syscall.Wait4(pid, &status, options, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return syscall.WaitStatus(syscall.SIGKILL), true
		default:
			return status, n == pid
		}
	}
}

package intake

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// selfAt has the program be in another place until the test ends.
func selfAt(t *testing.T, path string) {
	was := self
	t.Cleanup(func() { self = was })
	self = path
}

// TestFindDaemon: the program that delivers is beside this one or in the libexec directory, a file in any case; else
// it is said where it should be.
func TestFindDaemon(t *testing.T) {
	dir := t.TempDir()
	selfAt(t, filepath.Join(dir, "bin", "httpd_syslog"))
	beside, libexec := filepath.Join(dir, "bin", DaemonName), filepath.Join(dir, "libexec/httpd-syslog", DaemonName)
	if got := Beside("other"); got != filepath.Join(dir, "bin", "other") {
		t.Error(got)
	}
	if err := os.MkdirAll(beside, 0o755); err != nil { // which is no program
		t.Fatal(err)
	}
	if path, err := FindDaemon(); !errors.Is(err, ErrNoDaemon) || !strings.Contains(err.Error(), beside) || !strings.Contains(err.Error(), libexec) {
		t.Errorf("found %q, %v", path, err)
	}
	if _, err := StartDaemon(); !errors.Is(err, ErrNoDaemon) {
		t.Error(err)
	}
	for _, want := range []string{libexec, beside} {
		err := errors.Join(os.RemoveAll(beside), os.MkdirAll(filepath.Dir(want), 0o755), os.WriteFile(want, nil, 0o755))
		if path, ferr := FindDaemon(); path != want || errors.Join(err, ferr) != nil {
			t.Errorf("found %q, %v, want %q", path, errors.Join(err, ferr), want)
		}
	}
	self = ""
	if path, err := FindDaemon(); !errors.Is(err, ErrNoDaemon) || !strings.Contains(err.Error(), "/proc") || Beside("other") != "" {
		t.Errorf("found %q, %v", path, err)
	}
	if name() != os.Args[0] {
		t.Errorf("argument 0 is %q", name())
	}
}

// TestSelf: the program knows its own file.
func TestSelf(t *testing.T) {
	want, err := filepath.EvalSymlinks(os.Args[0])
	if err == nil {
		want, err = filepath.Abs(want)
	}
	if err != nil || self != want || name() != want {
		t.Errorf("it is %q, and %q by argument 0, want %q: %v", self, name(), want, err)
	}
}

// TestStartDaemon: the program that delivers runs in / and in a session of its own, reads nothing, and uses one processor
// unless somebody has said otherwise; how it ends is known once.
func TestStartDaemon(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	selfAt(t, filepath.Join(dir, "httpd_syslog"))
	if err := os.Symlink(sh, filepath.Join(dir, DaemonName)); err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{"": "1", "7": "7"} {
		t.Setenv("GOMAXPROCS", said)
		out := filepath.Join(dir, "out"+said)
		pid, err := StartDaemon("-c", `read x && exit 1; { pwd; echo $GOMAXPROCS; cut -d" " -f6 /proc/$$/stat; echo $$; } > "$1"; exit 5`, "sh", out)
		if err != nil {
			t.Fatal(err)
		}
		status, ended := reap(pid, 0)
		if !ended || status.ExitStatus() != 5 {
			t.Errorf("it has ended: %v, with %d", ended, status.ExitStatus())
		}
		b, err := os.ReadFile(out)
		got := strings.Fields(string(b))
		if err != nil || len(got) != 4 || got[0] != "/" || got[1] != want || got[2] != got[3] {
			t.Errorf("it says %q, %v", got, err)
		}
		if status, ended := Reap(pid); !ended || status.Signal() != syscall.SIGKILL {
			t.Errorf("one that is no child has ended: %v, by %v", ended, status.Signal())
		}
	}
	t.Setenv("GOMAXPROCS", "")
	os.Unsetenv("GOMAXPROCS")
	if !slices.Contains(environment(), "GOMAXPROCS=1") {
		t.Error("a process of ours uses all processors")
	}
	if pid, err := startProcess(dir, []string{"x"}, "", nil); pid != 0 || !errors.Is(err, syscall.EACCES) || !strings.Contains(err.Error(), "start "+dir) {
		t.Errorf("a directory is started as %d, %v", pid, err)
	}
}

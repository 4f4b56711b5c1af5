package packagetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// root is a Debian for one test: what install-tools.sh has made, with what the test
// does to it on top. Each command sees it in mount and process namespaces of its
// own, so that none of it is left when the command ends or is killed. Between
// commands the test finds in upper what they have written.
type root struct {
	lower, upper, work, merged string
}

// mountRoot mounts the root on $root, and runs what follows.
const mountRoot = `root=$1
mount -t overlay overlay -o "lowerdir=$2,upperdir=$3,workdir=$4" "$root"
shift 4
`

// newRoot makes a root with files in it, a path in the root for each.
func newRoot(t *testing.T, files map[string]string) *root {
	t.Helper()
	needRoot(t)
	lower := cached(t, "root")
	dir := t.TempDir()
	r := &root{
		lower: lower, upper: filepath.Join(dir, "upper"), work: filepath.Join(dir, "work"), merged: filepath.Join(dir, "merged"),
	}
	for _, d := range []string{r.upper, r.work, r.merged} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for path, from := range files {
		r.write(t, path, readFile(t, from), 0o755)
	}
	return r
}

// write puts a file into the root.
func (r *root) write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	writeFile(t, filepath.Join(r.upper, path), text, mode)
}

// read reads what a command has written to the root.
func (r *root) read(t *testing.T, path string) string {
	t.Helper()
	return readFile(t, filepath.Join(r.upper, path))
}

// script is a shell script of the machine's, with the root mounted on $root.
func (r *root) script(ctx context.Context, text string, args ...string) *exec.Cmd {
	args = append([]string{
		"--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
		"sh", "-euc", mountRoot + text, "sh", r.merged, r.lower, r.upper, r.work,
	}, args...)
	cmd := exec.CommandContext(ctx, "unshare", args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it takes all with it
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1")
	return cmd
}

// chroot runs a shell script in the root, without a systemd, and returns what it
// prints.
func (r *root) chroot(t *testing.T, text string) string {
	t.Helper()
	return run(t, r.script(t.Context(), `mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
exec chroot "$root" /bin/sh -euc "$1"`, text))
}

// bootTime bounds a test under a systemd; the script has to end before.
const bootTime = 6 * time.Minute

// runScript runs the test's script, and tells how the system is if it fails.
const runScript = `#!/bin/sh
timeout --kill-after=5 240 /bin/sh -eu /test/script >/test/output 2>&1
status=$?
if [ $status -ne 0 ]; then
	ps -eo pid,ppid,stat,wchan:20,args
	timeout 20 journalctl --no-pager --boot --lines=300
	timeout 20 systemctl list-jobs
fi >>/test/output 2>&1
echo $status >/test/status
`

// boot boots the root with a systemd of its own, on a network of its own that has
// only lo, runs a shell script when everything is up, shuts down, and returns what
// the script has printed. The script must succeed.
func (r *root) boot(t *testing.T, text string) string {
	t.Helper()
	need(t, "systemd-nspawn")
	r.write(t, "test/script", text, 0o755)
	r.write(t, "test/run", runScript, 0o755)
	r.write(t, "etc/systemd/system/test.target",
		"[Unit]\nRequires=multi-user.target\nAfter=multi-user.target\nWants=test.service\nAllowIsolate=yes\n", 0o644)
	r.write(t, "etc/systemd/system/test.service",
		"[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/test/run\nExecStopPost=systemctl --no-block poweroff\n", 0o644)
	for _, stale := range []string{"test/output", "test/status"} {
		_ = os.Remove(filepath.Join(r.upper, stale)) // of a boot before
	}
	ctx, cancel := context.WithTimeout(t.Context(), bootTime)
	defer cancel()
	console, err := r.script(ctx, `mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
exec systemd-nspawn --quiet --boot --directory "$root" --register=no --keep-unit --private-network --console=pipe \
	systemd.unit=test.target`).CombinedOutput()
	output, _ := os.ReadFile(filepath.Join(r.upper, "test/output")) // nothing, if it did not come to that
	status, _ := os.ReadFile(filepath.Join(r.upper, "test/status"))
	if err != nil || strings.TrimSpace(string(status)) != "0" {
		t.Fatalf("systemd-nspawn: %v; the script's status: %q\n%s\nconsole:\n%s", err, status, output, console)
	}
	return string(output)
}

// TestBoot: the harness itself. A script that fails is told from one that does not.
func TestBoot(t *testing.T) {
	r := newRoot(t, nil)
	out := r.boot(t, "systemctl is-system-running --wait\nip -brief address show\nsystemctl --version\n")
	fmt.Fprintln(t.Output(), out)
	if !strings.HasPrefix(out, "running\n") {
		t.Errorf("the system is %.200q", out)
	}
}

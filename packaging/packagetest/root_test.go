package packagetest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"httpd-syslog/forwarder/testbed"
)

// root is a Debian for one test: what install-tools.sh has made, with what the test
// does to it on top. Each command sees it in mount and process namespaces of its
// own, so that none of it is left when the command ends or is killed. Between
// commands the test finds in upper what they have written.
type root struct {
	lower, upper, work, merged string
	// nspawn are more options of it; those of the network, where the root has one.
	nspawn []string
}

// mountRoot mounts the root on $root, and runs what follows.
const mountRoot = `root=$1
mount -t overlay overlay -o "lowerdir=$2,upperdir=$3,workdir=$4" "$root"
shift 4
`

// newRoot makes a root with files in it, a path in the root for each.
func newRoot(t *testing.T, files map[string]string) *root {
	t.Helper()
	testbed.NeedRoot(t)
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

// enterGroup enters the control groups that are its arguments. A systemd takes all that it finds
// below the group it is started in for its own.
const enterGroup = `for group; do
	echo 0 >"$group/cgroup.procs"
done
`

// ownGroups makes a control group for a boot, of one name in each hierarchy that systemd uses. It
// is gone at the end of the test.
func ownGroups(t *testing.T) (groups []string) {
	t.Helper()
	name := fmt.Sprintf("httpd-syslog-test-%d-%d", os.Getpid(), boots.Add(1))
	for _, hierarchy := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"} {
		if _, err := os.Stat(filepath.Join(hierarchy, "cgroup.procs")); err != nil {
			continue
		}
		group := filepath.Join(hierarchy, name)
		if err := os.Mkdir(group, 0o755); err != nil {
			t.Fatal(err)
		}
		groups = append(groups, group)
		t.Cleanup(func() { removeGroup(t, group) })
	}
	return groups
}

// boots numbers the control groups of this process.
var boots atomic.Int64

// removeGroup removes a control group with those below it.
func removeGroup(t *testing.T, group string) {
	t.Helper()
	var all []string
	_ = filepath.WalkDir(group, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			all = append(all, path)
		}
		return nil
	})
	for _, path := range slices.Backward(all) {
		if err := os.Remove(path); err != nil {
			t.Errorf("control group: %v", err)
		}
	}
}

// boot boots the root with a systemd of its own, on a network of its own that has
// only lo, runs a shell script when everything is up, shuts down, and returns what
// the script has printed. The script must succeed.
func (r *root) boot(t *testing.T, text string) string {
	t.Helper()
	testbed.Need(t, "systemd-nspawn")
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
	console, err := r.script(ctx, enterGroup+`mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
exec systemd-nspawn --quiet --boot --directory "$root" --register=no --keep-unit `+strings.Join(r.network(), " ")+` --console=pipe \
	systemd.unit=test.target`, ownGroups(t)...).CombinedOutput()
	output, _ := os.ReadFile(filepath.Join(r.upper, "test/output")) // nothing, if it did not come to that
	status, _ := os.ReadFile(filepath.Join(r.upper, "test/status"))
	if err != nil || strings.TrimSpace(string(status)) != "0" {
		t.Fatalf("systemd-nspawn: %v; the script's status: %q\n%s\nconsole:\n%s", err, status, output, console)
	}
	return string(output)
}

// network is that of the root: lo alone, or another one.
func (r *root) network() []string {
	if r.nspawn != nil {
		return r.nspawn
	}
	return []string{"--private-network"}
}

// TestBoot: the harness itself. A script that fails is told from one that does not.
func TestBoot(t *testing.T) {
	t.Parallel()
	r := newRoot(t, nil)
	out := r.boot(t, "systemctl is-system-running --wait\nip -brief address show\nsystemctl --version\n")
	fmt.Fprintln(t.Output(), out)
	if !strings.HasPrefix(out, "running\n") {
		t.Errorf("the system is %.200q", out)
	}
}

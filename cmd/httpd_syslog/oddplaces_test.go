package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestContainer: the program is process 1, the root is read-only but for two
// volumes, and the user has neither a name nor a home.
func TestContainer(t *testing.T) {
	if out, err := exec.Command("unshare", "-m", "-p", "-f", "--mount-proc", "mount", "--make-rprivate", "/").CombinedOutput(); err != nil {
		testbed.Lacking(t, "no namespaces can be made (root may): %v %s", err, out)
	}
	t.Parallel()
	s, srv := newSite(t), newServer(t)
	srv.open()
	s.openToAll()
	s.drain = "1m" // on any machine it is all delivered before
	const uid = 54321
	for _, dir := range []string{s.state, s.log} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, uid, uid); err != nil {
			t.Fatal(err)
		}
	}
	s.configure("%s%s", s.places(), srv.relay("central"))
	script := fmt.Sprintf(`set -e
mount --make-rprivate /
for dir in %[1]q %[2]q; do mount --bind $dir $dir; done
mount -o remount,bind,ro /
if touch %[3]q 2>/dev/null; then echo the root is writable >&2; exit 9; fi
exec setpriv --reuid %[4]d --regid %[4]d --clear-groups --bounding-set=-all env -i %[5]q --config %[6]q
`, s.state, s.log, s.dir+"/touched", uid, program(), s.config)
	r, w := testbed.Pipe(t)
	cmd := exec.Command("unshare", "-m", "-p", "-f", "--mount-proc", "sh", "-c", script)
	cmd.Stdin = r
	f := s.run(cmd)
	r.Close()
	writeLines(t, w, 1, 1000)
	w.Close()
	f.wait(0)
	// Nobody is left to deliver after that.
	checkAll(t, "server", srv.texts(), 1000)
	checkAll(t, "local log", s.localLines(), 1000)
	if !strings.Contains(s.stderr(), "central: all 1000 delivered") {
		t.Errorf("it does not say so: %s", s.stderr())
	}
}

// TestNameInTheTemporaryDirectoryIsTaken: somebody who knows where a user without
// a home would keep its things gets none of them.
func TestNameInTheTemporaryDirectoryIsTaken(t *testing.T) {
	if os.Getuid() != 0 {
		testbed.Lacking(t, "only root can become another user")
	}
	if testbed.Installed() {
		testbed.Lacking(t, "the program is installed here, and no mount namespace hides it")
	}
	t.Parallel()
	const uid, other = 54321, 54322
	s := newSite(t)
	s.openToAll()
	tmp := filepath.Join(s.dir, "tmp")
	name := filepath.Join(tmp, fmt.Sprintf("httpd-syslog-%d", uid))
	for _, dir := range []string{tmp, name} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(name, other, other); err != nil {
		t.Fatal(err)
	}
	r, w := testbed.Pipe(t)
	cmd := exec.Command(program(), "--wait")
	cmd.Env = []string{"TMPDIR=" + tmp}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	cmd.Stdin = r
	f := s.run(cmd)
	r.Close()
	writeLines(t, w, 1, 10)
	w.Close()
	f.wait(0)
	testbed.Eventually(t, "the deliverer's end", func() bool { return !statedir.Dir(filepath.Join(name+"-1", "state")).Delivering() })
	log := filepath.Join(name+"-1", "log", "access_log")
	checkAll(t, "local log", split(t, testbed.ReadFile(t, log)), 10)
	if left, err := os.ReadDir(name); err != nil || len(left) > 0 {
		t.Errorf("in the other's directory: %v %v", left, err)
	}
	if st, err := os.Stat(name + "-1"); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", st.Mode(), err)
	}
}

// TestDirectoriesForAll: check and the start say what is wrong, and what is the
// program's own is closed.
func TestDirectoriesForAll(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure("%s", s.places())
	spool := filepath.Join(s.state, "spool")
	for _, dir := range []string{s.state, spool, s.log} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	f, w := s.pipe()
	s.awaitStderr("everybody may write to it (mode drwxrwxrwx)")
	writeLines(t, w, 1, 10)
	s.awaitLocalLines(10)
	if st, err := os.Stat(spool); err != nil || st.Mode().Perm() != 0o755 {
		t.Errorf("the spool has mode %v, %v", st.Mode(), err)
	}
	out, err := s.command(nil, "check", "--config", s.config).CombinedOutput()
	if err == nil || strings.Count(string(out), "chmod o-w") != 2 {
		t.Errorf("check: %v\n%s", err, out)
	}
	w.Close()
	f.wait(0)
	s.awaitEnd()
}

// openToAll lets every user come to the site's directory.
func (s *site) openToAll() {
	s.t.Helper()
	for dir := s.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
}

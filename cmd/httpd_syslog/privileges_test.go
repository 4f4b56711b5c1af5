package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// TestPrivilegesAreDropped: as root, intake and deliverer are the configured user's
// or the owner's of the state directory, with that user's groups alone; the front
// stays what Apache has made it.
func TestPrivilegesAreDropped(t *testing.T) {
	if os.Getuid() != 0 {
		testbed.Lacking(t, "only root can become another user")
	}
	const nobody, nogroup, other = 65534, 65534, 54321
	for name, c := range map[string]struct {
		user     string
		owner    int // of a state directory that is there; 0: none is
		uid, gid int
	}{
		"a name":                    {"nobody", 0, nobody, nogroup},
		"a number without an entry": {"54321", 0, other, other},
		"the state directory's":     {"", other, other, other},
		"a name, and a directory":   {"nobody", nobody, nobody, nogroup},
		"nothing: root stays root":  {"", 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.openToAll()
			// Where the directories are, others may not make any.
			if c.owner != 0 {
				for _, dir := range []string{s.state, s.log} {
					if err := os.Mkdir(dir, 0o750); err == nil {
						err = os.Chown(dir, c.owner, c.owner)
						if err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			testbed.WriteFile(t, s.config, fmt.Sprintf("user = %q\n%s", c.user, s.places()))
			f, w := s.pipe()
			writeLines(t, w, 1, 1000)
			s.awaitLocalLines(1000)
			checkCredentials(t, s.one("front"), 0, 0)
			for _, role := range []string{"intake", "deliver"} {
				checkCredentials(t, s.one(role), c.uid, c.gid)
			}
			st, err := os.Stat(filepath.Join(s.log, "access_log"))
			if err != nil {
				t.Fatal(err)
			}
			if uid := st.Sys().(*syscall.Stat_t).Uid; int(uid) != c.uid || st.Mode().Perm() != 0o640 {
				t.Errorf("access_log is user %d's, mode %o", uid, st.Mode().Perm())
			}
			w.Close()
			f.wait(0)
			s.awaitEnd()
		})
	}
}

// TestConfigurationIsRootsAlone: the start and check say why nothing would be
// delivered; the lines wait.
func TestConfigurationIsRootsAlone(t *testing.T) {
	if os.Getuid() != 0 {
		testbed.Lacking(t, "only root can become another user")
	}
	t.Parallel()
	s := newSite(t)
	s.openToAll()
	testbed.WriteFile(t, s.config, "user = \"nobody\"\n"+s.places())
	if err := os.Chmod(s.config, 0o600); err != nil {
		t.Fatal(err)
	}
	const complaint = "user 65534, who is to deliver, may not read it"
	f, w := s.pipe()
	s.awaitStderr(complaint)
	writeLines(t, w, 1, 10)
	testbed.Eventually(t, "the lines are spooled", func() bool { return strings.Contains(s.spooled(), line(10)) })
	out, err := s.command(nil, "check", "--config", s.config).CombinedOutput()
	if err == nil || !strings.Contains(string(out), complaint) {
		t.Errorf("check: %v\n%s", err, out)
	}
	if err := os.Chmod(s.config, 0o644); err != nil {
		t.Fatal(err)
	}
	s.awaitLocalLines(10)
	w.Close()
	f.wait(0)
	s.awaitEnd()
}

// TestWaitingIntakeIsNotRoots: one that waits for another to let go of the pipe has
// dropped its privileges before.
func TestWaitingIntakeIsNotRoots(t *testing.T) {
	if os.Getuid() != 0 {
		testbed.Lacking(t, "only root can become another user")
	}
	t.Parallel()
	const nobody, nogroup = 65534, 65534
	s := newSite(t)
	s.openToAll()
	testbed.WriteFile(t, s.config, "user = \"nobody\"\n"+s.places())
	r, w := testbed.Pipe(t)
	first := s.start(r)
	writeLines(t, w, 1, 10)
	s.awaitLocalLines(10)
	intake := s.one("intake")
	second := s.start(r)
	r.Close()
	waiting := s.another("intake", intake)
	testbed.Eventually(t, "it is nobody's", func() bool {
		st, err := os.Stat(fmt.Sprintf("/proc/%d", waiting))
		return err == nil && st.Sys().(*syscall.Stat_t).Uid == nobody
	})
	checkCredentials(t, waiting, nobody, nogroup)
	w.Close()
	first.wait(0)
	second.wait(0)
	s.awaitEnd()
}

// checkCredentials looks at a process as the kernel sees it.
func checkCredentials(t *testing.T, pid, uid, gid int) {
	t.Helper()
	status := testbed.Process(pid).Status()
	field := func(name string) string {
		m := regexp.MustCompile(`(?m)^` + name + `:\t*(.*)$`).FindStringSubmatch(status)
		if m == nil {
			t.Fatalf("%s is not in %s", name, status)
		}
		return strings.TrimSpace(m[1])
	}
	want := func(id int) string { return strings.TrimSpace(strings.Repeat(fmt.Sprint(id, "\t"), 4)) }
	if field("Uid") != want(uid) || field("Gid") != want(gid) {
		t.Errorf("process %d has Uid %s, Gid %s, want %d and %d", pid, field("Uid"), field("Gid"), uid, gid)
	}
	if groups := field("Groups"); uid != 0 && groups != fmt.Sprint(gid) {
		t.Errorf("process %d has the groups %s, want %d", pid, groups, gid)
	}
}

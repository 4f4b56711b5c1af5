package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestPrivilegesAreDropped: as root, intake and deliverer are the configured user's
// or the owner's of the state directory, with that user's groups alone; the front
// stays what Apache has made it.
func TestPrivilegesAreDropped(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("skipped: only root can become another user")
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
			writeFile(t, s.config, fmt.Sprintf("user = %q\n%s", c.user, s.places()))
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

// checkCredentials looks at a process as the kernel sees it.
func checkCredentials(t *testing.T, pid, uid, gid int) {
	t.Helper()
	status := readFile(t, fmt.Sprintf("/proc/%d/status", pid))
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

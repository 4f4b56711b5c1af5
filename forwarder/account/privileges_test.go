package account

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// nobody is a number without an entry in the list of users.
const nobody = 64321

// does is what a process of these tests does instead of tests.
const does = "HTTPD_SYSLOG_TEST_ACCOUNT"

func TestMain(m *testing.M) {
	what, name, _ := strings.Cut(os.Getenv(does), " ")
	state, log := os.Getenv("STATE"), os.Getenv("LOG")
	var err error
	switch what {
	case "drop":
		err = DropPrivileges(name, state, log)
	case "become":
		err = Become(name, state)
	default:
		os.Exit(m.Run())
	}
	groups, _ := os.Getgroups()
	b, _ := os.ReadFile("/proc/self/status")
	noNew := strings.Contains(string(b), "NoNewPrivs:\t1")
	if _, _, errno := syscall.AllThreadsSyscall(syscall.SYS_GETPID, 0, 0, 0); errno == syscall.ENOTSUP {
		noNew = true // these tests were built with C, which the program is not, and cannot have it
	}
	fmt.Printf("%v %d:%d %v root again: %v no new: %v", err, os.Geteuid(), os.Getegid(), groups, syscall.Setuid(0) == nil, noNew)
	os.Exit(0)
}

// said is what a process says that has done so.
func said(t *testing.T, what, state, log string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), does+"="+what, "STATE="+state, "LOG="+log)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestBecome: a process of root's becomes the user, or the owner of the state directory, with that one's groups alone,
// and never root again. What is missing is made for the user, and where there is no user nothing changes.
func TestBecome(t *testing.T) {
	testbed.NeedRoot(t)
	dir := t.TempDir()
	owned := filepath.Join(dir, "owned")
	if err := os.Mkdir(owned, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(owned, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	user := fmt.Sprint(nobody)
	is, root := fmt.Sprintf("<nil> %d:%d [%d] root again: false no new: true", nobody, nobody, nobody), "<nil> 0:0 "
	for _, tt := range []struct{ what, state, says string }{
		{"drop " + user, filepath.Join(dir, "new"), is},
		{"become " + user, filepath.Join(dir, "none"), is},
		{"drop", owned, is},
		{"become", owned, is},
		{"drop", filepath.Join(dir, "none"), root},
		{"become", filepath.Join(dir, "none"), root},
		{"drop 0", owned, root},
		{"drop no-such-user", owned, `user "no-such-user": `},
		{"become no-such-user", owned, `user "no-such-user": `},
	} {
		log := filepath.Join(dir, "log "+tt.what+filepath.Base(tt.state))
		if got := said(t, tt.what, tt.state, log); !strings.HasPrefix(got, tt.says) {
			t.Errorf("%s, %s: %s", tt.what, tt.state, got)
		}
		drops := strings.HasPrefix(tt.what, "drop") && tt.says == is
		st, err := os.Stat(log)
		if (err == nil) != drops || drops && (int(st.Sys().(*syscall.Stat_t).Uid) != nobody || int(st.Sys().(*syscall.Stat_t).Gid) != nobody || st.Mode().Perm() != 0o750) {
			t.Errorf("%s, %s: the log directory is %v, %v", tt.what, tt.state, st, err)
		}
	}
	if testbed.Exists(filepath.Join(dir, "none")) {
		t.Error("who becomes nobody else makes a directory")
	}
	if got := said(t, "drop "+user, "", filepath.Join(dir, "owned", "file", "x")); !strings.HasPrefix(got, "<nil>") {
		t.Error(got)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"drop", "become"} { // a state directory that cannot be looked at
		if got := said(t, what, filepath.Join(dir, "file", "x"), dir); strings.HasPrefix(got, "<nil>") {
			t.Errorf("%s: %s", what, got)
		}
	}
}

// TestCheckUser: a number need not have an entry, a name must.
func TestCheckUser(t *testing.T) {
	for name, good := range map[string]bool{"": true, "root": true, fmt.Sprint(nobody): true, "no-such-user": false} {
		if err := CheckUser(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestCheckReadable: whoever is to read a file may read it, and search the directories above it.
func TestCheckReadable(t *testing.T) {
	testbed.NeedRoot(t)
	top, err := os.MkdirTemp("/tmp", "account-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(top)
	dir := filepath.Join(top, "dir")
	path := filepath.Join(dir, "file")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		uid, gid  int
		top, mode fs.FileMode // of the directories
		file      fs.FileMode
		bad       string
	}{
		{0, 0, 0o755, 0o755, 0o644, ""},
		{0, 0, 0o755, 0o755, 0o640, path},
		{0, 0, 0o755, 0o754, 0o644, dir},
		{0, 0, 0o754, 0o755, 0o644, top},
		{0, nobody, 0o755, 0o750, 0o640, ""},
		{0, nobody, 0o755, 0o755, 0o604, path},
		{nobody, 0, 0o755, 0o700, 0o400, ""},
		{nobody, nobody, 0o755, 0o755, 0o044, path},
	} {
		for _, at := range []string{dir, path} {
			if err := os.Chown(at, tt.uid, tt.gid); err != nil {
				t.Fatal(err)
			}
		}
		for at, mode := range map[string]fs.FileMode{top: tt.top, dir: tt.mode, path: tt.file} {
			if err := os.Chmod(at, mode); err != nil {
				t.Fatal(err)
			}
		}
		err := CheckReadable(fmt.Sprint(nobody), dir, path)
		if (err != nil) != (tt.bad != "") || err != nil && (!strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), tt.bad+" has mode")) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	for name, at := range map[string]string{fmt.Sprint(nobody): filepath.Join(top, "none"), "no-such-user": path, "root": path} {
		if err := CheckReadable(name, dir, at); err != nil {
			t.Errorf("%s, %s: %v", name, at, err)
		}
	}
}

// TestGroups: an account has all groups of its user, that of its entry among them.
func TestGroups(t *testing.T) {
	a, err := findAccount(fmt.Sprint(nobody), "/")
	if err != nil || a.uid != nobody || a.gid != nobody || !slices.Contains(a.groups, nobody) {
		t.Errorf("%+v, %v", a, err)
	}
}

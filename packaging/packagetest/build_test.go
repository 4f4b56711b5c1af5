package packagetest

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"httpd-syslog/forwarder/testbed"
)

// version is that of the packages under test; an upgrade is to laterVersion.
const (
	version      = "0.9.0"
	laterVersion = "0.9.1"
)

// built are the packages of one version.
type built struct{ rpm, deb string }

var builds = struct {
	sync.Mutex
	dir string
	of  map[string]built
}{of: map[string]built{}}

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

// atOnce is how many tests run side by side: most wait for a Debian to boot or to end.
const atOnce = 4

func runTests(m *testing.M) int {
	if err := flag.Set("test.parallel", strconv.Itoa(atOnce)); err != nil { // -parallel overrides this: it is parsed later
		panic(err)
	}
	dir, err := os.MkdirTemp("", "httpd_syslog-packages-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	builds.dir = dir
	return m.Run()
}

// packages are built when the first test wants them.
func packages(t *testing.T, version string) built {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	b, ok := builds.of[version]
	if !ok {
		dir := filepath.Join(builds.dir, "of-"+version)
		copyTree(t, dir)
		b = build(t, dir, version)
		builds.of[version] = b
	}
	return b
}

// build makes the packages from the copy of the tree in dir, as make does in a tree
// without git.
func build(t *testing.T, dir, version string, env ...string) built {
	t.Helper()
	for _, tool := range []string{"make", "checkmodule", "semodule_package"} {
		testbed.Need(t, tool)
	}
	cmd := exec.Command("make", "packages", "VERSION="+version, "COMMIT=0123456789ab", "SOURCE_DATE_EPOCH=1764000000")
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "MAKEFLAGS=", "PATH="+os.Getenv("PATH")+":/usr/sbin"), env...)
	run(t, cmd)
	return built{
		rpm: one(t, filepath.Join(dir, "dist", "*.rpm")),
		deb: one(t, filepath.Join(dir, "dist", "*.deb")),
	}
}

func one(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %q, %v", pattern, files, err)
	}
	return files[0]
}

// copyTree copies the project's tree, without what was built in it.
func copyTree(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(tree, path)
		if err != nil {
			return err
		}
		if name == ".git" || name == "bin" || name == "dist" {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), text, info.Mode())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReproducible: two builds, in directories of different names, at different
// times, in different time zones, from files of different modes, are the same bytes.
func TestReproducible(t *testing.T) {
	t.Parallel()
	first := packages(t, version)
	dir := filepath.Join(t.TempDir(), "elsewhere", "another name")
	copyTree(t, dir)
	run(t, exec.Command("chmod", "-R", "go=", dir))
	second := build(t, dir, version, "TZ=Asia/Tokyo")
	for _, pair := range [][2]string{{first.rpm, second.rpm}, {first.deb, second.deb}} {
		if filepath.Base(pair[0]) != filepath.Base(pair[1]) {
			t.Errorf("names differ: %s, %s", pair[0], pair[1])
		}
		a, b := sha256.Sum256([]byte(readFile(t, pair[0]))), sha256.Sum256([]byte(readFile(t, pair[1])))
		if a != b {
			t.Errorf("%s: %x, and built again %x", filepath.Base(pair[0]), a, b)
		}
		t.Logf("%s: sha256 %x, twice", filepath.Base(pair[0]), a)
	}
}

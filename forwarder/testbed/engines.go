package testbed

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Engine is the path of a store's server, "nats-server" or "versitygw", built from the versions that
// packaging/engines names. The go command keeps what it has built.
func Engine(t testing.TB, name string) (path string) {
	t.Helper()
	path, err := engines(name)
	if err != nil {
		t.Fatalf("build %s: %v", name, err)
	}
	return path
}

// engines builds one engine, once for each process and name.
var engines = func() func(string) (string, error) {
	var mu sync.Mutex
	built := map[string]string{}
	return func(name string) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if path := built[name]; path != "" {
			return path, nil
		}
		root, err := moduleRoot()
		if err != nil {
			return "", err
		}
		tool := exec.Command("go", "tool", "-n", name)
		tool.Dir, tool.Stderr = filepath.Join(root, "packaging", "engines"), os.Stderr
		out, err := tool.Output()
		if err == nil {
			built[name] = strings.TrimSpace(string(out))
		}
		return built[name], err
	}
}()

// moduleRoot is the directory of the sources that this test is of.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	return strings.TrimSpace(string(out)), err
}

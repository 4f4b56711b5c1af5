package sockfile

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bound is a socket's entry on which somebody listens.
func bound(t *testing.T, network, path string) (end func()) {
	t.Helper()
	if network == "unix" {
		l, err := net.ListenUnix(network, &net.UnixAddr{Name: path, Net: network})
		must(t, err)
		l.SetUnlinkOnClose(false)
		return func() { l.Close() }
	}
	c, err := net.ListenUnixgram(network, &net.UnixAddr{Name: path, Net: network})
	must(t, err)
	return func() { c.Close() }
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// TestClearStale: a socket that nobody listens on is removed; one in use, and what is no socket, stay.
func TestClearStale(t *testing.T) {
	for _, network := range []string{"unix", "unixgram"} {
		path := filepath.Join(t.TempDir(), "s")
		must(t, ClearStale(network, path))
		end := bound(t, network, path)
		for other, want := range map[string]string{network: "another process listens on it", map[string]string{"unix": "unixgram", "unixgram": "unix"}[network]: "another kind of socket"} {
			if err := ClearStale(other, path); err == nil || !strings.HasPrefix(err.Error(), path+" is in use") || !strings.Contains(err.Error(), want) || !exists(path) {
				t.Errorf("%s, in use by %s: %v", other, network, err)
			}
		}
		end()
		if err := ClearStale(network, path); err != nil || exists(path) {
			t.Errorf("%s that is stale: %v", network, err)
		}
		must(t, os.WriteFile(path, nil, 0o600))
		if err := ClearStale(network, path); err == nil || !strings.Contains(err.Error(), "is not a socket") || !exists(path) {
			t.Errorf("a file: %v", err)
		}
		if err := ClearStale(network, path+"/s"); err == nil {
			t.Error("below a file: no error")
		}
	}
}

// TestRemove: an entry is removed, and another one that has taken its place is not.
func TestRemove(t *testing.T) {
	var none *File
	must(t, none.Remove())
	path := filepath.Join(t.TempDir(), "s")
	if f, err := Of(path); err == nil {
		t.Errorf("there is %+v", f)
	}
	end := bound(t, "unix", path)
	defer end()
	f, err := Of(path)
	must(t, err)
	must(t, os.Rename(path, path+".away"))
	must(t, f.Remove())
	endOther := bound(t, "unix", path)
	defer endOther()
	if err := f.Remove(); err != nil || !exists(path) {
		t.Errorf("another one's was removed: %v", err)
	}
	must(t, os.Remove(path))
	must(t, os.Rename(path+".away", path))
	if err := f.Remove(); err != nil || exists(path) {
		t.Errorf("it is not removed: %v", err)
	}
}

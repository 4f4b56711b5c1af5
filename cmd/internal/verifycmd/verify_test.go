package verifycmd

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
)

// nobody is a user who is not the one of the tests.
const nobody = 65534

func TestMain(m *testing.M) {
	if config := os.Getenv("VERIFY_WITH"); config != "" {
		transport.Add(&transport.Kind{Schemes: []string{"nats"}, Fetch: func(_ context.Context, _ transport.Server, _ transport.Options, what transport.Fetch) ([]transport.Oddity, error) {
			fmt.Printf("user %d from %s\n", os.Geteuid(), what.From.UTC().Format(time.RFC3339))
			return nil, os.WriteFile(filepath.Join(what.Dir, "a.log"), nil, 0o600)
		}})
		os.Exit(Run(context.Background(), []string{"--config", config, "--since-last", "nats://store"}, os.Stdout, os.Stderr))
	}
	leaktest.Run(m)
}

// TestSinceLastReadsBack: a store is read back by the user who delivers, who then reads the files and removes them, and no
// further back than the last check.
func TestSinceLastReadsBack(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	dir, err := os.MkdirTemp("/tmp", "verifycmd-") // which everybody may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	state, temp := statedir.Dir(filepath.Join(dir, "state")), filepath.Join(dir, "temp")
	if err := state.Make(); err != nil {
		t.Fatal(err)
	}
	if err := state.RecordVerified(&statedir.Verified{Until: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{temp, filepath.Join(dir, "log")} {
		if err := os.Mkdir(sub, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("chown", "-R", fmt.Sprint(nobody), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	config := filepath.Join(dir, "config.toml")
	testbed.WriteFile(t, config, fmt.Sprintf("state_dir = %q\n[log]\ndir = %q\n[[relay]]\nname = \"central\"\nservers = [\"nats://store\"]\n", state, filepath.Join(dir, "log")))
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "VERIFY_WITH="+config, "TMPDIR="+temp)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	_ = c.Run() // there is nothing to verify, which is not the matter here
	if want := fmt.Sprintf("user %d from 2026-03-10T11:45:00Z\n", nobody); !strings.HasPrefix(out.String(), want) || strings.Contains(out.String(), "permission denied") {
		t.Errorf("got %q, want %q first", out.String(), want)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v, and the files of the store are left: %v", err, left)
	}
}

package verifycmd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/transport"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/verifytest"
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

// TestVerify: what is verified, with what, and how it is told is as the options say; the exit status says what has come of it.
func TestVerify(t *testing.T) {
	site := verifytest.New(t, verifytest.Options{Seed: 3, Minutes: 5})
	dir := t.TempDir()
	config, altered, state := filepath.Join(dir, "config.toml"), filepath.Join(dir, "altered"), statedir.Dir(filepath.Join(dir, "state"))
	testbed.WriteFile(t, config, fmt.Sprintf("state_dir = %q\n[log]\ndir = %q\n", state, site.Local))
	if err := os.CopyFS(altered, os.DirFS(site.Local)); err != nil {
		t.Fatal(err)
	}
	testbed.WriteFile(t, filepath.Join(altered, "access_log"), "10.0.0.1 - - [x] \"GET /\"\n")
	none := filepath.Join(dir, "none")
	for name, tt := range map[string]struct {
		args   []string
		status int
		want   string // in what is told
	}{
		"the configuration's":     {[]string{"--config", config}, finding.OK, "481 of 481 lines checked"},
		"another directory":       {[]string{"--config", config, "--log-dir", altered}, finding.Findings, "access_log"},
		"for programs":            {[]string{"--config", config, "--json"}, finding.OK, "\n}\n"},
		"a central server's":      {[]string{"--config", none, "--central", site.Remote}, finding.OK, ""},
		"seals alone":             {[]string{"--config", none, "--log-dir", site.Local, "--seals", filepath.Join(none, "x")}, finding.Partial, "none"},
		"another host":            {[]string{"--config", config, "--central", site.Remote, "--host", "nobody"}, finding.Partial, "nobody"},
		"no configuration":        {[]string{"--config", none}, finding.Partial, "httpd_syslog: verify: "},
		"a store, and no file":    {[]string{"--config", none, "nats://n1"}, finding.Partial, "httpd_syslog: verify: "},
		"two times":               {[]string{"--since-last", "--from", "2026-01-01"}, cli.ExitUsage, "--since-last excludes --from and --to"},
		"a time that ends before": {[]string{"--from", "2026-01-02", "--to", "2026-01-01"}, cli.ExitUsage, "--from must be before --to"},
		"an empty host":           {[]string{"--host", ""}, cli.ExitUsage, "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if got := Run(t.Context(), tt.args, &out, &errs); got != tt.status || !strings.Contains(out.String()+errs.String(), tt.want) {
				t.Errorf("status %d, want %d and %q:\n%s%s", got, tt.status, tt.want, out.String(), errs.String())
			}
			if tt.status == finding.OK && json.Valid(out.Bytes()) != (name == "for programs") {
				t.Errorf("its form is another one: %s", out.String())
			}
		})
	}
	if testbed.Exists(string(state)) {
		t.Error("a check has written something")
	}
	var out, errs bytes.Buffer
	if got := Run(t.Context(), []string{"--config", config, "--since-last"}, &out, &errs); got != finding.OK || !strings.Contains(out.String(), "481 of 481 lines checked") {
		t.Errorf("since the last: status %d, %s%s", got, out.String(), errs.String())
	}
	if v, err := state.Verified(); err != nil || v.At.IsZero() || v.Until.IsZero() {
		t.Errorf("the run is not recorded: %+v, %v", v, err)
	}
	testbed.WriteFile(t, filepath.Join(dir, "other", "spool"), "a file where the directory would be made")
	testbed.WriteFile(t, config, fmt.Sprintf("state_dir = %q\n[log]\ndir = %q\n", filepath.Join(dir, "other"), site.Local))
	out.Reset()
	if got := Run(t.Context(), []string{"--config", config, "--since-last"}, &out, &errs); got != finding.Partial || !strings.Contains(out.String(), "481 of 481 lines checked") || !strings.Contains(errs.String(), "cannot be written into the spool") {
		t.Errorf("nobody can be told: status %d, %s%s", got, out.String(), errs.String())
	}
}

// TestPathOf: the collector's directory is known among paths however it is written.
func TestPathOf(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{here + "/a": "a", here + "/b/": "./b/.", "/c": "/c", "/d": "", here: ""} {
		if got := pathOf([]string{"a", "./b/.", "/c"}, dir); got != want {
			t.Errorf("%s is %q, want %q", dir, got, want)
		}
	}
}

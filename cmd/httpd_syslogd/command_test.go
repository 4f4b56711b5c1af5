package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/status"
	"httpd-syslog/forwarder/testbed"
)

// command runs a command of this program in this process, and returns its exit status and what it has said, with DIR in the place of dir.
func command(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, &out, &errs)
	tidy := func(b *bytes.Buffer) string { return strings.ReplaceAll(b.String(), dir, "DIR") }
	return code, tidy(&out), tidy(&errs)
}

// aConfig is a configuration file in a directory, with DIR for that.
func aConfig(t *testing.T, text string) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, "httpd_syslog.toml")
	testbed.WriteFile(t, path, strings.ReplaceAll("state_dir = \"DIR/state\"\n"+text, "DIR", dir))
	return dir, path
}

// TestCheckDescribes: a check tells what each setting comes to, and of what is right but not wise.
func TestCheckDescribes(t *testing.T) {
	for name, tt := range map[string]struct {
		config, out, errs string
		code              int
	}{
		"little": {config: "[log]\ndir = \"DIR/log\"\n", out: `configuration  DIR/httpd_syslog.toml
state          DIR/state
local log      DIR/log, rotated daily and at 100000000 bytes
card numbers   are reported, and stored in clear
stream         access → access_log, local1.notice, tag httpd
stream         error → error_log, local2.(Apache's level, else err), tag httpd
relay          none: local files only
http           http://127.0.0.1:9514/ (service)
`},
		"much": {config: `deliver = "service"
[log]
dir = "DIR/log"
rotate = "never"
[seal]
every = "1m"
[card_numbers]
action = "truncate"
[http]
listen = ""
[[stream]]
name = "x"
[[relay]]
name = "a"
servers = ["tcp://h1", "tcp://h2"]
order = "random"
[[relay]]
name = "b"
servers = ["tcp://h3"]
format = "rfc3164"
[[listen]]
url = "unix://DIR/in"
collect = true
[[listen]]
url = "udp://:514"
[collect]
dir = "DIR/central"
keep_age = "364d"
`, out: `configuration  DIR/httpd_syslog.toml
state          DIR/state
local log      DIR/log, rotated never and at 100000000 bytes
card numbers   in lines of this machine are truncated before lines are written, and 6+4 digits stay
card numbers   in what is collected are not looked for: it stays as it came, else its seals would not fit; senders truncate them before they send
stream         x → x_log, local1.notice, tag httpd
relay          a → tcp://h1:601 or tcp://h2:601 at random, rfc5424, messages up to 65536 bytes
relay          b → tcp://h3:601, rfc3164, messages up to 65536 bytes
seals          every 1m0s
seals          relay b: what its server has cannot be checked: messages of RFC 3164 have no numbers
listen         unix://DIR/in (service), collected
listen         udp://:514 (service)
collect        DIR/central/{sender}/{host}/{msgid}-{date}.log, kept for 364 days
delivery       by the service alone
`, errs: `httpd_syslog: [collect] keep_age: files are removed after 364 days; PCI DSS wants a year (10.5.1: write "400d")
httpd_syslog: relay b: it gets nothing of what is collected: messages of RFC 3164 have no place for its headers and numbers (write format = "rfc5424")
`},
	} {
		t.Run(name, func(t *testing.T) {
			dir, path := aConfig(t, tt.config)
			code, out, errs := command(t, dir, "check", "--config", path)
			if code != tt.code || out != tt.out || errs != tt.errs {
				t.Errorf("status %d\n%s%s\nwant %d\n%s%s", code, out, errs, tt.code, tt.out, tt.errs)
			}
			if testbed.Exists(dir+"/state") || testbed.Exists(dir+"/log") {
				t.Error("the check has made something")
			}
		})
	}
}

// TestCheckFinds: what would fail later is told now, with exit status 1, and what is asked wrongly with 2.
func TestCheckFinds(t *testing.T) {
	const log = "[log]\ndir = \"DIR/log\"\n"
	for name, tt := range map[string]struct {
		config, want string
		prepare      func(dir string) error
		more         []string
		code         int
	}{
		"nothing":    {config: log},
		"a bad file": {config: "keep = 1\n", want: "unknown key", code: 1},
		"no user":    {config: "user = \"nobody-has-this-name\"\n" + log, want: "user \"nobody-has-this-name\": ", code: 1},
		"for all": {config: log, want: "log directory", prepare: func(dir string) error {
			return errors.Join(os.Mkdir(dir+"/log", 0o700), os.Chmod(dir+"/log", 0o777))
		}, code: 1},
		"no certificate": {config: log + "[[relay]]\nname = \"a\"\nservers = [\"tls://h\"]\n[relay.tls]\nca_file = \"DIR/ca.pem\"\n", want: "relay a: ", code: 1},
		"no key":         {config: log + "[[listen]]\nurl = \"tls://:6514\"\n[listen.tls]\ncert_file = \"DIR/c.pem\"\nkey_file = \"DIR/k.pem\"\n", want: "listener tls://:6514: ", code: 1},
		"no file":        {config: log, want: "local log: ", prepare: func(dir string) error { return os.MkdirAll(dir+"/log/error_log", 0o750) }, code: 1},
		"no server":      {config: log + "[[relay]]\nname = \"a\"\nservers = [\"unix://DIR/none\"]\n", more: []string{"--connect"}, want: "connect        a: FAILED: unix://DIR/none: ", code: 1},
		"an argument":    {config: log, more: []string{"x"}, want: `unexpected argument "x"`, code: 2},
		"help":           {config: log, more: []string{"-h"}, want: "Commands:"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, path := aConfig(t, tt.config)
			if tt.prepare != nil {
				if err := tt.prepare(dir); err != nil {
					t.Fatal(err)
				}
			}
			code, out, errs := command(t, dir, append([]string{"check", "--config", path}, tt.more...)...)
			if code != tt.code || !strings.Contains(out+errs, tt.want) || tt.want == "" && errs != "" {
				t.Errorf("status %d\n%s%s\nwant %d, %s", code, out, errs, tt.code, tt.want)
			}
		})
	}
}

// TestCommands: what is no command is told, and where the others are listed.
func TestCommands(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "needs a command"},
		{[]string{"deliverr"}, 2, `unknown command "deliverr"`},
		{[]string{"serve", "x"}, 2, `unexpected argument "x"`},
		{[]string{"serve", "-h"}, 0, "Commands:"},
		{[]string{"serve", "--config", "/does/not/exist"}, 3, "no such file"},
		{[]string{"--version"}, 0, "httpd_syslogd"},
		{[]string{"-h"}, 0, "Commands:"},
		{[]string{"status", "--json", "--check"}, 3, "HTTPD_SYSLOG UNKNOWN - status: --json and --check exclude each other"},
		{[]string{"status", "--acknowledge", "--json"}, 2, "--acknowledge excludes"},
		{[]string{"status", "--sender", "x", "--acknowledge"}, 2, "--sender excludes"},
		{[]string{"status", "--warn-age", "2m", "--crit-age", "1m"}, 2, "--warn-age 2m0s, --crit-age 1m0s: the second must not be below"},
		{[]string{"status", "--warn-age", "-1s"}, 2, "nor the first below 0"},
		{[]string{"status", "--help"}, 0, "Commands:"},
		{[]string{"status", "--config", "/does/not/exist"}, 3, "--config or --state-dir has to say where"},
		{[]string{"status", "--check", "--config", "/does/not/exist"}, 3, "HTTPD_SYSLOG UNKNOWN - "},
	} {
		code, out, errs := command(t, "DIR", tt.args...)
		if code != tt.code || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%q: status %d, %s%s", tt.args, code, out, errs)
		}
	}
}

// TestStatusCommand: the state directory is found by the configuration or by its option, and told in the form that is asked for.
func TestStatusCommand(t *testing.T) {
	dir, path := aConfig(t, "[log]\ndir = \"DIR/log\"\n")
	if code, out, errs := command(t, dir, "status", "--config", path); code != 3 || out != "" || !strings.Contains(errs, "httpd_syslog: hint: nothing has been logged yet") {
		t.Errorf("of nothing: status %d, %s%s", code, out, errs)
	}
	state := statedir.Dir(dir + "/state")
	if err := state.Make(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--config", path}, {"--state-dir", string(state)}} {
		code, out, errs := command(t, dir, append([]string{"status"}, args...)...)
		if code != 0 || errs != "" || !strings.Contains(out, "state          DIR/state") {
			t.Errorf("%q: status %d, %s%s", args, code, out, errs)
		}
		code, out, _ = command(t, dir, append([]string{"status", "--json"}, args...)...)
		var st status.Status
		if err := json.Unmarshal([]byte(out), &st); code != 0 || err != nil || st.StateDir != "DIR/state" {
			t.Errorf("%q: status %d, %v: %s", args, code, err, out)
		}
		code, out, _ = command(t, dir, append([]string{"status", "--check"}, args...)...)
		if !strings.HasPrefix(out, "HTTPD_SYSLOG ") || strings.Count(out, "\n") != 1 {
			t.Errorf("%q: status %d, %s", args, code, out)
		}
	}
	if !state.Acknowledged().IsZero() {
		t.Error("somebody has seen to it")
	}
	if code, _, errs := command(t, dir, "status", "--acknowledge", "--config", path); code != 0 || errs != "" || state.Acknowledged().IsZero() {
		t.Errorf("acknowledged: status %d, %s, %v", code, errs, state.Acknowledged())
	}
}

package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"httpd-syslog/forwarder/testbed"
)

// TestScripts runs the command line as people do; see testdata/script.
func TestScripts(t *testing.T) {
	t.Parallel()
	listening, refusing := newServer(t), newServer(t)
	listening.open()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			// What is the deliverer's lies outside of the script's directory, which is
			// removed while it may still write.
			s := newSite(t)
			env.Setenv("LISTENING", listening.addr)
			env.Setenv("REFUSING", refusing.addr)
			env.Setenv("STATES", s.dir)
			work := &site{t: t, dir: env.WorkDir, away: true}
			env.Defer(work.end)
			for name, more := range map[string]string{
				"local-only": "",
				"away":       refusing.relay("central"),
				"broken":     "",
			} {
				writeConfig(t, filepath.Join(env.WorkDir, name+".toml"), s.dir, name, more)
			}
			return nil
		},
	})
}

// writeConfig writes the configuration of a script: name is its state directory.
func writeConfig(t *testing.T, path, dir, name, more string) {
	t.Helper()
	text := fmt.Sprintf("state_dir = %q\n", filepath.Join(dir, name))
	switch name {
	case "broken":
		text += "spool.when_full = \"burn\"\n"
	case "away":
		text += "drain_timeout = \"1s\"\n" // it is waited for
		text += fmt.Sprintf("[log]\ndir = %q\n", filepath.Join(dir, "awaylog"))
	default:
		text += "drain_timeout = \"1m\"\n" // it is not waited for, on any machine
		text += fmt.Sprintf("[log]\ndir = %q\n", filepath.Join(dir, "log"))
	}
	testbed.WriteFile(t, path, text+more)
}

package main

import (
	"context"
	"errors"
	"testing"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

// TestChanged: a changed file is taken over when it has stayed as it is for a while; one that cannot be is told once, until
// it changes again; one that is as before is none.
func TestChanged(t *testing.T) {
	const base = "[log]\ndir = \"/var/log/x\"\n"
	dir, path := aConfig(t, base)
	f := cli.Flags{Config: path}
	s, err := load(f)
	if err != nil {
		t.Fatal(err)
	}
	c := &changes{flags: f, path: path, digest: s.Digest}
	write := func(text string) {
		t.Helper()
		testbed.WriteFile(t, path, "state_dir = \""+dir+"/state\"\n"+base+text)
	}
	for _, step := range []struct {
		name         string
		do           func()
		changed, err bool
	}{
		{"at first", func() {}, false, false},
		{"changed", func() { write("[spool]\nmax_size = \"1GB\"\n") }, false, false},
		{"just now", func() {}, false, false},
		{"changed again", func() { write("[spool]\nmax_size = \"11GB\"\n"); c.since = c.since.Add(-settleTime) }, false, false},
		{"and just now", func() {}, false, false},
		{"a while ago", func() { c.since = c.since.Add(-settleTime) }, true, false},
		{"as before", func() { write("") }, false, false},
		{"and for a while", func() { c.since = c.since.Add(-settleTime) }, false, false},
		{"wrong", func() { write("none = 1\n") }, false, false},
		{"for a while", func() { c.since = c.since.Add(-settleTime) }, false, true},
		{"and still", func() {}, false, false},
		{"right again", func() { write("[spool]\nmax_size = \"111GB\"\n") }, false, false},
		{"right for a while", func() { c.since = c.since.Add(-settleTime) }, true, false},
	} {
		step.do()
		if changed, err := c.changed(); changed != step.changed || (err != nil) != step.err {
			t.Errorf("%s: changed %v, %v", step.name, changed, err)
		}
	}
}

// TestLoadIsNotWaitedFor: settings that change no consumer are loaded at once, and whoever is to end waits for none.
func TestLoadIsNotWaitedFor(t *testing.T) {
	_, path := aConfig(t, "[log]\ndir = \"DIR/log\"\n")
	ctx, stop := context.WithCancel(context.Background())
	stop()
	f := cli.Flags{Config: path}
	s, err := loadSettled(ctx, f)
	if err != nil || s.Digest == "" {
		t.Fatal(err)
	}
	if err := s.State().Make(); err != nil {
		t.Fatal(err)
	}
	others := s.Consumers()
	others.Digest, others.Relays = "another", []string{"gone"}
	if err := others.Record(s.State(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := loadSettled(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestStatusOfOthers: a state directory of other consumers than the configuration has is looked at, and that is a problem.
func TestStatusOfOthers(t *testing.T) {
	_, path := aConfig(t, "[log]\ndir = \"DIR/log\"\n")
	f := cli.Flags{Config: path}
	s, err := load(f)
	if err != nil {
		t.Fatal(err)
	}
	if dir, problem, err := statusDir(f); dir != s.State() || problem != nil || err != nil {
		t.Errorf("%s: %v, %v", dir, problem, err)
	}
	if err := s.State().Make(); err != nil {
		t.Fatal(err)
	}
	others := s.Consumers()
	others.Relays = []string{"gone"}
	if err := others.Record(s.State(), false); err != nil {
		t.Fatal(err)
	}
	if dir, problem, err := statusDir(f); dir != s.State() || !errors.Is(problem, statedir.ErrOtherConsumers) || err != nil {
		t.Errorf("%s: %v, %v", dir, problem, err)
	}
	if dir, problem, err := statusDir(cli.Flags{Config: path, StateDir: "/elsewhere"}); dir != "/elsewhere" || problem != nil || err != nil {
		t.Errorf("%s: %v, %v", dir, problem, err)
	}
	if dir, _, err := statusDir(cli.Flags{Config: path + ".none"}); dir != "" || err == nil {
		t.Errorf("%s: %v", dir, err)
	}
}

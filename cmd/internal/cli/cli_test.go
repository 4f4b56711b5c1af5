package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"httpd-syslog/config"
	"httpd-syslog/forwarder/cards"
	"httpd-syslog/forwarder/testbed"
)

// hinted is an error with a hint.
type hinted struct{ error }

func (hinted) Hint() string { return "try this" }

// TestComplain: each line of an error is a message of its own, and the hint stands behind them.
func TestComplain(t *testing.T) {
	var b bytes.Buffer
	Complain(&b, fmt.Errorf("a:\n%w", hinted{errors.New("b")}))
	if want := "httpd_syslog: a:\nhttpd_syslog: b\nhttpd_syslog: hint: try this\n"; b.String() != want {
		t.Errorf("%q", b.String())
	}
	for n, want := range map[uint64]string{0: "0 lines", 1: "1 line", 2: "2 lines"} {
		if got := Plural(n, "line"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if f, err := os.Open(os.DevNull); err != nil || IsTerminal(f) {
		t.Error("no terminal is one", err)
	} else {
		f.Close()
	}
}

// TestFlags: what is understood goes to other processes as it came, with paths that do not depend on the directory.
func TestFlags(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseFlags([]string{"--stream", "error", "--config=c", "--log-dir", "/l", "--state-dir", "s", "--relay", "udp://a", "--relay", "tcp://b", "--wait"}, nil)
	want := Flags{Stream: "error", Config: here + "/c", LogDir: "/l", StateDir: here + "/s", Relays: []string{"udp://a", "tcp://b"}, Wait: true}
	if err != nil || !reflect.DeepEqual(f, want) {
		t.Errorf("%+v, %v", f, err)
	}
	args := []string{"--stream=error", "--config=" + here + "/c", "--log-dir=/l", "--state-dir=" + here + "/s", "--relay=udp://a", "--relay=tcp://b"}
	if got := f.Args(); !slices.Equal(got, args) {
		t.Errorf("%q", got)
	}
	if f, err := ParseFlags(nil, nil); err != nil || !slices.Equal(f.Args(), []string{"--stream=access"}) || f.Own() != "" {
		t.Errorf("%q, %v", f.Args(), err)
	}
	own := map[string]bool{}
	for _, f := range []Flags{{LogDir: "/l"}, {Relays: []string{"a"}}, {Relays: []string{"a", "b"}}, {Config: "/c", LogDir: "/l"}} {
		own[f.Own()] = true
	}
	if len(own) != 4 || own[""] {
		t.Errorf("%v", own)
	}
	if f := (Flags{Config: "/c", StateDir: "/s"}); f.Own() != "" {
		t.Errorf("%q", f.Own())
	}
	if _, err := ParseFlags([]string{"x"}, nil); err == nil || !strings.Contains(err.Error(), `unexpected argument "x"`) {
		t.Error(err)
	}
	if f, err := ParseFlags([]string{"--config", "c", "--other"}, nil); err == nil || f.Config != here+"/c" {
		t.Errorf("what stands before an error: %+v, %v", f, err)
	}
	other := false
	if _, err := ParseFlags([]string{"--other"}, func(fs *flag.FlagSet) { fs.BoolVar(&other, "other", false, "") }); err != nil || !other {
		t.Errorf("a command's own option: %v", err)
	}
}

// TestLoad: options stand in place of the file's settings, and other consumers have a state directory of their own.
func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.toml")
	const text = "state_dir = \"/state\"\n[log]\ndir = \"/log\"\n[[relay]]\nname = \"a\"\nservers = [\"tcp://a\"]\n[[listen]]\nurl = \"udp://:1\"\ncollect = true\n"
	testbed.WriteFile(t, path, text)
	s, err := Load(Flags{Config: path})
	name, _ := os.Hostname()
	if err != nil || !s.Exists || s.Path != path || s.Source != path || s.Sum != fmt.Sprintf("%x", sha256.Sum256([]byte(text))) || len(s.Digest) != 12 || s.Hostname != name || s.State() != "/state" {
		t.Errorf("%+v, %v", s, err)
	}
	set := s.Consumers()
	if set.Config != path || set.Digest != s.Digest || set.LogDir != "/log" || !slices.Equal(set.Streams, []string{"access", "error"}) || !slices.Equal(set.Relays, []string{"a"}) || !slices.Equal(set.Whole, []string{"a"}) {
		t.Errorf("%+v", set)
	}
	if st, ok := s.Stream("error"); !ok || st.File != "error_log" {
		t.Errorf("%+v, %t", st, ok)
	}
	if _, ok := s.Stream("x"); ok {
		t.Error("there is a stream x")
	}
	own, err := Load(Flags{Config: path, LogDir: "/l", Relays: []string{"udp://b", "tcp://c"}})
	if err != nil || own.Log.Dir != "/l" || len(own.Relays) != 2 || own.Relays[1].Servers[0].Host != "c" || !strings.HasPrefix(own.StateDir, "/state/by-flags/") || !strings.HasPrefix(own.Source, path+" with options ") {
		t.Errorf("%+v, %v", own, err)
	}
	if s, err := Load(Flags{Config: path, LogDir: "/l", StateDir: "/s"}); err != nil || s.StateDir != "/s" {
		t.Errorf("%s, %v", s.StateDir, err)
	}
	if _, err := Load(Flags{Config: path, Relays: []string{"x://", "udp://b", "udp://b"}}); err == nil || !strings.Contains(err.Error(), "--relay: \"x://\"") || !strings.Contains(err.Error(), `--relay: "udp://b" is given twice`) {
		t.Error(err)
	}
	testbed.WriteFile(t, path, "state_dir = \"/other\"\nkeep = 1\n[card_numbers]\naction = \"truncate\"\n")
	if s, err := Load(Flags{Config: path}); err == nil || s.StateDir != "/other" || s.CardRules().Action != cards.Truncate || s.Log.Dir != config.Default().Log.Dir {
		t.Errorf("of a bad file: %+v, %v", s.Config, err)
	}
	if s, err := Load(Flags{Config: path + ".none"}); err == nil || s.Exists || s.Sum != "" {
		t.Errorf("of none: %+v, %v", s, err)
	}
}

// TestCardActions: what is done about card numbers is what the configuration says, with its exceptions.
func TestCardActions(t *testing.T) {
	for action, want := range map[config.CardAction]cards.Action{config.Report: cards.Report, config.Truncate: cards.Truncate, config.CardsOff: cards.Off} {
		s := Settings{Config: &config.Config{CardNumbers: config.CardNumbers{Action: action, Except: []string{"order="}}}}
		if got := s.CardRules(); got.Action != want || !slices.Equal(got.Numbers.Except, []string{"order="}) {
			t.Errorf("%v: %+v", action, got)
		}
	}
}

// TestOwnDir: a directory below one of everybody's is this user's alone, and what somebody else may write to is passed over.
func TestOwnDir(t *testing.T) {
	shared := t.TempDir()
	if err := os.Chmod(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	for range 2 { // made, and found again
		if got := ownDirIn(shared, "x"); got != shared+"/x" {
			t.Errorf("%s", got)
		}
	}
	if st, err := os.Stat(shared + "/x"); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", st, err)
	}
	if err := errors.Join(os.Chmod(shared+"/x", 0o770), os.Symlink(shared, shared+"/x-1"), os.WriteFile(shared+"/x-2", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if got := ownDirIn(shared, "x"); got != shared+"/x-3" {
		t.Errorf("%s", got)
	}
	for n := range 100 {
		_ = os.WriteFile(fmt.Sprintf("%s/x-%d", shared, n), nil, 0o600)
	}
	_ = os.Remove(shared + "/x-3")
	testbed.WriteFile(t, shared+"/x-3", "")
	if got := ownDirIn(shared, "x"); got != shared+"/x/taken-by-others" {
		t.Errorf("%s", got)
	}
}

// TestInquiry: an answer has its own status, what cannot be said another one, and what is asked wrongly a third.
func TestInquiry(t *testing.T) {
	for want, tt := range map[string]struct {
		args   []string
		wrong  error
		status int
		err    error
	}{
		"1 ":                             {status: 1},
		"7 httpd_syslog: ask: no disk\n": {status: 1, err: errors.New("no disk")},
		"2 httpd_syslog: ask: not so\n":  {wrong: errors.New("not so")},
		"0 " + help:                      {args: []string{"-h"}},
	} {
		var out, errs bytes.Buffer
		q := Inquiry{Name: "ask", Unread: 7, Validate: func() error { return tt.wrong }, Answer: func(ctx context.Context, f Flags) (int, error) { return tt.status, tt.err }}
		code := q.Run(t.Context(), tt.args, &out, &errs)
		if got := fmt.Sprint(code, " ", errs.String(), out.String()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestPeriod: times are read in each of their forms, days to their ends, and an end is behind its begin.
func TestPeriod(t *testing.T) {
	day := time.Date(2026, 11, 27, 0, 0, 0, 0, time.Local)
	for text, want := range map[string]time.Time{
		"2026-11-27T15:04:05Z": time.Date(2026, 11, 27, 15, 4, 5, 0, time.UTC), "2026-11-27T15:04+02:00": time.Date(2026, 11, 27, 13, 4, 0, 0, time.UTC),
		"2026-11-27T15:04:05": day.Add(15*time.Hour + 4*time.Minute + 5*time.Second), "2026-11-27 15:04": day.Add(15*time.Hour + 4*time.Minute), "2026-11-27": day,
		"2026-11-27T15:04": day.Add(15*time.Hour + 4*time.Minute), "2026-11-27 15:04:05": day.Add(15*time.Hour + 4*time.Minute + 5*time.Second),
	} {
		for _, end := range []bool{false, true} {
			if end && text == "2026-11-27" {
				want = day.AddDate(0, 0, 1)
			}
			if got, err := ParseTime(text, end); err != nil || !got.Equal(want) {
				t.Errorf("%s: %v, %v", text, got, err)
			}
		}
	}
	for args, good := range map[string]bool{"": true, "--from 2026-11-27 --to 2026-11-27": true, "--from 2026-11-27T10:00 --to 2026-11-27T10:00": false, "--from 2026-11-27": true, "--to 2026-11-27": true} {
		var p Period
		var all []string
		_, err := ParseFlags(strings.Fields(args), func(fs *flag.FlagSet) { p.Add(fs); List(fs, "host", &all) })
		if err != nil || (p.Check() == nil) != good {
			t.Errorf("%s: %v, %v", args, err, p.Check())
		}
	}
	var all []string
	add := func(fs *flag.FlagSet) { List(fs, "host", &all) }
	if _, err := ParseFlags([]string{"--host", "a", "--host", "b"}, add); err != nil || !slices.Equal(all, []string{"a", "b"}) {
		t.Errorf("%q, %v", all, err)
	}
	if _, err := ParseFlags([]string{"--host", ""}, add); err == nil {
		t.Error("an empty host is one")
	}
}

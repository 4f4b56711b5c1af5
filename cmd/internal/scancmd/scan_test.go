package scancmd

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"httpd-syslog/cmd/internal/cli"
	"httpd-syslog/forwarder/leaktest"
	"httpd-syslog/forwarder/statedir"
	"httpd-syslog/forwarder/testbed"
)

func TestMain(m *testing.M) { leaktest.Run(m) }

const card, lines = "4111111111111111", "a\nnumber=4111111111111111 b\nnumber=4111111111111111\n"

// site is a directory with files to look at and a configuration.
func site(t *testing.T, more string) (dir, config string) {
	t.Helper()
	dir = t.TempDir()
	config = dir + "/httpd_syslog.toml"
	testbed.WriteFile(t, config, fmt.Sprintf("state_dir = %q\n[log]\ndir = %q\n%s", dir+"/state", dir+"/log", more))
	testbed.WriteFile(t, dir+"/cards/access_log", lines)
	testbed.WriteFile(t, dir+"/clean/access_log", "GET /\n")
	return dir, config
}

// TestScan: the exit status and the event say what was found, and the event has no number of a card.
func TestScan(t *testing.T) {
	for name, tt := range map[string]struct {
		more   string
		args   []string
		status int
		event  []string // of the event; nil: none
	}{
		"cards":          {args: []string{"DIR/cards"}, status: 1},
		"cards told":     {args: []string{"--tell", "DIR/cards"}, status: 1, event: []string{"event=cards.scan_found", " files=1 ", " count=2 ", "what=DIR/cards ", fmt.Sprintf(" bytes=%d ", len(lines)), " unread=0 ", " last=0 last_event=1"}},
		"clean":          {args: []string{"DIR/clean"}, status: 0},
		"clean told":     {args: []string{"--tell", "DIR/clean"}, status: 0, event: []string{"event=cards.scanned", " files=1 ", " count=0 ", "what=DIR/clean ", " bytes=6 ", " unread=0 ", " last=0 last_event=1"}},
		"nothing there":  {args: []string{"--tell", "DIR/none", "DIR/clean"}, status: 2, event: []string{"event=cards.scanned", " unread=1 ", "what=\"DIR/none DIR/clean\""}},
		"an exception":   {more: "[card_numbers]\nexcept = [\"number=\"]\n", args: []string{"DIR/cards"}, status: 0},
		"no files":       {args: nil, status: cli.ExitUsage},
		"another option": {args: []string{"--x", "DIR/clean"}, status: cli.ExitUsage},
		"another place":  {args: []string{"--tell", "--state-dir", "DIR/other", "DIR/clean"}, status: 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir, config := site(t, tt.more)
			args := []string{"--config", config}
			for _, a := range tt.args {
				args = append(args, strings.ReplaceAll(a, "DIR", dir))
			}
			var out, errs bytes.Buffer
			if got := Run(t.Context(), args, &out, &errs); got != tt.status || strings.Contains(out.String()+errs.String(), card) {
				t.Errorf("status %d, want %d: %s%s", got, tt.status, out.String(), errs.String())
			}
			if name == "another place" {
				dir = dir + "/other"
			} else {
				dir = dir + "/state"
			}
			if (tt.event != nil || name == "another place") != testbed.Exists(dir) {
				t.Fatalf("an event is told: %t", testbed.Exists(dir))
			}
			if tt.event == nil {
				return
			}
			told := testbed.Spooled(t, statedir.Dir(dir))
			for _, want := range tt.event {
				if want = strings.ReplaceAll(want, "DIR", strings.TrimSuffix(dir, "/state")); !strings.Contains(told, want) {
					t.Errorf("there is no %s in %s", want, told)
				}
			}
		})
	}
}

// TestScanCannotTell: an event that cannot be written is told, and is no success.
func TestScanCannotTell(t *testing.T) {
	dir, config := site(t, "")
	testbed.WriteFile(t, dir+"/state/spool", "no directory")
	var out, errs bytes.Buffer
	if got := Run(t.Context(), []string{"--config", config, "--tell", dir + "/clean"}, &out, &errs); got != scanUnable || !strings.Contains(errs.String(), "httpd_syslog: scan: ") {
		t.Errorf("status %d: %s", got, errs.String())
	}
}

// TestShowCardNumbers: what would be taken for one is shown under the rules in force, as it would be kept.
func TestShowCardNumbers(t *testing.T) {
	dir, config := site(t, "[card_numbers]\naction = \"truncate\"\n")
	s, err := cli.Load(cli.Flags{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	got := ShowCardNumbers(t.Context(), &s, dir+"/cards/access_log", &out, &errs)
	if got != 1 || !strings.HasPrefix(out.String(), "card numbers   are truncated before lines are written, and 6+4 digits stay\n") || !strings.Contains(out.String(), "number=411111******1111 b") || strings.Contains(out.String(), card) {
		t.Errorf("status %d: %s%s", got, out.String(), errs.String())
	}
	if got := ShowCardNumbers(t.Context(), &s, dir+"/none", &out, &errs); got != 2 || !strings.Contains(errs.String(), os.ErrNotExist.Error()[:4]) {
		t.Errorf("status %d: %s", got, errs.String())
	}
}

package verify_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/archive"
	"httpd-syslog/forwarder/verify/finding"
	"httpd-syslog/forwarder/verify/verifytest"
)

// rotatedFile is a rotated file of a stream, plain or compressed.
func rotatedFile(t *testing.T, s *verifytest.Site, stream string, packed bool) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(s.Local, stream+"_log-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if strings.HasSuffix(path, ".gz") == packed {
			return path
		}
	}
	t.Fatalf("there is none: %q", all)
	return ""
}

// write replaces a file.
func write(t *testing.T, path, text string) {
	t.Helper()
	testbed.WriteFile(t, path, text)
}

// TestLocalFiles: what can have become of a web server's files, and what is said of it.
func TestLocalFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(t *testing.T, s *verifytest.Site)
		exit int
		says []string
	}{
		"nothing": {func(*testing.T, *verifytest.Site) {}, 0, nil},
		"a rotated file compressed later": {func(t *testing.T, s *verifytest.Site) {
			path := rotatedFile(t, s, "error", false)
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write([]byte(testbed.ReadFile(t, path)))
			_ = z.Close()
			write(t, path+".gz", b.String())
			_ = os.Remove(path)
		}, 0, nil},
		"both, as a compression leaves them that was broken off": {func(t *testing.T, s *verifytest.Site) {
			write(t, rotatedFile(t, s, "error", false)+".gz", "half")
		}, 0, nil},
		"a rotated file renamed": {func(t *testing.T, s *verifytest.Site) {
			path := rotatedFile(t, s, "access", true)
			_ = os.Rename(path, strings.Replace(path, "T10", "T11", 1))
		}, 1, []string{"file_missing: ", "unknown_file: "}},
		"a byte in a compressed file": {func(t *testing.T, s *verifytest.Site) {
			path := rotatedFile(t, s, "access", true)
			b := []byte(testbed.ReadFile(t, path))
			b[len(b)/2] ^= 0xff
			write(t, path, string(b))
		}, 1, []string{"file_flaw: ", "damaged or not whole"}},
		"lines behind the last seal of a finished file": {func(t *testing.T, s *verifytest.Site) {
			path := rotatedFile(t, s, "access", false)
			write(t, path, testbed.ReadFile(t, path)+"more\n")
		}, 1, []string{"file_grown: ", "bytes stand behind the last seal"}},
		"lines behind the last seal of a file that is written to": {func(t *testing.T, s *verifytest.Site) {
			write(t, filepath.Join(s.Local, "error_log"), testbed.ReadFile(t, filepath.Join(s.Local, "error_log"))+"more\n")
		}, 0, nil},
		"a file that is written to is shorter": {func(t *testing.T, s *verifytest.Site) {
			text := testbed.ReadFile(t, filepath.Join(s.Local, "error_log"))
			write(t, filepath.Join(s.Local, "error_log"), text[:len(text)-9])
		}, 1, []string{"file_shortened: ", "were sealed"}},
		"a file that is written to is gone": {func(t *testing.T, s *verifytest.Site) {
			_ = os.Remove(filepath.Join(s.Local, "error_log"))
		}, 1, []string{"file_missing: "}},
		"an old file that no seal knows": {func(t *testing.T, s *verifytest.Site) {
			write(t, filepath.Join(s.Local, "access_log-2026-11-01T10-00-00.000"), "old\n")
		}, 0, []string{"note: ", "was rotated before the first seal"}},
		"a new file that no seal knows": {func(t *testing.T, s *verifytest.Site) {
			write(t, filepath.Join(s.Local, "access_log-2026-11-20T10-10-10.000"), "new\n")
		}, 1, []string{"unknown_file: "}},
		"another program's file": {func(t *testing.T, s *verifytest.Site) {
			write(t, filepath.Join(s.Local, "other"), "x\n")
		}, 0, []string{"is in no seal"}},
		"lines put in, and others taken out": {func(t *testing.T, s *verifytest.Site) {
			path := rotatedFile(t, s, "access", false)
			lines := strings.SplitAfter(testbed.ReadFile(t, path), "\n")
			n := len(lines)
			lines[n*3/4] = ""
			lines[n/4] += "put in\n"
			write(t, path, strings.Join(lines, ""))
		}, 1, []string{"there are 7 more", "fewer"}},
		"no events": {func(t *testing.T, s *verifytest.Site) {
			removeEvents(t, s)
		}, 1, []string{"no seal is of these files"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := verifytest.New(t, verifytest.Options{Seed: 16})
			tt.do(t, s)
			r := check(t, verify.Options{LogDir: s.Local})
			var b strings.Builder
			if err := r.Write(&b); err != nil || r.Exit() != tt.exit {
				t.Errorf("%v, exit status %d, want %d", err, r.Exit(), tt.exit)
			}
			for _, say := range tt.says {
				if !strings.Contains(b.String(), say) {
					t.Errorf("nothing says %q", say)
				}
			}
			if t.Failed() {
				t.Logf("%.3000s", &b)
			}
		})
	}
}

// removeEvents removes the files of the events.
func removeEvents(t *testing.T, s *verifytest.Site) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(s.Local, "audit_log*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCentralEventsAlone: local files are checked against the seals at a central server, where audit_log is gone.
func TestCentralEventsAlone(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 9})
	o := verify.Options{LogDir: s.Local, Central: []string{s.Remote}}
	removeEvents(t, s)
	r := check(t, o)
	if r.Exit() != finding.Findings || r.Counts.Bytes == 0 || !strings.Contains(r.First(), "audit_log") {
		t.Errorf("%s: %s", r.Sentence(), r.First())
	}
}

// TestHostileFiles: whatever somebody has put into files, a check ends, and what it prints does nothing to a
// terminal.
func TestHostileFiles(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 2, Minutes: 12, Lines: 10})
	paths, err := archive.Find(filepath.Dir(s.Local))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(4, 2))
	for range 80 {
		path := paths[rng.IntN(len(paths))]
		text := testbed.ReadFile(t, path)
		testbed.WriteFile(t, path, hostile(rng, text))
		r := check(t, verify.Options{Central: []string{s.Remote}, LogDir: s.Local, Memory: 20000})
		var b, j bytes.Buffer
		if err := errors.Join(r.Write(&b), r.WriteJSON(&j)); err != nil {
			t.Fatal(err)
		}
		for _, c := range b.String() + j.String() {
			if c != '\n' && !unicode.IsPrint(c) {
				t.Fatalf("%q in\n%s", c, &b)
			}
		}
		testbed.WriteFile(t, path, text)
	}
}

// hostile changes a text in some places: bits, numbers, pieces that are repeated, put elsewhere, or left out, and
// what moves a terminal.
func hostile(rng *rand.Rand, text string) string {
	if len(text) == 0 {
		return "\x1b[2J\n"
	}
	for range 1 + rng.IntN(5) {
		at := rng.IntN(len(text))
		end := min(len(text), at+rng.IntN(300))
		switch rng.IntN(6) {
		case 0:
			text = text[:at] + string(text[at]^byte(1<<rng.IntN(8))) + text[at+1:]
		case 1:
			text = text[:at] + text[end:] + "\n"
		case 2:
			text = text[:end] + text[at:]
		case 3:
			text = text[:at] + "\x1b]0;x\a\x9b\u202e" + text[at:]
		case 4:
			text = text[:at] + "999999999999999999" + text[at:]
		case 5:
			piece := text[at:end]
			to := rng.IntN(len(text))
			text = text[:to] + piece + text[to:]
		}
	}
	return text
}

// TestNothingCouldBeChecked: what was asked for is not there, or is not what can be checked; and that is no success.
func TestNothingCouldBeChecked(t *testing.T) {
	s := verifytest.New(t, verifytest.Options{Seed: 9, Minutes: 5})
	old := t.TempDir()
	write(t, filepath.Join(old, "messages"), "<141>Nov 22 10:00:00 web1 httpd[7]: GET / HTTP/1.1\n<141>Nov 22 10:00:01 web1 httpd[7]: GET /\x1b[2J HTTP/1.1\n")
	for name, o := range map[string]verify.Options{
		"an empty directory":              {Central: []string{t.TempDir()}},
		"a directory that is not there":   {Central: []string{filepath.Join(old, "none")}},
		"an empty one beside a whole one": {Central: []string{s.Remote, t.TempDir()}},
		"an empty log directory":          {LogDir: t.TempDir()},
		"a log directory that is not":     {LogDir: filepath.Join(old, "none")},
		"a host that is not there":        {Central: []string{s.Remote}, Hosts: []string{s.Host, "web9"}},
		"a file of RFC 3164":              {Central: []string{old}},
		"one beside whole ones":           {Central: []string{s.Remote, old}},
	} {
		r, err := verify.Run(t.Context(), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var b strings.Builder
		if err := r.Write(&b); err != nil || r.Exit() != finding.Partial || strings.Contains(b.String(), "\x1b") {
			t.Errorf("%s: %v, exit status %d, want %d:\n%s", name, err, r.Exit(), finding.Partial, &b)
		}
	}
}

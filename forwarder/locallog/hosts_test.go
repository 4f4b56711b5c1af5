package locallog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"httpd-syslog/forwarder/locallog/vhost"
	"httpd-syslog/forwarder/spool"
	"httpd-syslog/rotate"
)

// hostSite has a file for each virtual host.
func hostSite(t *testing.T, maxFiles int) *site {
	s := newSite(t)
	s.streams[0].File, s.streams[0].MaxFiles = "{vhost}/access_log", maxFiles
	return s
}

// TestFileForEachHost: one pipe, and each host's lines in a file of its own, in their order; more hosts
// than files are open at once, others than there may be files in one for all, and names that are
// found again by another process.
func TestFileForEachHost(t *testing.T) {
	t.Parallel()
	const open, rounds = 4 * filesAtOnce, 4
	const hosts = 3 * open
	s := hostSite(t, hosts)
	must(t, os.Mkdir(s.o.Dir, 0o755))
	must(t, os.Chmod(s.o.Dir, 0o751|os.ModeSetgid))
	s.maxOpen = open
	w := s.writer("access")
	want := make(map[string]string)
	line := func(host string, n int) string {
		text := fmt.Sprintf("%s 192.0.2.1 %d\n", host, n)
		return text
	}
	for round := range rounds {
		l, end := s.beginLocal()
		for half := range 2 {
			var text strings.Builder
			for h := range hosts + 5 {
				host := fmt.Sprintf("host%d.example", h)
				own := line(strings.ToUpper(host), 10*round+half)
				text.WriteString(own)
				if h >= hosts {
					host = vhost.Other
				}
				want[host] += own
			}
			w.Text(text.String())
			s.step(l)
		}
		if n := openBelow(t, s.o.Dir); n > 2*(open+filesAtOnce)+2 {
			t.Errorf("%d files are open", n)
		}
		if round == rounds-1 {
			w.Close()
		}
		end()
	}
	for host, text := range want {
		if got := s.local(host + "/access_log"); got != text {
			t.Fatalf("%s has %.200q, want %.200q", host, got, text)
		}
	}
	entries, err := os.ReadDir(s.o.Dir)
	must(t, err)
	if len(entries) != hosts+2 { // _other, audit_log
		t.Errorf("%d files and directories", len(entries))
	}
	info, err := os.Stat(filepath.Join(s.o.Dir, "host1.example"))
	must(t, err)
	if info.Mode().Perm() != 0o751 || info.Mode()&os.ModeSetgid == 0 {
		t.Errorf("the directories have mode %v", info.Mode())
	}
	for _, st := range s.status().Streams {
		if lines := uint64(2 * rounds * (hosts + 5)); st.Name == "access" && (st.Local != lines || st.Lines != lines) {
			t.Errorf("status has %+v, want %d lines", st, lines)
		}
	}
	if n := strings.Count(s.local("audit_log"), "more than"); n < 1 || n > rounds {
		t.Errorf("%d events of too many hosts", n)
	}
}

// openBelow counts the descriptors of this process within a directory.
func openBelow(t *testing.T, dir string) (n int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	for _, fd := range fds {
		if to, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(to, dir+"/") {
			n++
		}
	}
	return n
}

// TestHostFilesAreRotated: each by its own size, and by time though nothing comes for it.
func TestHostFilesAreRotated(t *testing.T) {
	t.Parallel()
	s := hostSite(t, 0)
	s.o.MaxSize = 64 << 10
	w := s.writer("access")
	l, end := s.beginLocal()
	var want strings.Builder
	for n := range 40 {
		text := fmt.Sprintf("busy.example %d %s\n", n, strings.Repeat("x", 4000))
		want.WriteString(text)
		w.Text(text + fmt.Sprintf("quiet.example %d\n", n))
		s.step(l)
	}
	w.Close()
	end()
	rotated, err := filepath.Glob(filepath.Join(s.o.Dir, "busy.example", "access_log-*"))
	must(t, err)
	if len(rotated) != 2 {
		t.Errorf("%d rotated files", len(rotated))
	}
	var got string
	for _, path := range rotated {
		b, err := os.ReadFile(path)
		must(t, err)
		got += string(b)
	}
	if got+s.local("busy.example/access_log") != want.String() {
		t.Error("the files do not have each line once")
	}
	if quiet, _ := os.ReadDir(filepath.Join(s.o.Dir, "quiet.example")); len(quiet) != 1 {
		t.Errorf("the other host's file was rotated too: %v", quiet)
	}
	s.o.Period = rotate.Daily
	yesterday := time.Now().AddDate(0, 0, -1)
	quiet := filepath.Join(s.o.Dir, "quiet.example", "access_log")
	must(t, os.Chtimes(quiet, yesterday, yesterday))
	l, end = s.beginLocal()
	s.step(l)
	end()
	if quiet, _ := os.ReadDir(filepath.Dir(quiet)); len(quiet) != 2 {
		t.Errorf("a day later there is %v", quiet)
	}
}

// TestHostsAfterAKill: no line of any host is missing or there twice, whatever had been written.
func TestHostsAfterAKill(t *testing.T) {
	t.Parallel()
	s := hostSite(t, 0)
	w := s.writer("access")
	want := make(map[string]string)
	spoolRound := func(n int) {
		var text strings.Builder
		for h := range 2 * filesAtOnce {
			host := fmt.Sprintf("host%d.example", h%(filesAtOnce+n))
			line := fmt.Sprintf("%s %d\n", host, n)
			text.WriteString(line)
			want[host] += line
		}
		w.Text(text.String())
	}
	spoolRound(1)
	l, end := s.beginLocal()
	s.step(l)
	must(t, l.commit())
	killed := s.backup()
	for n := 2; n < 6; n++ {
		spoolRound(n)
		s.step(l)
	}
	after := s.spoolFiles()
	end()
	killed()
	s.restoreSpool(after)
	must(t, os.Remove(filepath.Join(s.o.Dir, "host3.example", "access_log"))) // and one that somebody has removed
	want["host3.example"] = strings.TrimPrefix(want["host3.example"], "host3.example 1\nhost3.example 1\n")
	l, end = s.beginLocal()
	s.step(l)
	w.Close()
	end()
	for host, text := range want {
		if got := s.local(host + "/access_log"); got != text {
			t.Errorf("%s has %q, want %q", host, got, text)
		}
	}
	if found := s.status().Local.Found; len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

// spoolFiles and restoreSpool keep what the spool has.
func (s *site) spoolFiles() (files map[string][]byte) {
	s.t.Helper()
	files = make(map[string][]byte)
	catalog := spool.NewCatalog(s.stateDir.Spool())
	must(s.t, catalog.Refresh())
	for _, f := range catalog.Files() {
		b, err := os.ReadFile(f.Path)
		must(s.t, err)
		files[f.Path] = b
	}
	return files
}

func (s *site) restoreSpool(files map[string][]byte) {
	s.t.Helper()
	for path, b := range files {
		must(s.t, os.WriteFile(path, b, 0o640))
	}
}

// TestHostDirectoryThatIsALink: it is not followed, and holds up no other host.
func TestHostDirectoryThatIsALink(t *testing.T) {
	t.Parallel()
	s := hostSite(t, 0)
	elsewhere := t.TempDir()
	must(t, os.Mkdir(s.o.Dir, 0o755))
	must(t, os.Symlink(elsewhere, filepath.Join(s.o.Dir, "evil.example")))
	w := s.writer("access")
	l, end := s.beginLocal()
	w.Text("evil.example 1\ngood.example 1\nevil.example 2\n")
	s.step(l)
	if there, _ := os.ReadDir(elsewhere); len(there) != 0 {
		t.Errorf("the link was followed: %v", there)
	}
	if s.local("good.example/access_log") != "good.example 1\n" {
		t.Error("the other host waits")
	}
	must(t, os.Remove(filepath.Join(s.o.Dir, "evil.example")))
	s.untilLevel(l)
	if got := s.local("evil.example/access_log"); got != "evil.example 1\nevil.example 2\n" {
		t.Errorf("it has %q", got)
	}
	w.Close()
	end()
}

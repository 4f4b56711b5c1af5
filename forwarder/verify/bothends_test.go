package verify_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"httpd-syslog/forwarder/seal"
	"httpd-syslog/forwarder/testbed"
	"httpd-syslog/forwarder/verify"
	"httpd-syslog/forwarder/verify/finding"
)

const other = "9-00000000000000ee"

// site is a host with files of its own.
type site struct {
	*host
	local  map[string]string // files, by name
	sealed map[string]int    // how much of each is sealed
	since  map[string]uint64 // the first seal of each
}

func newSite() *site {
	return &site{newHost("web1"), make(map[string]string), make(map[string]int), make(map[string]uint64)}
}

// lines has a writer give numbers to texts, which the file has, and seals them. The server gets those that sent
// says yes to.
func (s *site) lines(writer string, first uint64, texts []string, sent func(n uint64) bool) {
	all := ""
	for i, text := range texts {
		all += text + "\n"
		if n := first + uint64(i); sent(n) {
			s.files["access"] += s.message("access", writer, n, text)
		}
	}
	s.local["access_log"] += all
	s.sum(writer, "access", seal.OfLines, first, len(texts), all)
}

// told has a writer tell events, likewise.
func (s *site) told(writer string, texts []string, sent func(n uint64) bool) {
	all, pid := "", strings.Split(writer, "-")[0]
	for i, text := range texts {
		n := uint64(i + 1)
		all += text + "\n"
		s.local["audit_log"] += fmt.Sprintf("%s %s httpd_syslog[%s]: [ID %d syslog.info] %s\n", s.now.Format("2006-01-02T15:04:05.000000Z"), s.name, pid, n, text)
		if sent(n) {
			s.files["audit"] += s.message("audit", writer, n, text)
		}
	}
	s.sum(writer, "audit", seal.OfEvents, 1, len(texts), all)
}

func (s *site) sum(writer, stream string, class seal.Class, first uint64, lines int, text string) {
	s.event(s.chain.Lines(seal.Lines{
		Writer: writer, Stream: stream, Class: class, First: first, Last: first + uint64(lines) - 1, Lines: uint64(lines), From: s.now, To: s.now, Sum: seal.SumOf(text),
	}))
}

// sealFiles seals what files have.
func (s *site) sealFiles() {
	for _, name := range []string{"access_log", "audit_log"} {
		if text, at := s.local[name], s.sealed[name]; at < len(text) {
			s.event(s.chain.File(seal.File{File: name, Since: s.since[name], Begin: int64(at), End: int64(len(text)), Sum: seal.SumOf(text[at:])}))
			s.sealed[name], s.since[name] = len(text), cmp.Or(s.since[name], s.chain.N)
		}
	}
}

// givenUp tells of lines, or events, that a relay has given up.
func (s *site) givenUp(writer, class string, first, last uint64) {
	s.event(fmt.Sprintf("given up {event=relay.given_up relay=a lines=%d total=1 writer=%s%s first=%d last=%d}", last-first+1, writer, class, first, last))
}

func (s *site) check(t *testing.T) (*finding.Report, string) {
	t.Helper()
	dir := t.TempDir()
	o := verify.Options{Central: []string{s.write(t, filepath.Join(dir, "central"))}, LogDir: filepath.Join(dir, "log")}
	for name, text := range s.local {
		testbed.WriteFile(t, filepath.Join(o.LogDir, name), text)
	}
	r := check(t, o)
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return r, b.String()
}

func all(uint64) bool { return true }

// but are all numbers without those from one to another, and without some more.
func but(first, last uint64, more ...uint64) func(uint64) bool {
	return func(n uint64) bool {
		return (n < first || n > last) && !slices.Contains(more, n)
	}
}

// forge changes the text of a line at the server.
func (s *site) forge(from, to string) {
	s.files["access"] = strings.Replace(s.files["access"], from, to, 1)
}

// TestExplainedAtBothEnds: lines that a relay has given up are at one end alone, as events say, and that is no
// finding; what else is not so at either end is found beside them, and named.
func TestExplainedAtBothEnds(t *testing.T) {
	begun := []string{"intake of access has begun: process 7 {event=intake.begin stream=access pid=7 writer=" + procID + "}", "another {event=access.x}", "the third {event=access.x}"}
	begunToo := []string{strings.NewReplacer("process 7", "process 9", "pid=7", "pid=9", procID, other).Replace(begun[0]), begun[1], begun[2]}
	for name, tt := range map[string]struct {
		make func(s *site)
		want []string // all that is found, as foundOf has it
	}{
		"some lines": {func(s *site) {
			s.lines(procID, 1, texts(1, 9), but(4, 5))
			s.givenUp(procID, "", 4, 5)
		}, nil},
		"many lines": {func(s *site) {
			s.lines(procID, 1, texts(1, 900), but(4, 800))
			s.givenUp(procID, "", 4, 800)
		}, nil},
		"an event": {func(s *site) {
			s.told(procID, begun, but(1, 1))
			s.givenUp(procID, " class=audit", 1, 1)
		}, nil},
		"lines and events": {func(s *site) {
			s.told(procID, begun, but(1, 2))
			s.lines(procID, 1, texts(1, 50), but(10, 40))
			s.givenUp(procID, " class=audit", 1, 2)
			s.givenUp(procID, "", 10, 40)
		}, nil},
		"lines of two writers": {func(s *site) {
			s.lines(procID, 1, texts(1, 50), but(10, 40))
			s.lines(other, 1, texts(51, 90), but(10, 30))
			s.givenUp(procID, "", 10, 40)
			s.givenUp(other, "", 10, 30)
		}, nil},
		"some lines, and others are missing": {func(s *site) {
			s.lines(procID, 1, texts(1, 60), but(4, 45, 2, 50))
			s.givenUp(procID, "", 4, 45)
		}, []string{
			"missing access.log:1 7:2", "missing access.log:6 7:50",
			"missing access_log:2 7:2 /2", "missing access_log:50 7:50 /50",
		}},
		"some lines, and another is altered": {func(s *site) {
			s.lines(procID, 1, texts(1, 60), but(4, 45))
			s.forge("/50 ", "/5x ")
			s.givenUp(procID, "", 4, 45)
		}, []string{"altered access.log:8 7:50 /5x not /50"}},
		"some lines, and another is quite another": {func(s *site) {
			s.lines(procID, 1, texts(1, 60), but(4, 45))
			s.forge("GET /50 HTTP/1.1", "/forged-from-one-end-to-the-other")
			s.givenUp(procID, "", 4, 45)
		}, []string{"altered access.log:8 7:50 /forged-from-one-end-to-the-other not /50"}},
		"an event, and another one is missing": {func(s *site) {
			s.told(procID, begun, but(1, 1))
			s.told(other, begunToo, but(1, 1))
			s.givenUp(procID, " class=audit", 1, 1)
		}, []string{"missing audit.log:5 9:1", "missing audit_log:4 9:1 intake"}},
		"lines of one writer, and one of another is missing": {func(s *site) {
			s.lines(procID, 1, texts(1, 50), but(10, 40))
			s.lines(other, 1, texts(51, 90), but(10, 10))
			s.givenUp(procID, "", 10, 40)
		}, []string{"missing access.log:28 9:10"}},
		"some lines, and one is added to the file": {func(s *site) {
			s.lines(procID, 1, texts(1, 9), all)
			s.sealFiles()
			s.lines(procID, 10, texts(10, 19), but(14, 15))
			s.givenUp(procID, "", 14, 15)
			s.sealFiles()
			s.local["access_log"] = strings.Replace(s.local["access_log"], "GET /18 ", "GET /forged HTTP/1.1\nGET /18 ", 1)
		}, []string{
			"added access_log:14 :0 /14: one of 3 lines that are here alone; events explain 2 of them",
			"added access_log:15 :0 /15: one of 3 lines that are here alone; events explain 2 of them",
			"added access_log:18 :0 /forged: one of 3 lines that are here alone; events explain 2 of them",
			"file_altered access_log:0 :0",
		}},
		"the same text again": {func(s *site) {
			again := append(texts(1, 9), texts(1, 9)...)
			s.lines(procID, 1, again, but(4, 5, 17))
			s.givenUp(procID, "", 4, 5)
		}, []string{"missing access.log:14 7:17"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite()
			tt.make(s)
			s.sealFiles()
			r, said := s.check(t)
			var got []string
			for _, f := range r.Findings {
				got = append(got, foundOf(&f))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("found:\n%s\nwant:\n%s\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"), said)
			}
		})
	}
}

// foundOf is a finding in short: its code, file and line, the process and the number of the line, and its text.
func foundOf(f *finding.Finding) string {
	short := func(text string) string {
		text = strings.TrimPrefix(strings.Trim(text, `"`), "GET ")
		word, _, _ := strings.Cut(text, " ")
		return word
	}
	pid, _, _ := strings.Cut(f.Writer, "-")
	s := strings.TrimSpace(fmt.Sprintf("%s %s:%d %s:%d %s", f.Code, filepath.Base(f.File), f.Line, pid, f.First, short(f.Text)))
	if f.Other != "" {
		s += " not " + short(f.Other)
	}
	if strings.HasPrefix(f.Say, "one of ") {
		s += ": " + f.Say
	}
	return s
}

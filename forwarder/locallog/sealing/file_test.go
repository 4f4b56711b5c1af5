package sealing

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"httpd-syslog/forwarder/cursor"
	"httpd-syslog/forwarder/event"
)

// steps is what a local log with three files may see; each ends where it can commit.
func steps(s *site) []func() {
	a, b, c := s.sender(3, 7, "access"), s.sender(2, 9, "access"), s.sender(1, 8, "error")
	events := c.events()
	return []func(){
		func() { s.write("access_log", a, "1\n2\n") },         // a file that is a writer's alone
		func() { s.write("error_log", c, "error\n") },         // and another one's
		func() { s.write("access_log", a, "3\n") },            // it goes on so
		func() { s.write("other_log", events, "happened\n") }, // events of a writer that has lines too
		func() { s.seal() },
		func() { s.write("access_log", a, "4\n") },
		func() { s.write("access_log", b, "b1\n") }, // and becomes one of two
		func() { s.write("access_log", a, "5\n6\n") },
		func() { s.write("error_log", a, "7\n") }, // two files of one writer, after another's line
		func() { s.write("error_log", c, "more\n") },
		func() { s.write("other_log", events, "again\n") },
		func() { s.seal() },
		func() { s.write("access_log", a, "8\n") },
		func() { s.write("other_log", a, "9\n") }, // of which each has some of the writer's lines alone
		func() { s.rotate("access_log") },
		func() { s.write("access_log", b, "b2\n") },
		func() { s.seal() },
		func() { s.rotate("access_log") }, // without anything that is not sealed
		func() { s.write("access_log", b, "b3\n") },
		func() { s.seal() },
	}
}

const stepsSealed = `1: 8-0000000000000001 error audit 1-1 (1) 1-1
2: 8-0000000000000001 error lines 1-1 (1) 1-1
3: 7-0000000000000003 access lines 1-3 (3) 1-3
4: access_log since 4 0-6
5: error_log since 5 0-6
6: other_log since 6 0-9
7: 8-0000000000000001 error audit 2-2 (1) 2-2
8: 8-0000000000000001 error lines 2-2 (1) 2-2
9: 9-0000000000000002 access lines 1-1 (1) 1-1
10: 7-0000000000000003 access lines 4-7 (4) 4-7
11: access_log since 4 6-15
12: error_log since 5 6-13
13: other_log since 6 9-15
14: 7-0000000000000003 access lines 8-9 (2) 8-9
15: access_log since 4 15-17
16: other_log since 6 15-17
17: 9-0000000000000002 access lines 2-2 (1) 2-2
18: access_log since 18 0-3
19: 9-0000000000000002 access lines 3-3 (1) 3-3
20: access_log since 20 0-3
`

// TestSealsAreOfWhatWasWritten: of each writer's texts and of each file's bytes, once and in order; whenever the process
// dies or is begun again.
func TestSealsAreOfWhatWasWritten(t *testing.T) {
	s := newSite(t)
	all := steps(s)
	for _, step := range all {
		step()
	}
	s.check()
	if got := s.seals(); got != stepsSealed {
		t.Errorf("seals:\n%s", got)
	}
	for died := range all {
		for _, recorded := range []bool{true, false} {
			t.Run(fmt.Sprintf("step %d recorded %v", died, recorded), func(t *testing.T) {
				s := newSite(t)
				for n, step := range steps(s) {
					before := s.commits
					step()
					if n == died && !recorded && s.commits == before {
						s.kill()
						step()
					}
					s.commit()
					if n == died && recorded {
						s.kill()
					}
				}
				s.check()
				if got := s.seals(); got != stepsSealed {
					t.Errorf("seals:\n%s", got)
				}
			})
		}
	}
}

// TestCommitInTheMidstOfABatch: what is in hand is in no seal and in no record, but for the bytes that files have got of it;
// the next process reads it again.
func TestCommitInTheMidstOfABatch(t *testing.T) {
	const sealed = "1: 1-0000000000000001 access lines 1-1 (1) 1-1\n2: access_log since 2 0-4\n"
	for name, tt := range map[string]struct {
		written, killed, sealAgain bool
		seals                      string
	}{
		"read":                    {false, false, false, "3: 1-0000000000000001 access lines 2-3 (2) 2-3\n4: access_log since 2 4-14\n"},
		"written":                 {true, false, false, "3: 1-0000000000000001 access lines 2-3 (2) 2-3\n4: access_log since 2 4-14\n"},
		"read, and killed":        {false, true, false, "3: 1-0000000000000001 access lines 2-3 (2) 2-3\n4: access_log since 2 4-14\n"},
		"written, and killed":     {true, true, false, "3: 1-0000000000000001 access lines 2-3 (2) 2-3\n4: access_log since 2 4-14\n"},
		"read, and file sealed":   {false, false, true, "3: access_log since 2 4-8\n4: 1-0000000000000001 access lines 2-3 (2) 2-3\n5: access_log since 2 8-14\n"},
		"written, and sealed":     {true, false, true, "3: access_log since 2 4-14\n4: 1-0000000000000001 access lines 2-3 (2) 2-3\n"},
		"written, sealed, killed": {true, true, true, "3: access_log since 2 4-14\n4: 1-0000000000000001 access lines 2-3 (2) 2-3\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			w := s.sender(1, 1, "access")
			s.write("access_log", w, "one\n")
			s.seal()
			s.write("access_log", w, "two\n")
			f := s.file("access_log")
			if tt.sealAgain {
				f.Want()
			}
			frame := w.frame("three\n")
			f.From(s.Read(frame), true)
			if tt.written {
				f.Wrote(frame.Payload, s.put("access_log", "three\n"))
			}
			if tt.sealAgain {
				s.WantAll() // of which the writer's lines must wait
			}
			s.commit()
			if tt.killed {
				s.kill()
				f = s.file("access_log")
				f.From(s.Read(frame), true)
				f.Skip() // where the file has it
			}
			if !tt.written {
				f.Wrote(frame.Payload, s.put("access_log", "three\n"))
			}
			s.Applied()
			if !tt.sealAgain {
				if n := s.Status().N; n != 2 {
					t.Errorf("%d seals", n)
				}
			}
			s.seal()
			s.check()
			if got := s.seals(); got != sealed+tt.seals {
				t.Errorf("seals:\n%s", got)
			}
		})
	}
}

// TestAnew: where others have changed a file its piece ends where it was left, and the next one begins where it is now,
// with an event, unless nothing of it is known.
func TestAnew(t *testing.T) {
	const lines = "1: 1-0000000000000001 access lines 1-1 (1) 1-1\n"
	for name, tt := range map[string]struct {
		before func(s *site, w *sender)
		size   int64 // of the file then; it ends there, and gets one line more
		seals  string
		told   string // end and begin
	}{
		"longer":             {func(s *site, w *sender) { s.write("access_log", w, "one\n") }, 9, "1: access_log since 1 0-4\n2: 1-0000000000000001 access lines 1-2 (2) 1-2\n3: access_log since 3 9-13\n", "4 9"},
		"shorter":            {func(s *site, w *sender) { s.write("access_log", w, "one\n") }, 1, "1: access_log since 1 0-4\n2: 1-0000000000000001 access lines 1-2 (2) 1-2\n3: access_log since 3 1-5\n", "4 1"},
		"empty":              {func(s *site, w *sender) { s.write("access_log", w, "one\n") }, 0, "1: access_log since 1 0-4\n2: 1-0000000000000001 access lines 1-2 (2) 1-2\n3: access_log since 3 0-4\n", "4 0"},
		"of the same length": {func(s *site, w *sender) { s.write("access_log", w, "one\n") }, 4, "1: access_log since 1 0-4\n2: 1-0000000000000001 access lines 1-2 (2) 1-2\n3: access_log since 3 4-8\n", "4 4"},
		"sealed":             {func(s *site, w *sender) { s.write("access_log", w, "one\n"); s.seal() }, 4, lines + "2: access_log since 2 0-4\n3: 1-0000000000000001 access lines 2-2 (1) 2-2\n4: access_log since 4 4-8\n", "4 4"},
		"not known":          {func(*site, *sender) {}, 9, lines + "2: access_log since 2 9-13\n", ""},
		"new":                {func(*site, *sender) {}, 0, lines + "2: access_log since 2 0-4\n", ""},
	} {
		for _, said := range []bool{true, false} { // by whoever writes the file, or it is found out when it is written
			if !said && (name == "of the same length" || name == "sealed") {
				continue
			}
			t.Run(fmt.Sprint(name, said), func(t *testing.T) {
				s := newSite(t)
				w := s.sender(1, 1, "access")
				tt.before(s, w)
				s.must(os.RemoveAll(s.path("access_log")))
				s.put("access_log", "x")
				s.must(os.Truncate(s.path("access_log"), tt.size))
				why := "others have changed its length"
				if said {
					why = "somebody says so"
					s.file("access_log").Anew(tt.size, why)
				}
				s.commit()
				if said {
					s.kill()
				}
				s.write("access_log", w, "one\n")
				s.seal()
				if got := s.seals(); said && got != tt.seals {
					t.Errorf("seals:\n%s", got)
				}
				for _, problem := range s.ledger.Problems() {
					t.Error(problem)
				}
				got := ""
				for _, text := range s.told {
					if told, _ := event.Parse(text); told.Code == event.SealAnew.Code {
						got += told.Get("end") + " " + told.Get("begin")
						if told.Get("file") != "access_log" || told.Get("cause") != why {
							t.Error(text)
						}
					}
				}
				if got != tt.told {
					t.Errorf("told: %q, want %q", got, tt.told)
				}
			})
		}
	}
}

// TestRotatedToNothing: where the file that has the name is not empty nothing was rotated, and its piece goes on; a file
// that is forgotten ends its piece, and one of its name is another.
func TestRotatedToNothing(t *testing.T) {
	s := newSite(t)
	w := s.sender(1, 1, "access")
	s.write("access_log", w, "one\n")
	s.file("access_log").Rotated(s.path("nowhere"), 4)
	s.write("access_log", w, "two\n")
	s.must(os.Rename(s.path("access_log"), s.path("access_log-1")))
	s.Forget(s.file("access_log"))
	s.commit()
	s.write("access_log", w, "three\n")
	s.seal()
	s.check()
	if got := s.seals(); got != "1: access_log since 1 0-8\n2: 1-0000000000000001 access lines 1-3 (3) 1-3\n3: access_log since 3 0-6\n" || s.Busy() {
		t.Errorf("seals:\n%s", got)
	}
}

// TestBackToACommit: what a file was told to have got since is forgotten, and comes again, whatever the writer has read meanwhile.
func TestBackToACommit(t *testing.T) {
	for name, before := range map[string]func(s *site, w *sender){
		"nothing":      func(*site, *sender) {},
		"one writer's": func(s *site, w *sender) { s.write("access_log", w, "zero\n") },
		"sealed":       func(s *site, w *sender) { s.write("access_log", w, "zero\n"); s.seal() },
		"of two": func(s *site, w *sender) {
			s.write("access_log", w, "zero\n")
			s.write("access_log", s.sender(2, 1, "access"), "0\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			w := s.sender(1, 1, "access")
			before(s, w)
			s.commit()
			var r *cursor.Seals
			s.must(json.Unmarshal(s.record, &r))
			size := s.sizes[s.path("access_log")]
			s.write("access_log", w, "one\n")
			s.file("access_log").From(s.Read(w.frame("two\n")), true)
			s.put("access_log", "")
			s.must(os.Truncate(s.path("access_log"), size))
			s.file("access_log").Back(r)
			s.file("access_log").Wrote([]byte("one\ntwo\n"), s.put("access_log", "one\ntwo\n"))
			s.Applied()
			s.seal()
			s.check()
			for _, text := range s.told {
				if strings.Contains(text, "seal.anew") {
					t.Error(text)
				}
			}
		})
	}
}

// TestSkippedText: a text that a file does not get is the writer's alone, and the file goes on behind what it has.
func TestSkippedText(t *testing.T) {
	s := newSite(t)
	a, b := s.sender(1, 1, "access"), s.sender(2, 1, "access")
	s.write("access_log", a, "one\n")
	s.file("access_log").From(s.Read(a.frame("two\n")), true)
	s.file("access_log").Skip()
	s.Applied()
	s.write("access_log", b, "2\n")
	s.write("error_log", b, "3\n")
	s.seal()
	s.check()
	if got := s.seals(); got != "1: 1-0000000000000001 access lines 1-2 (2) 1-2\n2: 1-0000000000000002 access lines 1-2 (2) 1-2\n3: access_log since 3 0-6\n4: error_log since 4 0-2\n" {
		t.Errorf("seals:\n%s", got)
	}
}

// TestTextsOfSeveral: a text of one writer, plain, is hashed once; any other has a sum of its own.
func TestTextsOfSeveral(t *testing.T) {
	for name, tt := range map[string]struct {
		from  func(s *site, f *File, a, b *sender)
		alone bool
	}{
		"one writer's": {func(s *site, f *File, a, _ *sender) {
			f.From(s.Read(a.frame("one\n")), true)
			f.From(s.Read(a.frame("two\n")), true)
		}, true},
		"two writers'": {func(s *site, f *File, a, b *sender) {
			f.From(s.Read(a.frame("one\n")), true)
			f.From(s.Read(b.frame("two\n")), true)
		}, false},
		"one writer's, altered": {func(s *site, f *File, a, _ *sender) {
			f.From(s.Read(a.frame("one\n")), true)
			f.From(s.Read(a.frame("two\n")), false)
		}, false},
		"altered at first": {func(s *site, f *File, a, _ *sender) {
			f.From(s.Read(a.frame("one\n")), false)
			f.From(s.Read(a.frame("two\n")), true)
		}, false},
		"nobody's": {func(_ *site, f *File, _, _ *sender) { f.From(nil, true) }, false},
		"not said": {func(*site, *File, *sender, *sender) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			a, b := s.sender(1, 1, "access"), s.sender(2, 1, "access")
			f := s.file("access_log")
			tt.from(s, f, a, b)
			f.Wrote([]byte("one\ntwo\n"), s.put("access_log", "one\ntwo\n"))
			s.Applied()
			s.commit()
			var r *cursor.Seals
			s.must(json.Unmarshal(s.record, &r))
			p := r.Files[s.path("access_log")]
			if got := p.Alone == "1-0000000000000001"; got != tt.alone || (len(p.Sum) == 0) != tt.alone {
				t.Errorf("%+v", p)
			}
			s.write("access_log", a, "three\n")
			s.seal()
			s.check()
		})
	}
}

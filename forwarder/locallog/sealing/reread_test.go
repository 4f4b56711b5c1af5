package sealing

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"httpd-syslog/forwarder/event"
	"httpd-syslog/forwarder/seal"
)

// next waits for what is found in the rotated file that is read.
func (s *site) next() (changed bool) {
	s.t.Helper()
	s.Step()
	return s.Took(<-s.Reread())
}

// found are the events of files that were read again, from the one with that index on.
func (s *site) found() (all []seal.Rotated) {
	for _, text := range s.told {
		told, _ := event.Parse(text)
		if r, err := seal.ParseRotated(&told); err == nil {
			if r.Chain != s.chain.ID {
				s.t.Errorf("of chain %q, and not of %q", r.Chain, s.chain.ID)
			}
			r.Chain = ""
			all = append(all, r)
		}
	}
	return all
}

// rotated makes a rotated file of three pieces, of 4, 6 and 8 bytes; the second one has bytes of two writers.
func (s *site) rotated() (backup string) {
	a, b := s.sender(1, 1, "access"), s.sender(2, 1, "access")
	s.write("access_log", a, "one\n")
	s.seal()
	s.write("access_log", a, "tw\n")
	s.write("access_log", b, "o \n")
	s.seal()
	s.write("access_log", a, "three 3\n")
	backup = s.rotate("access_log")
	s.seal()
	return backup
}

// TestRotatedFileIsCompared: with all pieces of it, wherever it differs, plain or compressed.
func TestRotatedFileIsCompared(t *testing.T) {
	const text = "one\ntw\no \nthree 3\n"
	for name, tt := range map[string]struct {
		now      string
		compared int64
		why      string
	}{
		"as it was":        {text, 18, ""},
		"the first piece":  {"ONE" + text[3:], 18, "bytes 0 to 4 are others, or were moved"},
		"the second piece": {text[:9] + "X" + text[10:], 18, "bytes 4 to 10 are others, or were moved"},
		"the last byte":    {text[:17] + " ", 18, "bytes 10 to 18 are others, or were moved"},
		"two pieces":       {"ONE" + text[3:17] + " ", 18, "bytes 0 to 4 are others, or were moved"},
		"shorter":          {text[:12], 10, "it ends at byte 12, and was sealed up to 18"},
		"empty":            {"", 0, "it ends at byte 0, and was sealed up to "},
		"longer":           {text + "by hand\n", 18, ""},
	} {
		for _, packed := range []bool{false, true} {
			t.Run(fmt.Sprint(name, packed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSite(t)
					path := s.rotated()
					s.must(os.WriteFile(path, []byte(tt.now), 0o600))
					if packed {
						s.must(os.WriteFile(path+".gz", gzipped(tt.now), 0o600))
						s.must(os.Remove(path))
					}
					if !s.Busy() || !s.next() || s.Busy() {
						t.Error("it is not done")
					}
					found := s.found()
					if len(found) != 1 {
						t.Fatal(s.told)
					}
					why := found[0].Why
					if name == "empty" { // of which piece it says so depends
						why = why[:min(len(why), len(tt.why))]
					}
					found[0].Why = why
					want := seal.Rotated{File: "access_log-2026-11-27T12-00-00.001", Since: 2, Until: 7, Size: int64(len(tt.now)), Compared: tt.compared, Sum: sha256.Sum256([]byte(tt.now)), Why: tt.why}
					if found[0] != want {
						t.Errorf("%+v, want %+v", found[0], want)
					}
				})
			})
		}
	}
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

// TestRotatedFileWithUnsealedBytes: those before its first piece and between pieces are not compared, and take nothing
// from the pieces; a file is read in more than one go.
func TestRotatedFileWithUnsealedBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		old := strings.Repeat("from before there were seals\n", 100_000)
		size := s.put("access_log", old)
		s.file("access_log").Anew(size, "of before")
		a := s.sender(1, 1, "access")
		s.write("access_log", a, "one\n")
		s.seal()
		backup := s.rotate("access_log")
		s.seal()
		if !s.next() {
			t.Error("it is not done")
		}
		b, err := os.ReadFile(backup)
		s.must(err)
		if found := s.found(); len(found) != 1 || found[0].Size != int64(len(b)) || found[0].Compared != 4 || found[0].Why != "" || found[0].Sum != sha256.Sum256(b) {
			t.Errorf("%+v", found)
		}
	})
}

// TestRotatedFileIsNotThere: where it was removed nothing is said; where it cannot be read it is tried again for some
// seconds, and then told; where its last seal is not in audit_log likewise, and it is compared with what is there.
func TestRotatedFileIsNotThere(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(s *site, path string)
		tries  int
		why    string // "-": there is no event
	}{
		"removed":    {func(s *site, path string) { s.must(os.Remove(path)) }, 1, "-"},
		"unreadable": {func(s *site, path string) { s.must(os.Remove(path)); s.must(os.Mkdir(path, 0o700)) }, 6, "it cannot be read: "},
		"not packed": {func(s *site, path string) {
			s.must(os.Remove(path))
			s.must(os.WriteFile(path+".gz", []byte("not compressed at all"), 0o600))
		}, 6, "it cannot be read: gzip: invalid header"},
		"untold": {func(s *site, path string) {
			b, err := os.ReadFile(s.path("audit_log"))
			s.must(err)
			lines := bytes.SplitAfter(b, []byte("\n"))
			s.must(os.WriteFile(s.path("audit_log"), bytes.Join(lines[:len(lines)-2], nil), 0o600))
		}, 6, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				path := s.rotated()
				tt.change(s, path)
				begun := time.Now()
				tries := 1
				for ; !s.next(); tries++ {
					at := s.NextAt()
					if wait := time.Until(at); wait <= time.Second || wait > 3*time.Second {
						t.Fatalf("it is tried again in %v", wait)
					}
					if s.Step(); s.rereads.busy {
						t.Fatal("it is tried again at once")
					}
					time.Sleep(time.Until(at))
				}
				if took := time.Since(begun); tries != tt.tries || took > 15*time.Second || s.Busy() || !s.NextAt().IsZero() {
					t.Errorf("%d tries in %v", tries, took)
				}
				found := s.found()
				if tt.why == "-" {
					if len(found) != 0 {
						t.Errorf("%+v", found)
					}
				} else if len(found) != 1 || !strings.HasPrefix(found[0].Why, tt.why) || tt.why == "" && (found[0].Why != "" || found[0].Compared != 10) {
					t.Errorf("%+v", found)
				}
			})
		})
	}
}

// TestRotatedFilesThatCannotBeRead: each is tried as often, whatever became of the one before.
func TestRotatedFilesThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		a := s.sender(1, 1, "access")
		for range 2 {
			s.write("access_log", a, "one\n")
			path := s.rotate("access_log")
			s.seal()
			s.must(os.Remove(path))
			s.must(os.Mkdir(path, 0o700))
		}
		for n := range 2 {
			tries := 1
			for ; !s.next(); tries++ {
				time.Sleep(time.Until(s.NextAt()))
			}
			if tries != rereadTries+1 {
				t.Errorf("file %d is tried %d times", n, tries)
			}
		}
	})
}

// TestRotatedFilesInTurn: each in its turn, whatever became of the one before, and after a start; a start in the midst of
// one reads it again.
func TestRotatedFilesInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		var paths []string
		a := s.sender(1, 1, "access")
		for n := range 4 {
			s.write("access_log", a, strings.Repeat("line\n", n+1))
			paths = append(paths, s.rotate("access_log"))
			s.seal()
		}
		s.must(os.Remove(paths[1]))
		s.next()
		s.commit()
		s.Step() // the removed one
		if s.Step(); !s.Busy() {
			t.Error("nothing is to be read")
		}
		if at := s.NextAt(); !at.IsZero() {
			t.Errorf("while a file is read another one is due at %v", at)
		}
		s.Close()
		s.Close()
		s.kill()
		s.write("access_log", a, "not sealed\n")
		for s.Busy() {
			if at := s.NextAt(); at.IsZero() || time.Until(at) > 0 {
				t.Errorf("the next one is due at %v", at)
			}
			s.next()
		}
		var sizes []int64
		for _, f := range s.found() {
			sizes = append(sizes, f.Size)
			if f.Compared != f.Size || f.Why != "" {
				t.Errorf("%+v", f)
			}
		}
		if fmt.Sprint(sizes) != "[5 15 20]" {
			t.Errorf("files of %v bytes were read", sizes)
		}
		s.Close()
	})
}

// TestRotatedFilesThatWait: so many and no more: the oldest ones are forgotten, but for the one that is being read.
func TestRotatedFilesThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		f := s.file("access_log")
		for n := range mostToRead + 3 {
			f.begins(int64(n + 1)) // it is older than its seals, and has none
			f.Rotated(s.backup("access_log", n), 0)
		}
		if todo := s.rereads.todo; len(todo) != mostToRead || todo[0].Path != s.backup("access_log", 3) {
			t.Errorf("%d wait, %q first", len(todo), todo[0].Path)
		}
		s.Step()
		f.begins(1)
		f.Rotated(s.backup("access_log", 0), 0)
		if todo := s.rereads.todo; todo[0].Path != s.backup("access_log", 3) {
			t.Errorf("%q is first, while %q is read", todo[0].Path, s.backup("access_log", 3))
		}
		s.Close()
	})
}

// TestRotatedFileWithoutSeals: its digest is told all the same.
func TestRotatedFileWithoutSeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.write("access_log", s.sender(1, 1, "access"), "one\n")
		s.seal()
		s.must(os.WriteFile(s.backup("error_log", 1), []byte("older\n"), 0o600))
		s.file("error_log").begins(6)
		s.file("error_log").Rotated(s.backup("error_log", 1), 0)
		if !s.next() {
			t.Error("it is not done")
		}
		want := seal.Rotated{File: "error_log-2026-11-27T12-00-00.001", Size: 6, Sum: sha256.Sum256([]byte("older\n"))}
		if found := s.found(); len(found) != 1 || found[0] != want {
			t.Errorf("%+v, want %+v", found, want)
		}
	})
}

// TestPiecesInRotatedAudit: the seals of a file are looked for in audit_log and in what it was rotated to, back to the file's first one.
func TestPiecesInRotatedAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		a := s.sender(1, 1, "access")
		s.write("access_log", a, "one\n")
		s.seal()
		s.must(os.Rename(s.path("audit_log"), s.backup("audit_log", 500)))
		b, err := os.ReadFile(s.backup("audit_log", 500))
		s.must(err)
		s.must(os.WriteFile(s.backup("audit_log", 500)+".gz", gzipped(string(b)), 0o600))
		s.must(os.Remove(s.backup("audit_log", 500)))
		s.write("access_log", a, "two\n")
		s.seal()
		s.must(os.Rename(s.path("audit_log"), s.backup("audit_log", 600)))
		s.write("access_log", a, "three\n")
		s.rotate("access_log")
		s.seal()
		// Of another chain, and of another file, there are pieces at the same places.
		for _, text := range s.told {
			if strings.Contains(text, "{event=seal.file n=2 ") {
				s.put("audit_log", auditLine(strings.ReplaceAll(text, s.chain.ID, "other"))+auditLine(strings.Replace(text, "since=2", "since=3", 1)))
			}
		}
		s.next()
		if found := s.found(); len(found) != 1 || found[0].Compared != 14 || found[0].Why != "" || found[0].Since != 2 || found[0].Until != 6 {
			t.Errorf("%+v", found)
		}
	})
}

// TestRotatedWithUnsealedBytes: where no commit could come before a rotation the next one has the seal of what the file
// had got by then, and it is read again, whether it had seals before or not; a start in between changes nothing.
func TestRotatedWithUnsealedBytes(t *testing.T) {
	for _, sealedBefore := range []bool{false, true} {
		for _, killed := range []bool{false, true} {
			for _, alone := range []bool{false, true} {
				t.Run(fmt.Sprint(sealedBefore, killed, alone), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := newSite(t)
						a, b := s.sender(1, 1, "access"), s.sender(2, 1, "access")
						want := "1: 1-0000000000000001 access lines 1-1 (1) 1-1\n2: access_log since 2 0-4\n"
						if sealedBefore {
							s.write("access_log", a, "one\n")
							s.seal()
						}
						s.write("access_log", a, "two\n")
						if !alone {
							s.write("access_log", b, "2\n")
						}
						backup := s.backup("access_log", 1)
						s.must(os.Rename(s.path("access_log"), backup))
						s.file("access_log").Rotated(backup, 0)
						s.commit()
						if killed {
							s.kill()
						}
						s.write("access_log", a, "three\n")
						s.seal()
						s.check()
						if got := s.seals(); sealedBefore && !strings.HasPrefix(got, want) {
							t.Errorf("seals:\n%s", got)
						}
						if !s.next() {
							t.Error("it is not done")
						}
						content, err := os.ReadFile(backup)
						s.must(err)
						if found := s.found(); len(found) != 1 || found[0].Why != "" || found[0].Compared != int64(len(content)) || found[0].Sum != sha256.Sum256(content) {
							t.Errorf("%+v", found)
						}
					})
				})
			}
		}
	}
}
